/**
 * What every primitive is made of: a few words, and the first-in first-out list of this thread's own waiters.
 *
 * Unshared, the words are a slot of this thread's slab. Taking the handle moves them, once, into memory of their own,
 * with a site where threads wait. Invariant: when no code of this thread runs here, the head of the list cannot be
 * served from the words as they are, or another thread has this thread's bell to ring.
 */
import { debugging } from '../operation/debug.ts'
import { WaitList } from '../operation/list.ts'
import { NOT_READY, Operation, type Poll } from '../operation/operation.ts'
import { LOOP, THREAD } from '../operation/operation.ts'
import type { Waiter } from '../operation/waiter.ts'
import { OWN } from './handle.ts'
import { dump, inspectable, type Inspection } from './inspect.ts'
import { drop, hold, spread } from './keep-alive.ts'
import { lookSoon } from './lapse.ts'
import { pending } from './pending.ts'
import type { Seat } from './seat.ts'
import type { Site } from './site.ts'
import { allocate, slab } from './slab.ts'
import { thread } from './thread.ts'

export abstract class Primitive extends WaitList {
  words: Int32Array
  at: number
  /** Where threads wait, once shared. */
  site: Site | null = null
  seat: Seat | null = null
  /** A number for dumps; given at the first use. */
  private number = 0

  static {
    // How Node prints it.
    Object.defineProperty(this.prototype, Symbol.for('nodejs.util.inspect.custom'), {
      value(this: Primitive): string {
        return dump(this.inspect())
      },
    })
  }

  constructor(words: number) {
    super()
    this.at = allocate(words)
    this.words = slab
  }

  /** The name of the class, for handles and messages. */
  abstract get kind(): string

  /** What it is, who holds it, and who in this thread waits for it since when. */
  inspect(): Inspection {
    return inspectable(this, undefined)
  }

  /** Somebody must look: rings one waiting thread if it could take something. Called only when shared. */
  abstract passOn(): void

  /** Who could complete a wait that is not ready now. */
  reach(): number {
    return this.site === null ? LOOP : THREAD
  }

  /** Goes to the shared words that `handleOf` made, with this thread's state and waiters. */
  move(seat: Seat, site: Site, words: Int32Array): void {
    this.copyTo(words, seat)
    this.adopt(seat, site, words)
    if (this.head === null) return
    if (debugging && process.env.NODE_ENV !== 'production') thread.waiting.delete(this)
    for (const waiter of this) if (holds(waiter)) hold()
    seat.add(this, site.bucket)
    site.publish()
    spread()
    seat.listen(seat)
  }

  /** Writes the state of the unshared words into the new shared ones, in the name of this thread. */
  protected abstract copyTo(words: Int32Array, seat: Seat): void

  /** Takes up shared words. */
  adopt(seat: Seat, site: Site, words: Int32Array): void {
    this.words = words
    this.at = OWN
    this.seat = seat
    this.site = site
  }

  get id(): string {
    return `${this.kind}#${(this.number ||= ++thread.lastId)}`
  }

  /** Adds a waiter: publish, then look again. A sleeping thread's own waiter goes before those that it cannot serve. */
  enqueue(waiter: Waiter<any>): void {
    if (waiter.host.blocking && this.seat !== null) waiter.host.joins?.(this.seat)
    const first = this.head === null
    if (waiter.host.blocking) this.unshift(waiter)
    else this.push(waiter)
    const { seat, site } = this
    if (seat === null || site === null) {
      if (debugging && process.env.NODE_ENV !== 'production' && first) pending(this)
      return
    }
    if (holds(waiter)) hold()
    if (first) seat.add(this, site.bucket)
    if (!site.waiting) site.publish()
    if (!waiter.host.blocking) {
      spread()
      seat.listen(seat)
    }
    this.serve()
    if (this.head === waiter && site.reserved !== 0 && !waiter.host.blocking) lookSoon(this)
  }

