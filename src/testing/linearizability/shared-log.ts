/**
 * One recorder's events in shared memory: lines of JSON, and a word that says how many bytes of them are complete.
 *
 * | word | holds |
 * |---|---|
 * | 0 | the magic number |
 * | 1 | bytes committed; 0: nobody has opened the log yet |
 * | 2.. | line 0: `{"thread": ...}`, then one event a line |
 *
 * One thread writes. The bytes are written first and committed by one store: a kill at any step leaves whole lines.
 * A call is committed before its operation begins, so an operation that had an effect is never missing from the log.
 */
import type { HistoryEvent, ThreadLog } from '../history.ts'

const MAGIC = 0x48_4c_4f_47
const COMMITTED = 1
const HEADER_BYTES = 8

/** Room for one recorder's events (about 80 bytes each) that outlives the thread which writes them. */
export function createHistoryLog(bytes: number = 1 << 20): SharedArrayBuffer {
  if (!Number.isSafeInteger(bytes) || bytes < 256) {
    throw new RangeError(`bytes: expected an integer of at least 256, got ${bytes}`)
  }
  const log = new SharedArrayBuffer(bytes)
  new Int32Array(log, 0, 2)[0] = MAGIC
  return log
}

/** Claims the log for `thread`; the answer appends one event. */
export function openHistoryLog(log: SharedArrayBuffer, thread: string): (event: HistoryEvent) => void {
  const words = headerOf(log)
  const bytes = new Uint8Array(log, HEADER_BYTES)
  const encoder = new TextEncoder()
  let end = 0
  const write = (line: unknown): void => {
    const text = encoder.encode(`${JSON.stringify(line)}\n`)
    if (end + text.length > bytes.length) {
      throw new RangeError(`log: full after ${end} bytes; give createHistoryLog more than ${log.byteLength}`)
    }
    bytes.set(text, end)
    end += text.length
    Atomics.store(words, COMMITTED, end)
  }
  if (Atomics.load(words, COMMITTED) !== 0)
    throw new TypeError('log: already in use; give each recorder its own')
  write({ thread })
  return write
}

/** The complete events of a shared log; while its thread still writes, those so far. */
export function readHistoryLog(log: SharedArrayBuffer): ThreadLog {
  const committed = Atomics.load(headerOf(log), COMMITTED)
  // A copy, since TextDecoder refuses shared memory on some runtimes.
  const text = new TextDecoder().decode(new Uint8Array(log, HEADER_BYTES, committed).slice())
  const [first, ...events] = text
    .split('\n')
    .slice(0, -1)
    .map((line): unknown => JSON.parse(line))
  if (first === undefined) throw new TypeError('log: no recorder has opened it yet')
  return { thread: (first as { thread: string }).thread, events: events as HistoryEvent[] }
}

function headerOf(log: unknown): Int32Array {
  if (
    typeof SharedArrayBuffer === 'function' &&
    log instanceof SharedArrayBuffer &&
    log.byteLength > HEADER_BYTES
  ) {
    const words = new Int32Array(log, 0, 2)
    if (words[0] === MAGIC) return words
  }
  throw new TypeError('log: expected what createHistoryLog() returned')
}
