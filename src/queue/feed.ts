/** Fills a queue from what gives its items one by one. */
import { QueueShutDownError, shown } from '../errors.ts'
import type { Operation } from '../operation/operation.ts'

/** What is fed. */
export interface Fed<T> {
  readonly isShutDown: boolean
  put(item: T): Operation<void>
  shutdown(): void
  _fail(error: unknown): void
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
  try {
    for await (const item of source) await queue.put(item)
    queue.shutdown()
  } catch (error) {
    if (!(error instanceof QueueShutDownError && queue.isShutDown)) queue._fail(error)
  }
}
