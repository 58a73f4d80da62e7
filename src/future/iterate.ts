/** The asynchronous iterator of something that gives its items one by one. */
import type { Operation } from '../operation/operation.ts'
import { promised } from './future.ts'

export interface Source<T> {
  next(): Operation<IteratorResult<T, undefined>>
  /** Nobody will ask for more. */
  close(): void
}

/**
 * An asynchronous iterator, by a name of its own: of the library's `AsyncIterator` the compiler believes that `for await`
 * awaits each item too, and would take a future in it for its result.
 */
export interface ItemIterator<T> {
  next(): Promise<IteratorResult<T, undefined>>
  return(): Promise<IteratorResult<T, undefined>>
  [Symbol.asyncIterator](): ItemIterator<T>
}

/** Leaving the loop early closes the source. */
export function iterate<T>(source: Source<T>): ItemIterator<T> {
  return {
    next: () => promised(source.next()),
    return: async () => {
      source.close()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
