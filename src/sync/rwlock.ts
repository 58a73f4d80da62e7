/** A lock that many read or one writes; the state machine is in `rwlock-state.ts`. */
import { CancelledError, NotHeldError, PoisonedError } from '../errors.ts'
import { LOOP, NOT_READY, type Operation, type Poll, THREAD } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import { load } from '../wait/atomics.ts'
import { attachTo, type Handle, handleOf, OWN } from '../wait/handle.ts'
import { inspectable, type Inspection } from '../wait/inspect.ts'
import { Claim, Primitive } from '../wait/primitive.ts'
import type { Seat } from '../wait/seat.ts'
import type { Site } from '../wait/site.ts'
import { thread } from '../wait/thread.ts'
import { Held, type Holdable } from './held.ts'
import { keep, letGo } from './keep.ts'
import { runHeld } from './run.ts'
import {
  ABANDONED,
  begin,
  heal,
  isWritten,
  leave,
  NONE,
  PRIVATE_WORDS,
  read,
  readDone,
  readers,
  SHARED_WORDS,
  SPOILT,
  spoil,
  write,
  writeDone,
} from './rwlock-state.ts'

/** What `rwlock.statistics()` gives. */
export interface RWLockStatistics {
  readonly writing: boolean
  /** How many read, in all threads; for a moment also those that are just finding out that they must wait. */
  readonly reading: number
  /** Waits of this thread that are pending. */
  readonly waiters: number
}

/**
 * A lock that any number of readers hold together, or one writer alone. It prefers neither: a waiting writer keeps new
 * readers out, and when a writer leaves, the readers that wait go first. In one thread that is strictly first in, first
 * out, neighbouring readers together; between threads a newcomer may be faster than a waking sleeper, but nobody is
 * overtaken for ever. It is not re-entrant: a reader that waits to write, or waits to read again behind a waiting
 * writer, waits for itself (`block()` sees the first and throws `DeadlockError`, and is let in the second time).
 * When a thread dies its readers count no more, and the next to come after its writer gets it `abandoned`.
 */
export class RWLock extends Primitive {
  private readonly reads: Holdable = { giveBack: (held) => this.endRead(held) }
  private readonly writes: Holdable = {
    giveBack: (held) => this.endWrite(held),
    poisonBy: (held) => this.poisonBy(held),
  }
  /** The tokens of this thread's readers. */
  private readonly reading: Set<Held> = new Set()
  /** The token of this thread's writer. */
  private writing: Held | null = null
  /** Whose code writes, for dumps. */
  private writer = 'async code'

  constructor() {
    super(PRIVATE_WORDS)
  }

  /** The lock of this thread that `rwlock.handle` of another thread stands for. */
  static attach(handle: Handle<'RWLock'>): RWLock {
    return attachTo(handle, 'RWLock', () => new RWLock())
  }

  get kind(): 'RWLock' {
    return 'RWLock'
  }

  /** A plain value that `RWLock.attach` makes this lock of in another thread. */
  get handle(): Handle<'RWLock'> {
    const first = this.site === null
    const handle = handleOf(this, SHARED_WORDS)
    if (first) this.serve() // a writer that waits keeps the readers of other threads out from now on
    return handle
  }

  /** Reads if nobody writes, or waits in this thread, or waits to write. Throws `PoisonedError`. */
  tryRead(): Held | undefined {
    if (this.head !== null) return undefined
    const held = this.claimRead(false)
    return held === NOT_READY ? undefined : held
  }

  /** Writes if nobody reads or writes, or waits in this thread. Throws `PoisonedError`. */
  tryWrite(): Held | undefined {
    if (this.head !== null) return undefined
    const held = this.claimWrite(false)
    return held === NOT_READY ? undefined : held
  }

  /** Waits to read, together with others. Throws `PoisonedError`; cancel safe. */
  read(options?: WaitOptions): Operation<Held> {
    return limited(new Read(this), options)
  }

  /** Waits to write, alone. Throws `PoisonedError`; cancel safe. */
  write(options?: WaitOptions): Operation<Held> {
    return limited(new Write(this), options)
  }

