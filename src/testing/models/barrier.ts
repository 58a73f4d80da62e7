import { failureName } from '../linearizability/json.ts'
import type { History, RecordedCall } from '../linearizability/merge.ts'
import { splitCalls } from '../linearizability/split.ts'
import { anyOf, PENDING, type SequentialSpec } from '../linearizability/spec.ts'
import { maySucceed, mayThrow, model } from './model.ts'

interface Party {
  readonly ticket: number
  readonly thread: string
  readonly index: unknown
}

/** Who waits in the round that fills; the tickets that may leave, with success or without; whether it is broken. */
export interface BarrierState {
  readonly waiting: readonly Party[]
  readonly passed: readonly number[]
  readonly expelled: readonly number[]
  readonly broken: boolean
}

/** A history of `wait() -> index` as the barrier model reads it: each wait is an arrival and a departure. */
export function barrierHistory(history: History): History {
  return splitCalls(history, 'wait', 'arrive', 'leave')
}

/**
 * All `parties` or none: give the history through {@link barrierHistory}. Also `abort()`, `reset()` and
 * `died(thread)`, which breaks the barrier when that thread was waiting. The indices of a round are distinct and below
 * `parties`, in whatever order. A wait that threw `BrokenBarrierError` was turned away or thrown out; one that threw
 * anything else (its timeout, its abort) broke the barrier or found it broken, or ended before it arrived.
 */
export function barrier(parties: number): SequentialSpec<BarrierState> {
  if (!Number.isSafeInteger(parties) || parties < 1) {
    throw new RangeError(`parties: expected an integer of at least 1, got ${parties}`)
  }
  return model<BarrierState>({
    name: 'barrier',
    init: () => ({ waiting: [], passed: [], expelled: [], broken: false }),
    ops: {
      arrive(state, args, result, call) {
        const party = partyOf(args, result, call)
        const turnedAway = { ...state, expelled: sorted([...state.expelled, party.ticket]) }
        if (state.broken) return mayThrow(result) ? turnedAway : undefined
        if (!fits(party.index, state.waiting, parties)) return undefined
        const arrived = join(state, party, parties)
        const error = failureName(result)
        return error === undefined || error === 'BrokenBarrierError' ? arrived : anyOf([arrived, turnedAway])
      },
      leave(state, args, result) {
        const ticket = args.at(-1) as number
        const { passed, expelled } = state
        if (passed.includes(ticket))
          return maySucceed(result) ? { ...state, passed: without(passed, ticket) } : undefined
        if (!mayThrow(result)) return undefined
        if (expelled.includes(ticket)) return { ...state, expelled: without(expelled, ticket) }
        if (result === PENDING || failureName(result) === 'BrokenBarrierError') return undefined
        if (!state.waiting.some((party) => party.ticket === ticket)) return undefined
        return breakUp({ ...state, waiting: state.waiting.filter((party) => party.ticket !== ticket) }, true)
      },
      abort: (state) => breakUp(state, true),
      reset: (state) => breakUp(state, false),
      died: (state, [thread]) =>
        state.waiting.some((party) => party.thread === thread) ? breakUp(state, true) : state,
    },
  })
}

function partyOf(args: readonly unknown[], result: unknown, call: RecordedCall): Party {
  const known = result !== PENDING && maySucceed(result)
  return { ticket: args.at(-1) as number, thread: call.thread, index: known ? (result ?? null) : null }
}

/** The last party of a round lets all of them go. */
function join(state: BarrierState, party: Party, parties: number): BarrierState {
  const waiting = [...state.waiting, party]
  if (waiting.length < parties) return { ...state, waiting }
  return { ...state, waiting: [], passed: sorted([...state.passed, ...waiting.map(({ ticket }) => ticket)]) }
}

/** Throws out everybody who waits. */
function breakUp(state: BarrierState, broken: boolean): BarrierState {
  const expelled = sorted([...state.expelled, ...state.waiting.map(({ ticket }) => ticket)])
  return { ...state, waiting: [], expelled, broken }
}

function sorted(tickets: readonly number[]): number[] {
  return [...tickets].sort((a, b) => a - b)
}

function without(tickets: readonly number[], ticket: number): number[] {
  return tickets.filter((other) => other !== ticket)
}

/** An index that nobody recorded is `null` and fits. */
function fits(index: unknown, waiting: readonly Party[], parties: number): boolean {
  if (index === null) return true
  if (!Number.isSafeInteger(index) || (index as number) < 0 || (index as number) >= parties) return false
  return waiting.every((party) => party.index !== index)
}
