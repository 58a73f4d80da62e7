/**
 * Records what each thread called and what it got, for a check of linearizability.
 *
 * Time is a counter in shared memory, not a clock: every call and every return takes the next number, so that all
 * events of all threads are totally ordered. A call takes its number before the operation begins and a return after
 * it has ended: the recorded interval contains the real one, so a correct object is never accused.
 *
 * A call that never returned (its thread was killed, or still waits) stays pending: it may have had its effect or not.
 * A killed worker takes its arrays with it; a recorder with a shared `log` leaves everything up to its last event.
 */
import { openHistoryLog } from './linearizability/shared-log.ts'
import { failure, snapshot } from './linearizability/json.ts'

/** An operation began. */
export interface CallEvent {
  readonly kind: 'call'
  readonly id: number
  readonly time: number
  readonly op: string
  readonly args: readonly unknown[]
}

/** An operation ended; no `result` means `undefined`. */
export interface ReturnEvent {
  readonly kind: 'return'
  readonly id: number
  readonly time: number
  readonly result?: unknown
}

/** One line of a thread's log. */
export type HistoryEvent = CallEvent | ReturnEvent

/** All that one recorder saw: plain JSON, to be posted to whoever merges. */
export interface ThreadLog {
  readonly thread: string
  readonly events: readonly HistoryEvent[]
}

/** What a recorder needs. */
export interface HistoryRecorderOptions {
  /** Name of the recording thread; models of owned things (a lock) compare it. */
  readonly thread: string | number
  /** The logical clock, one for all recorders: {@link createHistoryClock}. Word 0 is counted up. */
  readonly clock: Int32Array | SharedArrayBuffer
  /** Where events outlive this thread: {@link createHistoryLog}, one for each recorder. Without it they are kept in an array. */
  readonly log?: SharedArrayBuffer
}

/** A logical clock for all recorders of one history; on shared memory where there is any, so that it can be posted. */
export function createHistoryClock(): Int32Array {
  return new Int32Array(
    typeof SharedArrayBuffer === 'function' ? new SharedArrayBuffer(4) : new ArrayBuffer(4),
  )
}

/** Records the calls of one thread; several calls may be open at once. */
export class HistoryRecorder {
  /** Name of the recording thread. */
  readonly thread: string
  readonly #clock: Int32Array
  readonly #events: HistoryEvent[] = []
  readonly #write: ((event: HistoryEvent) => void) | undefined
  readonly #open = new Set<number>()
  #nextId = 0

  constructor(options: HistoryRecorderOptions) {
    const { thread, clock, log } = options
    if ((typeof thread !== 'string' && typeof thread !== 'number') || thread === '') {
      throw new TypeError('thread: expected a number or a string that is not empty')
    }
    this.thread = String(thread)
    this.#clock = clockWords(clock)
    this.#write = log === undefined ? undefined : openHistoryLog(log, this.thread)
  }

  /** An operation is about to begin. The answer is to be given to {@link return} or {@link throw}. */
  call(op: string, args: readonly unknown[] = []): number {
    if (typeof op !== 'string' || op === '') throw new TypeError('op: expected the name of an operation')
    if (!Array.isArray(args)) throw new TypeError(`args: expected an array, got ${typeof args}`)
    const copied = args.map((arg, at) => snapshot(arg, `args[${at}] of ${op}`) ?? null)
    const id = this.#nextId
    this.#append({ kind: 'call', id, time: this.#tick(), op, args: copied })
    this.#nextId++
    this.#open.add(id)
    return id
  }

  /** The operation `id` has ended with `result`, a JSON value or nothing. */
  return(id: number, result?: unknown): void {
    const time = this.#tick() // first: nothing below belongs to the operation
    if (!this.#open.has(id)) throw new RangeError(`id: ${id} is no open call of thread ${this.thread}`)
    const copied = snapshot(result, `result of call ${id}`)
    this.#append({ kind: 'return', id, time, ...(copied !== undefined && { result: copied }) })
    this.#open.delete(id)
  }

  /** The operation `id` has ended by throwing `error`; its name is recorded (see {@link failure}). */
  throw(id: number, error: unknown): void {
    this.return(
      id,
      failure(error instanceof Error || error instanceof DOMException ? error.name : String(error)),
    )
  }

  /** Calls `fn` and records it; `encode` turns its value into the recorded result (default: the value itself). */
  record<T>(op: string, args: readonly unknown[], fn: () => T, encode?: (value: T) => unknown): T {
    const id = this.call(op, args)
    let value: T
    try {
      value = fn()
    } catch (error) {
      this.throw(id, error)
      throw error
    }
    this.return(id, encode ? encode(value) : value)
    return value
  }

  /** As {@link record}, for what is awaited. */
  async recordAsync<T>(
    op: string,
    args: readonly unknown[],
    fn: () => PromiseLike<T>,
    encode?: (value: T) => unknown,
  ): Promise<T> {
    const id = this.call(op, args)
    let value: T
    try {
      value = await fn()
    } catch (error) {
      this.throw(id, error)
      throw error
    }
    this.return(id, encode ? encode(value) : value)
    return value
  }

  /** What was recorded so far; with a shared log, use `readHistoryLog(log)`, in any thread. */
  log(): ThreadLog {
    if (this.#write)
      throw new TypeError('log: the events are in the shared log; read them with readHistoryLog(log)')
    return { thread: this.thread, events: [...this.#events] }
  }

  #tick(): number {
    const time = Atomics.add(this.#clock, 0, 1)
    if (time < 0) throw new RangeError('clock: 2^31 events were recorded; start a new history')
    return time
  }

  #append(event: HistoryEvent): void {
    if (this.#write) this.#write(event)
    else this.#events.push(event)
  }
}

function clockWords(clock: unknown): Int32Array {
  if (clock instanceof Int32Array && clock.length > 0) return clock
  if (
    typeof SharedArrayBuffer === 'function' &&
    clock instanceof SharedArrayBuffer &&
    clock.byteLength >= 4
  ) {
    return new Int32Array(clock, 0, 1)
  }
  throw new TypeError(
    'clock: expected an Int32Array or a SharedArrayBuffer of at least 4 bytes; see createHistoryClock()',
  )
}
