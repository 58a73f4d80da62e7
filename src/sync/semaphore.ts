/** Semaphores: permits for many. What is out is kept in `ledger.ts`; who may take and who must look in `permits.ts`. */
import { CancelledError, HandleError, OverReleaseError, requireInteger } from '../errors.ts'
import { NOT_READY, type Operation, type Poll } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import type { Waiter } from '../operation/waiter.ts'
import { attachTo, type Handle, handleOf, OWN } from '../wait/handle.ts'
import { inspectable, type Inspection } from '../wait/inspect.ts'
import { Claim, Primitive } from '../wait/primitive.ts'
import type { Seat } from '../wait/seat.ts'
import type { Site } from '../wait/site.ts'
import { thread } from '../wait/thread.ts'
import type { Held, Holdable } from './held.ts'
import { accounts, begin, Ledger, PRIVATE_WORDS, SHARED_WORDS } from './ledger.ts'
import { available, give, NONE, pass, resize, take, want } from './permits.ts'
import { runHeld } from './run.ts'
import { Token } from './token.ts'

/** What `semaphore.statistics()` gives. */
export interface SemaphoreStatistics {
  /** Permits that are free; below zero after a `resize` below what is out. */
  readonly value: number
  /** How many permits there are in all, as the constructor or the last `resize` said. */
  readonly limit: number
  /** Waits of this thread that are pending. */
  readonly waiters: number
  /** Permits that came back because the thread that had them out died, ever. */
  readonly abandoned: number
}

/** What both kinds of semaphore have in common. */
export abstract class Permits extends Primitive implements Holdable {
  /** Whether more than the limit can be free. */
  protected abstract readonly bounded: boolean
  private ledger: Ledger

  constructor(value: number) {
    requireInteger('value', value, 0)
    super(PRIVATE_WORDS)
    begin(this.words, this.at, 0, value)
    this.ledger = new Ledger(this.words, this.at, null)
  }

  /** Permits that are free now; below zero after a `resize` below what is out. */
  get value(): number {
    return available(this.ledger.read(), this.bounded)
  }

  /** Takes `n` permits if that many are free and nobody of this thread waits. */
  tryAcquire(n = 1): Held | undefined {
    requireInteger('n', n, 1)
    if (this.head !== null) return undefined
    const held = this.claim(n)
    return held === NOT_READY ? undefined : held
  }

  /**
   * Waits for `n` permits, all at once. In one thread strictly first in, first out: whoever wants many is not
   * overtaken by those behind that want few. Between threads nobody is overtaken for ever. Cancel safe.
   */
  acquire(options?: WaitOptions): Operation<Held>
  acquire(n: number, options?: WaitOptions): Operation<Held>
  acquire(first?: number | WaitOptions, second?: WaitOptions): Operation<Held> {
    const counted = first === undefined || typeof first === 'number'
    const n = requireInteger('n', typeof first === 'number' ? first : 1, 1)
    return limited(new Acquire(this, n), counted ? second : first)
  }

  /**
   * Gives `n` permits back; anybody may, whoever took them. They are then out of the count of this thread, which may
   * fall below zero. Throws `RangeError` if `n` is below 1, `OverReleaseError` if that would be too many.
   */
  release(n = 1): void {
    requireInteger('n', n, 1)
    this.put(n)
  }

  /** Changes how many permits there are. Below what is out, `value` is negative until enough are given back. */
  resize(limit: number): void {
    requireInteger('limit', limit, 0)
    if (!resize(this.ledger, limit, this.bounded))
      throw new OverReleaseError(`${this.id}.resize(${limit}): more than 2^31 - 1 permits would be free`)
    this.offer()
  }

  /** Starts at once: takes one permit, calls `fn`, gives it back however `fn` ends. */
  run<R>(fn: (held: Held) => R | PromiseLike<R>, options?: WaitOptions): Promise<R> {
    return runHeld(this.acquire(options), fn)
  }

  /** Ends every wait of this thread for it with `reason`. */
  cancelWaiters(reason: unknown = new CancelledError(`waiting for ${this.id} was cancelled`)): void {
    this.failAll(reason)
  }

  statistics(): SemaphoreStatistics {
    const { limit } = this.ledger.read()
    let abandoned = 0
    for (const { lives, held, lost } of this.accounts()) abandoned += lives ? lost : lost + Math.max(0, held)
    return { value: this.value, limit, waiters: this.size, abandoned }
  }

  override inspect(): Inspection {
    const holders = this.accounts()
      .filter(({ lives, held }) => lives && held > 0)
      .map(({ id, held }) => `${id === (this.site?.id ?? 0) ? 'this' : 'another'} thread (${held})`)
    return inspectable(this, holders.length === 0 ? undefined : holders.join(', '))
  }

  /** Takes `n` permits if that many are free, whoever waits in this thread. */
  claim(n: number, parked = false): Poll<Held> {
    const left = take(this.ledger, n, this.bounded)
    if (left === NONE) return NOT_READY
    if (left > 0 && !parked) this.leaveOver()
    return new Token(this, n)
  }

