/** Ways to come by a Deferred. */
import { perform, waitable } from './bridge.ts'
import { fire } from './cell.ts'
import { requireFunction } from './checks.ts'
import { Deferred } from './deferred.ts'
import { Failure } from './failure.ts'
import type { Settled } from './types.ts'

/** A Deferred that was fired with `value`. */
export function succeed(): Deferred<void>
export function succeed<T>(value: T): Deferred<T>
export function succeed<T>(value?: T): Deferred<T | undefined> {
  const deferred = new Deferred<T | undefined>()
  fire(deferred, value)
  return deferred
}

/** A Deferred that failed with `error`. */
export function fail(error: unknown): Deferred<never> {
  const deferred = new Deferred<never>()
  fire(deferred, Failure.of(error))
  return deferred
}

/**
 * Calls `f` and makes a Deferred of whatever comes: the Deferred itself that it returns, the outcome of a returned
 * Operation or promise, the plain value, the Failure, or what it throws.
 */
export function maybeDeferred<A extends unknown[], R>(
  f: (...args: A) => R,
  ...args: A
): Deferred<any, Settled<R>> {
  requireFunction('f', f)
  const deferred = new Deferred<any, any>()
  let outcome: unknown
  try {
    outcome = f(...args)
    if (outcome instanceof Deferred) return outcome
    const operation = typeof outcome === 'object' && outcome !== null ? waitable(outcome) : undefined
    if (operation !== undefined) return perform(operation, deferred)
  } catch (error) {
    outcome = Failure.of(error)
  }
  fire(deferred, outcome)
  return deferred
}
