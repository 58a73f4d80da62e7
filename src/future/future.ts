/**
 * An outcome that somebody else brings about.
 *
 * Source: `concurrent.futures.Future` of Python. Differences: it is an operation, so it is waited for like anything else;
 * an exception that nobody asks for is reported when the future is collected.
 *
 *   state                    cancel()  done   wait and asCompleted  left by
 *   PENDING                  true      no     not done              setRunningOrNotifyCancel, setResult, setException, cancel
 *   RUNNING                  false     no     not done              setResult, setException
 *   CANCELLED                true      yes    not done              setRunningOrNotifyCancel
 *   CANCELLED_AND_NOTIFIED   true      yes    done                  -
 *   FINISHED                 false     yes    done                  -
 *
 * Invariants: waiters (of the outcome) only in PENDING and RUNNING; watches (of `wait`, `asCompleted`, `map`) also in
 * CANCELLED; callbacks are called once, when `done` becomes true. All of it is one synchronous step, in this order:
 * state, waiters, watches, callbacks; only the callbacks are the user's code.
 * Cancellation of a wait takes its waiter out and leaves nothing behind; the future goes on.
 */
import { CancelledError, InvalidStateError, requireFunction } from '../errors.ts'
import { debugging, performed } from '../operation/debug.ts'
import { WaitList } from '../operation/list.ts'
import { NOT_READY, Operation, type Poll } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import type { Waiter } from '../operation/waiter.ts'
import { type FutureHandle, sharing } from './sharing.ts'
import { callbackThrew, failed, Failing } from './unhandled.ts'
import type { Watch } from './watch.ts'

/** Where a future stands. */
export type FutureState = 'PENDING' | 'RUNNING' | 'CANCELLED' | 'CANCELLED_AND_NOTIFIED' | 'FINISHED'

/** Its source is what a structured clone complains about, so it says what to do. */
const refuse = function a_future_belongs_to_its_thread() {}

type Callback<F> = (future: F) => void

/** The stacks of the code that made futures, while debugging. */
const makers = /* @__PURE__ */ new WeakMap<object, { stack?: string }>()

/** How Node prints it. */
function printed(made: typeof Future): void {
  void Object.defineProperty(made.prototype, Symbol.for('nodejs.util.inspect.custom'), {
    value(this: Future<unknown>): string {
      return `Future { ${this._state} }`
    },
  })
}

/**
 * The outcome of a call that runs, or will run: wait for it with `await future`, `yield* future` in a task, or as an arm of
 * `select`; poll it at once with `future.poll()`. Executors give futures; make one yourself to bring about its outcome
 * with `setResult` or `setException`. Waiting for a cancelled future throws `CancelledError`.
 * An exception that nobody was told of is reported once, when the future is collected, to `setUnhandledExceptionHook`.
 */
export class Future<T> extends Operation<T> {
  /** @internal */
  _state: FutureState = 'PENDING'
  /** The result; or the reason of a cancellation that has its own. */
  private outcome: unknown = undefined
  /** @internal The exception, if it ended in one. */
  _failing: Failing | undefined = undefined
  private waiters: WaitList | undefined = undefined
  /** @internal The first of those who want to know that it is done, whatever its outcome. */
  _watches: Watch | null = null
  private callbacks: Callback<any> | Callback<any>[] | undefined = undefined
  /** Keeps a structured clone from making a plain object of it. */
  readonly uncloneable: () => void = refuse

  constructor() {
    super()
    if (debugging && process.env.NODE_ENV !== 'production') {
      // It is under way already, so it is not an operation that somebody forgot to perform.
      performed(this)
      const made: { stack?: string } = {}
      Error.captureStackTrace?.(made, new.target)
      makers.set(this, made)
    }
  }

  // A static block would keep the class in every bundle.
  private static readonly printed: void = /* @__PURE__ */ printed(this)

  /** The future of this thread that `future.handle` of another thread stands for; the same object each time. */
  static attach<T = unknown>(handle: FutureHandle<T>): Future<T> {
    return sharing.attach(handle)
  }

  /**
   * A plain value that `Future.attach` makes a future of the same outcome of in another thread, which can wait for it in
   * every way, also by `block()`. The outcome travels as bytes (see `Codec`); an exception keeps class name, message and
   * cause. A result that cannot travel, or is too large, is an exception there; the death of this thread, or of the one
   * the future came from, is `WorkerDiedError`. It can be cancelled only where it came from.
   * Throws `SharingError` where memory cannot be shared.
   */
  get handle(): FutureHandle<T> {
    return sharing.handleOf(this)
  }

