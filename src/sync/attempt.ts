/**
 * One wait inside a procedure, with its end as a value. Tells apart how it ended: by itself, with a value or an error,
 * or by an error that was thrown into the procedure from outside (its task was cancelled, or the thread may not sleep).
 */
import type { Operation } from '../operation/operation.ts'
import type { Suspend } from '../operation/waiter.ts'

export interface Failure {
  readonly error: unknown
  /** Whether it was thrown in from outside. */
  readonly thrown: boolean
  /** Whether it could not even begin to wait. */
  readonly atOnce: boolean
}

/** Performs `operation`. Gives `undefined` if it committed. Never throws; withdraws when it is interrupted. */
export function* attempt(operation: Operation<unknown>): Generator<Suspend, Failure | undefined, unknown> {
  const steps = operation[Symbol.iterator]()
  let atOnce = true
  try {
    for (;;) {
      let step: IteratorResult<Suspend, unknown>
      try {
        step = steps.next()
      } catch (error) {
        return { error, thrown: false, atOnce }
      }
      if (step.done) return undefined
      atOnce = false
      try {
        yield step.value
      } catch (error) {
        return { error, thrown: true, atOnce }
      }
    }
  } finally {
    steps.return(undefined) // withdraws, unless the wait is over
  }
}
