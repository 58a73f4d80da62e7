/**
 * Time in equal slots, as Twisted's `LoopingCall.withCount` has it: who comes late gets one tick, and is told how many
 * slots it missed. Slot n ends `n * milliseconds` after the start, so lateness does not add up.
 */
import { requireMilliseconds, shown } from '../errors.ts'
import { WaitList } from '../operation/list.ts'
import { NOT_READY, Operation, type Poll, TIME } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import type { Clock, Waiter } from '../operation/waiter.ts'
import { currentScheduler } from './scheduler.ts'

/** One tick of `every`. */
export interface Tick {
  /** The number of its slot, from 1. */
  readonly slot: number
  /** How many slots passed since the last tick without one. */
  readonly skipped: number
}

/** What `every` takes. */
export interface EveryOptions {
  /** Whether the first tick comes at once, as slot 0. Default `false`. */
  now?: boolean | undefined
}

type Step = IteratorResult<Tick, undefined>

/**
 * Ticks every so many milliseconds, from now on: `yield* each(every(100), function* ({ skipped }) { … })`, or
 * `yield* ticks.next()`, until `stop()`. A body that takes longer than a slot is not called twice at once: slots that it
 * missed are counted in `skipped`. Between two waits nothing holds the process.
 */
export function every(milliseconds: number, options: EveryOptions = {}): Ticks {
  requireMilliseconds('milliseconds', milliseconds)
  if (milliseconds === 0 || milliseconds === Infinity)
    throw new RangeError(`milliseconds must be more than 0 and finite, got ${milliseconds}`)
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`options must be an object { now? }, got ${shown(options)}`)
  return new Ticks(milliseconds, options.now === true, currentScheduler().clock)
}

/** What `every` gives; one consumer at a time. */
export class Ticks {
  readonly milliseconds: number
  private readonly clock: Clock
  private readonly start: number
  private slot: number
  private stopped = false
  private readonly waiters: WaitList = new WaitList()

  /** @internal */
  constructor(milliseconds: number, now: boolean, clock: Clock) {
    this.milliseconds = milliseconds
    this.clock = clock
    this.start = clock.now()
    this.slot = now ? -1 : 0
  }

  /** Waits for the next tick; `done` after `stop()`. */
  next(options?: WaitOptions): Operation<Step> {
    return limited(new NextTick(this), options)
  }

  /** No more ticks: who waits for one is told so. */
  stop(): void {
    this.stopped = true
    for (let waiter = this.waiters.head; waiter !== null; waiter = this.waiters.head) {
      waiter.host.clock.cancel(waiter.data)
      this.waiters.remove(waiter)
      waiter.grant({ done: true, value: undefined })
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Tick, void, undefined> {
    for (let step = await this.next(); step.done !== true; step = await this.next()) yield step.value
  }

  [Symbol.dispose](): void {
    this.stop()
  }

  /** @internal The slot that has ended by now, if there is a new one. */
  _poll(): Poll<Step> {
    if (this.stopped) return { done: true, value: undefined }
    return this.passed() > this.slot ? this.tick() : NOT_READY
  }

  /** @internal */
  _park(waiter: Waiter<Step>): void {
    const left = this.start + (this.slot + 1) * this.milliseconds - this.clock.now()
    this.waiters.push(waiter)
    waiter.data = waiter.host.clock.after(Math.max(0, left), ring, waiter, waiter.ref)
  }

  /** @internal */
  _unpark(waiter: Waiter<Step>): boolean {
    if (!this.waiters.remove(waiter)) return false
    waiter.host.clock.cancel(waiter.data)
    return true
  }

  /** @internal The timer of a waiter rang; a host's timer may do so a moment early. */
  _rung(waiter: Waiter<Step>): void {
    this.waiters.remove(waiter)
    waiter.grant(this.tick())
  }

  private passed(): number {
    return Math.floor((this.clock.now() - this.start) / this.milliseconds)
  }

  private tick(): Step {
    const slot = Math.max(this.slot + 1, this.passed())
    const skipped = slot - this.slot - 1
    this.slot = slot
    return { done: false, value: { slot, skipped } }
  }
}

class NextTick extends Operation<Step> {
  readonly ticks: Ticks

  constructor(ticks: Ticks) {
    super()
    this.ticks = ticks
  }

  poll(): Poll<Step> {
    return this.ticks._poll()
  }

  park(waiter: Waiter<Step>): void {
    this.ticks._park(waiter)
  }

  unpark(waiter: Waiter<Step>): boolean {
    return this.ticks._unpark(waiter)
  }

  override reach(): number {
    return TIME
  }

  override describe(): string {
    return `every(${this.ticks.milliseconds}).next`
  }
}

/** The waiter's own operation may be one around it, so it is reached through the link that was parked. */
function ring(waiter: Waiter<Step>): void {
  ;(waiter.operation as NextTick).ticks._rung(waiter)
}
