/**
 * One lock for each key, made when somebody takes it and forgotten when nobody holds it.
 *
 *   key     meaning                  goes to
 *   absent  free                     present by a take
 *   present held, waiters behind     present, held by the first waiter, or absent, when the holder gives it back
 */
import { CancelledError, shown } from '../errors.ts'
import { NOT_READY, Operation, type Poll } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import type { Waiter } from '../operation/waiter.ts'
import { inspectable, type Inspection } from '../wait/inspect.ts'
import { Primitive } from '../wait/primitive.ts'
import { thread } from '../wait/thread.ts'
import type { Held, Holdable } from './held.ts'
import { runHeld } from './run.ts'
import { Token } from './token.ts'

/** What `lockMap.statistics()` gives. */
export interface LockMapStatistics {
  /** Keys that are held. */
  readonly size: number
  /** Waits that are pending, over all keys. */
  readonly waiters: number
}

/**
 * Mutual exclusion by key, in one thread: whoever holds one key excludes others from that key only. Waiters of a key
 * are served first in, first out. A key that nobody holds takes no memory. It cannot be shared between threads.
 */
export class LockMap<Key = unknown> {
  private readonly locks: Map<Key, KeyLock> = new Map()
  /** Stands for the whole map in messages and dumps. */
  private readonly whole: KeyLock = new KeyLock(() => {})

  /** How many keys are held. */
  get size(): number {
    return this.locks.size
  }

  /** Whether somebody holds `key` now. */
  locked(key: Key): boolean {
    return this.locks.has(key)
  }

  /** Takes `key` if nobody holds it. */
  tryAcquire(key: Key): Held | undefined {
    return this.locks.has(key) ? undefined : this.take(key)
  }

  /** Waits for `key`. Cancel safe. */
  acquire(key: Key, options?: WaitOptions): Operation<Held> {
    return limited(new AcquireKey(this, key), options)
  }

  /** Starts at once: takes `key`, calls `fn`, gives it back however `fn` ends. */
  run<R>(key: Key, fn: (held: Held) => R | PromiseLike<R>, options?: WaitOptions): Promise<R> {
    return runHeld(this.acquire(key, options), fn)
  }

  /** Ends every wait, for whatever key, with `reason`. */
  cancelWaiters(
    reason: unknown = new CancelledError(`waiting for a key of ${this.whole.id} was cancelled`),
  ): void {
    for (const lock of [...this.locks.values()]) lock.cancelWaiters(reason)
  }

  statistics(): LockMapStatistics {
    let waiters = 0
    for (const lock of this.locks.values()) waiters += lock.size
    return { size: this.size, waiters }
  }

  /** What it is, which keys are held by whom, and who waits. */
  inspect(): Inspection {
    const found = [...this.locks].map(([key, lock]) => ({ key, ...lock.inspect() }))
    const holder = found.map(({ key, holder }) => `${shown(key)}: ${holder}`).join(', ')
    const waiters = found.flatMap((lock) => lock.waiters)
    return { ...this.whole.inspect(), holder: holder === '' ? undefined : holder, waiters }
  }

  /** @internal */
  describe(key: Key): string {
    return `${this.whole.id}.acquire(${shown(key)})`
  }

  /** The lock of a key that somebody holds. @internal */
  held(key: Key): KeyLock | undefined {
    return this.locks.get(key)
  }

  /** Takes a key that nobody holds. @internal */
  take(key: Key): Held {
    const lock = new KeyLock(() => this.locks.delete(key))
    this.locks.set(key, lock)
    return lock.token()
  }
}

/** The lock of one key while it is held. */
class KeyLock extends Primitive implements Holdable {
  private holder = ''
  private readonly forget: () => void

  constructor(forget: () => void) {
    super(0)
    this.forget = forget
  }

  get kind(): 'LockMap' {
    return 'LockMap'
  }

  token(): Held {
    this.holder = thread.running === null ? 'async code' : thread.running.name
    return new Token(this, 1)
  }

  giveBack(): void {
    const { head } = this
    if (head === null) return this.forget()
    this.detach(head)
    head.grant(this.token())
  }

  cancelWaiters(reason: unknown): void {
    this.failAll(reason)
  }

  override inspect(): Inspection {
    return inspectable(this, this.holder)
  }

  passOn(): void {}

  protected copyTo(): void {}
}

class AcquireKey<Key> extends Operation<Held> {
  private readonly locks: LockMap<Key>
  private readonly key: Key

  constructor(locks: LockMap<Key>, key: Key) {
    super()
    this.locks = locks
    this.key = key
  }

  poll(): Poll<Held> {
    return this.locks.tryAcquire(this.key) ?? NOT_READY
  }

  park(waiter: Waiter<Held>): void {
    const lock = this.locks.held(this.key)
    // Another arm of the same choice may have let it go since the poll.
    if (lock === undefined) return waiter.grant(this.locks.take(this.key))
    waiter.data = lock
    lock.enqueue(waiter)
  }

  unpark(waiter: Waiter<Held>): boolean {
    return (waiter.data as KeyLock | undefined)?.dequeue(waiter) ?? false
  }

  /** A lock that has waiters is held: whoever lets it go hands it over. */
  claim(): Poll<Held> {
    return NOT_READY
  }

  override describe(): string {
    return this.locks.describe(this.key)
  }
}
