/** Takes a lock again that was given up for a wait, whatever happens meanwhile. */
import { CancelledError, PoisonedError } from '../errors.ts'
import type { Suspend } from '../operation/waiter.ts'
import { thread } from '../wait/thread.ts'
import { attempt, type Failure } from './attempt.ts'
import { type Guard, Resume, type Suspended } from './guard.ts'

/**
 * Waits until the lock is held as before. A cancellation does not end that wait; the first one is answered when the
 * lock is held. Throws only what makes it impossible: the lock was poisoned, or the thread may not sleep.
 */
export function* reacquire(
  lock: Guard,
  suspended: Suspended,
): Generator<Suspend, Failure | undefined, unknown> {
  let interruption: Failure | undefined
  let hopeless = false
  try {
    while (!suspended.restored) {
      const failure = yield* attempt(new Resume(lock, suspended))
      if (failure === undefined) continue
      hopeless = !suspended.restored && isFinal(failure)
      if (hopeless) throw failure.error
      interruption ??= failure
    }
    return interruption
  } finally {
    // Somebody closed the generator: it still owes the lock to the code around it.
    if (!suspended.restored && !hopeless) yield* reacquire(lock, suspended)
  }
}

/** What would fail in the same way the next time; a wait that had begun was only interrupted, unless by poison. */
function isFinal({ error, thrown, atOnce }: Failure): boolean {
  if (thrown) return thread.blocking // nobody but the performer throws into a sleeping thread's code: it may not sleep
  // A task that was cancelled after it was told is told of that as this wait begins, and once only.
  return (atOnce && !(error instanceof CancelledError)) || error instanceof PoisonedError
}
