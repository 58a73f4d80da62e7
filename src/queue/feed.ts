/** Fills a queue from what gives its items one by one. */
import { QueueShutDownError, shown } from '../errors.ts'
import type { Operation } from '../operation/operation.ts'

/** What is fed. */
export interface Fed<T> {
  readonly isShutDown: boolean
  put(item: T): Operation<void>
  shutdown(): void
  _fail(error: unknown): void
  /** Calls `f` when it is shut down. */
  _atShutdown(f: () => void): void
}

/** Throws unless it can be iterated. */
export function requireSource<T>(source: AsyncIterable<T> | Iterable<T>): AsyncIterable<T> | Iterable<T> {
  const { [Symbol.asyncIterator]: later, [Symbol.iterator]: now } = (source ?? {}) as Partial<
    AsyncIterable<T> & Iterable<T>
  >
  if (typeof later === 'function' || typeof now === 'function') return source
  throw new TypeError(`source must be an iterable or an asynchronous iterable, got ${shown(source)}`)
}

/** Starts at once. The queue ends with the source, and as the source ends; a queue that is shut down ends the source. */
export function feed<T, Q extends Fed<T>>(queue: Q, source: AsyncIterable<T> | Iterable<T>): Q {
  void pour(queue, source)
  return queue
}

async function pour<T>(queue: Fed<T>, source: AsyncIterable<T> | Iterable<T>): Promise<void> {
  let reading: Reading<T> | undefined
  try {
    reading = new Reading(source)
    queue._atShutdown(() => reading?.stop())
    for (;;) {
      const { done, value } = await reading.next()
      if (done === true) break
      await queue.put(value)
    }
    queue.shutdown()
  } catch (error) {
    reading?.stop()
    if (!(error instanceof QueueShutDownError && queue.isShutDown)) queue._fail(error)
  }
}

/** A source that is told to stop at most once, also while it is asked for an item, and not when it has ended by itself. */
class Reading<T> {
  private readonly iterator: AsyncIterator<T>
  private over = false

  constructor(source: AsyncIterable<T> | Iterable<T>) {
    const { [Symbol.asyncIterator]: later } = source as Partial<AsyncIterable<T>>
    const given = typeof later === 'function' ? (source as AsyncIterable<T>) : awaited(source as Iterable<T>)
    this.iterator = given[Symbol.asyncIterator]()
  }

  async next(): Promise<IteratorResult<T>> {
    try {
      const result = await this.iterator.next()
      if (result.done === true) this.over = true
      return result
    } catch (error) {
      this.over = true
      throw error
    }
  }

  /** Whoever shuts the queue down runs no code of the source; what that throws now interests nobody. */
  stop(): void {
    if (this.over) return
    this.over = true
    void Promise.resolve()
      .then(() => this.iterator.return?.())
      .catch(() => {})
  }
}

async function* awaited<T>(source: Iterable<T>): AsyncGenerator<T> {
  yield* source
}
