/** What is held while an effect runs, or as long as a scope is open: given back on success, failure and interruption. */
import { Effect, type Fiber, type Scope } from 'effect'
import {
  type Held,
  type Lock,
  type Operation,
  type Permits,
  RLock,
  type RWLock,
  type WaitOptions,
} from '../index.ts'
import type { LockFailure } from './failures.ts'
import { perform } from './perform.ts'

type AnyFiber = Fiber.Fiber<unknown, unknown>

/** What is done to an effect: it runs while something is held. Waiting adds its failures to the effect's own. */
export type Holding = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E | LockFailure, R>

/** A verb in both of Effect's forms: `effect.pipe(withX(on, options))` and `withX(on, effect, options)`. */
export interface WithHeld<On> {
  (on: On, options?: WaitOptions): Holding
  <A, E, R>(on: On, self: Effect.Effect<A, E, R>, options?: WaitOptions): Effect.Effect<A, E | LockFailure, R>
}

function holding(acquire: (fiber: AnyFiber) => Operation<Held>): Holding {
  return (self) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.withFiber((fiber) =>
        Effect.flatMap(perform(fiber, acquire(fiber), restore), (held) =>
          Effect.onExitPrimitive(restore(self), () => release(held)),
        ),
      ),
    )
}

function release(held: Held): undefined {
  held.release()
}

function both<On>(acquire: (on: On, options: WaitOptions | undefined, fiber: AnyFiber) => Operation<Held>) {
  return (on: On, second?: unknown, third?: WaitOptions): any =>
    Effect.isEffect(second)
      ? holding((fiber) => acquire(on, third, fiber))(second)
      : holding((fiber) => acquire(on, second as WaitOptions | undefined, fiber))
}

/** Runs an effect while holding what an operation gives (`semaphore.acquire(2)`, `rwlock.read()`). */
export function withHeld(operation: Operation<Held>): Holding
export function withHeld<A, E, R>(
  operation: Operation<Held>,
  self: Effect.Effect<A, E, R>,
): Effect.Effect<A, E | LockFailure, R>
export function withHeld(
  operation: Operation<Held>,
  self?: Effect.Effect<unknown, unknown, unknown>,
): unknown {
  const hold = holding(() => operation)
  return self === undefined ? hold : hold(self)
}

/** Runs an effect while holding a lock. The owner of an `RLock` is the fiber, so the fiber may acquire it again. */
export const withLock: WithHeld<Lock | RLock> = both((lock, options, fiber) =>
  lock instanceof RLock ? lock.acquire({ ...options, owner: fiber }) : lock.acquire(options),
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
    ? holding(() => semaphore.acquire(n, third))(second)
    : holding(() => semaphore.acquire(n, second as WaitOptions | undefined))
}

/** Acquires what an operation gives for as long as the scope is open: `scoped(lock.acquire())`. */
export function scoped(operation: Operation<Held>): Effect.Effect<Held, LockFailure, Scope.Scope> {
  return Effect.uninterruptibleMask((restore) =>
    Effect.withFiber((fiber) =>
      Effect.tap(perform(fiber, operation, restore), (held) =>
        Effect.addFinalizer(() => Effect.sync(() => held.release())),
      ),
    ),
  )
}
