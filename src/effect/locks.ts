/** What is held while an effect runs, or as long as a scope is open: given back on success, failure and interruption. */
import { Effect, type Scope } from 'effect'
import {
  type Held,
  type Lock,
  type Lockable,
  lockAll,
  NOT_READY,
  type Operation,
  type Permits,
  type Poll,
  Procedure,
  RLock,
  type RWLock,
  type WaitOptions,
} from '../index.ts'
import { failed, type LockFailure } from './failures.ts'
import type { AnyFiber } from './host.ts'
import { observeHolding, observing } from './observe.ts'
import { parked, perform, type Restore, used } from './perform.ts'
import { performProcedure } from './procedures.ts'

/** What is done to an effect: it runs while something is held. Waiting adds its failures to the effect's own. */
export type Holding = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E | LockFailure, R>

/** A verb in both of Effect's forms: `effect.pipe(withX(on, options))` and `withX(on, effect, options)`. */
export interface WithHeld<On> {
  (on: On, options?: WaitOptions): Holding
  <A, E, R>(on: On, self: Effect.Effect<A, E, R>, options?: WaitOptions): Effect.Effect<A, E | LockFailure, R>
}

/** How to take something: by an operation, or, if that has owners, by one in the name of the fiber. */
type Acquire = Acquisition | ((fiber: AnyFiber) => Acquisition)
type Acquisition = Operation<Held> | Procedure<Held>

function holding(acquire: Acquire): Holding {
  used(acquire)
  return (self) =>
    Effect.uninterruptibleMask((restore) => {
      let operation = acquire
      if (typeof operation === 'function' || operation instanceof Procedure)
        return Effect.flatMap(taken(operation, restore), (held) =>
          during(held, restore(self), nameOf(acquire)),
        )
      let value: Poll<Held>
      try {
        operation = operation.prepare()
        value = operation.poll()
      } catch (error) {
        return failed(error)
      }
      if (value !== NOT_READY) return during(value, restore(self), nameOf(acquire))
      return Effect.flatMap(
        Effect.withFiber((fiber) => restore(parked(fiber, operation))),
        (held) => during(held, restore(self), nameOf(acquire)),
      )
    })
}

/** The general way; nothing is between a grant and what follows it, as the region is uninterruptible. */
function taken(acquire: Acquire, restore: Restore): Effect.Effect<Held, any> {
  return Effect.withFiber((fiber) => {
    const waited = typeof acquire === 'function' ? acquire(fiber) : acquire
    used(waited)
    return waited instanceof Procedure
      ? Effect.suspend(() => performProcedure(fiber, waited, restore))
      : perform(fiber, waited, restore)
  })
}

function during<A, E, R>(
  held: Held,
  self: Effect.Effect<A, E, R>,
  name: string | undefined,
): Effect.Effect<A, E, R> {
  if (name === undefined)
    return Effect.onExitPrimitive(self, () => {
      held.release()
      return undefined
    })
  return Effect.withFiber((fiber) => {
    const ended = observeHolding(fiber, name)
    return Effect.onExitPrimitive(self, () => {
      held.release()
      ended?.()
      return undefined
    })
  })
}

/** The name of what is held, where somebody wants to know. */
function nameOf(acquire: Acquire): string | undefined {
  if (!observing) return undefined
  if (acquire instanceof Procedure) return acquire.name
  return typeof acquire === 'function' ? 'owned by a fiber' : acquire.describe()
}

function both<On>(acquire: (on: On, options: WaitOptions | undefined) => Acquire) {
  return (on: On, second?: unknown, third?: WaitOptions): any =>
    Effect.isEffect(second)
      ? holding(acquire(on, third))(second)
      : holding(acquire(on, second as WaitOptions | undefined))
}

/** Runs an effect while holding what an operation gives (`semaphore.acquire(2)`, `rwlock.read()`). */
export function withHeld(operation: Acquisition): Holding
export function withHeld<A, E, R>(
  operation: Acquisition,
  self: Effect.Effect<A, E, R>,
): Effect.Effect<A, E | LockFailure, R>
export function withHeld(operation: Acquisition, self?: Effect.Effect<unknown, unknown, unknown>): unknown {
  const hold = holding(operation)
  return self === undefined ? hold : hold(self)
}

/** Runs an effect while holding a lock. The owner of an `RLock` is the fiber, so the fiber may acquire it again. */
export const withLock: WithHeld<Lock | RLock> = both((lock, options) =>
  lock instanceof RLock ? (fiber) => lock.acquire({ ...options, owner: fiber }) : lock.acquire(options),
)

/** Runs an effect while holding a read lock. */
export const withRead: WithHeld<RWLock> = both((lock, options) => lock.read(options))

/** Runs an effect while holding the write lock. */
export const withWrite: WithHeld<RWLock> = both((lock, options) => lock.write(options))

/** Runs an effect while holding `n` permits of a semaphore. */
export function withPermits(semaphore: Permits, n: number, options?: WaitOptions): Holding
export function withPermits<A, E, R>(
  semaphore: Permits,
  n: number,
  self: Effect.Effect<A, E, R>,
  options?: WaitOptions,
): Effect.Effect<A, E | LockFailure, R>
export function withPermits(semaphore: Permits, n: number, second?: unknown, third?: WaitOptions): unknown {
  return Effect.isEffect(second)
    ? holding(semaphore.acquire(n, third))(second)
    : holding(semaphore.acquire(n, second as WaitOptions | undefined))
}

/**
 * Runs an effect while holding all of several locks, permits or sides of a read-write lock, taken in one fixed order
 * whatever the order given, as by `lockAll`. The owner of each `RLock` among them is the fiber.
 */
export const withAll: WithHeld<Iterable<Lockable>> = both((items, options) => {
  const all = [...items]
  void lockAll(all, options) // throws what is wrong with them now
  return (fiber) =>
    lockAll(
      all.map((item) => (item instanceof RLock ? ownedBy(fiber, item) : item)),
      options,
    )
})

function ownedBy(owner: AnyFiber, lock: RLock): Operation<Held> {
  const operation = lock.acquire({ owner })
  used(operation)
  return operation
}

/** Acquires what an operation gives for as long as the scope is open: `scoped(lock.acquire())`. */
export function scoped(operation: Acquisition): Effect.Effect<Held, LockFailure, Scope.Scope> {
  used(operation)
  return Effect.uninterruptibleMask((restore) =>
    Effect.tap(taken(operation, restore), (held) =>
      Effect.addFinalizer(() => Effect.sync(() => held.release())),
    ),
  )
}