  /** Says for how many permits the first waiter waits, so that others know whom to ring. Look again after this. */
  ask(): void {
    const { head, site } = this
    if (head !== null && site !== null) want(this.ledger, site, (head.operation as Acquire).count)
  }

  giveBack(held: Held): void {
    this.put(held.count)
  }

  passOn(): void {
    if (this.site !== null) pass(this.ledger, this.site, this.bounded, true)
  }

  /** Whoever saw this thread wait for what it no longer waits for may have rung it, and nobody else. */
  override serve(): void {
    const { head } = this
    super.serve()
    if (this.head !== head) this.passOn()
  }

  /** It was rung for what it waited for before, or for what is too little for it: the ring was perhaps another's. */
  override rung(): void {
    const { head, site } = this
    super.rung()
    if (head !== null && this.head === head && site !== null) pass(this.ledger, site, this.bounded, false)
  }

  override adopt(seat: Seat, site: Site, words: Int32Array): void {
    super.adopt(seat, site, words)
    this.ledger = new Ledger(words, OWN, site)
  }

  override move(seat: Seat, site: Site, words: Int32Array): void {
    super.move(seat, site, words)
    this.ask()
  }

  override dequeue(waiter: Waiter<any>): boolean {
    if (!super.dequeue(waiter)) return false
    if (thread.blocking || this.head !== null) this.leaveOver()
    return true
  }

  protected override detach(waiter: Waiter<any>): boolean {
    const gone = super.detach(waiter)
    this.ask()
    return gone
  }

  protected copyTo(words: Int32Array, seat: Seat): void {
    const { held, limit } = this.ledger.read()
    begin(words, OWN, seat.id, limit, held)
  }

  private accounts(): ReturnType<typeof accounts> {
    return accounts(this.words, this.at, this.site === null ? null : this.site.table)
  }

  private put(n: number): void {
    if (!give(this.ledger, n, this.bounded)) {
      const { value, limit } = this.statistics()
      throw new OverReleaseError(
        `${this.id}.release(${n}): ${value} permits are free already and there are ${this.bounded ? limit : '2^31 - 1'} at most`,
      )
    }
    this.offer()
  }

  /** There may be more than before: this thread's own waiters first, then those of other threads. */
  private offer(): void {
    this.serve()
    this.leaveOver()
  }

  /** Whoever still waits must look: other threads now, this one's loop when it is back from `block()`. */
  private leaveOver(): void {
    if (thread.blocking && this.head !== null) thread.left.add(this)
    this.passOn()
  }
}

class Acquire extends Claim<Held> {
  declare readonly on: Permits
  readonly count: number

  constructor(on: Permits, count: number) {
    super(on)
    this.count = count
  }

  claim(waiter: Waiter<Held> | null): Poll<Held> {
    if (waiter !== null) this.on.ask()
    return this.on.claim(this.count, waiter !== null)
  }

  get verb(): string {
    return this.count === 1 ? 'acquire()' : `acquire(${this.count})`
  }
}

function checked(kind: string, words: Int32Array): void {
  if (words.length !== OWN + SHARED_WORDS)
    throw new HandleError(`handle.memory of the ${kind} is damaged: it has another size`)
}

/**
 * A number of permits. `acquire` takes some, `release` gives some back, anybody may do either; more can be given back
 * than were taken. When a thread dies, the permits that are out in it come back and are counted as `abandoned`.
 */
export class Semaphore extends Permits {
  protected readonly bounded = false

  constructor(value = 1) {
    super(value)
  }

  /** The semaphore of this thread that `semaphore.handle` of another thread stands for. */
  static attach(handle: Handle<'Semaphore'>): Semaphore {
    return attachTo(handle, 'Semaphore', (words) => {
      checked('Semaphore', words)
      return new Semaphore(0)
    })
  }

  get kind(): 'Semaphore' {
    return 'Semaphore'
  }

  /** A plain value that `Semaphore.attach` makes this semaphore of in another thread. */
  get handle(): Handle<'Semaphore'> {
    return handleOf(this, SHARED_WORDS)
  }
}

/** A semaphore that refuses to have more permits free than it began with: a release too many is an error. */
export class BoundedSemaphore extends Permits {
  protected readonly bounded = true

  constructor(value = 1) {
    super(value)
  }

  /** The semaphore of this thread that `semaphore.handle` of another thread stands for. */
  static attach(handle: Handle<'BoundedSemaphore'>): BoundedSemaphore {
    return attachTo(handle, 'BoundedSemaphore', (words) => {
      checked('BoundedSemaphore', words)
      return new BoundedSemaphore(0)
    })
  }

  get kind(): 'BoundedSemaphore' {
    return 'BoundedSemaphore'
  }

  /** A plain value that `BoundedSemaphore.attach` makes this semaphore of in another thread. */
  get handle(): Handle<'BoundedSemaphore'> {
    return handleOf(this, SHARED_WORDS)
  }
}
