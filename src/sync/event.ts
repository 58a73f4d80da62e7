/** An event that is set or clear; the state machine is in `event-word.ts`. */
import { CancelledError, HandleError, shown } from '../errors.ts'
import { NOT_READY, type Operation, type Poll } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import type { Waiter } from '../operation/waiter.ts'
import { load, store } from '../wait/atomics.ts'
import { attachTo, type Handle, handleOf, OWN } from '../wait/handle.ts'
import { Claim, Primitive } from '../wait/primitive.ts'
import { generation, isOver, isRaised, lower, pass, raise, release, take } from './event-word.ts'
import { Gate } from './gate.ts'

/** What `new Event` takes. */
export interface EventOptions {
  /** Whether each `set()` releases exactly one waiter, which clears it; default `false`: everybody, until `clear()`. */
  autoReset?: boolean | undefined
}

/** What `event.statistics()` gives. */
export interface EventStatistics {
  readonly set: boolean
  readonly autoReset: boolean
  /** Waits of this thread that are pending. */
  readonly waiters: number
}

/** Where the kind of event stands, after the state. */
const AUTO = 1

/**
 * A flag that can be waited for. A manual event, the default, releases everybody while it is set, and whoever waited
 * before a `set()` is released by it even if `clear()` follows at once. An auto-reset event lets one waiter through for
 * each `set()`, in one thread first in, first out; setting it twice without a waiter lets one through. Between threads
 * the pass is whoever takes it first, so a thread that comes just then may be faster than one that wakes, however often:
 * where each has to have its turn take a `Semaphore`.
 */
export class Event extends Gate {
  /** Whether each `set()` releases exactly one waiter. */
  readonly autoReset: boolean

  constructor(options: EventOptions = {}) {
    if (typeof options !== 'object' || options === null)
      throw new TypeError(`options must be an object { autoReset? }, got ${shown(options)}`)
    const { autoReset = false } = options
    if (typeof autoReset !== 'boolean')
      throw new TypeError(`autoReset must be a boolean, got ${shown(autoReset)}`)
    super(2)
    this.autoReset = autoReset
  }

  /** The event of this thread that `event.handle` of another thread stands for. */
  static attach(handle: Handle<'Event'>): Event {
    return attachTo(handle, 'Event', (words) => {
      const auto = load(words, OWN + AUTO)
      if (auto >>> 1 !== 0) throw new HandleError('handle.memory of the Event is damaged')
      return new Event({ autoReset: auto === 1 })
    })
  }

  get kind(): 'Event' {
    return 'Event'
  }

  /** A plain value that `Event.attach` makes this event of in another thread. */
  get handle(): Handle<'Event'> {
    return handleOf(this, 2)
  }

  get isSet(): boolean {
    return isRaised(this.words, this.at)
  }

  /** Sets it and releases everybody who waits; an auto-reset event, one. Does nothing if it is set already. */
  set(): void {
    const { words, at, site } = this
    if (!this.autoReset) {
      if (release(words, at, site)) this.serve()
      return
    }
    if (!raise(words, at)) return
    this.serve()
    if (site !== null && !site.deserted()) pass(words, at, site)
  }

  /** Clears it. Who waits already and was released by a `set()` before stays released. */
  clear(): void {
    lower(this.words, this.at)
  }

  /** Waits until it is set; one of an auto-reset event clears it by that. Cancel safe. */
  wait(options?: WaitOptions): Operation<void> {
    return limited(this.autoReset ? new Take(this) : new EventWait(this), options)
  }

  /** Ends every wait of this thread for it with `reason`. */
  cancelWaiters(reason: unknown = new CancelledError(`waiting for ${this.id} was cancelled`)): void {
    this.failAll(reason)
  }

  statistics(): EventStatistics {
    return { set: this.isSet, autoReset: this.autoReset, waiters: this.size }
  }

  /** The passes of an auto-reset event go in order, and not to waiters that a sleeping thread cannot resume. */
  override serve(): void {
    if (!this.autoReset) return super.serve()
    const waited = this.head !== null
    Primitive.prototype.serve.call(this)
    // Whoever set it again after the last take may have rung this thread, which waits no more.
    if (waited && this.head === null && this.site !== null) this.passOn()
  }

  override dequeue(waiter: Waiter<any>): boolean {
    return this.autoReset ? Primitive.prototype.dequeue.call(this, waiter) : super.dequeue(waiter)
  }

  override rung(): void {
    if (this.autoReset) Primitive.prototype.rung.call(this)
    else super.rung()
  }

  override passOn(): void {
    if (this.autoReset) pass(this.words, this.at, this.site!)
  }

  protected copyTo(words: Int32Array): void {
    store(words, OWN, load(this.words, this.at))
    store(words, OWN + AUTO, this.autoReset ? 1 : 0)
  }
}

class EventWait extends Claim<void> {
  declare readonly on: Event

  /** Nobody stands in anybody's way. */
  override poll(): Poll<void> {
    return this.on.isSet ? undefined : NOT_READY
  }

  /** The generation is recorded before the waiter is published: every `set()` from now on is seen. */
  override park(waiter: Waiter<void>): void {
    waiter.data = generation(this.on.words, this.on.at)
    this.on.enqueue(waiter)
  }

  claim(waiter: Waiter<void>): Poll<void> {
    return isOver(this.on.words, this.on.at, waiter.data as number) ? undefined : NOT_READY
  }

  get verb(): string {
    return 'wait()'
  }
}

class Take extends Claim<void> {
  declare readonly on: Event

  claim(): Poll<void> {
    return take(this.on.words, this.on.at) ? undefined : NOT_READY
  }

  /** A pass that nobody received is for the next one. */
  override giveBack(): void {
    this.on.set()
  }

  get verb(): string {
    return 'wait()'
  }
}
