/**
 * Hoare's and Go's channel, in one thread.
 *
 *   state    buffer     send      receive
 *   open     none       buffered  waits      capacity 0: waits for a receiver / a sender, and both commit at once
 *   open     some       buffered  at once
 *   open     full       waits     at once
 *   closed   some       throws    at once
 *   closed   none       throws    throws; iteration ends
 *
 * A rendezvous has two sides, each perhaps an arm of a choice. Whoever polls is registered nowhere, so it takes a partner
 * that waits, whose choice is settled by the grant, and then returns: nothing can come in between. Whoever finds a partner
 * only while it parks (another arm of its choice has run code since the poll) has arms registered, as its partner has:
 * withdrawing those of the partner lets primitives look, who might grant to it meanwhile. So it is engaged first: from
 * then on nobody else grants to it. Arms of one perform never meet each other.
 *
 * Invariant: no two that wait could meet. Cancellation: a waiter leaves its line; nothing was handed over.
 */
import { ChannelClosedError, requireInteger } from '../errors.ts'
import { NOT_READY, type Operation, type Poll } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import type { Waiter } from '../operation/waiter.ts'
import { Claim } from '../wait/primitive.ts'
import { iterate } from './iterate.ts'
import type { QueueIterator } from './queue-like.ts'
import { Sides } from './sides.ts'
import { Ring } from './store.ts'

type Next<T> = IteratorResult<T, undefined>

/** What `channel.statistics()` gives. */
export interface ChannelStatistics {
  /** Messages that lie in it. */
  readonly size: number
  readonly capacity: number
  readonly isClosed: boolean
  readonly senders: number
  readonly receivers: number
}

/**
 * Passes messages from senders to receivers. With a capacity of 0, the default, a send ends when its message is received;
 * with more, so many messages lie there at most. Senders and receivers are served first in, first out. It belongs to one
 * thread.
 */
export class Channel<T> extends Sides {
  readonly capacity: number
  private readonly buffer = new Ring<T>()
  private closed = false

  /** `capacity` is an integer of at least 0, or `Infinity`. */
  constructor(capacity: number = 0) {
    super()
    this.capacity =
      capacity === Infinity ? capacity : requireInteger('capacity', capacity, 0, Number.MAX_SAFE_INTEGER)
  }

  get kind(): 'Channel' {
    return 'Channel'
  }

  /** How many messages lie in it; at a rendezvous, only what came back from a receiver that is gone. */
  get size(): number {
    return this.buffer.size
  }

  get isClosed(): boolean {
    return this.closed
  }

  /** Waits until `message` is received, or has room. Throws `ChannelClosedError`. Cancel safe: then it was not sent. */
  send(message: T, options?: WaitOptions): Operation<void> {
    return limited(new Send(this, message), options)
  }

  /** Waits for a message. Throws `ChannelClosedError` when it is closed and nothing is left. Cancel safe. */
  receive(options?: WaitOptions): Operation<T> {
    return limited(new Receive<T>(this), options)
  }

  /** As `receive`, but ends instead of throwing: `{ done: true }` when it is closed and nothing is left. */
  next(options?: WaitOptions): Operation<Next<T>> {
    return limited(new ReceiveNext<T>(this), options)
  }

  /** Sends `message` if somebody waits for it, or there is room; says whether. Throws `ChannelClosedError`. */
  trySend(message: T): boolean {
    return (this.capacity === 0 || this._givers.head === null) && this._send(message, null)
  }

  /**
   * Receives a message if one is there; otherwise gives `otherwise`, by default `undefined`. Where messages may be
   * `undefined`, pass a value of your own. Throws `ChannelClosedError` as `receive` does.
   */
  tryReceive(): T | undefined
  tryReceive<D>(otherwise: D): T | D
  tryReceive(otherwise?: unknown): unknown {
    const message = this.capacity === 0 || this._takers.head === null ? this._receive(null) : NOT_READY
    return message === NOT_READY ? otherwise : message
  }

  /** From now on sends throw, those that wait included; what lies there can still be received. May be called again. */
  close(): void {
    this.closed = true
    this.settle()
  }

  /** Receives until it is closed and nothing is left. */
  [Symbol.asyncIterator](): QueueIterator<T> {
    return iterate(this)
  }

  statistics(): ChannelStatistics {
    const { size, capacity, closed: isClosed } = this
    return { size, capacity, isClosed, senders: this._givers.size, receivers: this._takers.size }
  }

