/**
 * Operations performed by fibers.
 *
 * Interruption: while the fiber waits it withdraws the waiter. Between the grant and the fiber's next step, which are a
 * microtask apart, it gives back what was granted. So nothing is lost, whenever it comes.
 */
import { Effect, type Fiber } from 'effect'
import { NOT_READY, type Operation, Wait } from '../index.ts'
import { failed, type WaitFailure } from './failures.ts'
import { FiberHost } from './host.ts'

/** How a region of a fiber is made interruptible again. */
export type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/**
 * Performs `operation` in the fiber that runs the effect; each run is a perform of its own. Fails with `WaitFailure`,
 * or with an error that has a `_tag` of its own as it is (`E`); misuse is a defect. Interruptible: it loses nothing.
 */
export function toEffect<T, E = never>(operation: Operation<T>): Effect.Effect<T, WaitFailure | E> {
  return Effect.withFiber((fiber) => perform(fiber, operation, interruptibleAsItIs))
}

const interruptibleAsItIs: Restore = (effect) => effect

/** The perform itself: only its waiting part is passed through `restore`, so that what was taken is not lost. */
export function perform<T>(
  fiber: Fiber.Fiber<unknown, unknown>,
  operation: Operation<T>,
  restore: Restore,
): Effect.Effect<T, any> {
  let prepared: Operation<T>
  let value: T | typeof NOT_READY
  try {
    prepared = operation.prepare()
    value = prepared.poll()
  } catch (error) {
    return failed(error)
  }
  return value === NOT_READY ? restore(parked(fiber, prepared)) : Effect.succeed(value)
}

function parked<T>(fiber: Fiber.Fiber<unknown, unknown>, operation: Operation<T>): Effect.Effect<T, any> {
  return Effect.callback<T, any>((resume) => {
    const host = new FiberHost(fiber, () => resume(outcome(wait)))
    const wait = new Wait(operation, host)
    try {
      wait.park()
    } catch (error) {
      resume(failed(error))
      return
    }
    return Effect.sync(() => void wait.return(undefined as T))
  })
}

function outcome<T>(wait: Wait<T>): Effect.Effect<T, any> {
  try {
    return Effect.succeed(wait.take())
  } catch (error) {
    return failed(error)
  }
}
