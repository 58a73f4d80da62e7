/** Performs an operation in a task: the iterator that `yield*` steps. */
import type { Operation } from '../operation/operation.ts'
import type { Suspend } from '../operation/waiter.ts'
import { Wait } from './wait.ts'

export function performTask<T>(operation: Operation<T>): Generator<Suspend, T, unknown> {
  return new Wait(operation, null) as unknown as Generator<Suspend, T, unknown>
}
