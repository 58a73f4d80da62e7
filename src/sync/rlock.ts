/**
 * A re-entrant lock.
 *
 * Between threads it is the word of `lock-word.ts`, held by a thread. Within the thread that holds it there is a stack
 * of holdings, the innermost last, each with an owner. An acquisition is admitted to the stack if its owner is that of
 * the innermost holding, or if it is a child of that owner; everybody else waits until the stack has come down to their
 * own owner, or is empty.
 *
 * Invariants: the word is HELD by this thread exactly while the stack is not empty. Of two children of one owner only
 * one is on the stack, so siblings exclude each other. A waiter that could be admitted is admitted at once, also past
 * others that came before: those wait for the whole stack, which waits for it.
 */
import { CancelledError, NotHeldError, NotOwnerError, PoisonedError, requireFunction } from '../errors.ts'
import { created, debugging, performed } from '../operation/debug.ts'
import { LOOP, NOT_READY, type Operation, type Poll, THREAD } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import type { Waiter } from '../operation/waiter.ts'
import { load } from '../wait/atomics.ts'
import { attachTo, type Handle, handleOf } from '../wait/handle.ts'
import { inspectable, type Inspection } from '../wait/inspect.ts'
import { Claim, Primitive } from '../wait/primitive.ts'
import type { Seat } from '../wait/seat.ts'
import type { Site } from '../wait/site.ts'
import { thread } from '../wait/thread.ts'
import type { Guard, Suspended, Who } from './guard.ts'
import { Held, type Holdable } from './held.ts'
import { keep, letGo } from './keep.ts'
import {
  ABANDONED,
  FREE,
  give,
  HELD,
  heal,
  isHeld,
  mayHandOver,
  NONE,
  pass,
  spoil,
  SPOILT,
  take,
  TAKEN,
} from './lock-word.ts'
import { type OwnerOptions, runAs, scopeNow, THE_THREAD, whoNow } from './owner.ts'
import { runHeld } from './run.ts'

/** How long to wait, and for whom. */
export interface RLockOptions extends WaitOptions, OwnerOptions {}

/** What `rlock.statistics()` gives. */
export interface RLockStatistics {
  readonly locked: boolean
  /** How often this thread holds it. */
  readonly depth: number
  /** Waits of this thread that are pending. */
  readonly waiters: number
}

/** An owner that was made for one run, or for one acquisition by async context. */
class Child {
  readonly parent: unknown
  /** Whether the whole context of `parent` may release what it holds. */
  readonly bare: boolean

  constructor(parent: unknown, bare: boolean) {
    this.parent = parent
    this.bare = bare
  }
}

interface Holding {
  readonly owner: unknown
  readonly token: Held
  readonly name: string
}

/**
 * A lock that its owner may acquire again while holding it; it is free when it was released as often.
 * The owner is the `owner` option; else the current task; else, in code of `rlock.run`, a child of that run (on Node,
 * Bun and Deno, by async context); else, for `block()`, the thread. Async code outside a run has no owner of its own and
 * must name one: `rlock.run(async (owner) => …)` is the form that works everywhere. Two acquisitions by one async
 * context are siblings, of which the second waits for the first: nest by `rlock.run`, or pass the owner on.
 * In one thread waiters are served first in, first out, after those that the holder waits for; between threads as `Lock`.
 */
export class RLock extends Primitive implements Holdable, Guard {
  /** This thread's HELD word. */
  private me = HELD
  /** What this thread holds, the innermost last. */
  private stack: Holding[] = []
  /** Whether the word stays HELD for the waiter of this thread that is served next. */
  private handing = false

  constructor() {
    super(1)
  }

  /** The lock of this thread that `rlock.handle` of another thread stands for. */
  static attach(handle: Handle<'RLock'>): RLock {
    return attachTo(handle, 'RLock', () => new RLock())
  }

  get kind(): 'RLock' {
    return 'RLock'
  }

  /** A plain value that `RLock.attach` makes this lock of in another thread. */
  get handle(): Handle<'RLock'> {
    return handleOf(this, 1)
  }

  /** Whether somebody holds it now. */
  get locked(): boolean {
    return isHeld(this.words, this.at, this.site)
  }

  /** How often this thread holds it now; 0 if it does not. */
  get depth(): number {
    return this.stack.length
  }

  /** Whether the current code, or `owner`, holds it. */
  isOwned(owner?: unknown): boolean {
    const who = whoNow(this, { owner })
    return this.stack.some((holding) => isOf(holding, who))
  }

