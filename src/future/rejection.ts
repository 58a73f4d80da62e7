/** When an executor refuses a submission. */
import { RejectedSubmissionError, requireInteger } from '../errors.ts'

/** Called before each submission with the number of those that wait; throws to refuse it. */
export type CheckAndReject<E> = (executor: E, backlog: number) => void

/** Refuses submissions, with `RejectedSubmissionError`, while `maxBacklog` or more wait to begin. */
export function rejectWhenReached(maxBacklog: number): CheckAndReject<unknown> {
  requireInteger('maxBacklog', maxBacklog, 0)
  return (_, backlog) => {
    if (backlog >= maxBacklog)
      throw new RejectedSubmissionError(
        `the backlog of ${backlog} has reached the limit of ${maxBacklog}; submit later, for example after whenBelow()`,
      )
  }
}
