/** The options that every waiting verb takes, as one combinator around the bare operation. */
import { requireMilliseconds, shown, TimeoutError } from '../errors.ts'
import { asPart, debugging, performed } from './debug.ts'
import { NOT_READY, Operation, type Poll } from './operation.ts'
import { Link, type Waiter } from './waiter.ts'

/** How long, and for whom, to wait. */
export interface WaitOptions {
  /** Milliseconds from the perform until `TimeoutError`; 0 polls once; `Infinity`, the default, waits for ever. */
  timeout?: number | undefined
  /** Ends the wait with `signal.reason` when it aborts. Not for `block()`: nothing can abort it there. */
  signal?: AbortSignal | undefined
  /** Whether the wait keeps the process alive; default `true`. */
  ref?: boolean | undefined
}

/** Puts `options` around an operation. Throws at once if one of them is wrong. */
export function limited<T>(operation: Operation<T>, options: WaitOptions | undefined): Operation<T> {
  if (options === undefined) return operation
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`options must be an object { timeout?, signal?, ref? }, got ${shown(options)}`)
  const { timeout = Infinity, signal, ref = true } = options
  requireMilliseconds('timeout', timeout)
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    throw new TypeError(`signal must be an AbortSignal, got ${shown(signal)}`)
  if (typeof ref !== 'boolean') throw new TypeError(`ref must be a boolean, got ${shown(ref)}`)
  return timeout === Infinity && signal === undefined && ref
    ? operation
    : new Limited(operation, timeout, signal, ref)
}

class Limited<T> extends Operation<T> {
  readonly inner: Operation<T>
  readonly timeout: number
  readonly signal: AbortSignal | undefined
  readonly ref: boolean

  constructor(inner: Operation<T>, timeout: number, signal: AbortSignal | undefined, ref: boolean) {
    super()
    if (debugging && process.env.NODE_ENV !== 'production') performed(inner)
    this.inner = inner
    this.timeout = timeout
    this.signal = signal
    this.ref = ref
  }

  override prepare(): Operation<T> {
    const inner = this.inner.prepare()
    return inner === this.inner ? this : asPart(new Limited(inner, this.timeout, this.signal, this.ref))
  }

  poll(): Poll<T> {
    if (this.signal?.aborted) throw this.signal.reason
    const value = this.inner.poll()
    if (value === NOT_READY && this.timeout === 0) throw this.late()
    return value
  }

  park(waiter: Waiter<T>): void {
    if (this.signal !== undefined && waiter.host.blocking)
      throw new TypeError(
        `${this.describe()}: block() cannot be ended by a signal, because no event is delivered to a sleeping thread; ` +
          'use timeout, or select with the wait() of a shared Event',
      )
    const link = new LimitedWaiter(this, waiter)
    waiter.data = link
    this.inner.park(link)
    link.arm()
  }

  unpark(waiter: Waiter<T>): boolean {
    return (waiter.data as LimitedWaiter<T>).withdraw()
  }

  override giveBack(waiter: Waiter<T>, value: T): void {
    this.inner.giveBack(waiter.data as Waiter<T>, value)
  }

  /** A timeout does not count: it ends the wait, it does not complete it. */
  override reach(): number {
    return this.inner.reach()
  }

  override describe(): string {
    return this.inner.describe()
  }

  late(): TimeoutError {
    return new TimeoutError(`${this.describe()} did not end within ${this.timeout} ms`)
  }
}

/** One perform under a limit: the inner operation's waiter, the timer's target and the signal's listener. */
class LimitedWaiter<T> extends Link<T> {
  readonly limited: Limited<T>
  timer: unknown = undefined
  over = false

  constructor(limited: Limited<T>, outer: Waiter<T>) {
    super(limited.inner, outer)
    this.limited = limited
  }

  /** Starts the clock and listens, unless the wait ended while it was being parked. */
  arm(): void {
    if (this.over) return
    const { timeout, signal } = this.limited
    if (timeout !== Infinity) this.timer = this.host.clock.after(timeout, expire, this, this.ref)
    if (signal !== undefined) watch(signal, this)
  }

  grant(value: T): void {
    this.disarm()
    this.outer.grant(value)
  }

  fail(error: unknown): void {
    this.disarm()
    this.outer.fail(error)
  }

  withdraw(): boolean {
    if (this.over || !this.operation.unpark(this)) return false
    this.disarm()
    return true
  }

  /** The signal aborted. */
  aborted(): void {
    if (this.withdraw()) this.outer.fail(this.limited.signal?.reason)
  }

  override get ref(): boolean {
    return this.limited.ref && this.outer.ref
  }

  private disarm(): void {
    this.over = true
    if (this.timer !== undefined) this.host.clock.cancel(this.timer)
    if (this.limited.signal !== undefined) unwatch(this.limited.signal, this)
  }
}

/** All waits under one signal share one listener: hosts search their listeners, and warn of many. */
class Watch {
  readonly waiters: Set<LimitedWaiter<any>> = new Set()

  handleEvent(): void {
    for (const waiter of [...this.waiters]) waiter.aborted()
  }
}

const watches = /* @__PURE__ */ new WeakMap<AbortSignal, Watch>()

function watch(signal: AbortSignal, waiter: LimitedWaiter<any>): void {
  let watch = watches.get(signal)
  if (watch === undefined) watches.set(signal, (watch = new Watch()))
  if (watch.waiters.size === 0) signal.addEventListener('abort', watch)
  watch.waiters.add(waiter)
}

function unwatch(signal: AbortSignal, waiter: LimitedWaiter<any>): void {
  const watch = watches.get(signal)
  if (watch?.waiters.delete(waiter) && watch.waiters.size === 0) signal.removeEventListener('abort', watch)
}

function expire(waiter: LimitedWaiter<unknown>): void {
  if (waiter.withdraw()) waiter.outer.fail(waiter.limited.late())
}