  /**
   * Takes it if it is free and nobody of this thread waits, or if it is the owner's already.
   * Throws `TypeError` if nothing tells who the owner is; `PoisonedError`.
   */
  tryAcquire(options?: OwnerOptions): Held | undefined {
    const owner = this.ownerFor('tryAcquire()', options)
    if (!this.admits(owner) && this.head !== null) return undefined
    const held = this.claim(owner)
    return held === NOT_READY ? undefined : held
  }

  /**
   * Waits for it; the owner is decided at each perform. If it is the owner's already it is ready at once.
   * Throws `TypeError` if nothing tells who the owner is; `PoisonedError`. Cancel safe.
   */
  acquire(options?: RLockOptions): Operation<Held> {
    const operation = new Acquire(this, options)
    const check = limited(operation, options) // throws if an option is wrong
    if (check !== operation && debugging && process.env.NODE_ENV !== 'production') {
      performed(check)
      created(operation)
    }
    return operation
  }

  /**
   * Gives back the innermost holding of the owner: of `owner`, else of the current task, async context or thread.
   * Throws `NotHeldError` if nobody holds it, `NotOwnerError` if somebody else does.
   */
  release(owner?: unknown): void {
    const who = whoNow(this, { owner })
    for (let i = this.stack.length - 1; i >= 0; i--) if (isOf(this.stack[i]!, who)) return this.drop(i)
    throw this.misuse(`${this.id}.release()`)
  }

  /**
   * Starts at once: acquires, calls `fn(owner, held)`, releases however it ends. Nested runs are children of the run
   * around them and acquire at once; where there is no async context, and for `acquire` within, pass `{ owner }` on.
   */
  async run<R>(fn: (owner: unknown, held: Held) => R | PromiseLike<R>, options?: RLockOptions): Promise<R> {
    requireFunction('fn', fn)
    const { owner, context } = whoNow(this, options)
    const parent = context ?? (owner === THE_THREAD ? undefined : owner)
    const mine = options?.owner ?? new Child(parent, false)
    const outer = scopeNow()
    return runHeld(limited(new AcquireAs(this, mine), options), (held) =>
      runAs(this, mine, outer, () => fn(mine, held)),
    )
  }

  /** Makes a poisoned lock usable again. Throws `NotHeldError` if it is not poisoned. */
  clearPoison(): void {
    if (!heal(this.words, this.at)) throw new NotHeldError(`${this.id}.clearPoison(): it is not poisoned`)
  }

  /** Ends every wait of this thread for it with `reason`. */
  cancelWaiters(reason: unknown = new CancelledError(`waiting for ${this.id} was cancelled`)): void {
    this.failAll(reason)
  }

  statistics(): RLockStatistics {
    return { locked: this.locked, depth: this.depth, waiters: this.size }
  }

  inspect(): Inspection {
    const own = this.stack.at(-1)?.name
    return inspectable(this, this.locked ? (own ?? 'another thread') : undefined)
  }