  /** Withdraws a waiter; `false` if it was served before. Who leaves without taking lets somebody else look. */
  dequeue(waiter: Waiter<any>): boolean {
    if (!this.detach(waiter)) return false
    if (this.head !== null) this.serve()
    if (this.site !== null && (this.head === null || thread.blocking)) this.passOn()
    return true
  }

  /** Grants to waiters, in order, what they can take. One that is spent leaves in a moment, and looks then. */
  serve(): void {
    for (let waiter = this.head; waiter !== null; waiter = this.head) {
      if (waiter.spent) return
      if (!this.serves(waiter)) {
        thread.left.add(this)
        return
      }
      let value: unknown
      try {
        value = (waiter.operation as Claim<unknown>).claim(waiter)
      } catch (error) {
        this.detach(waiter)
        waiter.fail(error)
        continue
      }
      if (value === NOT_READY) return
      this.site?.sated()
      this.detach(waiter)
      waiter.grant(value)
    }
  }

  /** Another thread rang for this primitive. */
  rung(): void {
    const { head, site, seat } = this
    if (head === null || site === null || seat === null) return
    if (!this.serves(head)) return this.leave()
    this.serve()
    if (this.head !== head) return
    site.overtaken()
    if (site.reserved !== 0 && !thread.blocking) lookSoon(this)
  }

  /** The thread sleeps and cannot use an offer: it leaves, and waits again when it is back. */
  leave(): void {
    const { head, site } = this
    if (head === null || site === null || !site.waiting || this.serves(head)) return
    site.withdraw()
    site.overtaken()
    thread.left.add(this)
    this.passOn()
  }

  /** The thread is back from `block()`: publish, then look again. */
  comeBack(): void {
    if (this.head === null) return
    if (this.site !== null && !this.site.waiting) this.site.publish()
    this.serve()
  }

  /** Ends every wait of this thread here with `reason`. Waiters of other threads are not touched. */
  protected failAll(reason: unknown): void {
    for (let waiter = this.head; waiter !== null; waiter = this.head) {
      this.detach(waiter)
      waiter.fail(reason)
    }
    if (this.site !== null) this.passOn()
  }

  /** Takes a waiter out of the list, and this thread out of the waiting ones with its last waiter. */
  protected detach(waiter: Waiter<any>): boolean {
    if (!this.remove(waiter)) return false
    const { seat, site } = this
    if (seat === null || site === null) {
      if (debugging && process.env.NODE_ENV !== 'production' && this.head === null)
        thread.waiting.delete(this)
      return true
    }
    if (holds(waiter)) drop()
    if (this.head === null) {
      seat.delete(this, site.bucket)
      site.withdraw()
      site.missed = 0
    }
    return true
  }

  /** A sleeping thread serves only the wait that it sleeps in. */
  private serves(waiter: Waiter<any>): boolean {
    return !thread.blocking || waiter.host.blocking
  }
}

/** Whether it keeps the process alive, which a thread that sleeps does by itself. */
function holds(waiter: Waiter<any>): boolean {
  return !waiter.host.blocking && waiter.ref
}

/** An operation that takes something from a primitive. */
export abstract class Claim<T> extends Operation<T> {
  readonly on: Primitive

  constructor(on: Primitive) {
    super()
    this.on = on
  }

  /** Takes it if that is possible now, whoever waits; the waiter is `null` in a poll. */
  abstract claim(waiter: Waiter<T> | null): Poll<T>

  /** Newcomers stand behind this thread's own waiters, except a thread that would sleep in front of them. */
  poll(): Poll<T> {
    return this.on.head === null || thread.blocking ? this.claim(null) : NOT_READY
  }

  park(waiter: Waiter<T>): void {
    this.on.enqueue(waiter)
  }

  unpark(waiter: Waiter<T>): boolean {
    return this.on.dequeue(waiter)
  }

  override reach(): number {
    return this.on.reach()
  }

  override describe(): string {
    return `${this.on.id}.${this.verb}`
  }

  /** The waiting verb, for messages. */
  abstract get verb(): string
}
