/** What can be run as a task. */
import { requireFunction, shown } from '../errors.ts'
import { until } from '../operation/until.ts'
import type { Suspend } from '../operation/waiter.ts'
import type { Task } from './task.ts'

/** A function that returns a generator: `function* () { … }`, or `() => this.work()`. */
export type TaskBody<T> = () => Generator<Suspend, T, unknown>

/** The same, or an async function, which is given its task. */
export type MemberBody<T> = (task: Task<unknown>) => Generator<Suspend, T, unknown> | PromiseLike<T>

/** Calls `body`, which runs none of a generator yet; throws unless it gives one. */
export function generatorOf<T>(body: TaskBody<T>): Generator<Suspend, T, unknown> {
  requireFunction('body', body)
  if (body.constructor?.name === 'AsyncFunction') throw refused('an async function')
  const made: unknown = body()
  if (isGenerator(made)) return made as Generator<Suspend, T, unknown>
  if (typeof (made as PromiseLike<unknown> | null | undefined)?.then === 'function')
    throw refused(`a function that gives ${shown(made)}`)
  throw new TypeError(
    `body must be a generator function (function* () { … }) or a function that returns a generator; ` +
      `its call gave ${shown(made)}`,
  )
}

/** Calls the body of a member of a group. */
export function memberOf<T>(body: MemberBody<T>, task: Task<T>): Generator<Suspend, T, unknown> {
  requireFunction('body', body)
  const made: unknown = body(task)
  if (isGenerator(made)) return made as Generator<Suspend, T, unknown>
  if (typeof (made as PromiseLike<T> | null | undefined)?.then !== 'function')
    throw new TypeError(
      `body must be a generator function or an async function; its call gave ${shown(made)}`,
    )
  return adopted(made as PromiseLike<T>, task)
}

/** A promise cannot be interrupted: its task is shielded, and its code is told by the signal. */
function adopted<T>(promise: PromiseLike<T>, task: Task<T>): Generator<Suspend, T, unknown> {
  void promise.then(undefined, () => {}) // it is waited for, though not in this turn
  task._open(true)
  return outcomeOf(promise, task)
}

function* outcomeOf<T>(promise: PromiseLike<T>, task: Task<T>): Generator<Suspend, T, unknown> {
  try {
    return yield* until(promise)
  } catch (error) {
    if (task.cancelling && (error as Partial<Error> | null | undefined)?.name === 'AbortError')
      throw task.signal.reason
    throw error
  }
}

function refused(what: string): TypeError {
  return new TypeError(
    `body must be a generator function (function* () { … }), not ${what}: ` +
      'make it a member of a TaskGroup, or wait for its promise with yield* until(promise)',
  )
}

export function isGenerator(value: unknown): boolean {
  const generator = value as Partial<Generator> | null | undefined
  return typeof generator?.next === 'function' && typeof generator.throw === 'function'
}

/** Thrown at the line of a `yield` that is no wait. */
export function notAWait(value: unknown): TypeError {
  return new TypeError(
    `a task cannot yield ${shown(value)}; it waits by yield* with an operation: yield* lock.acquire()`,
  )
}
