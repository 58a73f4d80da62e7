/** Operations and procedures as effects. */
import { Effect } from 'effect'
import { type Operation, Procedure } from '../index.ts'
import type { WaitFailure } from './failures.ts'
import { atOnce, perform, used } from './perform.ts'
import { performProcedure } from './procedures.ts'

/**
 * Performs an operation, or a procedure, in the fiber that runs the effect; each run is a perform of its own. Fails with
 * `WaitFailure`, or with an error that has a `_tag` of its own as it is (`E`); misuse is a defect. Interruptible: it loses
 * nothing, and a procedure first does what it must (`condition.wait()` has its lock again).
 */
export function toEffect<T, E = never>(
  waited: Operation<T> | Procedure<T>,
): Effect.Effect<T, WaitFailure | E> {
  used(waited)
  return Effect.withFiber((fiber) => {
    if (waited instanceof Procedure)
      return Effect.uninterruptibleMask((restore) => performProcedure(fiber, waited, restore))
    return atOnce(
      fiber,
      perform(fiber, waited, (waiting) => waiting),
    )
  })
}
