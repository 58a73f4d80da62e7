/** The asynchronous iterator of something that gives its items one by one. */
import type { Operation } from '../operation/operation.ts'
import type { QueueIterator } from './queue-like.ts'

/** Gives its items one by one, and ends. */
export interface Source<T> {
  next(): Operation<IteratorResult<T, undefined>>
}

/** `left` is called when the loop is left early. */
export function iterate<T>(source: Source<T>, left: () => void = () => {}): QueueIterator<T> {
  return {
    next: () => source.next().start(),
    return: async () => {
      left()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
