/** What an executor has done so far. */

/** The figures of an executor at one moment; they never change. Times are in milliseconds. */
export class ExecutorStatistics {
  /** Calls that ended in an exception. */
  readonly failures: number
  /** Calls that were executed, failed or not. */
  readonly executed: number
  /** The sum of the times from submission to end, of those that were executed. */
  readonly runtime: number
  /** Submissions that were cancelled before they were executed. */
  readonly cancelled: number

  /** @internal */
  constructor(failures: number, executed: number, runtime: number, cancelled: number) {
    this.failures = failures
    this.executed = executed
    this.runtime = runtime
    this.cancelled = cancelled
    Object.freeze(this)
  }

  /** The mean time from submission to end; 0 if none was executed. */
  get averageRuntime(): number {
    return this.executed === 0 ? 0 : this.runtime / this.executed
  }
}
