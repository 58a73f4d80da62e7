/**
 * The bare machine of a Deferred: a state word, an outcome and a list of links, run by a loop.
 *
 * Source: the callback loop of Twisted's `defer.py`. Differences: the list is linked, so a link costs one small object;
 * who waits for a Deferred is a link of its own kind (a Sink) instead of a pair of callbacks; a generator and a
 * chained Deferred are Sinks too, so their resumption is a turn of the same loop; `pause` takes effect between two
 * callbacks of a running chain; a Deferred in the middle of its own callbacks counts as not settled.
 *
 * | bits of `_state` | meaning |
 * |---|---|
 * | CALLED  | it was fired |
 * | RUNNING | the loop is inside its callbacks; links that are added now are run by that loop |
 * | EATS    | it was cancelled without a canceller: the next firing is ignored, once |
 * | WAITING | a callback returned another Deferred, `_inner`; its outcome will be ours |
 * | PAUSE.. | how often it was paused |
 *
 * Invariants: nothing runs unless CALLED and neither WAITING nor paused; `_outcome` is never a Deferred; a link runs
 * exactly once, in the order of adding; the loop never recurses into itself through a chain.
 */
import { AlreadyCalledError } from './errors.ts'
import { Failure } from './failure.ts'
import { Info, isDebugging, rests, stackHere } from './unhandled.ts'

export const CALLED = 1
export const RUNNING = 2
export const EATS = 4
export const WAITING = 8
export const PAUSE = 16

/** A callback as the loop sees it. */
export type Callback = (outcome: any) => unknown

/** Whoever takes an outcome at its place in the chain. */
export interface Sink {
  /** Takes `source._outcome`, and may leave another there; gives the cell that is to be run now, if any. */
  _take(source: Cell): Cell | undefined
}

type Place = Callback | Sink | undefined

/** One place in a chain: what runs on a value and what runs on a Failure; `undefined` lets it pass. */
class Link {
  readonly onValue: Place
  readonly onFailure: Place
  next: Link | undefined

  constructor(onValue: Place, onFailure: Place) {
    this.onValue = onValue
    this.onFailure = onFailure
    this.next = undefined
  }
}

/** What `cancel` calls. */
export type Canceller = (cell: any) => void

export class Cell implements Sink {
  /** @internal */ declare _state: number
  /** @internal */ declare _outcome: unknown
  /** @internal */ declare _head: Link | undefined
  /** Means something only while there is a `_head`. @internal */
  declare _tail: Link | undefined
  /** The canceller while unfired; the cell waited for while WAITING. @internal */
  declare _behind: Canceller | Cell | undefined
  /** @internal */ declare _info: Info | undefined

  constructor(canceller: Canceller | undefined) {
    this._state = 0
    this._outcome = undefined
    this._head = undefined
    this._tail = undefined
    this._behind = canceller
    this._info = undefined
    if (isDebugging()) (this._info = new Info()).made = stackHere()
  }

  /** The outcome of `_inner` becomes ours, and `_inner` keeps nothing. @internal */
  _take(source: Cell): Cell | undefined {
    this._outcome = source._outcome
    source._outcome = undefined
    this._behind = undefined
    this._state &= ~WAITING
    return this
  }

  /** Cancels this one cell; gives the one to be cancelled in its place, if any. @internal */
  _cancel(reason: unknown): Cell | undefined {
    const behind = this._behind
    if (this._state & CALLED) return behind as Cell | undefined
    if (behind === undefined) this._state |= EATS
    else (behind as Canceller)(this)
    if (!(this._state & CALLED)) fire(this, new Failure(cancelled(reason)))
    return undefined
  }
}

let cancelled: (reason: unknown) => unknown
let adopt: (value: object) => Cell | undefined

/** What the loop needs of the files that need the loop. */
export function wire(parts: { cancelled: typeof cancelled; adopt: typeof adopt }): void {
  cancelled = parts.cancelled
  adopt = parts.adopt
}

/** Whether its outcome stands: fired, at rest, and nothing left to run. */
export function settled(cell: Cell): boolean {
  return (cell._state & ~EATS) === CALLED && cell._head === undefined
}

/** Puts a place at the end of the chain, and runs it if the outcome is there. */
export function append(cell: Cell, onValue: Place, onFailure: Place): void {
  if (
    cell._state === CALLED &&
    cell._head === undefined &&
    cell._info === undefined &&
    typeof onValue === 'function'
  )
    return plainly(cell, onValue)
  if (settled(cell)) return atOnce(cell, cell._outcome instanceof Failure ? onFailure : onValue)
  const link = new Link(onValue, onFailure)
  if (cell._head === undefined) cell._head = link
  else cell._tail!.next = link
  cell._tail = link
  // Its links were left behind when one of them handed on the outcome: the loop is still to come back to them.
  if ((cell._state & ~EATS) === CALLED) run(cell)
}

/** The common case of `atOnce`: without an Info the outcome is a value. */
function plainly(cell: Cell, f: Callback): void {
  cell._state = CALLED | RUNNING
  let outcome: unknown
  try {
    outcome = f(cell._outcome)
    if (typeof outcome === 'object' && outcome !== null) outcome = follow(cell, outcome)
  } catch (thrown) {
    outcome = Failure.of(thrown)
  }
  if (outcome === WAIT) return
  cell._state &= ~RUNNING
  if (typeof outcome === 'object') rest(cell, outcome)
  else cell._outcome = outcome
  if (cell._head !== undefined) run(cell)
}

