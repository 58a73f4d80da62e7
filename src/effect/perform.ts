/**
 * Operations performed by fibers.
 *
 *   polled, ready    -> delivered                 in the step of the fiber that polled it
 *   parked           -> granted -> delivered      in the fiber's next step, a microtask later
 *   parked, granted  -> given up                  by an interruption: the waiter is withdrawn, what was granted given back
 *
 * Invariant: between the step that takes a value and the one that has it, a fiber never yields, so that no interruption
 * comes between them. Whether it yields, effect decides by the number of steps that it took. It may yield between a poll
 * and the wait that follows, so that begins with another poll.
 */
import { Effect, Exit } from 'effect'
import { NOT_READY, Operation, Wait } from '../index.ts'
import { failed } from './failures.ts'
import { type AnyFiber, FiberHost } from './host.ts'
import { observeWait, observing } from './observe.ts'

/** How a region of a fiber is made interruptible again. */
export type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** Whether operations that were made and dropped are reported. */
const debugging = ['development', 'test'].includes(
  (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env?.['NODE_ENV'] ?? '',
)

/** Notes that an operation is not forgotten: effects that are never run are nothing unusual. */
export function used(operation: object): void {
  if (debugging && operation instanceof Operation) void operation[Symbol.iterator]()
}

/** The perform itself: only its waiting part is passed through `restore`. */
export function perform<T>(
  fiber: AnyFiber,
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

/** Waits for an operation that was polled in vain. */
export function parked<T>(fiber: AnyFiber, operation: Operation<T>): Effect.Effect<T, any> {
  return Effect.callback<T, any>((resume) => {
    const host = new FiberHost(fiber, () => resume(delivery))
    const wait = new Wait(operation, host)
    let ended: ((exit: Exit.Exit<unknown, unknown>) => void) | undefined
    const delivery = Effect.withFiber((running) => {
      const exit = outcome(wait)
      ended?.(Exit.isExit(exit) ? exit : Exit.void)
      return atOnce(running, exit)
    })
    try {
      const value = operation.poll()
      if (value !== NOT_READY) return resume(atOnce(fiber, Effect.succeed(value)))
      wait.park()
      if (observing) ended = observeWait(fiber, operation.describe())
    } catch (error) {
      resume(failed(error))
      return
    }
    return Effect.sync(() => {
      wait.return(undefined as T)
      ended?.(Exit.interrupt(fiber.id))
    })
  })
}

function outcome<T>(wait: Wait<T>): Effect.Effect<T, any> {
  try {
    return Effect.succeed(wait.take())
  } catch (error) {
    return failed(error)
  }
}

/** Has the fiber take its next step, which delivers, without asking whether it has to yield before. */
export function atOnce<E extends Effect.Effect<any, any>>(fiber: AnyFiber, effect: E): E {
  ;(fiber as { currentOpCount: number }).currentOpCount -= 1
  return effect
}
