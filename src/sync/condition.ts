/** A condition variable; who waits and who was told is kept in `condition-state.ts`. */
import {
  CancelledError,
  HandleError,
  requireFunction,
  requireInteger,
  shown,
  TimeoutError,
} from '../errors.ts'
import { debugging, performed } from '../operation/debug.ts'
import { NOT_READY, type Poll } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import { Procedure } from '../operation/procedure.ts'
import type { Suspend } from '../operation/waiter.ts'
import { load } from '../wait/atomics.ts'
import { attachTo, type Handle, handleOf, OWN } from '../wait/handle.ts'
import { inspectable, type Inspection } from '../wait/inspect.ts'
import { Claim, Primitive } from '../wait/primitive.ts'
import type { Seat } from '../wait/seat.ts'
import { thread } from '../wait/thread.ts'
import { attempt, type Failure } from './attempt.ts'
import {
  enter,
  give,
  leave,
  NOBODY,
  NOTIFIED,
  orphans,
  OWNER,
  ownAt,
  reap,
  SHARED_WORDS,
  STRIDE,
  told,
  WAITING,
  waiting,
} from './condition-state.ts'
import type { Guard, Suspended } from './guard.ts'
import { Lock } from './lock.ts'
import { type OwnerOptions, whoNow } from './owner.ts'
import { reacquire } from './reacquire.ts'
import { RLock } from './rlock.ts'

/** What `condition.statistics()` gives. */
export interface ConditionStatistics {
  /** Waits of all living threads that were not notified yet. */
  readonly waiting: number
  /** Waits of this thread that were not notified yet. */
  readonly waiters: number
}

/** How long to wait; and, for a condition on an `RLock`, who holds it. */
export interface ConditionOptions extends WaitOptions, OwnerOptions {}

/** The handle of a condition carries that of its lock. */
export interface ConditionHandle extends Handle<'Condition'> {
  readonly lock: Handle<'Lock'> | Handle<'RLock'>
}

/** The words that name the lock in shared memory. */
const LOCK = SHARED_WORDS
const LOCK_WORDS = 4

/**
 * Lets code that holds a lock wait until other code, which holds it meanwhile, says that something has changed.
 * Every verb needs the lock held: by this thread for a `Lock`, by the owner for an `RLock`.
 * Waiters are told in order within a thread, and threads take turns.
 */
export class Condition extends Primitive {
  /** The lock that goes with it. */
  readonly lock: Lock | RLock
  private readonly guard: Guard
  /** Waits of this thread that were told and have not ended yet. */
  private handed = 0
  /** Waits of this thread that are on their way to the lock because of what a dead thread was told. */
  private errands = 0
  /** Waits of this thread that have failed and were booked as ended before they held the lock again. */
  private booked = 0
  /** The slot that is the next to be told. */
  private turn = 0

  constructor(lock: Lock | RLock = new Lock()) {
    super(STRIDE)
    if (!(lock instanceof Lock || lock instanceof RLock))
      throw new TypeError(`lock must be a Lock or an RLock, got ${shown(lock)}`)
    this.lock = lock
    this.guard = lock
  }

  /** The condition of this thread that `condition.handle` of another thread stands for, with its lock. */
  static attach(handle: ConditionHandle): Condition {
    return attachTo(handle, 'Condition', (words) => {
      const { lock } = handle as Partial<ConditionHandle>
      if (lock?.heddle !== 'Lock' && lock?.heddle !== 'RLock')
        throw new HandleError(
          `handle.lock of the Condition must be the handle of its lock, got ${shown(lock)}`,
        )
      const attached = lock.heddle === 'Lock' ? Lock.attach(lock) : RLock.attach(lock)
      if (identity(lock).some((word, i) => words[OWN + LOCK + i] !== word))
        throw new HandleError('handle.lock of the Condition is that of another lock')
      return new Condition(attached)
    })
  }

  get kind(): 'Condition' {
    return 'Condition'
  }

  /** A plain value that `Condition.attach` makes this condition of, with its lock, in another thread. */
  get handle(): ConditionHandle {
    const lock = this.lock.handle
    return { ...handleOf(this, SHARED_WORDS + LOCK_WORDS), lock }
  }

  /**
   * Gives the lock up, waits until notified, and takes the lock again. However it ends, by `TimeoutError`, the signal's
   * reason or a cancellation too, it ends with the lock held as it was before: that part cannot be interrupted. The one
   * exception is a lock that was poisoned meanwhile: `PoisonedError`. A notification that arrives with a cancellation is
   * passed on. Tokens from before the wait stay good; `held.abandoned` may have become `true`.
   * Throws `NotHeldError` or `NotOwnerError`.
   */
  wait(options?: ConditionOptions): Procedure<void> {
    return this.procedure('wait()', options, () => this.waitOnce(options))
  }

