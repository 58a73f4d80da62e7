/**
 * One party's wait at a barrier, without and with limits of its own.
 *
 * A limit of its own breaks the barrier; being withdrawn by anybody else (another arm of a choice, a cancelled task)
 * does not. That is why the common `limited` cannot stand around it: it withdraws in the same way for both.
 */
import { requireMilliseconds, shown, TimeoutError } from '../errors.ts'
import { debugging, performed } from '../operation/debug.ts'
import { NOT_READY, Operation, type Poll, TIME } from '../operation/operation.ts'
import type { WaitOptions } from '../operation/options.ts'
import { Link, type Waiter } from '../operation/waiter.ts'
import type { Barrier } from './barrier.ts'

/** What the barrier keeps for a parked party. */
export interface Party {
  /** Its seat, or -1 as long as the last generation drains. */
  seat: number
}

export class BarrierWait extends Operation<number> {
  readonly on: Barrier

  constructor(on: Barrier) {
    super()
    this.on = on
  }

  poll(): Poll<number> {
    return this.on.pollParty()
  }

  park(waiter: Waiter<number>): void {
    const party: Party = { seat: -1 }
    waiter.data = party
    this.on.enqueue(waiter)
    if (this.on.site === null) this.on.serve()
  }

  unpark(waiter: Waiter<number>): boolean {
    return this.on.withdraw(waiter)
  }

  /** The party that completes it waits for nobody. */
  override reach(): number {
    return this.on.reach() | (this.on.isRipe ? TIME : 0)
  }

  override describe(): string {
    return `${this.on.id}.wait()`
  }
}

/** Puts limits around a party's wait. Throws at once if one of them is wrong. */
export function limitedParty(wait: BarrierWait, options: WaitOptions, usual: number): Operation<number> {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`options must be an object { timeout?, signal?, ref? }, got ${shown(options)}`)
  const { timeout = usual, signal, ref = true } = options
  requireMilliseconds('timeout', timeout)
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    throw new TypeError(`signal must be an AbortSignal, got ${shown(signal)}`)
  if (typeof ref !== 'boolean') throw new TypeError(`ref must be a boolean, got ${shown(ref)}`)
  return timeout === Infinity && signal === undefined && ref
    ? wait
    : new LimitedParty(wait, timeout, signal, ref)
}

class LimitedParty extends Operation<number> {
  readonly inner: BarrierWait
  readonly timeout: number
  readonly signal: AbortSignal | undefined
  readonly ref: boolean

  constructor(inner: BarrierWait, timeout: number, signal: AbortSignal | undefined, ref: boolean) {
    super()
    if (debugging && process.env.NODE_ENV !== 'production') performed(inner)
    this.inner = inner
    this.timeout = timeout
    this.signal = signal
    this.ref = ref
  }

  poll(): Poll<number> {
    const { on } = this.inner
    if (this.signal?.aborted) {
      on.abort()
      throw this.signal.reason
    }
    const value = this.inner.poll()
    if (value === NOT_READY && this.timeout === 0 && !on.isRipe) {
      on.abort()
      throw this.late()
    }
    return value
  }

  park(waiter: Waiter<number>): void {
    if (this.signal !== undefined && waiter.host.blocking)
      throw new TypeError(
        `${this.describe()}: block() cannot be ended by a signal, because no event is delivered to a sleeping thread; use timeout`,
      )
    const link = new PartyLink(this, waiter)
    waiter.data = link
    this.inner.park(link)
    link.arm()
  }

  unpark(waiter: Waiter<number>): boolean {
    return (waiter.data as PartyLink).withdraw()
  }

  override reach(): number {
    return this.inner.reach()
  }

  override describe(): string {
    return this.inner.describe()
  }

  late(): TimeoutError {
    return new TimeoutError(
      `${this.describe()} did not end within ${this.timeout} ms, so the barrier is broken`,
    )
  }
}

/** One wait under a limit: the waiter at the barrier, the timer's target and the signal's listener. */
class PartyLink extends Link<number> {
  readonly limits: LimitedParty
  private timer: unknown = undefined
  private over = false

  constructor(limits: LimitedParty, outer: Waiter<number>) {
    super(limits.inner, outer)
    this.limits = limits
  }

  /** Starts the clock and listens, unless the wait ended while it was being parked. */
  arm(): void {
    if (this.over) return
    const { timeout, signal } = this.limits
    if (timeout !== Infinity) this.timer = this.host.clock.after(timeout, expire, this, this.ref)
    signal?.addEventListener('abort', this)
  }

  grant(value: number): void {
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

  /** Ends the wait by its own limit, unless the barrier came first. */
  end(error: unknown): void {
    if (!this.over) this.limits.inner.on.expireParty(this, error)
  }

  handleEvent(): void {
    this.end(this.limits.signal?.reason)
  }

  override get ref(): boolean {
    return this.limits.ref && this.outer.ref
  }

  private disarm(): void {
    this.over = true
    if (this.timer !== undefined) this.host.clock.cancel(this.timer)
    this.limits.signal?.removeEventListener('abort', this)
  }
}

function expire(link: PartyLink): void {
  link.end(link.limits.late())
}
