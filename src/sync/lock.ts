/** A mutual exclusion lock; the state machine is in `lock-word.ts`. */
import { CancelledError, NotHeldError, NotOwnerError, PoisonedError } from '../errors.ts'
import { NOT_READY, LOOP, type Operation, type Poll, THREAD } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import { load } from '../wait/atomics.ts'
import type { Host } from '../operation/waiter.ts'
import { attachTo, type Handle, handleOf } from '../wait/handle.ts'
import { inspectable, type Inspection } from '../wait/inspect.ts'
import { Claim, Primitive } from '../wait/primitive.ts'
import type { Seat } from '../wait/seat.ts'
import type { Site } from '../wait/site.ts'
import { thread } from '../wait/thread.ts'
import { type Guard, Resume, type Suspended } from './guard.ts'
import { Held, type Holdable } from './held.ts'
import {
  ABANDONED,
  FREE,
  give,
  HELD,
  heal,
  holds,
  isHeld,
  mayHandOver,
  NONE,
  pass,
  spoil,
  SPOILT,
  take,
} from './lock-word.ts'
import { runHeld } from './run.ts'

/** What `lock.statistics()` gives. */
export interface LockStatistics {
  readonly locked: boolean
  /** Waits of this thread that are pending. */
  readonly waiters: number
}

/**
 * A lock that one thread holds at a time: any code of that thread may release it, another thread may not.
 * In one thread waiters are served strictly first in, first out; between threads a newcomer may be faster than a waking
 * sleeper, but nobody is overtaken for ever. When the holder's thread dies the next acquirer gets it, `abandoned`.
 */
export class Lock extends Primitive implements Holdable, Guard {
  /** This thread's HELD word. */
  private me = HELD
  /** How many tokens it has given, in 32 bits. */
  private epoch = 0
  /** The epoch of the present holding, whose token alone releases it; 0 if this thread does not hold it. */
  private holding = 0
  declare lost: Set<number> | undefined
  /** Whose code acquired it, for dumps; `null` for an async function. */
  private holder: Host | null = null

  constructor() {
    super(1)
  }

  /** The lock of this thread that `lock.handle` of another thread stands for. */
  static attach(handle: Handle<'Lock'>): Lock {
    return attachTo(handle, 'Lock', () => new Lock())
  }

  get kind(): 'Lock' {
    return 'Lock'
  }

  /** A plain value that `Lock.attach` makes this lock of in another thread. */
  get handle(): Handle<'Lock'> {
    return handleOf(this, 1)
  }

  /** Whether somebody holds it now. */
  get locked(): boolean {
    return isHeld(this.words, this.at, this.site)
  }

  /** Takes it if it is free and nobody of this thread waits. Throws `PoisonedError`. */
  tryAcquire(): Held | undefined {
    if (this.head !== null) return undefined
    const held = this.claim()
    return held === NOT_READY ? undefined : held
  }

  /** Waits for it. Throws `PoisonedError`; cancel safe. */
  acquire(options?: WaitOptions): Operation<Held> {
    return limited(new Acquire(this), options)
  }

  /** Gives it back. Throws `NotHeldError` if nobody holds it, `NotOwnerError` if another thread does. */
  release(): void {
    if (!holds(this.words, this.at, this.me)) throw this.misuse(`${this.id}.release()`)
    this.free()
  }

  /** Starts at once: acquires, calls `fn`, releases however it ends. */
  run<R>(fn: (held: Held) => R | PromiseLike<R>, options?: WaitOptions): Promise<R> {
    return runHeld(this.acquire(options), fn)
  }

  /** Makes a poisoned lock usable again. Throws `NotHeldError` if it is not poisoned. */
  clearPoison(): void {
    if (!heal(this.words, this.at)) throw new NotHeldError(`${this.id}.clearPoison(): it is not poisoned`)
  }

  /** Ends every wait of this thread for it with `reason`. */
  cancelWaiters(reason: unknown = new CancelledError(`waiting for ${this.id} was cancelled`)): void {
    this.failAll(reason)
  }