  /** Where it stands. */
  get state(): FutureState {
    return this._state
  }

  /** Whether it was cancelled before it began. */
  get cancelled(): boolean {
    return this._state === 'CANCELLED' || this._state === 'CANCELLED_AND_NOTIFIED'
  }

  /** Whether its call is running, so that it can no longer be cancelled. */
  get running(): boolean {
    return this._state === 'RUNNING'
  }

  /** Whether it has an outcome, or was cancelled. */
  get done(): boolean {
    return this._state !== 'PENDING' && this._state !== 'RUNNING'
  }

  /**
   * Waits for the result. Throws the exception it ended in, `CancelledError` if it was cancelled.
   * Cancel safe: a timeout or an abort ends this wait, and the future goes on.
   */
  result(options?: WaitOptions): Operation<T> {
    return limited<T>(this, options)
  }

  /** Waits for its end: gives the exception it ended in, `undefined` if there was none. Otherwise as `result`. */
  exception(options?: WaitOptions): Operation<unknown> {
    return limited(new ExceptionOf(this), options)
  }

  /**
   * Cancels it unless it is running or finished: then `false`. A cancelled one stays so, and `true` is the answer again.
   * Its waits end with `CancelledError` at once; `wait` and `asCompleted` are told when the executor drops it.
   */
  cancel(): boolean {
    if (this._state === 'PENDING') this._cancel(undefined)
    return this.cancelled
  }

  /**
   * Calls `callback(future)` when it is done, in the order of adding; at once if it is. What `callback` throws goes to
   * `setDoneCallbackErrorHook`, and nowhere else.
   */
  addDoneCallback(callback: (future: this) => void): void {
    requireFunction('callback', callback)
    if (this.done) {
      call(callback, this)
      return
    }
    const { callbacks } = this
    if (callbacks === undefined) this.callbacks = callback
    else if (typeof callbacks === 'function') this.callbacks = [callbacks, callback]
    else callbacks.push(callback)
  }

