/** Who waits: one party of one perform, and at the same time a link of a primitive's first-in first-out list. */
import type { Operation } from './operation.ts'

/** What a task yields while it waits; made by `yield* operation` only. */
export interface Suspend {
  readonly suspended: true
}

/** Time as a performer sees it: the host's timers, a test's virtual clock, or the deadlines of a blocked thread. */
export interface Clock {
  /** Milliseconds on a clock that never goes back. */
  now(): number
  /** Calls `f(argument)` once, `milliseconds` from now. A `ref` of `false` does not hold the process. */
  after<A>(milliseconds: number, f: (argument: A) => void, argument: A, ref: boolean): unknown
  /** Withdraws what `after` gave. */
  cancel(timer: unknown): void
}

/** Whoever is resumed when a wait is over: a task, an async function, a blocked thread. */
export interface Host {
  /** Whether the whole thread sleeps in this wait. */
  readonly blocking: boolean
  readonly clock: Clock
  /** How it reads in a dump. */
  readonly name: string
  /** Told, by a wait of a sleeping thread, on which seat's bell it has to sleep. */
  joins?(seat: unknown): void
}

export abstract class Waiter<T> {
  /** Neighbours in the list of whoever it is parked on. */
  after: Waiter<any> | null = null
  before: Waiter<any> | null = null
  /** What the operation it is parked on keeps for this perform; nobody else reads it. */
  data: unknown = undefined
  /** The operation it is parked on. */
  readonly operation: Operation<T>

  constructor(operation: Operation<T>) {
    this.operation = operation
  }

  /** Ends the perform with a value. Called once at most, never after a winning `unpark`. */
  abstract grant(value: T): void
  /** Ends the perform with an error. */
  abstract fail(error: unknown): void
  abstract get host(): Host
  /** Whether the wait holds the process. */
  get ref(): boolean {
    return true
  }
  /** Whether its perform is over, so that it is just about to be withdrawn: it can be granted nothing. */
  get spent(): boolean {
    return false
  }
  /** The waiter of the whole perform: every arm of a choice has the same. */
  get whole(): Waiter<any> {
    return this
  }
  /** Takes its perform for a commit with another perform: until this same step grants it, all its other arms are spent. */
  engage(): void {}
  /** When the wait began, on the host's clock, in whole milliseconds. */
  abstract get since(): number
}

/** Stands between the waiter of a combinator and an operation that the combinator waits for on its behalf. */
export abstract class Link<T> extends Waiter<T> {
  readonly outer: Waiter<any>

  constructor(operation: Operation<T>, outer: Waiter<any>) {
    super(operation)
    this.outer = outer
  }

  get host(): Host {
    return this.outer.host
  }

  override get ref(): boolean {
    return this.outer.ref
  }

  override get spent(): boolean {
    return this.outer.spent
  }

  override get whole(): Waiter<any> {
    return this.outer.whole
  }

  override engage(): void {
    this.outer.engage()
  }

  get since(): number {
    return this.outer.since
  }
}

/** A value whose `map` function has still to run, in the waiting code and not in the granting one. */
class Deferral {
  readonly value: unknown
  readonly f: (value: never) => unknown

  constructor(value: unknown, f: (value: never) => unknown) {
    this.value = value
    this.f = f
  }
}

const KEY = Symbol.for('heddle.unmapped.1')

/** One class for all copies of this package in a thread, which meet in the arms of one choice. */
export const Unmapped: typeof Deferral = ((globalThis as { [KEY]?: typeof Deferral })[KEY] ??= Deferral)

/** Runs what `map` left to do. If a function throws, a disposable value is disposed and the error goes on. */
export function finish<T>(value: T): T {
  return value instanceof Unmapped ? (apply(value.f, finish(value.value) as never) as T) : value
}

/** Applies the function of a `map` to a committed value. */
export function apply<T, U>(f: (value: T) => U, value: T): U {
  try {
    return f(value)
  } catch (error) {
    dispose(value)
    throw error
  }
}

/** Gives back a value that nobody will use. */
export function dispose(value: unknown): void {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return
  const method = (value as { [DISPOSE]?: unknown })[DISPOSE]
  if (typeof method === 'function') method.call(value)
}

/** `Symbol.dispose`, also where the platform does not have it yet. */
export const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? (Symbol.for('Symbol.dispose') as never)
