/**
 * What is waited for.
 *
 * Source: Reppy, "Concurrent Programming in ML"; Guile Fibers (`operations.scm`); Picos. Differences: an operation value
 * holds no state of a perform (all of it hangs on the waiter); `unpark` answers who won; waiting is single-threaded
 * inside a thread, so a perform commits by plain assignment and needs no atomic cell.
 *
 * A perform: `prepare()` once, then `poll()`; if that is not ready, `park(waiter)`, after which exactly one of
 * `waiter.grant`, `waiter.fail` or a winning `unpark(waiter)` ends it. A grant may come already during `park`.
 */
import { className, requireFunction } from '../errors.ts'
import type { Future } from '../future/future.ts'
import { asPart, created, debugging, performed } from './debug.ts'
import { performers } from './performers.ts'
import { apply, dispose, finish, Link, type Suspend, Unmapped, type Waiter } from './waiter.ts'

/** What `poll` answers when it cannot commit now. */
export const NOT_READY: unique symbol = Symbol.for('heddle.notReady') as never

/** The answer of `poll`: the committed value, or `NOT_READY`. */
export type Poll<T> = T | typeof NOT_READY

/** Who, besides this thread's own event loop, can complete an operation: a set of bits. */
export const LOOP = 0
export const TIME = 1
export const THREAD = 2

/**
 * Something that can be waited for, as a value. Wait with `await operation`, `yield* operation` in a task, or
 * `operation.block()`; pass it to `choose` and `select`. Nothing happens until then, and each wait is a new one.
 */
export abstract class Operation<T> implements PromiseLike<T> {
  constructor() {
    if (debugging && process.env.NODE_ENV !== 'production') created(this)
  }

  /** Called once at each perform; gives the operation to perform in its place. */
  prepare(): Operation<T> {
    return this
  }

  /** Commits now if that is possible and returns the value; otherwise changes nothing and returns `NOT_READY`. */
  abstract poll(): Poll<T>

  /** Registers a waiter that will be granted a value or failed with an error, perhaps before this returns. */
  abstract park(waiter: Waiter<T>): void

  /** Withdraws a waiter; `true` means that nothing was delivered to it and nothing will be. */
  abstract unpark(waiter: Waiter<T>): boolean

  /**
   * Takes back what a waiter was granted when nobody will receive it any more: as if it had never been granted, where
   * that is possible. By default a disposable value is disposed.
   */
  giveBack(_waiter: Waiter<T>, value: T): void {
    dispose(finish(value))
  }

  /** Who can complete it: `LOOP`, or a set of `TIME` and `THREAD`. */
  reach(): number {
    return LOOP
  }

  /** How it reads in an error message or a dump. */
  describe(): string {
    return className(this)
  }

  /** The same wait with its value passed through `f`, which runs after the commit, in the waiting code. */
  map<U>(f: (value: T) => U): Operation<U> {
    return new Mapped(this, requireFunction('f', f))
  }

  /**
   * Performs it now and keeps the outcome in a future, for as many as want to wait for it. Cancelling the future withdraws
   * the wait; a grant that came first wins.
   */
  start(): Future<T> {
    if (debugging && process.env.NODE_ENV !== 'production') performed(this)
    return performers.start(this)
  }

  /** Performs it, for `await`. Every call is a wait of its own. */
  // oxlint-disable-next-line unicorn/no-thenable
  then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    if (debugging && process.env.NODE_ENV !== 'production') performed(this)
    return performers.promise(this, fulfilled, rejected)
  }

  /** Performs it in a task: `const value = yield* operation`. */
  [Symbol.iterator](): Generator<Suspend, T, unknown> {
    if (debugging && process.env.NODE_ENV !== 'production') performed(this)
    return performers.task(this)
  }

  /**
   * Performs it by putting this whole thread to sleep until it is done.
   * Throws `DeadlockError` if only this thread could complete it, `WouldBlockError` where a thread may not sleep.
   */
  block(): T {
    if (debugging && process.env.NODE_ENV !== 'production') performed(this)
    return performers.block(this)
  }
}

/** Whether a value is an operation, also one of another copy of this package. */
export function isOperation(value: unknown): value is Operation<unknown> {
  const { poll, park, unpark } = (value ?? {}) as Partial<Operation<unknown>>
  return typeof poll === 'function' && typeof park === 'function' && typeof unpark === 'function'
}

class Mapped<T, U> extends Operation<U> {
  readonly inner: Operation<T>
  readonly f: (value: T) => U

  constructor(inner: Operation<T>, f: (value: T) => U) {
    super()
    if (debugging && process.env.NODE_ENV !== 'production') performed(inner)
    this.inner = inner
    this.f = f
  }

  override prepare(): Operation<U> {
    const inner = this.inner.prepare()
    return inner === this.inner ? this : asPart(inner.map(this.f))
  }

  poll(): Poll<U> {
    const value = this.inner.poll()
    return value === NOT_READY ? NOT_READY : apply(this.f, value)
  }

  park(waiter: Waiter<U>): void {
    const link = new MappedWaiter(this, waiter)
    waiter.data = link
    this.inner.park(link)
  }

  unpark(waiter: Waiter<U>): boolean {
    return this.inner.unpark(waiter.data as Waiter<T>)
  }

  override giveBack(waiter: Waiter<U>, value: unknown): void {
    this.inner.giveBack(waiter.data as Waiter<T>, (value as InstanceType<typeof Unmapped>).value as T)
  }

  override reach(): number {
    return this.inner.reach()
  }

  override describe(): string {
    return this.inner.describe()
  }
}

/** Stands between a mapped operation's waiter and the operation itself. */
class MappedWaiter<T, U> extends Link<T> {
  readonly f: (value: T) => U

  constructor(mapped: Mapped<T, U>, outer: Waiter<U>) {
    super(mapped.inner, outer)
    this.f = mapped.f
  }

  grant(value: T): void {
    this.outer.grant(new Unmapped(value, this.f))
  }

  fail(error: unknown): void {
    this.outer.fail(error)
  }
}
