/** What an object would do if one call came after another: the yardstick of a check. */
import type { RecordedCall } from './merge.ts'

/** Given to a spec in place of the result of a call that never returned: any result is right. */
export const PENDING: unique symbol = Symbol('pending')

/** Several states that a call may lead to, where the object is free to choose. */
export class Several<State> {
  readonly states: readonly State[]
  constructor(states: readonly State[]) {
    this.states = states
  }
}

/** A step that may lead to any of these states; none of them: the call is not allowed here. */
export function anyOf<State>(states: readonly State[]): Several<State> {
  return new Several(states)
}

/** The next state, several possible ones, or `undefined`: not possible in this state. */
export type Step<State> = State | Several<State> | undefined

/**
 * A sequential specification. States are never changed in place, and `undefined` is no state.
 * A blocking operation needs nothing special: its step is `undefined` in each state in which it would wait.
 */
export interface SequentialSpec<State> {
  /** Used in reports. */
  readonly name?: string
  init(): State
  /** What `op` with `args` leads to when it answers `result`; `call` tells thread and id besides. */
  step(state: State, op: string, args: readonly unknown[], result: unknown, call: RecordedCall): Step<State>
  /** Two states that behave alike have the same key; also how a state is shown. */
  key(state: State): string
  /**
   * Names the part of the object that a call belongs to (the key of a map), when parts are independent: each is then
   * checked alone, from `init()`, which is exponentially cheaper.
   */
  partition?(call: RecordedCall): string
}

/** A spec for many independent objects, told apart by each call's first argument. */
export function keyed<State>(spec: SequentialSpec<State>): SequentialSpec<State> {
  return {
    name: `keyed ${spec.name ?? 'object'}`,
    init: () => spec.init(),
    step: (state, op, args, result, call) => spec.step(state, op, args.slice(1), result, call),
    key: (state) => spec.key(state),
    partition: (call) => JSON.stringify(call.args[0] ?? null),
  }
}
