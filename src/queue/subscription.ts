/** One subscriber of a broadcast: the messages that it has still to receive. */
import { ChannelClosedError } from '../errors.ts'
import { NOT_READY, type Operation, type Poll } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import type { Waiter } from '../operation/waiter.ts'
import { Claim } from '../wait/primitive.ts'
import { iterate } from './iterate.ts'
import { Line } from './line.ts'
import type { QueueIterator } from './queue-like.ts'
import { Ring } from './store.ts'
import { Waited } from './waited.ts'

type Next<T> = IteratorResult<T, undefined>

/** What a broadcast does when a subscriber's buffer is full. */
export type Slow = 'wait' | 'drop oldest' | 'drop newest'

export const SLOW: readonly Slow[] = ['wait', 'drop oldest', 'drop newest']

/** What `subscription.statistics()` gives. */
export interface SubscriptionStatistics {
  /** Messages that wait to be received. */
  readonly size: number
  readonly capacity: number
  /** Messages that were dropped because the buffer was full. */
  readonly dropped: number
  readonly isClosed: boolean
  readonly receivers: number
}

/** What a subscription needs of its broadcast. */
interface Source<T> {
  readonly isClosed: boolean
  readonly _senders: Line
  settle(): void
  _forget(subscription: Subscription<T>): void
}

/** Made by `broadcast.subscribe()`. Receives every message sent since, in order, but for those that were dropped. */
export class Subscription<T> extends Waited {
  readonly capacity: number
  readonly slow: Slow
  private readonly source: Source<T>
  private readonly buffer = new Ring<T>()
  private dropped = 0
  private closed = false
  /** @internal */
  readonly _receivers: Line = new Line(this)

  /** @internal */
  constructor(source: Source<T>, capacity: number, slow: Slow) {
    super()
    this.source = source
    this.capacity = capacity
    this.slow = slow
  }

  get kind(): 'Subscription' {
    return 'Subscription'
  }

  /** How many messages wait to be received. */
  get size(): number {
    return this.buffer.size
  }

  /** Whether nothing will be sent to it any more: it is closed, or the broadcast is. */
  get isClosed(): boolean {
    return this.closed || this.source.isClosed
  }

  /** Waits for a message. Throws `ChannelClosedError` when it is closed and nothing is left. Cancel safe. */
  receive(options?: WaitOptions): Operation<T> {
    return limited(new Receive(this), options)
  }

  /** As `receive`, but ends instead of throwing: `{ done: true }` when it is closed and nothing is left. */
  next(options?: WaitOptions): Operation<Next<T>> {
    return limited(new ReceiveNext(this), options)
  }

  /**
   * Receives a message if one is there; otherwise gives `otherwise`, by default `undefined`. Where messages may be
   * `undefined`, pass a value of your own. Throws `ChannelClosedError` as `receive` does.
   */
  tryReceive(): T | undefined
  tryReceive<D>(otherwise: D): T | D
  tryReceive(otherwise?: unknown): unknown {
    const message = this._receivers.head === null ? this._take() : NOT_READY
    if (message === NOT_READY) return otherwise
    this._taken()
    return message
  }

  /** Ends the subscription: what it has not received is dropped. May be called again. */
  close(): void {
    this.closed = true
    this.buffer.clear()
    this.source._forget(this)
    this.settle()
    this.source.settle()
  }

  /** Receives until the broadcast is closed and nothing is left. Leaving the loop early closes the subscription. */
  [Symbol.asyncIterator](): QueueIterator<T> {
    return iterate(this, () => this.close())
  }

  [Symbol.dispose](): void {
    this.close()
  }

  statistics(): SubscriptionStatistics {
    const { size, capacity, dropped, isClosed } = this
    return { size, capacity, dropped, isClosed, receivers: this._receivers.size }
  }

  /** Whether a send has to wait for it. @internal */
  get _delays(): boolean {
    return this.slow === 'wait' && this.buffer.size >= this.capacity
  }

  /** @internal */
  _add(message: T): void {
    const { buffer, capacity, slow } = this
    if (buffer.size >= capacity) {
      this.dropped++
      if (slow === 'drop newest') return
      buffer.take()
    }
    buffer.push(message)
  }

  /** Takes a message. Throws if there is none and none will come. @internal */
  _take(): Poll<T> {
    if (this.buffer.size > 0) return this.buffer.take()
    if (this.isClosed) throw new ChannelClosedError(`${this.id} is closed: nothing is left`)
    return NOT_READY
  }

  /** @internal */
  _putBack(message: T): void {
    if (this.closed) return
    this.buffer.putBack(message)
    this.settle()
  }

  /** @internal */
  get _isOver(): boolean {
    return this.isClosed && this.buffer.size === 0
  }

  /** Something was taken: senders may have room. @internal */
  _taken(): void {
    if (this.source._senders.head !== null) this.source.settle()
  }

  /** Serves those who wait here, nobody else. @internal */
  _serve(): void {
    while (this._receivers.serveOne());
  }

  /** @internal */
  settle(): void {
    this._serve()
    this._taken()
  }

  protected lines(): readonly Line[] {
    return [this._receivers]
  }
}

class Receive<T, R = T> extends Claim<R> {
  readonly subscription: Subscription<T>

  constructor(subscription: Subscription<T>) {
    super(subscription._receivers)
    this.subscription = subscription
  }

  override poll(): Poll<R> {
    const taken = super.poll()
    if (taken !== NOT_READY) this.subscription._taken()
    return taken
  }

  claim(): Poll<R> {
    return this.subscription._take() as Poll<R>
  }

  /** What was received by somebody who is gone is the next again. */
  override giveBack(_: Waiter<R>, message: R): void {
    this.subscription._putBack(message as unknown as T)
  }

  get verb(): string {
    return 'receive()'
  }
}

class ReceiveNext<T> extends Receive<T, Next<T>> {
  override claim(): Poll<Next<T>> {
    const { subscription } = this
    if (subscription._isOver) return { done: true, value: undefined }
    const message = subscription._take()
    return message === NOT_READY ? NOT_READY : { done: false, value: message }
  }

  override giveBack(_: Waiter<Next<T>>, { done, value }: Next<T>): void {
    if (done !== true) this.subscription._putBack(value)
  }

  override get verb(): string {
    return 'next()'
  }
}
