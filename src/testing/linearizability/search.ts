/**
 * Is there an order of these calls that the spec allows and that respects time?
 *
 * Source: J. Wing, C. Gong, "Testing and verifying concurrent objects" (1993), with the memory of configurations
 * of G. Lowe, "Testing for linearizability" (2016). Differences:
 * - A nondeterministic spec is followed through all its states at once, so it never branches the search.
 * - Pending calls are tried only where nothing else fits, and never where they change nothing. A call that was cut
 *   off mostly had no effect, and one that had is found as soon as some result needs it.
 * - The set of linearized calls is remembered as (first gap, bits behind it), which stays short in a long history.
 *
 * Events are a doubly linked list in time order: call and return of each completed call that is not linearized yet.
 * Candidates are the calls in front of the first return, and the pending calls that began before it.
 *
 * Invariants: `stack` is a linearization of the lifted calls; a configuration (set, states) is entered once.
 */
import { EventList, TakenSet } from './event-list.ts'
import type { RecordedCall } from './merge.ts'
import { PENDING, Several, type SequentialSpec } from './spec.ts'

/** How many calls of `step` are left, over all parts of a history. */
export interface Budget {
  left: number
  spent: number
}

/** A linearized call and the key of the state after it. */
export interface LinearizedCall {
  readonly call: RecordedCall
  /** Key of the state after the call; `a | b` where several are possible. */
  readonly state: string
}

export type SearchOutcome =
  | { readonly kind: 'found'; readonly order: LinearizedCall[] }
  | { readonly kind: 'stuck'; readonly longest: LinearizedCall[]; readonly blocking: RecordedCall }
  | { readonly kind: 'exhausted'; readonly longest: LinearizedCall[] }

interface Possible<State> {
  readonly states: readonly State[]
  readonly key: string
}

interface Frame<State> {
  /** A node of the list, or `-1 - index` of a pending call. */
  readonly at: number
  readonly call: RecordedCall
  readonly before: Possible<State>
  readonly after: Possible<State>
}

const EXHAUSTED = Symbol('exhausted')

/** Searches one part of a history. */
export function search<State>(
  calls: readonly RecordedCall[],
  spec: SequentialSpec<State>,
  budget: Budget,
): SearchOutcome {
  const done = calls.filter((call) => call.return !== null)
  const pending = calls.filter((call) => call.return === null)
  const list = new EventList(done)
  const doneSet = new TakenSet(done.length)
  const pendingSet = new TakenSet(pending.length)
  const seen = new Set<string>()
  const stack: Frame<State>[] = []
  let best: Frame<State>[] = []
  let blocking: RecordedCall | undefined

  const init = spec.init()
  let now: Possible<State> = { states: [init], key: spec.key(init) }
  let at = list.first()
  while (doneSet.size < done.length) {
    if (budget.left < 0)
      return { kind: 'exhausted', longest: orderOf(stack.length > best.length ? stack : best) }
    if (at > 0 && list.isCall(at)) {
      const index = list.callIndex(at)
      if (!enter(done[index] as RecordedCall, doneSet, index)) at = list.after(at)
      continue
    }
    if (at > 0) at = -1 // at the first return: now the pending calls
    const pendingAt = -1 - at
    const first = done[list.callIndex(list.firstReturn())] as RecordedCall
    const candidate = pending[pendingAt]
    if (candidate && candidate.call < (first.return as number)) {
      if (!pendingSet.has(pendingAt) && enter(candidate, pendingSet, pendingAt)) continue
      at--
      continue
    }
    if (blocking === undefined || stack.length > best.length) {
      best = [...stack]
      blocking = first
    }
    const frame = stack.pop()
    if (!frame) return { kind: 'stuck', longest: orderOf(best), blocking }
    now = frame.before
    if (frame.at > 0) {
      list.putBack(frame.at)
      doneSet.remove(list.callIndex(frame.at))
      at = list.after(frame.at)
    } else {
      pendingSet.remove(-1 - frame.at)
      at = frame.at - 1
    }
  }
  return { kind: 'found', order: orderOf(stack) }

  /** Linearizes `call` next if the spec allows that and the configuration is new. */
  function enter(call: RecordedCall, set: TakenSet, index: number): boolean {
    const after = advance(spec, now, call, budget)
    if (after === EXHAUSTED) return false
    if (!after || (call.return === null && after.key === now.key)) return false
    set.add(index)
    const configuration = `${doneSet.key()}/${pendingSet.key()}/${after.key}`
    if (seen.has(configuration)) {
      set.remove(index)
      return false
    }
    seen.add(configuration)
    stack.push({ at, call, before: now, after })
    now = after
    if (at > 0) list.lift(at)
    at = list.first()
    return true
  }
}

function orderOf<State>(frames: readonly Frame<State>[]): LinearizedCall[] {
  return frames.map(({ call, after }) => ({ call, state: after.key }))
}

/** All states that `call` may lead to from any of the present ones. */
function advance<State>(
  spec: SequentialSpec<State>,
  now: Possible<State>,
  call: RecordedCall,
  budget: Budget,
): Possible<State> | undefined | typeof EXHAUSTED {
  const result = call.return === null ? PENDING : call.result
  const next = new Map<string, State>()
  for (const state of now.states) {
    if (--budget.left < 0) return EXHAUSTED
    budget.spent++
    const step = spec.step(state, call.op, call.args, result, call)
    if (step === undefined) continue
    if (step instanceof Several) for (const one of step.states) next.set(spec.key(one), one)
    else next.set(spec.key(step), step)
  }
  if (next.size === 0) return undefined
  const keys = [...next.keys()].sort()
  return { states: keys.map((key) => next.get(key) as State), key: keys.join(' | ') }
}
