/** An operation performed now, its outcome kept in a future: what `operation.start()` is to a promise. */
import { shown } from '../errors.ts'
import { debugging, performed } from '../operation/debug.ts'
import type { Operation } from '../operation/operation.ts'
import { isOperation, NOT_READY } from '../operation/operation.ts'
import { dispose, finish, type Host, Waiter } from '../operation/waiter.ts'
import { thread } from '../wait/thread.ts'
import { Future } from './future.ts'

const host: Host = {
  blocking: false,
  name: 'async code',
  get clock() {
    return thread.clock
  },
}

/** The wait of a started operation. To cancel it is to withdraw it. */
class Started<T> extends Future<T> {
  private wait: Keep<T> | undefined = undefined

  begin(operation: Operation<T>): this {
    try {
      const prepared = operation.prepare()
      const value = prepared.poll()
      if (value !== NOT_READY) {
        this.setResult(value)
        return this
      }
      this.wait = new Keep(prepared, this)
      prepared.park(this.wait)
    } catch (error) {
      this.wait = undefined
      this.setException(error)
    }
    return this
  }

  override cancel(): boolean {
    const { wait } = this
    if (wait === undefined || wait.granted || !wait.operation.unpark(wait)) return this.cancelled
    this.wait = undefined
    super.cancel()
    return this.setRunningOrNotifyCancel() || true
  }

  override reach(): number {
    return this.wait === undefined ? super.reach() : this.wait.operation.reach()
  }

  end(): void {
    this.wait = undefined
  }
}

/** A grant never runs the code of others, so the future is settled in a microtask of its own. */
class Keep<T> extends Waiter<T> {
  granted = false
  readonly since: number = Math.floor(thread.clock.now())
  private readonly future: Started<T>

  constructor(operation: Operation<T>, future: Started<T>) {
    super(operation)
    this.future = future
  }

  get host(): Host {
    return host
  }

  grant(value: T): void {
    this.granted = true
    queueMicrotask(() => {
      this.future.end()
      let finished: T
      try {
        finished = finish(value)
      } catch (error) {
        if (!this.future.done) this.future.setException(error)
        return
      }
      if (this.future.done) dispose(finished)
      else this.future.setResult(finished)
    })
  }

  fail(error: unknown): void {
    this.granted = true
    queueMicrotask(() => {
      this.future.end()
      if (!this.future.done) this.future.setException(error)
    })
  }
}

/**
 * Performs an operation now and keeps the outcome in a future, so that several may wait for it. Cancelling the future
 * withdraws the wait; a grant that came first wins. For a promise: `startFuture(until(promise))`.
 */
export function startFuture<T>(operation: Operation<T>): Future<T> {
  if (!isOperation(operation))
    throw new TypeError(
      `operation must be an operation, got ${shown(operation)}; wrap a promise: until(promise)`,
    )
  if (debugging && process.env.NODE_ENV !== 'production') performed(operation)
  return new Started<T>().begin(operation)
}
