/** What `start()` gives: an operation, or a procedure, performed now, its outcome kept in a future. */
import { CancelledError } from '../errors.ts'
import { NOT_READY, type Operation } from '../operation/operation.ts'
import { performers, type Performing } from '../operation/performers.ts'
import { dispose, type Suspend } from '../operation/waiter.ts'
import { Future } from './future.ts'

/** To cancel it is to withdraw the wait; it is cancelled when that has ended for this reason. */
class Started<T> extends Future<T> {
  private performing: Performing | undefined = undefined
  private cause: CancelledError | undefined = undefined

  perform(operation: Operation<T>): this {
    try {
      const prepared = operation.prepare()
      const value = prepared.poll()
      if (value === NOT_READY) this.performing = performers.park(prepared, this.fulfilled, this.rejected)
      else this.fulfilled(value)
    } catch (error) {
      this.rejected(error)
    }
    return this
  }

  run(body: () => Generator<Suspend, T, unknown>): this {
    try {
      const performing = performers.begin(body(), this.fulfilled, this.rejected)
      if (!this.done) this.performing = performing
    } catch (error) {
      this.rejected(error)
    }
    return this
  }

  override cancel(): boolean {
    if (this.done) return this.cancelled
    this.cause ??= new CancelledError('the future was cancelled')
    const withdrawn = this.performing?.stop(this.cause) === true
    return this.cancelled || (withdrawn && !this.done)
  }

  /** Whoever made it may have settled it by hand: then nobody takes what was granted. */
  private readonly fulfilled = (value: T): void => {
    this.performing = undefined
    if (this.done) dispose(value)
    else this.setResult(value)
  }

  private readonly rejected = (error: unknown): void => {
    this.performing = undefined
    if (this.done) return
    if (error !== this.cause || error === undefined) return this.setException(error)
    this._cancel(undefined)
    this.setRunningOrNotifyCancel()
  }
}

Object.assign(performers, {
  start: <T>(operation: Operation<T>): Future<T> => new Started<T>().perform(operation),
  startBody: <T>(body: () => Generator<Suspend, T, unknown>): Future<T> => new Started<T>().run(body),
})