  /** Sends now, to a receiver that is no arm of the same perform as `sender`. @internal */
  _send(message: T, sender: Waiter<void> | null): boolean {
    if (this.closed) throw new ChannelClosedError(`${this.id} is closed: nothing can be sent`)
    if (this.capacity > 0) {
      if (!this._add(message)) return false
      this.settle()
      return true
    }
    const receiver = this._takers.partner(sender)
    if (receiver === null) return false
    sender?.engage()
    this._takers.hand(receiver, (receiver.operation as Receiving<T, unknown>).given(message))
    return true
  }

  /** Receives now, from a sender that is no arm of the same perform as `receiver`. @internal */
  _receive(receiver: Waiter<unknown> | null): Poll<T> {
    if (this.capacity > 0) {
      const message = this._remove()
      if (message !== NOT_READY) this.settle()
      return message
    }
    // What came back is there before any sender.
    const sender = this.buffer.size > 0 ? null : this._givers.partner(receiver)
    if (sender === null) return this._remove()
    receiver?.engage()
    this._givers.hand(sender, undefined)
    return (sender.operation as Send<T>).message
  }

  /** Adds to the buffer, if there is room. @internal */
  _add(message: T): boolean {
    if (this.closed) throw new ChannelClosedError(`${this.id} is closed: nothing can be sent`)
    if (this.buffer.size >= this.capacity) return false
    this.buffer.push(message)
    return true
  }

  /** Takes from the buffer. Throws if nothing will come any more. @internal */
  _remove(): Poll<T> {
    if (this.buffer.size > 0) return this.buffer.take()
    if (this.closed) throw new ChannelClosedError(`${this.id} is closed: nothing is left`)
    return NOT_READY
  }

  /** Takes back what was received by somebody who is gone: it is the next again. @internal */
  _putBack(message: T): void {
    this.buffer.putBack(message)
    this.settle()
  }

  /** Whether nothing is left and nothing will come. @internal */
  get _isOver(): boolean {
    return this.closed && this.buffer.size === 0
  }
}

class Send<T> extends Claim<void> {
  readonly channel: Channel<T>
  readonly message: T

  constructor(channel: Channel<T>, message: T) {
    super(channel._givers)
    this.channel = channel
    this.message = message
  }

  override poll(): Poll<void> {
    if (this.channel.capacity > 0 && super.poll() === NOT_READY) return NOT_READY
    if (this.channel.capacity > 0) return this.channel.settle()
    return this.channel._send(this.message, null) ? undefined : NOT_READY
  }

  override park(waiter: Waiter<void>): void {
    if (this.channel.capacity === 0 && this.channel._send(this.message, waiter)) waiter.grant(undefined)
    else super.park(waiter)
  }

  /** Called for one that waits: at a rendezvous it is the partner who comes that takes. */
  claim(): Poll<void> {
    return this.channel._add(this.message) ? undefined : NOT_READY
  }

  get verb(): string {
    return 'send()'
  }
}

abstract class Receiving<T, R> extends Claim<R> {
  readonly channel: Channel<T>

  constructor(channel: Channel<T>) {
    super(channel._takers)
    this.channel = channel
  }

  /** What is granted for a message. */
  abstract given(message: T): R

  override poll(): Poll<R> {
    const { channel } = this
    if (channel.capacity > 0) {
      const taken = super.poll()
      if (taken !== NOT_READY) channel.settle()
      return taken
    }
    return this.meet(null)
  }

  override park(waiter: Waiter<R>): void {
    if (this.channel.capacity > 0) return super.park(waiter)
    const met = this.meet(waiter)
    if (met === NOT_READY) super.park(waiter)
    else waiter.grant(met)
  }

  /** Called for one that waits. */
  claim(): Poll<R> {
    const message = this.channel._remove()
    return message === NOT_READY ? NOT_READY : this.given(message)
  }

  protected meet(waiter: Waiter<R> | null): Poll<R> {
    const message = this.channel._receive(waiter)
    return message === NOT_READY ? NOT_READY : this.given(message)
  }
}

class Receive<T> extends Receiving<T, T> {
  override giveBack(_: Waiter<T>, message: T): void {
    this.channel._putBack(message)
  }

  given(message: T): T {
    return message
  }

  get verb(): string {
    return 'receive()'
  }
}

class ReceiveNext<T> extends Receiving<T, Next<T>> {
  override giveBack(_: Waiter<Next<T>>, { done, value }: Next<T>): void {
    if (done !== true) this.channel._putBack(value)
  }

  given(message: T): Next<T> {
    return { done: false, value: message }
  }

  override claim(): Poll<Next<T>> {
    return this.channel._isOver ? { done: true, value: undefined } : super.claim()
  }

  protected override meet(waiter: Waiter<Next<T>> | null): Poll<Next<T>> {
    return this.channel._isOver ? { done: true, value: undefined } : super.meet(waiter)
  }

  get verb(): string {
    return 'next()'
  }
}
