/** The future of a thread's result. */
import { CancelledError, Future, type Operation } from '../index.ts'
import type { Thread } from './thread.ts'

/** Waiting for it is waiting for the thread, so that a thread may also sleep until it is done. */
export class ThreadFuture<T> extends Future<T> {
  private readonly thread: Thread

  constructor(thread: Thread) {
    super()
    this.thread = thread
    thread.join().then(
      (value) => void (this.done || this.setResult(value as T)),
      (error: unknown) => void (this.done || this.setException(error)),
    )
  }

  /** Terminates the thread, unless it has ended: then `false`. */
  override cancel(): boolean {
    if (this.done) return this.cancelled
    if (!this.thread.isAlive) return false
    this._cancel(undefined)
    this.setRunningOrNotifyCancel()
    this.thread.terminate(new CancelledError('the future was cancelled'))
    return true
  }

  override prepare(): Operation<T> {
    return this.done ? super.prepare() : (this.thread.join().prepare() as Operation<T>)
  }
}
