/** Parts of a task with a cancellation of their own: `withTimeout` and `shield`. They run in the same task. */
import { requireFunction, requireMilliseconds, TimeoutError } from '../errors.ts'
import type { Suspend } from '../operation/waiter.ts'
import { requireTask } from './current.ts'
import type { Scope } from './scope.ts'
import type { Task } from './task.ts'

/** What `yield*` can step: a generator, an operation, a procedure. */
export interface Steps<T> {
  [Symbol.iterator](): Iterator<Suspend, T, unknown>
}

interface Deadline {
  readonly task: Task<unknown>
  readonly scope: Scope
  readonly milliseconds: number
}

function expire({ task, scope, milliseconds }: Deadline): void {
  task._request(scope, `${task.name} ran out of time (${milliseconds} ms)`, undefined)
}

/**
 * Gives `body` so many milliseconds: `const value = yield* withTimeout(100, function* () { … })`. When they are over a
 * `CancelledError` is thrown where the body waits; its `finally` blocks run, and may wait; then `TimeoutError` is thrown
 * here. A body that ends otherwise all the same (with a value, with another error) ends so. Deadlines nest, and the outer
 * one counts. 0 throws at the first wait; `Infinity` sets no limit.
 */
export function withTimeout<T>(milliseconds: number, body: () => Steps<T>): Generator<Suspend, T, unknown> {
  requireMilliseconds('milliseconds', milliseconds)
  requireFunction('body', body)
  return within(milliseconds, body)
}

function* within<T>(milliseconds: number, body: () => Steps<T>): Generator<Suspend, T, unknown> {
  const task = requireTask('withTimeout')
  const { clock } = task
  const scope = task._open(false)
  const deadline = { task, scope, milliseconds }
  const timer = milliseconds === Infinity ? undefined : clock.after(milliseconds, expire, deadline, true)
  if (milliseconds === 0) expire(deadline)
  try {
    return yield* body()
  } catch (error) {
    if (!scope.threw(error)) throw error
    throw new TimeoutError(`withTimeout: ${task.name} did not get it done within ${milliseconds} ms`, {
      cause: error,
    })
  } finally {
    if (timer !== undefined) clock.cancel(timer)
    task._close(scope)
  }
}

/**
 * Keeps cancellations and deadlines from outside away from `body`: `yield* shield(function* () { … })`. They are thrown at
 * the first wait after it. `task.signal` aborts at once nevertheless.
 */
export function shield<T>(body: () => Steps<T>): Generator<Suspend, T, unknown> {
  requireFunction('body', body)
  return shielded(body)
}

function* shielded<T>(body: () => Steps<T>): Generator<Suspend, T, unknown> {
  const task = requireTask('shield')
  const scope = task._open(true)
  try {
    return yield* body()
  } finally {
    task._close(scope)
  }
}