/** What the loop would do with one place on a settled cell, without the loop. */
function atOnce(cell: Cell, f: Place): void {
  if (f === undefined) return
  if (typeof f !== 'function') {
    const next = take(cell, f)
    if (next !== undefined) run(next)
  } else {
    cell._state |= RUNNING
    const before = cell._outcome
    let outcome: unknown
    try {
      outcome = f(before)
      if (typeof outcome === 'object' && outcome !== null) outcome = follow(cell, outcome)
    } catch (thrown) {
      outcome = failureOf(thrown, before)
    }
    if (outcome === WAIT) return
    cell._state &= ~RUNNING
    if (typeof outcome !== 'object' && cell._info === undefined) cell._outcome = outcome
    else rest(cell, outcome)
  }
  if (cell._head !== undefined) run(cell)
}

/** Gives it its outcome without running anything; `false` if this firing is to be ignored. */
export function begin(cell: Cell, outcome: unknown): boolean {
  const state = cell._state
  if (state & CALLED) {
    if (!(state & EATS)) throw already(cell)
    cell._state = state & ~EATS
    return false
  }
  cell._state = state | CALLED
  cell._outcome = outcome
  // What the canceller refers to is not needed any more.
  cell._behind = undefined
  if (cell._info !== undefined && isDebugging()) cell._info.fired = stackHere()
  return true
}

/** Gives it its outcome, a value or a Failure, and runs what waits for it. */
export function fire(cell: Cell, outcome: unknown): void {
  if (!begin(cell, outcome)) return
  if (cell._head !== undefined || cell._state >= PAUSE) run(cell)
  else if (outcome instanceof Failure) rests(cell, outcome)
}

function already(cell: Cell): AlreadyCalledError {
  const { made, fired } = cell._info ?? {}
  const hint =
    made === undefined ? '; Deferred.setDebugging(true) shows where' : `\nmade ${made}\nfirst fired ${fired}`
  return new AlreadyCalledError(`the Deferred was fired already${hint}`)
}

/** Cancels a cell, or the one at the end of what it waits for. In a ring of cells that wait for each other nothing can. */
export function cancel(cell: Cell, reason: unknown): void {
  let at: Cell | undefined = cell
  let mark = cell
  for (let steps = 1; (at = at._cancel(reason)) !== undefined && at !== mark; steps++)
    // The mark moves on at powers of two, so that it is inside any ring in the end.
    if ((steps & (steps - 1)) === 0) mark = at
}

/** Runs the callbacks of a cell, then of every cell that was waiting for it, and so on. */
export function run(first: Cell): void {
  let cell = first
  let left: Cell[] | undefined
  for (;;) {
    const next = drain(cell)
    if (next !== undefined) {
      // Only one with links left is come back to, so that a long chain of handed-on outcomes needs no memory.
      if (cell._head !== undefined) (left ??= []).push(cell)
      cell = next
    } else {
      const back = left?.pop()
      if (back === undefined) return
      cell = back
    }
  }
}

/** Runs one cell until it has no links, or may not run; gives the cell whose turn it is before the rest of this one. */
function drain(cell: Cell): Cell | undefined {
  if ((cell._state & ~EATS) !== CALLED) {
    if (cell._state >= PAUSE && cell._outcome instanceof Failure) rests(cell, cell._outcome)
    return undefined
  }
  if (cell._head === undefined) return rest(cell, cell._outcome)
  cell._state |= RUNNING
  let outcome = cell._outcome
  let failed = outcome instanceof Failure
  let next: Cell | undefined
  let link: Link | undefined
  while ((link = cell._head) !== undefined) {
    cell._head = link.next
    const f = failed ? link.onFailure : link.onValue
    if (f === undefined) continue
    if (typeof f !== 'function') {
      cell._outcome = outcome
      next = f._take(cell)
      outcome = cell._outcome
      failed = outcome instanceof Failure
      if (next !== undefined) break
      continue
    }
    try {
      const given = f(outcome)
      if (typeof given === 'object' && given !== null) {
        const followed = follow(cell, given)
        if (followed === WAIT) return undefined
        outcome = followed
        failed = outcome instanceof Failure
      } else {
        outcome = given
        failed = false
      }
    } catch (thrown) {
      outcome = failureOf(thrown, outcome)
      failed = true
    }
    if (cell._state >= PAUSE) break
  }
  cell._state &= ~RUNNING
  if (cell._head === undefined) cell._tail = undefined
  rest(cell, outcome)
  return next
}

/** Lets a sink take the outcome of a settled cell. */
function take(cell: Cell, sink: Sink): Cell | undefined {
  cell._state |= RUNNING
  const next = sink._take(cell)
  cell._state &= ~RUNNING
  rest(cell, cell._outcome)
  return next
}

/** Keeps the outcome; a failed one is watched from here on. */
function rest(cell: Cell, outcome: unknown): undefined {
  cell._outcome = outcome
  if (outcome instanceof Failure) rests(cell, outcome)
  else if (cell._info !== undefined) cell._info.failure = undefined
}

/** `trap` throws the error of the Failure that it was asked about: that stays the same Failure. */
function failureOf(thrown: unknown, before: unknown): Failure {
  return before instanceof Failure && before.value === thrown ? before : Failure.of(thrown)
}

/** Answers that the cell has to wait. */
const WAIT: unique symbol = Symbol('wait')

/** What an object means that a callback returned: itself, or an outcome that it has, or will have. */
function follow(cell: Cell, given: object): unknown {
  if (given instanceof Failure) return given
  const inner = given instanceof Cell ? given : adopt(given)
  if (inner === undefined) return given
  if (inner === cell)
    throw new TypeError('a callback returned the Deferred that it was added to: it would wait for itself')
  if (settled(inner)) {
    const outcome = inner._outcome
    rest(inner, undefined)
    return outcome
  }
  cell._state = (cell._state & ~RUNNING) | WAITING
  cell._outcome = undefined
  cell._behind = inner
  if (cell._info !== undefined) cell._info.failure = undefined
  append(inner, cell, cell)
  return WAIT
}
