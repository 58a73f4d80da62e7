/** The asynchronous iterator of something that gives its items one by one. */
import type { Operation } from '../operation/operation.ts'
import { promised } from './future.ts'

export interface Source<T> {
  next(): Operation<IteratorResult<T, undefined>>
  /** Nobody will ask for more. */
  close(): void
}

/** Leaving the loop early closes the source. */
export function iterate<T>(source: Source<T>): AsyncIterableIterator<T, undefined> {
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
