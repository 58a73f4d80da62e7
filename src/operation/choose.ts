/**
 * Exactly one of several operations.
 *
 * Source: Reppy's `choose`. Arms are polled from a rotating start, so that no ready arm starves; when none is ready all
 * are parked, in the same order. Everything inside a thread is one synchronous step, so the first grant settles the
 * choice, and the other arms are withdrawn before anything else runs: a choice is never settled twice, and no list holds
 * a waiter whose choice is over. Withdrawing an arm lets its primitive look, where another arm of the same choice may
 * wait: until it is withdrawn in its turn, that one is `spent`, and nothing is taken for it.
 *
 * Cancellation: `unpark` withdraws every arm; it answers `false` exactly when an arm was granted first.
 */
import { shown } from '../errors.ts'
import { asPart, debugging, performed } from './debug.ts'
import { isOperation, NOT_READY, Operation, type Poll } from './operation.ts'
import { limited, type WaitOptions } from './options.ts'
import { Link, type Waiter } from './waiter.ts'

/**
 * Where the next poll begins, as a fraction of 2^32 that advances by the golden ratio: arms begin equally often even
 * where several choices are performed in a fixed order (a plain counter would always begin some at the same arm).
 */
interface Rotation {
  turn: number
}

/** It is the thread's, also for a second copy of this package; an exploration of schedules winds it back for each run. */
const KEY = Symbol.for('heddle.choose.1')

function rotation(): Rotation {
  return ((globalThis as { [KEY]?: Rotation })[KEY] ??= { turn: 0 })
}

function rotate(): void {
  const turns = rotation()
  turns.turn = (turns.turn + 0x9e37_79b9) | 0
}

/** The arm that the current turn begins at. */
function firstOf(arms: readonly unknown[]): number {
  return ((rotation().turn >>> 16) * arms.length) >>> 16
}

export class Choose<T> extends Operation<T> {
  readonly arms: readonly Operation<T>[]
  readonly biased: boolean

  constructor(arms: readonly Operation<T>[], biased: boolean) {
    super()
    if (debugging && process.env.NODE_ENV !== 'production') for (const arm of arms) performed(arm)
    this.arms = arms
    this.biased = biased
  }

  override prepare(): Operation<T> {
    const arms = this.arms.map((arm) => arm.prepare())
    return arms.every((arm, index) => arm === this.arms[index]) ? this : asPart(new Choose(arms, this.biased))
  }

  poll(): Poll<T> {
    const { arms } = this
    rotate()
    const start = this.biased ? 0 : firstOf(arms)
    for (let i = 0; i < arms.length; i++) {
      const value = arms[(start + i) % arms.length]!.poll()
      if (value !== NOT_READY) return value
    }
    return NOT_READY
  }

  park(waiter: Waiter<T>): void {
    const choice = new Choice(this, waiter)
    waiter.data = choice
    choice.parkFrom(this.biased ? 0 : firstOf(this.arms))
  }

  unpark(waiter: Waiter<T>): boolean {
    return (waiter.data as Choice<T>).settle()
  }

  override giveBack(waiter: Waiter<T>, value: T): void {
    const { winner } = waiter.data as Choice<T>
    winner?.operation.giveBack(winner, value)
  }

  override reach(): number {
    return this.arms.reduce((reach, arm) => reach | arm.reach(), 0)
  }

  override describe(): string {
    return `choose(${this.arms.map((arm) => arm.describe()).join(', ')})`
  }
}

/** One perform of a choice. */
class Choice<T> {
  readonly links: ChoiceLink<T>[] = []
  readonly choose: Choose<T>
  readonly outer: Waiter<T>
  settled = false
  /** Whether one arm is about to commit together with another perform. */
  engaged = false
  /** The arm that was granted. */
  winner: ChoiceLink<T> | undefined = undefined

  constructor(choose: Choose<T>, outer: Waiter<T>) {
    this.choose = choose
    this.outer = outer
  }

  parkFrom(start: number): void {
    const { arms } = this.choose
    for (let i = 0; i < arms.length && !this.settled; i++) {
      const arm = arms[(start + i) % arms.length]!
      const link = new ChoiceLink(arm, this)
      this.links.push(link)
      try {
        arm.park(link)
      } catch (error) {
        this.links.pop()
        this.settle()
        throw error
      }
    }
  }

