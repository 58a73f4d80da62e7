/** A result that is computed once, however many ask for it. */
import { CancelledError, requireFunction } from '../errors.ts'
import { NOT_READY, type Operation, type Poll } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import { Claim } from '../wait/primitive.ts'
import { Gate } from './gate.ts'

/** What `once.statistics()` gives. */
export interface OnceStatistics {
  readonly state: 'idle' | 'running' | 'done' | 'failed'
  /** Waits that are pending. */
  readonly waiters: number
}

/**
 * Calls `fn` at the first `get()` that is performed, and never again: its result, or its error, is kept and given to
 * everybody who asks. `fn` may return a promise or an operation, which is waited for. Once begun it runs to its end,
 * whoever gives up waiting. It belongs to one thread and has no handle.
 */
export class Once<T> extends Gate {
  private readonly fn: () => T | PromiseLike<T>
  private state: OnceStatistics['state'] = 'idle'
  private outcome: unknown = undefined

  constructor(fn: () => T | PromiseLike<T>) {
    super(0)
    this.fn = requireFunction('fn', fn)
  }

  get kind(): 'Once' {
    return 'Once'
  }

  /**
   * Waits for the one result. Throws what `fn` throws, the same error each time. Cancel safe: `fn` goes on for the
   * others. `block()` needs `fn` to be synchronous, or done: nothing else can end in a thread that sleeps.
   */
  get(options?: WaitOptions): Operation<T> {
    return limited(new Get(this), options)
  }

  /** Ends every wait for it with `reason`; `fn` goes on. */
  cancelWaiters(reason: unknown = new CancelledError(`waiting for ${this.id} was cancelled`)): void {
    this.failAll(reason)
  }

  statistics(): OnceStatistics {
    return { state: this.state, waiters: this.size }
  }

  /** Calls `fn`, the first time. */
  begin(): void {
    if (this.state !== 'idle') return
    this.state = 'running'
    try {
      const result = this.fn()
      const { then } = (result ?? {}) as Partial<PromiseLike<T>>
      if (typeof then !== 'function') this.end('done', result)
      else
        void then.call(
          result,
          (value) => this.end('done', value),
          (error: unknown) => this.end('failed', error),
        )
    } catch (error) {
      this.end('failed', error)
    }
  }

  /** The result, if there is one. */
  result(): Poll<T> {
    if (this.state === 'failed') throw this.outcome
    return this.state === 'done' ? (this.outcome as T) : NOT_READY
  }

  override serve(): void {
    if (this.state === 'failed') this.failAll(this.outcome)
    else super.serve()
  }

  /** It is never shared. */
  protected copyTo(): void {}

  private end(state: 'done' | 'failed', outcome: unknown): void {
    if (this.state !== 'running') return
    this.state = state
    this.outcome = outcome
    this.serve()
  }
}

class Get<T> extends Claim<T> {
  declare readonly on: Once<T>

  /** The perform begins: from here on somebody wants the result. */
  override prepare(): this {
    this.on.begin()
    return this
  }

  override poll(): Poll<T> {
    return this.on.result()
  }

  claim(): Poll<T> {
    return this.on.result()
  }

  get verb(): string {
    return 'get()'
  }
}
