import { expect } from 'vitest'
import type { LinearizedCall } from '../../src/testing/linearizability/search.ts'
import { number, type History, type RecordedCall } from '../../src/testing/linearizability/merge.ts'
import { PENDING, Several, type SequentialSpec } from '../../src/testing/linearizability/spec.ts'

/**
 * A history from one line a call: thread, bar, operation. The bar's columns are the times, `>` is a call that never
 * returned: `A |---|   write(1)`, `B   |--> read() = 1`. Everything after `=` is the result as JSON.
 * Columns of different calls may coincide: they are then ordered by line, calls first.
 */
export function draw(text: string): History {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const events: { column: number; isCall: boolean; row: number }[] = []
  const calls = lines.map((line, row) => {
    const match = /^\s*(\w+) ( *)\|(-*)([|>]) +(\w+)\((.*)\)(?: = (.*))?$/.exec(line)
    if (!match) throw new Error(`cannot read: ${line}`)
    const [, thread = '', before = '', bar = '', end, op = '', args = '', result] = match
    events.push({ column: before.length, isCall: true, row })
    if (end === '|') events.push({ column: before.length + bar.length + 1, isCall: false, row })
    const call = {
      thread,
      op,
      args: JSON.parse(`[${args}]`) as unknown[],
      call: 0,
      return: null as number | null,
    }
    return result === undefined ? call : { ...call, result: JSON.parse(result) as unknown }
  })
  events.sort((a, b) => a.column - b.column || Number(b.isCall) - Number(a.isCall) || a.row - b.row)
  events.forEach(({ isCall, row }, time) => {
    const call = calls[row] as (typeof calls)[number]
    if (isCall) call.call = time
    else call.return = time
  })
  return number(calls)
}

/** Replays an order against the definition, without the checker: all completed calls, time, the spec. */
export function expectExplained<State>(
  history: History,
  spec: SequentialSpec<State>,
  order: readonly LinearizedCall[],
): void {
  const calls = order.map(({ call }) => call)
  expect(new Set(calls).size).toBe(calls.length)
  expect(history.filter((call) => call.return !== null && !calls.includes(call))).toEqual([])
  calls.forEach((later, at) => {
    for (const earlier of calls.slice(0, at)) expect(later.return ?? Infinity).toBeGreaterThan(earlier.call)
  })
  const parts = new Map<string, State[]>()
  for (const call of calls) {
    const part = spec.partition?.(call) ?? ''
    const states = stepAll(spec, parts.get(part) ?? [spec.init()], call)
    expect(states.length).toBeGreaterThan(0)
    parts.set(part, states)
  }
}

/** The definition, tried on every order of every subset that holds all completed calls. */
export function bruteForce<State>(history: History, spec: SequentialSpec<State>): boolean {
  const explore = (left: readonly RecordedCall[], states: readonly State[]): boolean => {
    if (states.length === 0) return false
    if (left.every((call) => call.return === null)) return true
    return left.some((call) => {
      const rest = left.filter((other) => other !== call)
      if (rest.some((other) => other.return !== null && other.return < call.call)) return false
      return explore(rest, stepAll(spec, states, call))
    })
  }
  return explore(history, [spec.init()])
}

function stepAll<State>(spec: SequentialSpec<State>, states: readonly State[], call: RecordedCall): State[] {
  return states.flatMap((state) => {
    const next = spec.step(state, call.op, call.args, call.return === null ? PENDING : call.result, call)
    if (next === undefined) return []
    return next instanceof Several ? [...next.states] : [next]
  })
}
