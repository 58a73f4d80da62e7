/** Effects as operations: an arm of a choice beside locks, queues and sleeps. */
import { Cause, Context, Effect, Exit } from 'effect'
import { CancelledError, type Operation, until } from '../index.ts'

/**
 * An operation that runs `effect` in a fiber of its own at each perform, and interrupts it when the wait is given up: by
 * a timeout, by an abort, or when another arm of the choice commits. What the effect fails with is thrown, a defect too.
 */
export function fromEffect<A, E>(effect: Effect.Effect<A, E>): Operation<A> {
  return operationOf(Context.empty(), effect)
}

/** As `fromEffect`, for an effect that needs services: they are taken from the running program. */
export function fromEffectWith<A, E, R>(
  effect: Effect.Effect<A, E, R>,
): Effect.Effect<Operation<A>, never, R> {
  return Effect.map(Effect.context<R>(), (context) => operationOf(context, effect))
}

function operationOf<A, E, R>(context: Context.Context<R>, effect: Effect.Effect<A, E, R>): Operation<A> {
  const run = Effect.runPromiseExitWith(context)
  return until(async (signal) => {
    const exit = await run(effect, { signal })
    if (Exit.isSuccess(exit)) return exit.value
    if (Cause.hasInterruptsOnly(exit.cause)) throw new CancelledError('the effect was interrupted')
    throw Cause.squash(exit.cause)
  })
}
