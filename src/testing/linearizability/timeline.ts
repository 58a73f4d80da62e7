/** A history as text: one line a call, its bar over logical time. */
import { failureName, show } from './json.ts'
import type { History, RecordedCall } from './merge.ts'

/** `deposit(5) -> true`, with ` !Name` for a call that threw and ` ...` for one that never returned. */
export function describeCall(call: RecordedCall): string {
  const head = `${call.op}(${call.args.map(show).join(', ')})`
  if (call.return === null) return `${head} ...`
  const thrown = failureName(call.result)
  if (thrown !== undefined) return `${head} !${thrown}`
  return call.result === undefined ? head : `${head} -> ${show(call.result)}`
}

/** Draws the calls in order of `call`; equal distances mean order, not duration. `notes` are put behind the bars. */
export function timeline(history: History, notes: ReadonlyMap<number, string> = new Map()): string {
  const times = history.flatMap((call) => (call.return === null ? [call.call] : [call.call, call.return]))
  const column = new Map(times.sort((a, b) => a - b).map((time, rank) => [time, rank * 2]))
  const width = times.length * 2 + 1
  const threads = Math.max(0, ...history.map((call) => call.thread.length))
  const heads = history.map((call) => `#${call.id} ${call.thread.padEnd(threads)} ${describeCall(call)}`)
  const left = Math.max(0, ...heads.map((head) => head.length))
  return history
    .map((call, row) => {
      const begin = column.get(call.call) as number
      const end = call.return === null ? width : (column.get(call.return) as number)
      const bar = `${' '.repeat(begin)}|${'-'.repeat(end - begin - 1)}${call.return === null ? '>' : '|'}`
      const note = notes.get(call.id)
      return `${(heads[row] as string).padEnd(left)}  ${bar.padEnd(width)}${note === undefined ? '' : `  ${note}`}`.trimEnd()
    })
    .join('\n')
}

/**
 * The calls around `centre`: those that overlap it and the nearest earlier ones, at most `limit` in all, so that
 * the drawing of a long history stays readable.
 */
export function around(history: History, centre: RecordedCall, limit = 24): History {
  const end = centre.return ?? Infinity
  const near = history.filter((call) => call.call < end).slice(-limit)
  return near.includes(centre) ? near : [centre, ...near.slice(1)]
}
