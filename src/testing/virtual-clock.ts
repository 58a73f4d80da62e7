/**
 * A clock that moves only when it is told to.
 *
 * Invariant: alarms ring in the order of their times, and those of the same time in the order in which they were set;
 * an alarm that is set while others ring, for a time that is reached already, rings in the same advance.
 */
import type { Clock, Waiter } from '../index.ts'
import { type Alarm, Alarms, NEVER } from './alarms.ts'
import { hostTurn } from './host-turn.ts'

/**
 * Time for tests: a `Clock` whose time stands still until it is told to move. Give it to a `Scheduler`, or install it
 * for a whole thread with `setClock`. Times are milliseconds.
 */
export class VirtualClock implements Clock {
  private time: number
  private readonly alarms = new Alarms()
  /** @internal Who waits until all else is blocked. */
  readonly _quiet: Set<Waiter<void>> = new Set()

  /** A clock that shows `start`. */
  constructor(start = 0) {
    if (typeof start !== 'number' || !Number.isFinite(start))
      throw new TypeError(`start must be a finite number of milliseconds, got ${String(start)}`)
    this.time = start
  }

  /** The time it shows. */
  now(): number {
    return this.time
  }

  /** Calls `f(argument)` once, when the time was moved on by `milliseconds`. */
  after<A>(milliseconds: number, f: (argument: A) => void, argument: A, _ref?: boolean): unknown {
    return milliseconds === Infinity ? NEVER : this.alarms.add(this.time + milliseconds, () => f(argument))
  }

  /** Withdraws what `after` gave. */
  cancel(timer: unknown): void {
    this.alarms.withdraw(timer as Alarm)
  }

  /** How many calls are still to come. */
  get pending(): number {
    return this.alarms.size
  }

  /** When the next call is due, or `undefined` if there is none. */
  get next(): number | undefined {
    return this.alarms.first()?.at
  }

  /** Moves the time on by `milliseconds` and makes, in order, the calls that become due. Throws `RangeError`. */
  advance(milliseconds: number): void {
    const end = this.time + requireSpan(milliseconds)
    while (this.ringUpTo(end));
    this.time = end
  }

  /** Moves the time on to the next call and makes it; `false` if there is none. */
  step(): boolean {
    return this.ringUpTo(Infinity)
  }

  /**
   * Moves the time on until no call is left. Gives the time it shows then. Throws `RangeError` when more than `most`
   * calls were made: a periodic one never ends.
   */
  runAll(most = 100_000): number {
    for (let made = 0; this.step(); made++) if (made === most) throw endless(most)
    return this.time
  }

  /** As `advance`, for promise code: before each call, and at the end, all that is ready in the host is run. */
  async advanceAsync(milliseconds: number): Promise<void> {
    const end = this.time + requireSpan(milliseconds)
    do await hostTurn()
    while (this.ringUpTo(end))
    this.time = end
  }

  /** As `runAll`, for promise code: before each call, and at the end, all that is ready in the host is run. */
  async runAllAsync(most = 100_000): Promise<number> {
    for (let made = 0; ; made++) {
      await hostTurn()
      if (!this.step()) return this.time
      if (made === most) throw endless(most)
    }
  }

  /** @internal All is blocked: tells who waits for that; `false` if nobody does. */
  _settle(): boolean {
    const [waiter] = this._quiet
    if (waiter === undefined) return false
    this._quiet.delete(waiter)
    waiter.grant()
    return true
  }

  private ringUpTo(end: number): boolean {
    const alarm = this.alarms.first()
    if (alarm === undefined || alarm.at > end) return false
    this.time = Math.max(this.time, alarm.at)
    this.alarms.shift()?.()
    return true
  }
}

function requireSpan(milliseconds: number): number {
  if (typeof milliseconds === 'number' && milliseconds >= 0 && milliseconds !== Infinity) return milliseconds
  throw new RangeError(`milliseconds must be a finite number of at least 0, got ${String(milliseconds)}`)
}

function endless(most: number): RangeError {
  return new RangeError(`most: ${most} calls were made and there is no end; use advance() for periodic work`)
}
