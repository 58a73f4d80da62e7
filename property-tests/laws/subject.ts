/** What the laws need to know of an operation. Add an operation to `subjects.ts` and every law runs over it. */
import type { Operation, WaitOptions } from '../../src/index.ts'

/** A fresh primitive with nothing available yet, and one waiting verb of it. */
export interface Subject {
  /** The verb; called anew, or its value kept and performed many times. */
  operation(options?: WaitOptions): Operation<unknown>
  /** Makes one more perform possible; only called while `canSupply()`. */
  supply(): void
  canSupply(): boolean
  /** How many units lie there, taken by nobody. `Infinity` where a supply is for everybody (an event that is set). */
  available(): number
  /** Whether a value is no disposable one, so that what it stands for is gone when nobody gets it. */
  readonly gone?: boolean
  /** Told of each value that a perform ended with, so that a subject can hand it out again. */
  delivered(value: unknown): void
}

export interface NamedSubject {
  readonly name: string
  make(): Subject
}