  /** Starts at once: waits to read, calls `fn`, leaves however it ends. */
  runRead<R>(fn: (held: Held) => R | PromiseLike<R>, options?: WaitOptions): Promise<R> {
    return runHeld(this.read(options), fn)
  }

  /** Starts at once: waits to write, calls `fn`, leaves however it ends. */
  runWrite<R>(fn: (held: Held) => R | PromiseLike<R>, options?: WaitOptions): Promise<R> {
    return runHeld(this.write(options), fn)
  }

  /** Makes a poisoned lock usable again. Throws `NotHeldError` if it is not poisoned. */
  clearPoison(): void {
    if (!heal(this.words, this.at)) throw new NotHeldError(`${this.id}.clearPoison(): it is not poisoned`)
  }

  /** Ends every wait of this thread for it with `reason`. */
  cancelWaiters(reason: unknown = new CancelledError(`waiting for ${this.id} was cancelled`)): void {
    this.failAll(reason)
  }

  statistics(): RWLockStatistics {
    const { words, at, site } = this
    return { writing: isWritten(words, at, site), reading: readers(words, at, site), waiters: this.size }
  }

  inspect(): Inspection {
    const { writing, reading } = this.statistics()
    if (this.writing !== null) return inspectable(this, `${this.writer} (writing)`)
    if (writing) return inspectable(this, 'another thread (writing)')
    return inspectable(this, reading === 0 ? undefined : `${reading} reading`)
  }

  claimRead(parked: boolean): Poll<Held> {
    const outcome = read(this.words, this.at, this.site, parked, thread.blocking)
    if (outcome === NONE) return NOT_READY
    if (outcome === SPOILT) throw this.poisoned()
    const held = new Held(this.reads, outcome === ABANDONED)
    this.reading.add(held)
    if (this.site !== null) keep(this)
    return held
  }

  claimWrite(parked: boolean): Poll<Held> {
    const outcome = write(this.words, this.at, this.site, parked)
    if (outcome === NONE) return NOT_READY
    if (outcome === SPOILT) throw this.poisoned()
    this.writer = thread.running === null ? 'async code' : thread.running.name
    this.writing = new Held(this.writes, outcome === ABANDONED)
    if (this.site !== null) keep(this)
    return this.writing
  }

  passOn(): void {
    leave(this.words, this.at, this.site!)
  }

  /** Whether only this thread's loop can let a reader (or else a writer) in. */
  stuck(reading: boolean): boolean {
    return this.site === null || this.writing !== null || (!reading && this.reading.size > 0)
  }

  override adopt(seat: Seat, site: Site, words: Int32Array): void {
    super.adopt(seat, site, words)
    if (this.writing !== null || this.reading.size > 0) keep(this)
  }

  protected copyTo(words: Int32Array, seat: Seat): void {
    begin(words, OWN, seat.id, load(this.words, this.at), this.reading.size)
  }

  private endRead(held: Held): void {
    if (!this.reading.delete(held)) return
    this.idle()
    readDone(this.words, this.at, this.site)
    this.serve()
  }

  private endWrite(held: Held): void {
    if (held !== this.writing) return
    this.writing = null
    this.idle()
    writeDone(this.words, this.at, this.site)
    this.serve()
  }

  private poisonBy(held: Held): void {
    if (held !== this.writing) return
    this.writing = null
    this.idle()
    spoil(this.words, this.at, this.site)
    this.serve()
  }

  private idle(): void {
    if (this.reading.size === 0) letGo(this)
  }

  private poisoned(): PoisonedError {
    return new PoisonedError(`${this.id} was poisoned by a writer; see clearPoison()`)
  }
}

class Read extends Claim<Held> {
  declare readonly on: RWLock

  claim(waiter: unknown): Poll<Held> {
    return this.on.claimRead(waiter !== null)
  }

  override reach(): number {
    return this.on.stuck(true) ? LOOP : THREAD
  }

  get verb(): string {
    return 'read()'
  }
}

class Write extends Claim<Held> {
  declare readonly on: RWLock

  claim(waiter: unknown): Poll<Held> {
    return this.on.claimWrite(waiter !== null)
  }

  override reach(): number {
    return this.on.stuck(false) ? LOOP : THREAD
  }

  get verb(): string {
    return 'write()'
  }
}
