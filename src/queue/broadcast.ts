/**
 * Each subscriber sees each message: one buffer a subscriber, and one line of senders.
 *
 *   a slow subscriber's buffer is full     a send
 *   'wait'                                 waits until there is room in every such buffer
 *   'drop oldest'                          takes the oldest message out of that buffer
 *   'drop newest'                          leaves that subscriber out
 *
 * A message goes to all who are subscribed at its commit, in one step, or to nobody.
 *
 * Invariant: the first sender waits only while some subscriber that must be waited for is full; a receiver only while its
 * buffer is empty. Cancellation: a waiter leaves its line and nothing else.
 */
import { ChannelClosedError, requireInteger, shown } from '../errors.ts'
import { NOT_READY, type Operation, type Poll } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import { Claim } from '../wait/primitive.ts'
import { Line } from './line.ts'
import { type Slow, SLOW, Subscription } from './subscription.ts'
import { Waited } from './waited.ts'

/** What the constructor of a `Broadcast` takes, and `subscribe` for one subscriber. */
export interface BroadcastOptions {
  /** How many messages wait for a slow subscriber, an integer of at least 1 or `Infinity`. Default 16. */
  capacity?: number | undefined
  /** What happens when that many do: senders wait, or a message is dropped for this subscriber. Default `'wait'`. */
  slow?: Slow | undefined
}

/** What `broadcast.statistics()` gives. */
export interface BroadcastStatistics {
  readonly subscribers: number
  readonly isClosed: boolean
  /** Sends that wait for slow subscribers. */
  readonly senders: number
}

/**
 * Sends each message to everybody who is subscribed then; to nobody, if nobody is. Senders are served first in, first
 * out. It belongs to one thread.
 */
export class Broadcast<T> extends Waited {
  private readonly subscriptions: Set<Subscription<T>> = new Set()
  private readonly options: Required<{ [K in keyof BroadcastOptions]: NonNullable<BroadcastOptions[K]> }>
  private closed = false
  /** @internal */
  readonly _senders: Line = new Line(this)

  constructor(options: BroadcastOptions = {}) {
    super()
    this.options = checked(options, { capacity: 16, slow: 'wait' })
  }

  get kind(): 'Broadcast' {
    return 'Broadcast'
  }

  get isClosed(): boolean {
    return this.closed
  }

  /**
   * Begins at once: a subscription that sees every message sent from now on. Close it when it is of no more use, for
   * example by `using`: one that is not read keeps senders waiting. Throws `ChannelClosedError`.
   */
  subscribe(options: BroadcastOptions = {}): Subscription<T> {
    const { capacity, slow } = checked(options, this.options)
    if (this.closed) throw new ChannelClosedError(`${this.id} is closed: nothing will be sent`)
    const subscription = new Subscription<T>(this, capacity, slow)
    this.subscriptions.add(subscription)
    return subscription
  }

  /** Waits for room at every subscriber that must be waited for, and sends. Throws `ChannelClosedError`. Cancel safe. */
  send(message: T, options?: WaitOptions): Operation<void> {
    return limited(new Send(this, message), options)
  }

  /** Sends `message` if nobody must be waited for; says whether. Throws `ChannelClosedError`. */
  trySend(message: T): boolean {
    if (this._senders.head !== null || !this._deliver(message)) return false
    this.settle()
    return true
  }

  /** From now on sends throw; subscribers still see what was sent before. May be called again. */
  close(): void {
    this.closed = true
    this.settle()
  }

  statistics(): BroadcastStatistics {
    return {
      subscribers: this.subscriptions.size,
      isClosed: this.closed,
      senders: this._senders.size,
    }
  }

  /** Puts it into every buffer, or into none. @internal */
  _deliver(message: T): boolean {
    if (this.closed) throw new ChannelClosedError(`${this.id} is closed: nothing can be sent`)
    for (const subscription of this.subscriptions) if (subscription._delays) return false
    for (const subscription of this.subscriptions) subscription._add(message)
    return true
  }

  /** @internal */
  _forget(subscription: Subscription<T>): void {
    this.subscriptions.delete(subscription)
  }

  /** @internal */
  settle(): void {
    do for (const subscription of this.subscriptions) subscription._serve()
    while (this._senders.serveOne())
  }

  protected lines(): readonly Line[] {
    return [this._senders, ...Array.from(this.subscriptions, ({ _receivers }) => _receivers)]
  }
}

function checked<D extends BroadcastOptions>(options: BroadcastOptions, defaults: D): D {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`options must be an object { capacity?, slow? }, got ${shown(options)}`)
  const { capacity = defaults.capacity, slow = defaults.slow } = options
  if (capacity !== Infinity) requireInteger('capacity', capacity, 1, Number.MAX_SAFE_INTEGER)
  if (!SLOW.includes(slow as Slow))
    throw new TypeError(`slow must be 'wait', 'drop oldest' or 'drop newest', got ${shown(slow)}`)
  return { ...defaults, capacity, slow }
}

class Send<T> extends Claim<void> {
  readonly broadcast: Broadcast<T>
  readonly message: T

  constructor(broadcast: Broadcast<T>, message: T) {
    super(broadcast._senders)
    this.broadcast = broadcast
    this.message = message
  }

  override poll(): Poll<void> {
    if (super.poll() === NOT_READY) return NOT_READY
    this.broadcast.settle()
  }

  claim(): Poll<void> {
    return this.broadcast._deliver(this.message) ? undefined : NOT_READY
  }

  get verb(): string {
    return 'send()'
  }
}
