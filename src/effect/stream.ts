/** Queues, channels and broadcasts as streams, and streams into them: chunked, with back-pressure both ways. */
import { Cause, Effect, type Scope, Stream } from 'effect'
import type { Broadcast, Channel, Operation, QueueLike, Subscription } from '../index.ts'
import type { WaitFailure } from './failures.ts'
import { toEffect } from './to-effect.ts'

/** What `toStream` takes. */
export interface ToStreamOptions {
  /** The most items of one chunk; an integer of at least 1. Default 64, with `taskDone` 1. */
  readonly chunk?: number
  /**
   * Says `queue.taskDone()` for the items of a chunk when the stream is asked for the next one, so after they were
   * processed. What was still being processed when the stream ended early stays unfinished. Default `false`.
   */
  readonly taskDone?: boolean
}

/** What can be received one by one until it ends. */
interface Source<T> {
  next(): Operation<IteratorResult<T, undefined>>
}

/**
 * A stream of the items that it takes from a queue, until the queue is shut down and drained. Each run is a consumer of its
 * own; nothing is taken before it is asked for, so ending it early loses no item but those of the chunk in hand.
 */
export function toStream<T>(queue: QueueLike<T>, options?: ToStreamOptions): Stream.Stream<T, WaitFailure>
/** A stream of the messages that it receives, until the channel or subscription is closed and drained. */
export function toStream<T>(source: Channel<T> | Subscription<T>): Stream.Stream<T, WaitFailure>
export function toStream<T>(
  source: QueueLike<T> | Source<T>,
  { taskDone = false, chunk = taskDone ? 1 : 64 }: ToStreamOptions = {},
): Stream.Stream<T, WaitFailure> {
  if (!Number.isInteger(chunk) || chunk < 1)
    throw new RangeError(`chunk must be an integer of at least 1, got ${String(chunk)}`)
  if (!('getMany' in source)) return messages(source)
  return Stream.fromPull(
    Effect.sync(() => {
      let inHand = 0
      const taken = Effect.map(toEffect(source.getMany(chunk)), (items) => {
        inHand = items.length
        return items as [T, ...T[]]
      })
      const ended = Effect.catchTag(taken, 'QueueShutDownError', () => Cause.done())
      if (!taskDone) return ended
      return Effect.suspend(() => {
        if (inHand > 0) source.taskDone(inHand)
        inHand = 0
        return ended
      })
    }),
  )
}

function messages<T>(source: Source<T>): Stream.Stream<T, WaitFailure> {
  return Stream.fromPull(
    Effect.sync(() =>
      Effect.flatMap(toEffect(source.next()), (result) =>
        result.done === true ? Cause.done() : Effect.succeed([result.value] as [T]),
      ),
    ),
  )
}

/** Subscribes to a broadcast for as long as the scope is open: what is sent meanwhile is in the stream. */
export function subscribed<T>(
  broadcast: Broadcast<T>,
  options?: Parameters<Broadcast<T>['subscribe']>[0],
): Effect.Effect<Stream.Stream<T, WaitFailure>, never, Scope.Scope> {
  const subscription = Effect.acquireRelease(
    Effect.sync(() => broadcast.subscribe(options)),
    (open) => Effect.sync(() => open.close()),
  )
  return Effect.map(subscription, (open) => toStream(open))
}

/** What `into` puts items into. */
export type Sink<T> = QueueLike<T> | Channel<T> | Broadcast<T>

/**
 * Puts or sends every item of a stream, in order, waiting for room. It ends with the stream, and leaves the queue or channel
 * open. `stream.pipe(into(queue))` or `into(queue, stream)`.
 */
export function into<T>(
  sink: Sink<T>,
): <E, R>(stream: Stream.Stream<T, E, R>) => Effect.Effect<void, E | WaitFailure, R>
export function into<T, E, R>(
  sink: Sink<T>,
  stream: Stream.Stream<T, E, R>,
): Effect.Effect<void, E | WaitFailure, R>
export function into<T>(sink: Sink<T>, stream?: Stream.Stream<T, unknown, unknown>): unknown {
  const run = (source: Stream.Stream<T, any, any>): Effect.Effect<void, any, any> =>
    Stream.runForEachArray(source, (items) => given(sink, items))
  return stream === undefined ? run : run(stream)
}

/** One chunk, in pieces that fit at once where it is put as a whole. */
function given<T>(sink: Sink<T>, items: readonly T[]): Effect.Effect<void, WaitFailure> {
  if (!('putMany' in sink))
    return Effect.forEach(items, (item) => toEffect(sink.send(item)), { discard: true })
  const pieces: T[][] = []
  for (let from = 0; from < items.length; from += sink.capacity)
    pieces.push(items.slice(from, from + sink.capacity))
  return Effect.forEach(pieces, (piece) => toEffect(sink.putMany(piece)), { discard: true })
}
