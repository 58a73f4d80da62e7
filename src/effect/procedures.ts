/**
 * Procedures performed by fibers.
 *
 *   running    -> done               its outcome is the fiber's
 *   running    -> told to end        the fiber was interrupted: the wait that it stands in is withdrawn
 *   told       -> done               it has done what it owes (a condition holds its lock again): the interruption goes on
 *
 * Cancellation: if a grant came first there is no wait to withdraw, and the next one is tried, a microtask later. What a
 * procedure gives after it was told to end is given back.
 */
import { Effect } from 'effect'
import { hostClock, NOT_READY, type Operation, type Procedure, Scheduler } from '../index.ts'
import { type AnyFiber, clockOf } from './host.ts'
import { perform, type Restore } from './perform.ts'

/** What a procedure becomes when it is started. */
interface Running<T> extends Operation<T> {
  readonly done: boolean
  cancel(): boolean
}

const DISPOSE: symbol = Symbol.dispose ?? Symbol.for('Symbol.dispose')

/**
 * Runs it for the fiber, whose interruption it outlives until it has done what it owes. To be called in an uninterruptible
 * region, with what makes the wait interruptible.
 */
export function performProcedure<T>(
  fiber: AnyFiber,
  procedure: Procedure<T>,
  restore: Restore,
): Effect.Effect<T, any> {
  const running = begun(fiber, procedure)
  const outcome = perform(fiber, running, restore)
  return running.done ? outcome : Effect.onInterrupt(outcome, () => ended(fiber, running))
}

/** Under the host's clock the first step is taken now. Under another one it is a task of a scheduler that has it. */
function begun<T>(fiber: AnyFiber, procedure: Procedure<T>): Running<T> {
  const clock = clockOf(fiber)
  if (clock === hostClock) return procedure.start()
  let scheduler = schedulers.get(clock)
  if (scheduler === undefined)
    schedulers.set(clock, (scheduler = new Scheduler({ clock, onFailure: () => {} })))
  return scheduler.spawn(() => procedure[Symbol.iterator](), { name: procedure.name })
}

const schedulers = new WeakMap<object, Scheduler>()

function ended<T>(fiber: AnyFiber, running: Running<T>): Effect.Effect<void> {
  return Effect.suspend(() => {
    if (!running.done && !running.cancel()) return Effect.flatMap(microtask, () => ended(fiber, running))
    return Effect.matchCause(
      perform(fiber, running, (effect) => effect),
      {
        onFailure: () => {},
        onSuccess: dispose,
      },
    )
  })
}

const microtask = Effect.promise(() => Promise.resolve())

function dispose(value: unknown): void {
  if (value === NOT_READY || typeof value !== 'object' || value === null) return
  ;(value as Record<symbol, (() => void) | undefined>)[DISPOSE]?.()
}
