/** The question itself, and its answers. */
import { show } from './json.ts'
import { parseHistory, type History, type RecordedCall } from './merge.ts'
import { search, type Budget, type LinearizedCall } from './search.ts'
import type { SequentialSpec } from './spec.ts'
import { around, describeCall, timeline } from './timeline.ts'

/** Limits of a check. */
export interface CheckOptions {
  /** Calls of the spec's `step`, over all parts of the history, before the check gives up; default a million. */
  readonly maxSteps?: number
}

/** The history is explained by this order of its calls; pending calls that are not in it had no effect. */
export interface Linearizable {
  readonly ok: true
  readonly verdict: 'linearizable'
  readonly linearization: readonly LinearizedCall[]
  readonly steps: number
}

/** No order explains the history. */
export interface NotLinearizable {
  readonly ok: false
  readonly verdict: 'not linearizable'
  /** A longest order of calls that the spec allows, up to where nothing fits. */
  readonly longest: readonly LinearizedCall[]
  /** The call that should have had its effect next, since it returned before anything else could begin. */
  readonly blocking: RecordedCall
  /** The part of a partitioned history that failed. */
  readonly part?: string
  /** All of it as text. */
  readonly timeline: string
  readonly steps: number
}

/** `maxSteps` were not enough to tell. */
export interface Undecided {
  readonly ok: false
  readonly verdict: 'undecided'
  readonly longest: readonly LinearizedCall[]
  readonly part?: string
  readonly steps: number
}

export type CheckResult = Linearizable | NotLinearizable | Undecided

/**
 * Whether some order of the calls, in which a call that returned before another began comes first, is allowed by
 * `spec`. Pending calls may have had their effect or not. `ok` is true only when such an order was found.
 * Throws `TypeError` or `RangeError` for a malformed history, spec or option; what `spec` throws passes through.
 */
export function checkLinearizable<State>(
  history: History,
  spec: SequentialSpec<State>,
  options: CheckOptions = {},
): CheckResult {
  parseHistory(history)
  checkSpec(spec)
  const { maxSteps = 1_000_000 } = options
  if (maxSteps !== Infinity && (!Number.isSafeInteger(maxSteps) || maxSteps < 1)) {
    throw new RangeError(`maxSteps: expected an integer of at least 1 or Infinity, got ${show(maxSteps)}`)
  }
  const budget: Budget = { left: maxSteps, spent: 0 }
  const orders: LinearizedCall[][] = []
  for (const [name, calls] of partsOf(history, spec)) {
    const part = spec.partition ? { part: name } : {}
    const outcome = search(calls, spec, budget)
    const steps = budget.spent
    if (outcome.kind === 'exhausted') {
      return { ok: false, verdict: 'undecided', longest: outcome.longest, ...part, steps }
    }
    if (outcome.kind === 'stuck') {
      const { longest, blocking } = outcome
      const text = report(calls, spec, longest, blocking, spec.partition ? name : undefined)
      return { ok: false, verdict: 'not linearizable', longest, blocking, ...part, timeline: text, steps }
    }
    orders.push(outcome.order)
  }
  return { ok: true, verdict: 'linearizable', linearization: interleave(orders), steps: budget.spent }
}

/** Throws an `Error` with the timeline when the history is not linearizable, or when `maxSteps` cannot tell. */
export function assertLinearizable<State>(
  history: History,
  spec: SequentialSpec<State>,
  options: CheckOptions = {},
): void {
  const result = checkLinearizable(history, spec, options)
  if (result.verdict === 'not linearizable') throw new Error(result.timeline)
  if (result.verdict === 'undecided') {
    throw new Error(
      `undecided after ${result.steps} steps of ${spec.name ?? 'the spec'}; raise maxSteps or record less`,
    )
  }
}

function checkSpec(spec: unknown): void {
  const value = spec as Partial<Record<'init' | 'step' | 'key' | 'partition', unknown>> | null
  for (const name of ['init', 'step', 'key'] as const) {
    if (typeof value?.[name] !== 'function') throw new TypeError(`spec.${name}: expected a function`)
  }
  if (value?.partition !== undefined && typeof value.partition !== 'function') {
    throw new TypeError('spec.partition: expected a function or nothing')
  }
}

function partsOf<State>(history: History, spec: SequentialSpec<State>): Map<string, RecordedCall[]> {
  const parts = new Map<string, RecordedCall[]>()
  for (const call of history) {
    const name = spec.partition?.(call) ?? ''
    const part = parts.get(name)
    if (part) part.push(call)
    else parts.set(name, [call])
  }
  return parts
}

/**
 * One order from those of independent parts (Herlihy and Wing's locality). Each call takes effect at the latest
 * `call` time up to it in its part, which lies before its own return because the part's order respects time.
 */
function interleave(orders: readonly LinearizedCall[][]): LinearizedCall[] {
  if (orders.length === 1) return orders[0] as LinearizedCall[]
  const points = orders.flatMap((order) => {
    let point = -Infinity
    return order.map((entry) => ({ entry, point: (point = Math.max(point, entry.call.call)) }))
  })
  return points.sort((a, b) => a.point - b.point).map(({ entry }) => entry) // equal points: of one part, kept in order
}

function report<State>(
  calls: History,
  spec: SequentialSpec<State>,
  longest: readonly LinearizedCall[],
  blocking: RecordedCall,
  part: string | undefined,
): string {
  const place = new Map(longest.map(({ call }, index) => [call.id, `${index + 1}.`]))
  const shown = around(calls, blocking)
  const notes = new Map(shown.map((call) => [call.id, place.get(call.id) ?? 'not placed']))
  notes.set(blocking.id, '<- cannot be placed')
  const tail = longest.slice(-8)
  const state = longest.at(-1)?.state ?? spec.key(spec.init())
  return [
    `${spec.name ?? 'history'}${part === undefined ? '' : `, part ${part}`}: not linearizable`,
    `blocked at #${blocking.id} ${blocking.thread} ${describeCall(blocking)} in state ${state}`,
    `longest partial linearization, ${longest.length} of ${calls.length} calls${longest.length > 8 ? ', its end' : ''}:`,
    ...tail.map(({ call, state: after }, index) => {
      return `  ${longest.length - tail.length + index + 1}. ${call.thread} ${describeCall(call)}  => ${after}`
    }),
    `timeline${shown.length < calls.length ? ` (${shown.length} of ${calls.length} calls)` : ''}:`,
    timeline(shown, notes),
  ].join('\n')
}
