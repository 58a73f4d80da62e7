/** What can be run as a task. */
import { requireFunction, shown } from '../errors.ts'
import type { Suspend } from '../operation/waiter.ts'

/** A function that returns a generator: `function* () { … }`, or `() => this.work()`. */
export type TaskBody<T> = () => Generator<Suspend, T, unknown>

/** Calls `body`, which runs none of a generator yet; throws unless it gives one. */
export function generatorOf<T>(name: string, body: TaskBody<T>): Generator<Suspend, T, unknown> {
  requireFunction(name, body)
  if (Object.prototype.toString.call(body) === '[object AsyncFunction]')
    throw refused(name, 'an async function')
  const made: unknown = body()
  if (isGenerator(made)) return made as Generator<Suspend, T, unknown>
  if (typeof (made as PromiseLike<unknown> | null | undefined)?.then === 'function')
    throw refused(name, `a function that gives ${shown(made)}`)
  throw new TypeError(
    `${name} must be a generator function (function* () { … }) or a function that returns a generator; ` +
      `its call gave ${shown(made)}`,
  )
}

function refused(name: string, what: string): TypeError {
  return new TypeError(
    `${name} must be a generator function (function* () { … }), not ${what}: ` +
      'make it a member of a TaskGroup, or wait for its promise with yield* until(promise)',
  )
}

export function isGenerator(value: unknown): boolean {
  const { next, throw: raise } = (value ?? {}) as Partial<Generator>
  return typeof next === 'function' && typeof raise === 'function'
}

/** Thrown at the line of a `yield` that is no wait. */
export function notAWait(value: unknown): TypeError {
  return new TypeError(
    `a task cannot yield ${shown(value)}; it waits by yield* with an operation: yield* lock.acquire()`,
  )
}
