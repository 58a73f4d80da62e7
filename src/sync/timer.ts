/** A function that is called later, unless it is cancelled before. */
import { CancelledError, HeddleError, requireFunction, requireMilliseconds, shown } from '../errors.ts'
import { NOT_READY, type Operation, type Poll } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import type { Clock } from '../operation/waiter.ts'
import { Claim } from '../wait/primitive.ts'
import { thread } from '../wait/thread.ts'
import { Gate } from './gate.ts'

/** What `new Timer` takes. */
export interface TimerOptions {
  /** Whether the started timer keeps the process alive; default `true`. */
  ref?: boolean | undefined
}

/** What `timer.statistics()` gives. */
export interface TimerStatistics {
  readonly state: 'idle' | 'started' | 'fired' | 'cancelled'
  /** Waits that are pending. */
  readonly waiters: number
}

/**
 * Calls `fn` once, `ms` milliseconds after `start()`, unless `cancel()` comes first. An error of `fn` is an uncaught one
 * of the host, as with its own timers. It belongs to one thread and has no handle.
 */
export class Timer extends Gate {
  readonly ms: number
  private readonly fn: () => unknown
  private readonly ref: boolean
  private state: TimerStatistics['state'] = 'idle'
  /** Whether nothing more will happen: `fn` has returned, or will not be called. */
  private over = false
  private clock: Clock = thread.clock
  private timer: unknown = undefined

  constructor(ms: number, fn: () => unknown, options: TimerOptions = {}) {
    requireMilliseconds('ms', ms)
    requireFunction('fn', fn)
    if (typeof options !== 'object' || options === null)
      throw new TypeError(`options must be an object { ref? }, got ${shown(options)}`)
    const { ref = true } = options
    if (typeof ref !== 'boolean') throw new TypeError(`ref must be a boolean, got ${shown(ref)}`)
    super(0)
    this.ms = ms
    this.fn = fn
    this.ref = ref
  }

  get kind(): 'Timer' {
    return 'Timer'
  }

  /** Starts it. Throws `HeddleError` the second time; does nothing if it was cancelled before. */
  start(): void {
    if (this.state === 'cancelled') return
    if (this.state !== 'idle')
      throw new HeddleError(`${this.id}.start(): it was started before; make a new Timer`)
    this.state = 'started'
    this.clock = thread.clock
    this.timer = this.clock.after(this.ms, fire, this, this.ref)
  }

  /** Keeps `fn` from being called. `false` if it was called, or cancelled, before. */
  cancel(): boolean {
    const { state } = this
    if (state !== 'idle' && state !== 'started') return false
    this.state = 'cancelled'
    if (state === 'started') this.clock.cancel(this.timer)
    this.timer = undefined
    this.end()
    return true
  }

  /** Waits until `fn` has returned: `true`; or until it was cancelled: `false`. Cancel safe. */
  join(options?: WaitOptions): Operation<boolean> {
    return limited(new Join(this), options)
  }

  /** Ends every wait for it with `reason`; the timer runs on. */
  cancelWaiters(reason: unknown = new CancelledError(`waiting for ${this.id} was cancelled`)): void {
    this.failAll(reason)
  }

  statistics(): TimerStatistics {
    return { state: this.state, waiters: this.size }
  }

  /** Called by the clock. */
  fire(): void {
    this.state = 'fired'
    this.timer = undefined
    try {
      this.fn()
    } finally {
      this.end()
    }
  }

  /** Whether it fired, once it is over. */
  result(): Poll<boolean> {
    return this.over ? this.state === 'fired' : NOT_READY
  }

  /** It is never shared. */
  protected copyTo(): void {}

  private end(): void {
    this.over = true
    this.serve()
  }
}

function fire(timer: Timer): void {
  timer.fire()
}

class Join extends Claim<boolean> {
  declare readonly on: Timer

  override poll(): Poll<boolean> {
    return this.on.result()
  }

  claim(): Poll<boolean> {
    return this.on.result()
  }

  get verb(): string {
    return 'join()'
  }
}
