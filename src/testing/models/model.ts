/** A sequential model as a table of its operations. */
import { failureName, sameJson } from '../linearizability/json.ts'
import type { RecordedCall } from '../linearizability/merge.ts'
import { PENDING, type SequentialSpec, type Step } from '../linearizability/spec.ts'

/** What one operation does in `state` when it answers `result`, which is `PENDING` when it never answered. */
export type ModelOperation<State> = (
  state: State,
  args: readonly unknown[],
  result: unknown,
  call: RecordedCall,
) => Step<State>

/** The parts of a model. */
export interface ModelParts<State> {
  readonly name: string
  init(): State
  readonly ops: Readonly<Record<string, ModelOperation<State>>>
  /** Operations that wait: one that threw (a timeout, an abort) had no effect, in any state. */
  readonly waits?: readonly string[]
  /** Default: the state as JSON. */
  readonly key?: (state: State) => string
}

/**
 * A spec made of one function an operation. An operation that is not in the table throws `TypeError`: a model that
 * lets unknown calls pass would prove nothing.
 */
export function model<State>(parts: ModelParts<State>): SequentialSpec<State> {
  const { name, ops, waits = [], key = (state: State): string => JSON.stringify(state) } = parts
  return {
    name,
    init: () => parts.init(),
    key,
    step(state, op, args, result, call) {
      const step = Object.hasOwn(ops, op) ? ops[op] : undefined
      if (!step)
        throw new TypeError(`${name}: unknown operation '${op}', it knows ${Object.keys(ops).join(', ')}`)
      if (waits.includes(op) && failureName(result) !== undefined) return state
      return step(state, args, result, call)
    },
  }
}

/** Whether the recorded result can be `expected`; a pending call may answer anything. */
export function answers(result: unknown, expected: unknown): boolean {
  return result === PENDING || sameJson(result, expected)
}

/** Whether the recorded result says that the call threw; so may a pending one have. */
export function mayThrow(result: unknown): boolean {
  return result === PENDING || failureName(result) !== undefined
}

/** Whether the recorded result says that the call did not throw; so may a pending one have. */
export function maySucceed(result: unknown): boolean {
  return failureName(result) === undefined
}

/** Argument `at` as a whole number of at least `least`; `otherwise` when it is absent. */
export function count(args: readonly unknown[], at: number, otherwise: number, least = 0): number {
  const value = args[at] ?? otherwise
  if (!Number.isSafeInteger(value) || (value as number) < least) {
    throw new TypeError(`args[${at}]: expected an integer of at least ${least}, got ${JSON.stringify(value)}`)
  }
  return value as number
}
