import { failureName } from '../linearizability/json.ts'
import type { History } from '../linearizability/merge.ts'
import { splitCalls } from '../linearizability/split.ts'
import { anyOf, PENDING, type SequentialSpec, type Step } from '../linearizability/spec.ts'
import { count, mayThrow, model } from './model.ts'

/** Who holds the lock; the tickets of those that wait, and of those that were told and have not left. */
export interface ConditionState {
  readonly owner: string | null
  readonly waiting: readonly number[]
  readonly told: readonly number[]
}

/** A history of `wait()` as the condition model reads it: each wait enters, giving the lock away, and leaves with it. */
export function conditionHistory(history: History): History {
  return splitCalls(history, 'wait', 'enter', 'leave')
}

/**
 * A condition with its lock, both used by threads: `acquire()`, `release()`, `wait()`, `notify(n = 1)`. Give the history
 * through {@link conditionHistory}. A notification wakes any of those that wait; one that comes to a wait which throws
 * (its timeout, its abort) is passed on to another. No wait ends without a notification or an error.
 */
export function condition(): SequentialSpec<ConditionState> {
  const ownedBy = (state: ConditionState, thread: string): boolean => state.owner === thread
  return model<ConditionState>({
    name: 'condition',
    init: () => ({ owner: null, waiting: [], told: [] }),
    waits: ['acquire'],
    ops: {
      acquire: (state, _args, _result, { thread }) =>
        state.owner === null ? { ...state, owner: thread } : undefined,
      release(state, _args, result, { thread }) {
        if (!ownedBy(state, thread)) return mayThrow(result) ? state : undefined
        return { ...state, owner: null }
      },
      notify(state, args, result, { thread }) {
        if (!ownedBy(state, thread)) return mayThrow(result) ? state : undefined
        return tell(state, count(args, 0, 1))
      },
      enter(state, args, _result, { thread }) {
        if (!ownedBy(state, thread)) return undefined
        return { ...state, owner: null, waiting: sorted([...state.waiting, args.at(-1) as number]) }
      },
      leave(state, args, result, { thread }) {
        if (state.owner !== null) return undefined
        const ticket = args.at(-1) as number
        const threw = result !== PENDING && failureName(result) !== undefined
        const told = { ...state, owner: thread, told: without(state.told, ticket) }
        if (state.told.includes(ticket)) return threw ? tell(told, 1) : told
        if (!mayThrow(result) || !state.waiting.includes(ticket)) return undefined
        return { ...state, owner: thread, waiting: without(state.waiting, ticket) }
      },
    },
  })
}

/** Any `n` of those that wait are told. */
function tell(state: ConditionState, n: number): Step<ConditionState> {
  let states = [state]
  for (let left = Math.min(n, state.waiting.length); left > 0; left--)
    states = states.flatMap((one) =>
      one.waiting.map((ticket) => ({
        ...one,
        waiting: without(one.waiting, ticket),
        told: sorted([...one.told, ticket]),
      })),
    )
  return states.length === 1 ? states[0] : anyOf(states)
}

function sorted(tickets: readonly number[]): number[] {
  return [...tickets].sort((a, b) => a - b)
}

function without(tickets: readonly number[], ticket: number): number[] {
  return tickets.filter((other) => other !== ticket)
}
