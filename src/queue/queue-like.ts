/** What every queue does, in one thread and between threads. */
import type { Operation } from '../operation/operation.ts'
import type { WaitOptions } from '../operation/options.ts'
import type { Inspection } from '../wait/inspect.ts'

/** What `queue.shutdown` takes. */
export interface QueueShutdownOptions {
  /** Whether what lies in the queue is dropped, and counted as done, instead of being drained. Default `false`. */
  immediate?: boolean | undefined
}

/** What `queue.statistics()` gives. */
export interface QueueStatistics {
  /** Items that lie in it. */
  readonly size: number
  readonly capacity: number
  /** Items put for which nobody has said `taskDone` yet. */
  readonly unfinished: number
  readonly isShutDown: boolean
  /** Waits of this thread for an item. */
  readonly getters: number
  /** Waits of this thread for room. */
  readonly putters: number
  /** Waits of this thread in `join`. */
  readonly joiners: number
}

/**
 * An asynchronous iterator, by a name of its own: of the library's `AsyncIterator` the compiler believes that `for await`
 * awaits each item too.
 */
export interface QueueIterator<T> {
  next(): Promise<IteratorResult<T, undefined>>
  /** Leaving the loop early takes nothing more; the queue stays as it is. */
  return(): Promise<IteratorResult<T, undefined>>
  [Symbol.asyncIterator](): QueueIterator<T>
}

/**
 * A queue that is bounded or not, joinable, and ends by `shutdown`. Waits for an item, and waits for room, are served
 * first in, first out in one thread. Whoever takes an item owns it: it is never lost, and never given twice, whatever
 * timeout, abort, choice or shutdown comes in between.
 *
 * What ends: after `shutdown()` every put throws `QueueShutDownError`; what lies there can still be taken, and when
 * nothing is left every get throws it too, while iteration and `next()` end. `join()` is never ended by it.
 */
export interface QueueLike<T> {
  /** How many items lie in it now. */
  readonly size: number
  /** How many it holds at most, `Infinity` if it is not bounded. */
  readonly capacity: number
  /** Whether `shutdown` was called. */
  readonly isShutDown: boolean

  /** Waits for room, and puts `item`. Throws `QueueShutDownError`. Cancel safe: then nothing was put. */
  put(item: T, options?: WaitOptions): Operation<void>
  /**
   * Waits for room for all of `items`, read now, and puts them together, in order: all or none. Throws `RangeError` at
   * once if they are more than `capacity`. Otherwise as `put`.
   */
  putMany(items: Iterable<T>, options?: WaitOptions): Operation<void>
  /** Waits for an item, and takes it. Throws `QueueShutDownError` when none is left after a shutdown. Cancel safe. */
  get(options?: WaitOptions): Operation<T>
  /** Waits for an item, and takes all that are there, `max` at most. Otherwise as `get`. */
  getMany(max: number, options?: WaitOptions): Operation<T[]>
  /** Waits for an item, and gives it without taking it. Otherwise as `get`. */
  peek(options?: WaitOptions): Operation<T>
  /** As `get`, but ends instead of throwing: `{ done: true }` when none is left after a shutdown. */
  next(options?: WaitOptions): Operation<IteratorResult<T, undefined>>

  /** Puts `item` if there is room and nobody waits for it before; says whether. Throws `QueueShutDownError`. */
  tryPut(item: T): boolean
  /**
   * Takes an item if one is there and nobody waits for it before; otherwise gives `otherwise`, by default `undefined`.
   * Where items may be `undefined`, pass a value of your own. Throws `QueueShutDownError` as `get` does.
   */
  tryGet(): T | undefined
  tryGet<D>(otherwise: D): T | D

  /**
   * Says that the work on `n` items, 1 by default, is done. `join` ends when it was said for every item ever put.
   * Throws `OverReleaseError`, and changes nothing, if that is more often than items were put.
   */
  taskDone(n?: number): void
  /** Waits until the work on every item ever put is done. A shutdown does not end it. */
  join(options?: WaitOptions): Operation<void>

  /**
   * From now on puts throw, those that wait included. Without `immediate` what lies there can still be taken; with it,
   * it is dropped and counted as done. An item that was taken and is not done still holds `join`. May be called again.
   */
  shutdown(options?: QueueShutdownOptions): void
  /** Drops what lies there and counts it as done; says how many items that were. */
  clear(): number

  /** Takes items until the queue ends: `for await (const item of queue)`. An item that is a promise comes as it is. */
  [Symbol.asyncIterator](): QueueIterator<T>
  /**
   * A stream of the items, each taken when it is asked for. It ends with the queue; cancelling it takes nothing more.
   * `taskDone` is still the reader's to say.
   */
  toReadableStream(): ReadableStream<T>

  /** Ends every wait of this thread with `reason`. */
  cancelWaiters(reason?: unknown): void
  statistics(): QueueStatistics
  inspect(): Inspection
}
