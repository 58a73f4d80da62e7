/** A queue as a stream of the platform. */
import { QueueShutDownError } from '../errors.ts'
import type { Operation } from '../operation/operation.ts'
import type { WaitOptions } from '../operation/options.ts'

/** What a stream needs of a queue. */
export interface Streamable<T> {
  readonly isShutDown: boolean
  peek(options?: WaitOptions): Operation<T>
  tryGet<D>(otherwise: D): T | D
}

/** Nothing was there; distinct from every item. */
const NOTHING = Symbol('nothing')

/**
 * It waits by `peek` and takes in the same step in which it hands on, so that a stream that is cancelled in between has
 * taken nothing. Nothing is taken ahead.
 */
export function streamOf<T>(queue: Streamable<T>): ReadableStream<T> {
  const cancelled = new AbortController()
  const pull = async (controller: ReadableStreamDefaultController<T>): Promise<void> => {
    try {
      for (;;) {
        const item = queue.tryGet(NOTHING)
        if (item !== NOTHING) return controller.enqueue(item as T)
        await queue.peek({ signal: cancelled.signal })
        if (cancelled.signal.aborted) return
      }
    } catch (error) {
      if (cancelled.signal.aborted) return
      if (!(error instanceof QueueShutDownError && queue.isShutDown)) throw error
      controller.close()
    }
  }
  const cancel = (reason: unknown): void => cancelled.abort(reason)
  return new ReadableStream({ pull, cancel }, { highWaterMark: 0 })
}