  /**
   * Waits until `predicate()`, called with the lock held, gives something true, and gives that. It is called first
   * before any wait, and a last time after a timeout, which counts from the perform. Otherwise as `wait`.
   */
  waitFor<T>(predicate: () => T, options?: ConditionOptions): Procedure<T> {
    requireFunction('predicate', predicate)
    return this.procedure('waitFor()', options, () => this.waitUntil(predicate, options))
  }

  /** Wakes up to `n` waiters. They go on when they hold the lock. Throws `NotHeldError` or `NotOwnerError`. */
  notify(n: number = 1, options?: OwnerOptions): void {
    requireInteger('n', n, 1)
    this.guard.requireHeld(`${this.id}.notify()`, whoNow(this.lock, options))
    this.tell(n)
  }

  /** Wakes every waiter. Throws as `notify`. */
  notifyAll(options?: OwnerOptions): void {
    this.guard.requireHeld(`${this.id}.notifyAll()`, whoNow(this.lock, options))
    this.tell(Infinity)
  }

  /** Ends every wait of this thread with `reason`, each when it holds the lock. The lock need not be held. */
  cancelWaiters(reason: unknown = new CancelledError(`waiting for ${this.id} was cancelled`)): void {
    this.failAll(reason)
  }

  statistics(): ConditionStatistics {
    return { waiting: waiting(this.words, this.at, this.site) - this.gone(), waiters: this.size }
  }

  inspect(): Inspection {
    return inspectable(this, undefined)
  }

  /**
   * Tells waiters of this thread, in order, also while it sleeps: they go on when its loop turns again. None is ever
   * spent, as no procedure is an arm of a choice.
   */
  override serve(): void {
    for (let waiter = this.head; waiter !== null; waiter = this.head) {
      if ((waiter.operation as Wakeup).claim() === NOT_READY) return
      this.detach(waiter)
      waiter.grant(undefined)
    }
  }

  override rung(): void {
    this.serve()
  }

  /** Nobody needs to look: what a wait leaves over is given on under the lock. */
  passOn(): void {}

  /** What a wait may go for the lock for, if there is anything. */
  claim(): number {
    const { words, at, site } = this
    if (told(words, at, site) > this.handed) {
      this.handed++
      return TOLD
    }
    if (orphans(words, at, site) > this.errands) {
      this.errands++
      return ERRAND
    }
    return NONE
  }

  protected copyTo(words: Int32Array, seat: Seat): void {
    const own = ownAt(OWN, { id: seat.id } as never)
    words[own + OWNER] = seat.id
    words[own + WAITING] = this.words[this.at + WAITING]!
    words[own + NOTIFIED] = this.words[this.at + NOTIFIED]!
    words.set(identity(this.lock.handle), OWN + LOCK)
  }

  private procedure<T>(
    verb: string,
    options: ConditionOptions | undefined,
    body: () => Generator<Suspend, T, unknown>,
  ): Procedure<T> {
    const check = limited(new Wakeup(this, verb), options) // throws if an option is wrong
    if (debugging && process.env.NODE_ENV !== 'production') performed(check)
    const caller = `${this.id}.${verb}`
    const { guard } = this
    return new Procedure(caller, () => {
      // Whose code performs it is asked now: later the procedure itself may be what runs.
      const who = whoNow(this.lock, options)
      return (function* () {
        guard.requireHeld(caller, who)
        return yield* body()
      })()
    })
  }

  private *waitOnce(options: ConditionOptions | undefined): Generator<Suspend, void, unknown> {
    const failure = yield* this.suspend('wait()', options, deadline(options))
    if (failure !== undefined) throw this.late(failure, 'wait()', options) ?? failure.error
  }

  private *waitUntil<T>(
    predicate: () => T,
    options: ConditionOptions | undefined,
  ): Generator<Suspend, T, unknown> {
    const end = deadline(options)
    for (;;) {
      const value = predicate()
      if (value) return value
      if (end <= clock().now()) throw this.tooLate('waitFor()', options)
      const failure = yield* this.suspend('waitFor()', options, end)
      if (failure === undefined) continue
      const late = this.late(failure, 'waitFor()', options)
      if (late === undefined) throw failure.error
      const last = predicate()
      if (last) return last
      throw late
    }
  }