  /** As a promise does it. */
  // oxlint-disable-next-line unicorn/no-thenable
  override then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return super.then(fulfilled, rejected) as Promise<A | B>
  }

  /** As a promise does it. */
  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(undefined, rejected)
  }

  /** As a promise does it: calls `settled` when it is done, and gives a promise of the same outcome. */
  finally(settled?: (() => void) | null): Promise<T> {
    return this.then(undefined).finally(settled)
  }

  /** Lets it stand where a `Promise` is asked for. */
  get [Symbol.toStringTag](): string {
    return 'Future'
  }

  /**
   * For executors: the call is about to run. `false` if it was cancelled before, and must not run; those who `wait` for
   * it are told. Throws `InvalidStateError` unless it is pending, or cancelled and not told of yet.
   */
  setRunningOrNotifyCancel(): boolean {
    if (this._state === 'PENDING') {
      this._state = 'RUNNING'
      return true
    }
    if (this._state !== 'CANCELLED') throw this.wrong('setRunningOrNotifyCancel')
    this._state = 'CANCELLED_AND_NOTIFIED'
    this.notify()
    return false
  }

  /** For executors: it ends with `result`. Throws `InvalidStateError` if it has ended, or was cancelled. */
  setResult(result: T): void {
    if (this.done) throw this.wrong('setResult')
    this.outcome = result
    this.settle('FINISHED')
  }

  /** For executors: it ends with an exception. Throws `InvalidStateError` if it has ended, or was cancelled. */
  setException(error: unknown): void {
    if (this.done) throw this.wrong('setException')
    this._failing = new Failing(error, makers.get(this))
    this.settle('FINISHED')
    if (!this._failing.seen) failed(this)
  }

  /** Gives the result at once, or throws the exception; `NOT_READY` while there is neither. */
  poll(): Poll<T> {
    switch (this._state) {
      case 'PENDING':
      case 'RUNNING':
        return NOT_READY
      case 'FINISHED':
        if (this._failing === undefined) return this.outcome as T
        this._failing.seen = true
        throw this._failing.error
      default:
        throw this.reason()
    }
  }

  park(waiter: Waiter<T>): void {
    ;(this.waiters ??= new WaitList()).push(waiter)
  }

  unpark(waiter: Waiter<T>): boolean {
    return this.waiters !== undefined && this.waiters.remove(waiter)
  }

  override prepare(): Operation<T> {
    return this._after(this)
  }

  override describe(): string {
    return 'Future.result()'
  }

  /** @internal What to perform in place of an operation that needs the outcome. */
  _after<U>(operation: Operation<U>): Operation<U> {
    return operation
  }

  /** @internal */
  _watch(watch: Watch): void {
    watch.link()
  }

  /** @internal */
  _unwatch(watch: Watch): void {
    watch.unlink()
  }

  /** @internal What a done one ended in: 0 and the result, 1 and the exception, 2 and the reason of a cancellation. */
  _outcome(): readonly [kind: number, value: unknown] {
    if (this.cancelled) return [2, this.outcome]
    if (this._failing === undefined) return [0, this.outcome]
    this._failing.seen = true
    return [1, this._failing.error]
  }

  /** @internal Ends the wait of one waiter. */
  _deliver(waiter: Waiter<T>): void {
    if (this._state !== 'FINISHED') waiter.fail(this.reason())
    else if (this._failing === undefined) waiter.grant(this.outcome as T)
    else {
      this._failing.seen = true
      waiter.fail(this._failing.error)
    }
  }

  /** @internal Whether `wait` and `asCompleted` take it for done. */
  get _settled(): boolean {
    return this._state === 'FINISHED' || this._state === 'CANCELLED_AND_NOTIFIED'
  }

  /** @internal Cancels a pending one; its waits throw `reason` if that is given. */
  _cancel(reason: { readonly reason: unknown } | undefined): void {
    this.outcome = reason
    this.settle('CANCELLED')
  }

  /** @internal Its exception, if it ends in one, concerns nobody. */
  _disregard(): void {
    if (this._failing !== undefined) this._failing.seen = true
    else if (!this.done) this.addDoneCallback(disregard)
  }

  /** @internal Ends it with an exception that concerns nobody but those who wait. */
  _abort(error: unknown): void {
    this._failing = new Failing(error, undefined)
    this._failing.seen = true
    this.settle('FINISHED')
  }

  private settle(state: FutureState): void {
    this._state = state
    const { waiters } = this
    if (waiters !== undefined) {
      // One grant may withdraw another waiter, of the same choice: so it stays in place until it is empty.
      for (let waiter = waiters.head; waiter !== null; waiter = waiters.head) {
        waiters.remove(waiter)
        ;(waiter.operation as Future<T> | ExceptionOf)._deliver(waiter)
      }
      this.waiters = undefined
    }
    if (state === 'FINISHED') this.notify()
    const { callbacks } = this
    if (callbacks === undefined) return
    this.callbacks = undefined
    if (typeof callbacks === 'function') call(callbacks, this)
    else for (const callback of callbacks) call(callback, this)
  }

  private notify(): void {
    for (let watch = this._watches; watch !== null; watch = this._watches) {
      watch.remove()
      watch.watcher._completed(watch)
    }
  }

  private reason(): unknown {
    const own = this.outcome as { readonly reason: unknown } | undefined
    return own === undefined ? new CancelledError('the future was cancelled') : own.reason
  }

  private wrong(verb: string): InvalidStateError {
    return new InvalidStateError(`${verb}(): the future is ${this._state}`)
  }
}

function call<F>(callback: Callback<F>, future: F): void {
  try {
    callback(future)
  } catch (error) {
    callbackThrew(error)
  }
}

function disregard(future: Future<unknown>): void {
  future._disregard()
}

/** A promise of the outcome. */
export function promised<T>(operation: PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => void operation.then(resolve, reject))
}

class ExceptionOf extends Operation<unknown> {
  readonly future: Future<any>

  constructor(future: Future<any>) {
    super()
    this.future = future
  }

  poll(): Poll<unknown> {
    const { future } = this
    if (!future.done) return NOT_READY
    if (future.cancelled) return future.poll()
    const failing = future._failing
    if (failing === undefined) return undefined
    failing.seen = true
    return failing.error
  }

  park(waiter: Waiter<unknown>): void {
    this.future.park(waiter)
  }

  unpark(waiter: Waiter<unknown>): boolean {
    return this.future.unpark(waiter)
  }

  override prepare(): Operation<unknown> {
    return this.future._after(this)
  }

  override reach(): number {
    return this.future.reach()
  }

  override describe(): string {
    return 'Future.exception()'
  }

  _deliver(waiter: Waiter<unknown>): void {
    if (this.future.cancelled) this.future._deliver(waiter)
    else waiter.grant(this.poll())
  }
}
