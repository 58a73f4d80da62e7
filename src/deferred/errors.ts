/** The errors that only Deferreds throw. */
import { HeddleError } from '../index.ts'
import type { Failure } from './failure.ts'

/** A Deferred was fired a second time. Nothing was changed. */
export class AlreadyCalledError extends HeddleError {
  override get name(): string {
    return 'AlreadyCalledError'
  }
}

/** One of several Deferreds failed: which, and how. */
export class FirstError extends HeddleError {
  /** The failure of that Deferred. */
  readonly subFailure: Failure
  /** Its place in the list. */
  readonly index: number

  constructor(subFailure: Failure, index: number) {
    super(`the Deferred at index ${index} failed: ${subFailure.getErrorMessage()}`, {
      cause: subFailure.value,
    })
    this.subFailure = subFailure
    this.index = index
  }

  override get name(): string {
    return 'FirstError'
  }
}

/** All of several Deferreds failed. */
export class FailureGroup extends HeddleError {
  /** What happened to each, in the order of the list. */
  readonly failures: readonly Failure[]

  constructor(failures: readonly Failure[]) {
    super(
      `all ${failures.length} Deferreds failed: ${failures.map((each) => each.getErrorMessage()).join('; ')}`,
    )
    this.failures = failures
  }

  /** The errors themselves, in the order of the list, as an `AggregateError` has them. */
  get errors(): unknown[] {
    return this.failures.map((each) => each.value)
  }

  override get name(): string {
    return 'FailureGroup'
  }
}
