/** Several Deferreds as one: DeferredList, gatherResults, race. */
import { append, CALLED, Cell, fire, type Sink } from './cell.ts'
import { shown } from './checks.ts'
import { Deferred } from './deferred.ts'
import { FailureGroup, FirstError } from './errors.ts'
import { Failure } from './failure.ts'
import type { AnyDeferred, ValueOf } from './types.ts'

/** The three flags of a DeferredList. */
export interface DeferredListOptions {
  /** Fire with `[value, index]` as soon as one member has a value. */
  readonly fireOnOneCallback?: boolean
  /** Fail with `FirstError` as soon as one member fails. */
  readonly fireOnOneErrback?: boolean
  /** Members go on with `undefined` after a failure, so that it is not reported as unhandled. */
  readonly consumeErrors?: boolean
}

/** How one member ended: whether well, and with what. */
export type MemberResult<T> = readonly [success: true, value: T] | readonly [success: false, failure: Failure]

/** How all members ended, in their order. */
export type MemberResults<L extends readonly AnyDeferred[]> = {
  -readonly [K in keyof L]: MemberResult<ValueOf<L[K]>>
}

/** What a DeferredList with these options fires with. */
export type DeferredListResult<L extends readonly AnyDeferred[], O> = O extends {
  readonly fireOnOneCallback: true
}
  ? readonly [value: ValueOf<L[number]>, index: number] | MemberResults<L>
  : MemberResults<L>

function members(name: string, deferreds: Iterable<unknown>): AnyDeferred[] {
  if (typeof deferreds?.[Symbol.iterator] !== 'function' || deferreds instanceof Deferred)
    throw new TypeError(`${name}: deferreds must be an array of Deferreds, got ${shown(deferreds)}`)
  const list = [...deferreds]
  list.forEach((each, index) => {
    if (!(each instanceof Deferred))
      throw new TypeError(`${name}: deferreds[${index}] must be a Deferred, got ${shown(each)}`)
  })
  return list as AnyDeferred[]
}

function cancelAll(list: readonly AnyDeferred[], reason: unknown): void {
  for (const each of list)
    try {
      each.cancel(reason)
    } catch (error) {
      console.error('The canceller of a Deferred in a list threw', error)
    }
}

/**
 * Fires when all members have ended, with `[success, valueOrFailure]` of each, in their order. Members keep their
 * values, and their failures unless `consumeErrors`. With `fireOnOneCallback` it fires at the first value, with
 * `[value, index]`, and never if there are no members; if all fail, with the list. Cancelling it cancels the members.
 */
export class DeferredList<
  const L extends readonly AnyDeferred[],
  const O extends DeferredListOptions = {},
> extends Deferred<DeferredListResult<L, O>> {
  /** @internal */ readonly _members: readonly AnyDeferred[]

  constructor(deferreds: L, options?: O) {
    const list = members('DeferredList', deferreds)
    const {
      fireOnOneCallback = false,
      fireOnOneErrback = false,
      consumeErrors = false,
    }: DeferredListOptions = options ?? {}
    super()
    this._members = list
    const results: MemberResult<unknown>[] = Array.from({ length: list.length })
    let left = list.length
    const ended = (index: number, outcome: unknown): Cell | undefined => {
      const failed = outcome instanceof Failure
      results[index] = failed ? [false, outcome] : [true, outcome]
      left--
      if (this._state & CALLED) return undefined
      if (!failed && fireOnOneCallback) return fired(this, [outcome, index])
      if (failed && fireOnOneErrback) return fired(this, new Failure(new FirstError(outcome, index)))
      return left === 0 ? fired(this, results) : undefined
    }
    list.forEach((each, index) => {
      const sink: Sink = {
        _take(source) {
          const outcome = source._outcome
          if (consumeErrors && outcome instanceof Failure) source._outcome = undefined
          return ended(index, outcome)
        },
      }
      append(each, sink, sink)
    })
    if (left === 0 && list.length === 0 && !fireOnOneCallback) fire(this, results)
  }

  /** @internal */
  override _cancel(reason: unknown): Cell | undefined {
    if (this._state & CALLED) return super._cancel(reason)
    cancelAll(this._members, reason)
    return undefined
  }
}

/** Gives it its outcome and leaves the running to the loop. */
function fired(cell: Cell, outcome: unknown): Cell {
  cell._state |= CALLED
  cell._outcome = outcome
  cell._behind = undefined
  return cell
}

/**
 * The values of all, in their order; fails with `FirstError` as soon as one fails. The members keep their failures
 * unless `consumeErrors`. Cancelling it cancels them all.
 */
export function gatherResults<const L extends readonly AnyDeferred[]>(
  deferreds: L,
  options: { readonly consumeErrors?: boolean } = {},
): Deferred<any, { -readonly [K in keyof L]: ValueOf<L[K]> }> {
  const { consumeErrors = false } = options
  return new DeferredList(members('gatherResults', deferreds), {
    fireOnOneErrback: true,
    consumeErrors,
  }).addCallback(
    (results) => (results as readonly MemberResult<unknown>[]).map(([, value]) => value) as never,
  )
}

/**
 * The first value, as `[index, value]`; the others are cancelled. If all fail, `FailureGroup`, in their order.
 * Failures of the members are consumed, values too. Cancelling it cancels them all. Throws if there are none.
 */
export function race<const L extends readonly AnyDeferred[]>(
  deferreds: L,
): Deferred<any, readonly [index: number, value: ValueOf<L[number]>]> {
  const list = members('race', deferreds)
  if (list.length === 0) throw new RangeError('race: deferreds must not be empty: it could never end')
  const end = new Deferred<any, any>(() => cancelAll(list, undefined))
  const failures: Failure[] = Array.from({ length: list.length })
  let left = list.length
  let won = false
  list.forEach((each, index) => {
    const sink: Sink = {
      _take(source) {
        const outcome = source._outcome
        source._outcome = undefined
        if (won) return undefined
        if (outcome instanceof Failure) {
          failures[index] = outcome
          left--
          if (left > 0 || end.called) return undefined
          return fired(end, new Failure(new FailureGroup(failures)))
        }
        won = true
        cancelAll(
          list.filter((other) => other !== each),
          undefined,
        )
        return end.called ? undefined : fired(end, [index, outcome])
      },
    }
    append(each, sink, sink)
  })
  return end
}
