/**
 * Twisted's LoopingCall: a function called again and again, on the marks of a fixed grid of time.
 *
 * The next call is put on the first mark after the present one has ended, its Deferred included: calls never overlap,
 * and marks that were missed are skipped. `withCount` tells the function how many marks have passed since it was last
 * called, itself included.
 */
import { requireFunction, requireSpan } from './checks.ts'
import { type DeferredClock, hostClock } from './clock.ts'
import { Deferred } from './deferred.ts'
import { Failure } from './failure.ts'
import { maybeDeferred } from './functions.ts'

/** What a LoopingCall takes besides its function. */
export interface LoopingCallOptions {
  /** Whose time it is; the host's timers unless a test brings its own. */
  readonly clock?: DeferredClock
}

export class LoopingCall {
  /** Milliseconds between two marks; `undefined` before the first start. */
  interval: number | undefined = undefined
  private readonly f: () => unknown
  private readonly clock: DeferredClock
  private end: Deferred<LoopingCall> | undefined = undefined
  private timer: unknown = undefined
  private since = 0
  private immediately = false
  /** When a counted call was last made. */
  private counted: number | undefined = undefined
  private live = false

  constructor(f: () => unknown, options: LoopingCallOptions = {}) {
    requireFunction('f', f)
    this.f = f
    this.clock = options.clock ?? hostClock
  }

  /** A loop whose function is given the number of marks since its last call: 1 unless some were missed. */
  static withCount(f: (count: number) => unknown, options: LoopingCallOptions = {}): LoopingCall {
    requireFunction('f', f)
    const loop: LoopingCall = new LoopingCall(() => {
      const count = loop.count()
      // Too early by a rounding of the clock: the mark is still to come.
      return count > 0 ? f(count) : undefined
    }, options)
    return loop
  }

  /** Whether it was started and neither stopped nor failed. */
  get running(): boolean {
    return this.live
  }

  /**
   * Begins: calls now unless `now` is false, then on every mark, `interval` milliseconds apart; 0 is as soon as
   * possible. The Deferred fires with the loop when it is stopped, or fails with what the function failed with, which
   * also ends the loop. Cancelling it stops the loop. Throws if it is running.
   */
  start(interval: number, now: boolean = true): Deferred<LoopingCall> {
    requireSpan('interval', interval)
    if (this.live || this.end !== undefined) throw new Error('start() of a LoopingCall that is running')
    this.live = true
    this.interval = interval
    this.since = this.clock.now()
    this.immediately = now
    this.counted = undefined
    const end = new Deferred<LoopingCall>(() => {
      if (!this.live) return
      const idle = this.timer !== undefined
      this.halt()
      if (idle) this.end = undefined
    })
    this.end = end
    if (now) this.call()
    else this.schedule()
    return end
  }

  /** Ends it. A call that is under way is waited for before the Deferred of `start` fires. Throws if not running. */
  stop(): void {
    if (!this.live) throw new Error('stop() of a LoopingCall that is not running')
    const idle = this.timer !== undefined
    this.halt()
    if (idle) this.finish(this)
  }

  /** Starts the grid of marks anew from now, putting off the next call. Throws if it is not running. */
  reset(): void {
    if (!this.live) throw new Error('reset() of a LoopingCall that is not running')
    if (this.timer === undefined) return
    this.clock.cancel(this.timer)
    this.since = this.clock.now()
    this.schedule()
  }

  private halt(): void {
    this.live = false
    if (this.timer !== undefined) this.clock.cancel(this.timer)
    this.timer = undefined
  }

  private finish(outcome: LoopingCall | Failure): void {
    const { end } = this
    this.end = undefined
    if (end?.called === false) end.callback(outcome)
  }

  private call(): void {
    this.timer = undefined
    maybeDeferred(this.f).addCallbacks(
      () => (this.live ? this.schedule() : this.finish(this)),
      (failure) => {
        this.halt()
        this.finish(failure)
      },
    )
  }

  private schedule(): void {
    const interval = this.interval!
    const now = this.clock.now()
    const left = interval === 0 ? 0 : interval - ((now - this.since) % interval)
    // A clock that cannot show so small a step would be asked for the same mark again.
    const wait = now + left === now && interval > 0 ? interval : left
    this.timer = this.clock.after(wait, tick, this, true)
  }

  /** Marks passed since the last counted call. */
  private count(): number {
    const interval = this.interval!
    const now = this.clock.now()
    const last = this.counted ?? (this.immediately ? this.since - interval : this.since)
    this.counted = now
    if (interval === 0) return 1
    return this.mark(now) - this.mark(last)
  }

  private mark(time: number): number {
    return Math.floor((time - this.since) / this.interval!)
  }

  /** @internal */
  _tick(): void {
    this.call()
  }
}

function tick(loop: LoopingCall): void {
  loop._tick()
}