  /** Withdraws every arm but the winner; `false` if the choice was settled before. */
  settle(winner?: ChoiceLink<T>): boolean {
    if (this.settled) return false
    this.settled = true
    this.winner = winner
    for (const link of this.links) if (link !== winner) link.operation.unpark(link)
    return true
  }
}

class ChoiceLink<T> extends Link<T> {
  readonly choice: Choice<T>

  constructor(arm: Operation<T>, choice: Choice<T>) {
    super(arm, choice.outer)
    this.choice = choice
  }

  /**
   * An arm that was granted while its choice was being settled, by a primitive that does not ask, gives it back. Withdrawing
   * the other arms lets primitives look, who must not grant to an arm of a choice around this one: it is engaged first.
   */
  grant(value: T): void {
    this.engage()
    if (this.choice.settle(this)) this.outer.grant(value)
    else this.operation.giveBack(this, value)
  }

  fail(error: unknown): void {
    this.engage()
    if (this.choice.settle(this)) this.outer.fail(error)
  }

  override get spent(): boolean {
    return this.choice.settled || this.choice.engaged || this.outer.spent
  }

  override engage(): void {
    this.choice.engaged = true
    super.engage()
  }
}

type Value<O> = O extends Operation<infer T> ? T : never

function checked<T>(name: string, operations: readonly unknown[]): readonly Operation<T>[] {
  if (operations.length === 0) throw new RangeError(`${name} needs at least one operation, got none`)
  operations.forEach((operation, index) => requireOperation(`${name}: arm ${index}`, operation))
  return operations as readonly Operation<T>[]
}

function requireOperation(name: string, operation: unknown): void {
  if (isOperation(operation)) return
  throw new TypeError(`${name} must be an operation, got ${shown(operation)}${remedy(operation)}`)
}

function remedy(value: unknown): string {
  const { then, block } = (value ?? {}) as { then?: unknown; block?: unknown }
  if (typeof then !== 'function') return ''
  return typeof block === 'function'
    ? '; a procedure commits in several steps, so it cannot be an arm'
    : '; wrap a promise: until(promise)'
}

/** The type of `choose`. */
export interface ChooseFunction {
  /**
   * Waits for exactly one of `operations`: the first that can commit does, and no other has had an effect.
   * Ready arms take turns. Throws what the committing arm throws; `TimeoutError` and the signal's reason by `options`.
   * Cancel safe: every arm is withdrawn.
   */
  <const A extends readonly Operation<any>[]>(
    operations: A,
    options?: WaitOptions,
  ): Operation<Value<A[number]>>
  /** As `choose`, but ready arms are tried in the given order. An `always(value)` at the end is a default. */
  biased<const A extends readonly Operation<any>[]>(
    operations: A,
    options?: WaitOptions,
  ): Operation<Value<A[number]>>
}

const chooseBy =
  (name: string, biased: boolean) =>
  (operations: readonly Operation<any>[], options?: WaitOptions): Operation<any> =>
    limited(new Choose(checked(name, [...operations]), biased), options)

/** Exactly one of several operations. */
export const choose: ChooseFunction = /* @__PURE__ */ Object.assign(
  /* @__PURE__ */ chooseBy('choose', false),
  {
    biased: /* @__PURE__ */ chooseBy('choose.biased', true),
  },
)

/** What `select` gives: the name of the arm that committed, and its value. */
export type Selected<A extends Record<string, Operation<any> | undefined>> = {
  [K in keyof A]-?: { readonly key: K; readonly value: Value<NonNullable<A[K]>> }
}[keyof A]

/**
 * Waits for exactly one of several named operations and says which: `{ key, value }`, a discriminated union.
 * Arms that are `undefined` are left out. Otherwise as `choose`.
 */
export function select<A extends Record<string, Operation<any> | undefined>>(
  arms: A,
  options?: WaitOptions,
): Operation<Selected<A>> {
  const operations: Operation<Selected<A>>[] = []
  for (const [key, arm] of Object.entries(arms)) {
    if (arm === undefined) continue
    requireOperation(`select: arm ${key}`, arm)
    operations.push(arm.map((value) => ({ key, value }) as Selected<A>))
  }
  return limited(new Choose(checked('select', operations), false), options)
}
