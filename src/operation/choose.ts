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
import { Link, Unmapped, type Waiter } from './waiter.ts'

/**
 * Where the next poll begins, as a fraction of 2^32 that advances by the golden ratio: arms begin equally often even
 * where several choices are performed in a fixed order (a plain counter would always begin some at the same arm).
 */
interface Rotation {
  turn: number
}

/** It is the thread's, also for a second copy of this package; an exploration of schedules winds it back for each run. */
const KEY = Symbol.for('heddle.choose.1')

let shared: Rotation | undefined

function rotation(): Rotation {
  return (shared ??= (globalThis as { [KEY]?: Rotation })[KEY] ??= { turn: 0 })
}

/** The arm, of so many, that the current turn begins at. */
function firstOf(count: number): number {
  return ((rotation().turn >>> 16) * count) >>> 16
}

export class Choose<T> extends Operation<T> {
  readonly arms: readonly Operation<any>[]
  readonly biased: boolean

  constructor(arms: readonly Operation<any>[], biased: boolean) {
    super()
    if (debugging && process.env.NODE_ENV !== 'production') for (const arm of arms) performed(arm)
    this.arms = arms
    this.biased = biased
  }

  /** The same choice between other arms. */
  protected between(arms: readonly Operation<any>[]): Choose<T> {
    return new Choose(arms, this.biased)
  }

  /** What the choice gives when an arm committed with `value`. */
  given(_arm: number, value: any): T {
    return value
  }

  /** Arms that are performed as they are, as nearly all are, need no second list. */
  override prepare(): Operation<T> {
    const { arms } = this
    let prepared: Operation<any>[] | undefined
    for (let i = 0; i < arms.length; i++) {
      const arm = arms[i]!.prepare()
      if (arm !== arms[i]) prepared ??= [...arms]
      if (prepared !== undefined) prepared[i] = arm
    }
    return prepared === undefined ? this : asPart(this.between(prepared))
  }

  poll(): Poll<T> {
    const { arms } = this
    const turns = rotation()
    turns.turn = (turns.turn + 0x9e37_79b9) | 0
    let at = this.biased ? 0 : firstOf(arms.length)
    for (let i = 0; i < arms.length; i++) {
      const value = arms[at]!.poll()
      if (value !== NOT_READY) return this.given(at, value)
      if (++at === arms.length) at = 0
    }
    return NOT_READY
  }

  park(waiter: Waiter<T>): void {
    const choice = new Choice(this, waiter)
    waiter.data = choice
    choice.parkFrom(this.biased ? 0 : firstOf(this.arms.length))
  }

  unpark(waiter: Waiter<T>): boolean {
    return (waiter.data as Choice<T>).settle()
  }

  override giveBack(waiter: Waiter<T>, value: unknown): void {
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

interface Named {
  readonly key: string
  readonly value: unknown
}

/** A choice that tells which of its arms committed. */
class Select extends Choose<Named> {
  readonly keys: readonly string[]

  constructor(keys: readonly string[], arms: readonly Operation<any>[]) {
    super(arms, false)
    this.keys = keys
  }

  protected override between(arms: readonly Operation<any>[]): Select {
    return new Select(this.keys, arms)
  }

  /** A function of a `map` below still runs in the waiting code. */
  override given(arm: number, value: unknown): Named {
    const key = this.keys[arm]!
    if (!(value instanceof Unmapped)) return { key, value }
    return new Unmapped(value, (mapped: unknown) => ({ key, value: mapped })) as unknown as Named
  }

  /** Either of the two that `given` gives holds there what the arm was granted. */
  override giveBack(waiter: Waiter<Named>, { value }: Named): void {
    super.giveBack(waiter, value)
  }
}

/** One perform of a choice. */
class Choice<T> {
  readonly choose: Choose<T>
  readonly outer: Waiter<T>
  settled = false
  /** Whether one arm is about to commit together with another perform. */
  engaged = false
  /** The arm that was granted. */
  winner: ChoiceLink<T> | undefined = undefined
  /** The arms that were parked, in this order. */
  private first: ChoiceLink<T> | undefined = undefined
  private last: ChoiceLink<T> | undefined = undefined

  constructor(choose: Choose<T>, outer: Waiter<T>) {
    this.choose = choose
    this.outer = outer
  }

  parkFrom(start: number): void {
    const { arms } = this.choose
    let at = start
    for (let i = 0; i < arms.length && !this.settled; i++) {
      const { last } = this
      const link = new ChoiceLink(at, this)
      this.append(last, link)
      try {
        link.operation.park(link)
      } catch (error) {
        this.append(last, undefined)
        this.settle()
        throw error
      }
      if (++at === arms.length) at = 0
    }
  }

  /** Withdraws every arm but the winner; `false` if the choice was settled before. */
  settle(winner?: ChoiceLink<T>): boolean {
    if (this.settled) return false
    this.settled = true
    this.winner = winner
    for (let link = this.first; link !== undefined; link = link.next)
      if (link !== winner) link.operation.unpark(link)
    return true
  }

  private append(last: ChoiceLink<T> | undefined, link: ChoiceLink<T> | undefined): void {
    if (last === undefined) this.first = link
    else last.next = link
    this.last = link ?? last
  }
}

class ChoiceLink<T> extends Link<unknown> {
  readonly choice: Choice<T>
  readonly arm: number
  next: ChoiceLink<T> | undefined = undefined

  constructor(arm: number, choice: Choice<T>) {
    super(choice.choose.arms[arm]!, choice.outer)
    this.choice = choice
    this.arm = arm
  }

  /**
   * An arm that was granted while its choice was being settled, by a primitive that does not ask, gives it back. Withdrawing
   * the other arms lets primitives look, who must not grant to an arm of a choice around this one: it is engaged first.
   */
  grant(value: unknown): void {
    const { choice } = this
    this.engage()
    if (choice.settle(this)) this.outer.grant(choice.choose.given(this.arm, value))
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

/** Throws unless there are some, and all are operations. */
function checked(name: string, operations: readonly unknown[], keys?: readonly string[]): void {
  if (operations.length === 0) throw new RangeError(`${name} needs at least one operation, got none`)
  for (let i = 0; i < operations.length; i++) {
    const operation = operations[i]
    if (operation instanceof Operation || isOperation(operation)) continue
    throw new TypeError(
      `${name}: arm ${keys?.[i] ?? i} must be an operation, got ${shown(operation)}${remedy(operation)}`,
    )
  }
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
  (operations: readonly Operation<any>[], options?: WaitOptions): Operation<any> => {
    const arms = [...operations]
    checked(name, arms)
    return limited(new Choose(arms, biased), options)
  }

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
  const keys: string[] = []
  const operations: Operation<any>[] = []
  for (const key of Object.keys(arms)) {
    const arm = arms[key]
    if (arm === undefined) continue
    keys.push(key)
    operations.push(arm)
  }
  checked('select', operations, keys)
  return limited(new Select(keys, operations) as Operation<any>, options)
}
