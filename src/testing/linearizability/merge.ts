/** From the logs of many threads to one history, checked on arrival: it may come from a file or another machine. */
import type { ThreadLog } from '../history.ts'
import { show } from './json.ts'

/** One operation of a history. */
export interface RecordedCall {
  /** Its place in the history: calls are numbered in the order of their `call` times. */
  readonly id: number
  readonly thread: string
  readonly op: string
  readonly args: readonly unknown[]
  /** Logical time before it began. */
  readonly call: number
  /** Logical time after it ended; `null`: it never did (pending). */
  readonly return: number | null
  /** What it returned; absent for `undefined` and for a pending call. */
  readonly result?: unknown
}

/** What several threads did to one object: plain JSON, ordered by `call`. */
export type History = readonly RecordedCall[]

interface Draft {
  thread: string
  op: string
  args: readonly unknown[]
  call: number
  return: number | null
  result?: unknown
}

/**
 * One history from the logs of all recorders of one clock, in any order; each may come from `JSON.parse`.
 * Throws `TypeError` that names the log and event that is not well formed.
 */
export function mergeHistories(...logs: readonly ThreadLog[]): History {
  return parseHistory(number(logs.flatMap((log, at) => callsOf(log, `logs[${at}]`))))
}

/** A history that comes from outside: the same value, or a `TypeError` that says what is wrong with it. */
export function parseHistory(value: unknown): History {
  if (!Array.isArray(value)) throw new TypeError(`history: expected an array of calls, got ${show(value)}`)
  const times = new Map<number, string>()
  const stamp = (time: unknown, where: string): number => {
    if (!Number.isSafeInteger(time)) throw new TypeError(`${where}: expected an integer, got ${show(time)}`)
    const other = times.get(time as number)
    if (other !== undefined) {
      throw new TypeError(
        `${where}: time ${String(time)} is also ${other}; all recorders need the same clock`,
      )
    }
    times.set(time as number, where)
    return time as number
  }
  let last = -Infinity
  value.forEach((entry: unknown, at) => {
    const where = `history[${at}]`
    const call = object(entry, where)
    if (call['id'] !== at)
      throw new TypeError(`${where}.id: expected ${at}, its place, got ${show(call['id'])}`)
    checkText(call['thread'], `${where}.thread`)
    checkText(call['op'], `${where}.op`)
    if (!Array.isArray(call['args']))
      throw new TypeError(`${where}.args: expected an array, got ${show(call['args'])}`)
    const begin = stamp(call['call'], `${where}.call`)
    if (begin < last)
      throw new TypeError(`${where}.call: ${begin} is before the call that precedes it (${last})`)
    last = begin
    if (call['return'] === null) {
      if ('result' in call) throw new TypeError(`${where}.result: a pending call (return: null) has none`)
    } else if (stamp(call['return'], `${where}.return`) < begin) {
      throw new TypeError(`${where}.return: ${show(call['return'])} is before its call (${begin})`)
    }
  })
  return value as History
}

/** Calls with times of their own, as a history: sorted and numbered. */
export function number(calls: readonly Omit<RecordedCall, 'id'>[]): History {
  return [...calls].sort((a, b) => a.call - b.call).map((call, id) => ({ ...call, id }))
}

function callsOf(value: unknown, where: string): Draft[] {
  const log = object(value, where)
  const thread = checkText(log['thread'], `${where}.thread`)
  if (!Array.isArray(log['events']))
    throw new TypeError(`${where}.events: expected an array, got ${show(log['events'])}`)
  const drafts = new Map<unknown, Draft>()
  log['events'].forEach((entry: unknown, at) => {
    const here = `${where}.events[${at}]`
    const event = object(entry, here)
    const { kind, id } = event
    const time = event['time'] as number // judged by parseHistory
    const known = drafts.get(id)
    if (kind === 'call') {
      if (!Number.isSafeInteger(id)) throw new TypeError(`${here}.id: expected an integer, got ${show(id)}`)
      if (known) throw new TypeError(`${here}.id: ${show(id)} was called before in this log`)
      drafts.set(id, {
        thread,
        op: event['op'] as string,
        args: event['args'] as unknown[],
        call: time,
        return: null,
      })
    } else if (kind === 'return') {
      if (!known) throw new TypeError(`${here}.id: ${show(id)} returned without a call`)
      if (known.return !== null) throw new TypeError(`${here}.id: ${show(id)} returned twice`)
      if (!Number.isSafeInteger(time))
        throw new TypeError(`${here}.time: expected an integer, got ${show(time)}`)
      known.return = time
      if (event['result'] !== undefined) known.result = event['result']
    } else {
      throw new TypeError(`${here}.kind: expected 'call' or 'return', got ${show(kind)}`)
    }
  })
  return [...drafts.values()]
}

function object(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new TypeError(`${where}: expected an object, got ${show(value)}`)
}

function checkText(value: unknown, where: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new TypeError(`${where}: expected a string that is not empty, got ${show(value)}`)
}