  statistics(): LockStatistics {
    return { locked: this.locked, waiters: this.size }
  }

  override inspect(): Inspection {
    const own = holds(this.words, this.at, this.me)
    return inspectable(
      this,
      this.locked ? (own ? (this.holder?.name ?? 'async code') : 'another thread') : undefined,
    )
  }

  claim(): Poll<Held> {
    const outcome = take(this.words, this.at, this.me, this.site)
    if (outcome === NONE) return NOT_READY
    if (outcome === SPOILT) throw this.poisoned()
    return this.token(outcome === ABANDONED)
  }

  giveBack(held: Held): void {
    if (held.epoch === this.holding) this.free()
  }

  poisonBy(held: Held): void {
    if (held.epoch !== this.holding) return
    this.holding = 0
    this.holder = null
    spoil(this.words, this.at, this.site)
    this.serve()
  }

  passOn(): void {
    pass(this.words, this.at, this.site!)
  }

  /** @internal */
  requireHeld(caller: string): void {
    if (!holds(this.words, this.at, this.me)) throw this.misuse(`${caller} needs ${this.id}`)
  }

  /** @internal */
  suspend(): Suspended {
    const state: State = { holding: this.holding, holder: this.holder }
    this.free()
    return { restored: false, state }
  }

  /** @internal */
  resume(suspended: Suspended): Poll<void> {
    const outcome = take(this.words, this.at, this.me, this.site)
    if (outcome === NONE) return NOT_READY
    if (outcome === SPOILT) throw this.poisoned()
    this.restore(suspended, outcome === ABANDONED)
  }

  /** Only this thread's loop can release what this thread holds. */
  override reach(): number {
    return this.site === null || holds(this.words, this.at, this.me) ? LOOP : THREAD
  }

  override adopt(seat: Seat, site: Site, words: Int32Array): void {
    super.adopt(seat, site, words)
    this.me = HELD | seat.id
  }

  protected copyTo(words: Int32Array, seat: Seat): void {
    const word = load(this.words, this.at)
    words[words.length - 1] = word === this.me ? HELD | seat.id : word
  }

  private token(abandoned: boolean): Held {
    if (thread.running !== null) this.holder = thread.running
    this.holding = this.epoch = (this.epoch + 1) | 0 || 1
    return new Held(this, abandoned, this.holding)
  }

  /** The token from before the wait stands for the lock again, and says if a holder died meanwhile. */
  private restore(suspended: Suspended, abandoned: boolean): void {
    const { holding, holder } = suspended.state as State
    suspended.restored = true
    this.holding = holding
    this.holder = holder
    if (abandoned) (this.lost ??= new Set()).add(holding)
  }

  /** A waiter of this thread takes over, the word untouched, unless another thread starves. */
  private free(): void {
    const { head, site } = this
    this.holding = 0
    if (this.holder !== null) this.holder = null
    if (head === null) return give(this.words, this.at, this.me, site)
    if (thread.blocking || !mayHandOver(site)) {
      give(this.words, this.at, this.me, site)
      // Nobody rings this very thread, so it looks by itself when it is back from block().
      if (thread.blocking) thread.left.add(this)
      return
    }
    this.detach(head)
    if (head.operation instanceof Resume) {
      this.restore(head.operation.suspended, false)
      head.grant(undefined)
    } else head.grant(this.token(false))
  }

  private poisoned(): PoisonedError {
    return new PoisonedError(`${this.id} was poisoned by a holder; see clearPoison()`)
  }

  private misuse(what: string): Error {
    const word = load(this.words, this.at)
    if (word === FREE || !this.locked) return new NotHeldError(`${what}: nobody holds it`)
    return new NotOwnerError(`${what}: another thread holds it; a Semaphore(1) may be released by anybody`)
  }
}

/** What a holder that waits for a condition gets back. */
interface State {
  readonly holding: number
  readonly holder: Host | null
}

class Acquire extends Claim<Held> {
  declare readonly on: Lock

  claim(): Poll<Held> {
    return this.on.claim()
  }

  get verb(): string {
    return 'acquire()'
  }
}