  /** Gives the lock up, waits, and has the lock again. Answers how the wait failed, if it did. */
  private *suspend(
    verb: string,
    options: ConditionOptions | undefined,
    end: number,
  ): Generator<Suspend, Failure | undefined, unknown> {
    let entered = false
    for (;;) {
      let suspended: Suspended | undefined
      // A task may have to let others run before a wait begins. Until then it holds the lock, and has not entered.
      const wakeup = new Wakeup(this, verb, () => {
        if (!entered) this.enter()
        entered = true
        suspended = this.guard.suspend()
      })
      const timeout = end === Infinity ? Infinity : Math.max(0, end - clock().now())
      let over = false
      let failed = true
      let failure: Failure | undefined
      try {
        failure = yield* attempt(limited(wakeup, { ...options, timeout }))
        failed = failure !== undefined
      } finally {
        let interruption: Failure | undefined = LOST
        try {
          interruption = suspended && (yield* reacquire(this.guard, suspended))
        } finally {
          failure ??= interruption
          over = !entered || this.settle(wakeup, failed || failure !== undefined)
        }
      }
      if (over) return failure
    }
  }

  /** The lock is held: from now on this wait is told of what happens. */
  private enter(): void {
    this.tell(0) // what was told already is for those who wait already
    enter(this.words, this.at, this.site)
    this.serve() // entering gives on what dead threads were told
  }

  /** The lock is held again: books the end of a wait. Answers `false` if the wait goes on. */
  private settle(wakeup: Wakeup, failed: boolean): boolean {
    const { words, at, site } = this
    let got = wakeup.got
    if (got === ERRAND) {
      this.errands--
      reap(words, at, site!)
      if (told(words, at, site) > this.handed) {
        this.handed++
        got = TOLD
      }
      this.serve()
    }
    if (got === TOLD) this.handed--
    else if (!failed) return false
    else if (this.booked > 0) {
      this.booked--
      return true
    }
    const surplus = leave(words, at, site, got === TOLD)
    if (surplus || (failed && got === TOLD)) this.tell(1)
    return true
  }

  private tell(n: number): void {
    this.serve()
    const { words, at, site } = this
    if (site !== null) reap(words, at, site)
    const all = n + this.book()
    for (let i = 0; i < all; i++) if (give(words, at, site, this.turn++ & 0xffff) === NOBODY) break
    this.serve()
  }

  /** Waits of this thread that have failed and still count as waiting. */
  private gone(): number {
    const own = ownAt(this.at, this.site)
    // Until this thread waits for the first time the words may be those of a former thread of the slot.
    if (this.site !== null && load(this.words, own + OWNER) !== this.site.id) return 0
    return load(this.words, own + WAITING) - this.size - this.handed - this.errands
  }

  /** The lock is held: what has failed is told nothing any more. Answers how many notifications that leaves over. */
  private book(): number {
    let surplus = 0
    for (let left = this.gone(); left > 0; left--) {
      if (leave(this.words, this.at, this.site, false)) surplus++
      this.booked++
    }
    return surplus
  }

  private late(
    failure: Failure,
    verb: string,
    options: ConditionOptions | undefined,
  ): TimeoutError | undefined {
    return !failure.thrown && failure.error instanceof TimeoutError ? this.tooLate(verb, options) : undefined
  }

  private tooLate(verb: string, options: ConditionOptions | undefined): TimeoutError {
    return new TimeoutError(`${this.id}.${verb} did not end within ${options?.timeout} ms`)
  }
}

const NONE = 0
const TOLD = 1
const ERRAND = 2

/** The lock could not be had again. */
const LOST: Failure = { error: undefined, thrown: false, atOnce: false }

/** One wait that was begun under the lock; it remembers what it was woken for. */
class Wakeup extends Claim<void> {
  declare readonly on: Condition
  readonly verb: string
  got: number = NONE
  private readonly begins: (() => void) | undefined

  constructor(on: Condition, verb: string, begins?: () => void) {
    super(on)
    this.verb = verb
    this.begins = begins
  }

  override prepare(): this {
    this.begins?.()
    return this
  }

  claim(): Poll<void> {
    this.got = this.on.claim()
    return this.got === NONE ? NOT_READY : undefined
  }
}

function clock(): { now(): number } {
  return (thread.running ?? thread).clock
}

function deadline(options: ConditionOptions | undefined): number {
  return options?.timeout === undefined ? Infinity : clock().now() + options.timeout
}

/** The words by which a shared primitive is known. */
function identity(handle: Handle): Int32Array {
  return new Int32Array(handle.memory, 16, LOCK_WORDS)
}
