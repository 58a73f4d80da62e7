/**
 * The outcomes that a worker has not told yet. They go in one message: when the worker has nothing more to do or begins to
 * wait, and after half a millisecond at the latest if it is between two calls by then.
 */
import type { Link } from '../link.ts'
import { blame, pack, type Parcel, packFailure } from '../parcel.ts'
import { FAILED, type Kind, PACKED, PLAIN, type Ended } from './protocol.ts'

const LONGEST = 0.5

export class Outbox {
  private readonly link: Link
  private seqs: number[] = []
  private values: unknown[] = []
  private kinds: Kind[] | undefined = undefined
  private transfer: object[] = []
  private times: number[] = []
  /** When the first of them was put in. */
  private since = 0
  /** The function whose calls are timed together at this moment. */
  private timed = -1
  private timedSince = 0
  private timedCalls = 0

  constructor(link: Link) {
    this.link = link
  }

  /** A call of function `id` begins, after a pause or at once after another; `weight` is the number of calls in it. */
  begins(id: number, weight: number, now: number): void {
    if (id !== this.timed) {
      this.stop(now)
      this.timed = id
      this.timedSince = now
    }
    this.timedCalls += weight
  }

  /** The call that has just begun waits: it is timed by itself. */
  waits(weight: number, now: number): void {
    this.timedCalls -= weight
    this.stop(now)
  }

  took(id: number, weight: number, milliseconds: number): void {
    this.times.push(id, weight, milliseconds)
  }

  /** What follows is not the time of calls. */
  stop(now: number): void {
    if (this.timedCalls > 0) this.times.push(this.timed, this.timedCalls, now - this.timedSince)
    this.timed = -1
    this.timedCalls = 0
  }

  result(seq: number, value: unknown, now: number): void {
    if (
      (typeof value === 'object' && value !== null) ||
      typeof value === 'function' ||
      typeof value === 'symbol'
    )
      this.pack(seq, value, now)
    else this.put(seq, value, PLAIN, now)
  }

  failure(seq: number, error: unknown, now: number): void {
    this.put(seq, packFailure(error).parcel, FAILED, now)
  }

  flush(now: number): void {
    if (this.seqs.length === 0) return
    const { seqs, values, transfer } = this
    this.stop(now)
    const { kinds, times } = this
    const row = isRow(seqs) ? seqs[0]! : seqs
    const report: Ended = kinds === undefined ? [row, values, times] : [row, values, times, kinds]
    this.seqs = []
    this.values = []
    this.kinds = undefined
    this.transfer = []
    this.times = []
    try {
      this.link.post(report, transfer)
    } catch (error) {
      this.singly(seqs, values, kinds, transfer, times, error)
    }
  }

  private pack(seq: number, value: unknown, now: number): void {
    try {
      const { parcel, transfer } = pack(value, 'the result')
      for (const each of transfer) this.transfer.push(each)
      if (parcel.packed) this.put(seq, parcel, PACKED, now)
      else this.put(seq, parcel.value, PLAIN, now)
    } catch (error) {
      this.failure(seq, error, now)
    }
  }

  private put(seq: number, value: unknown, kind: Kind, now: number): void {
    const count = this.seqs.push(seq)
    this.values.push(value)
    if (count === 1) this.since = now
    if (kind !== PLAIN) this.kinds ??= Array.from({ length: count - 1 }, () => PLAIN)
    this.kinds?.push(kind)
    if (now - this.since > LONGEST) this.flush(now)
  }

  /** The structured clone refuses one of them; the others must not suffer from it. */
  private singly(
    seqs: number[],
    values: unknown[],
    kinds: Kind[] | undefined,
    transfer: object[],
    times: readonly number[],
    error: unknown,
  ): void {
    seqs.forEach((seq, i) => {
      const report = (value: unknown, kind: Kind): Ended => [seq, [value], i === 0 ? times : [], [kind]]
      const kind = kinds?.[i] ?? PLAIN
      const value = values[i]
      try {
        this.link.post(report(value, kind), seqs.length === 1 ? [] : partOf(transfer, value))
      } catch {
        const why = blame(error, kind === PLAIN ? value : (value as Parcel).value, 'the result')
        this.link.post(report(packFailure(why).parcel, FAILED))
      }
    })
  }
}

/** What of `transfer` is `value` itself, or its buffer: enough for what is moved on purpose. */
function partOf(transfer: object[], value: unknown): object[] {
  return transfer.filter((each) => each === value || each === (value as { buffer?: unknown } | null)?.buffer)
}

function isRow(seqs: number[]): boolean {
  return seqs[seqs.length - 1]! - seqs[0]! === seqs.length - 1 && increasing(seqs)
}

function increasing(seqs: number[]): boolean {
  for (let i = 1; i < seqs.length; i++) if (seqs[i] !== seqs[i - 1]! + 1) return false
  return true
}