  /** Whoever is admitted, in order; without a holder the first. */
  override serve(): void {
    for (let waiter = this.next(); waiter !== null; waiter = this.next()) {
      if (thread.blocking && !waiter.host.blocking) {
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
    // This thread holds it and can be rung in vain, in the place of others: then its give has to look.
    if (this.stack.length > 0 && this.site?.waiting) this.passOn()
  }

  /** Takes it for `owner`, if that is possible now. */
  claim(owner: unknown): Poll<Held> {
    if (this.stack.length > 0) return this.admits(owner) ? this.hold(owner, false) : NOT_READY
    const outcome = this.take()
    return outcome === NONE ? NOT_READY : this.hold(owner, outcome === ABANDONED)
  }

  /** Whether `owner` may go on top of what is held. */
  admits(owner: unknown): boolean {
    const top = this.stack.at(-1)?.owner
    return top !== undefined && (top === owner || (owner instanceof Child && owner.parent === top))
  }

  /** The owner of an acquisition by the current code. */
  ownerFor(verb: string, options: OwnerOptions | undefined): unknown {
    const { owner, context } = whoNow(this, options)
    if (context !== undefined) return new Child(context, true)
    if (owner === THE_THREAD && !thread.blocking)
      throw new TypeError(
        `${this.id}.${verb}: owner must be given, because this async code has none of its own: ` +
          `rlock.run(async (owner) => …), or ${verb.slice(0, -1)}{ owner })`,
      )
    return owner
  }

  giveBack(held: Held): void {
    const index = this.stack.findLastIndex(({ token }) => token === held)
    if (index >= 0) this.drop(index)
  }

  poisonBy(held: Held): void {
    if (!this.stack.some(({ token }) => token === held)) return
    this.stack = []
    letGo(this)
    spoil(this.words, this.at, this.site)
    this.serve()
  }

  passOn(): void {
    pass(this.words, this.at, this.site!)
  }

  /** Only this thread's loop can release what this thread holds. */
  override reach(): number {
    return this.site === null || this.stack.length > 0 ? LOOP : THREAD
  }

  override adopt(seat: Seat, site: Site, words: Int32Array): void {
    super.adopt(seat, site, words)
    this.me = HELD | seat.id
    if (this.stack.length > 0) keep(this)
  }

  /** @internal The holding on top must be that of `who`: nobody gives up what a stranger holds. */
  requireHeld(caller: string, who: Who): void {
    const top = this.stack.at(-1)
    if (top === undefined || !isOf(top, who)) throw this.misuse(`${caller} needs ${this.id}`)
  }

  /** @internal */
  suspend(): Suspended {
    const state = this.stack
    this.stack = []
    this.free()
    return { restored: false, state }
  }

  /** @internal */
  resume(suspended: Suspended): Poll<void> {
    if (this.stack.length > 0) return NOT_READY
    const outcome = this.take()
    if (outcome === NONE) return NOT_READY
    suspended.restored = true
    this.stack = suspended.state as Holding[]
    if (this.site !== null) keep(this)
    if (outcome === ABANDONED) for (const { token } of this.stack) token.died = true
  }

  protected copyTo(words: Int32Array, seat: Seat): void {
    const word = load(this.words, this.at)
    words[words.length - 1] = word === this.me ? HELD | seat.id : word
  }

  private take(): number {
    const passed = this.handing
    this.handing = false
    if (passed) return TAKEN
    const outcome = take(this.words, this.at, this.me, this.site)
    if (outcome === SPOILT) throw new PoisonedError(`${this.id} was poisoned by a holder; see clearPoison()`)
    return outcome
  }

  private hold(owner: unknown, abandoned: boolean): Held {
    const name = thread.running === null ? 'async code' : thread.running.name
    const token = new Held(this, abandoned)
    if (this.stack.push({ owner, token, name }) === 1 && this.site !== null) keep(this)
    return token
  }

  /** Takes one holding off the stack, from within if its owner outlived its children's code. */
  private drop(index: number): void {
    this.stack.splice(index, 1)
    if (this.stack.length === 0) this.free()
    else this.serve()
  }

  /** A waiter of this thread takes over, the word untouched, unless another thread starves. */
  private free(): void {
    letGo(this)
    if (this.next() !== null && !thread.blocking && mayHandOver(this.site)) {
      this.handing = true
      this.serve()
      return
    }
    give(this.words, this.at, this.me, this.site)
    // Nobody rings this very thread, so it looks by itself when it is back from block().
    if (thread.blocking && this.head !== null) thread.left.add(this)
  }

  /** Whose turn it is. One that is spent leaves in a moment, and then somebody looks again. */
  private next(): Waiter<any> | null {
    if (this.stack.length === 0) return this.head === null || this.head.spent ? null : this.head
    for (const waiter of this)
      if (!waiter.spent && waiter.operation instanceof AcquireAs && this.admits(waiter.operation.owner))
        return waiter
    return null
  }

  private misuse(what: string): Error {
    const word = load(this.words, this.at)
    if (word === FREE || !this.locked) return new NotHeldError(`${what}: nobody holds it`)
    const who = this.stack.length === 0 ? 'another thread' : 'another owner'
    return new NotOwnerError(`${what}: ${who} holds it`)
  }
}

/** Whether a holding is that of `who`. */
function isOf({ owner }: Holding, who: Who): boolean {
  if (who.context === undefined) return owner === who.owner
  return owner === who.context || (owner instanceof Child && owner.bare && owner.parent === who.context)
}

/** Acquires for whoever performs it. */
class Acquire extends Claim<Held> {
  declare readonly on: RLock
  readonly options: RLockOptions | undefined

  constructor(on: RLock, options: RLockOptions | undefined) {
    super(on)
    this.options = options
  }

  override prepare(): Operation<Held> {
    const { on, options } = this
    const operation = limited(new AcquireAs(on, on.ownerFor(this.verb, options)), options)
    if (debugging && process.env.NODE_ENV !== 'production') performed(operation)
    return operation
  }

  claim(): Poll<Held> {
    return this.on.claim(this.on.ownerFor(this.verb, this.options))
  }

  get verb(): string {
    return 'acquire()'
  }
}

/** Acquires for one owner. */
class AcquireAs extends Claim<Held> {
  declare readonly on: RLock
  readonly owner: unknown

  constructor(on: RLock, owner: unknown) {
    super(on)
    this.owner = owner
  }

  override poll(): Poll<Held> {
    return this.on.admits(this.owner) ? this.claim() : super.poll()
  }

  claim(): Poll<Held> {
    return this.on.claim(this.owner)
  }

  get verb(): string {
    return 'acquire()'
  }
}
