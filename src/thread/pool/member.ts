/**
 * One worker of a pool, as its owner sees it.
 *
 *   starting  -> ready (its initializer is through) or over
 *   ready     -> leaving (it gets no more calls, and ends after those it has) or over
 *
 * The calls that it has, sent and not ended, stand in a ring by their numbers, as in its cells.
 */
import { type Job, Timer } from '../../index.ts'
import { blame, type Parcel, packFailure, unpack } from '../parcel.ts'
import { type FunctionReference, load } from '../reference.ts'
import { type Death, RunningWorker, type WorkerStart } from '../spawn.ts'
import { CELLS, newCells, sent, takeBack, urge } from './cells.ts'
import { type Freight, freightOf } from './freight.ts'
import {
  type Calls,
  type Ended,
  FAILED,
  type Order,
  PLAIN,
  type Report,
  type ServeInput,
} from './protocol.ts'

type Started = Omit<WorkerStart, 'program' | 'input'> & {
  readonly setup: Omit<ServeInput, 'cells'>
  /** Milliseconds between a request to end and the end of the thread. */
  readonly grace: number
}

/** Whom a member tells what happens. */
export interface Team {
  /** It takes calls from now on. */
  initialized(member: Member): void
  begins(member: Member, job: Job): void
  ended(member: Member, job: Job, failed: boolean, value: unknown): void
  /** `count` calls of a function took so long. */
  measured(id: number, count: number, milliseconds: number): void
  /** All of a message has been told. */
  told(member: Member): void
  progress(job: Job, value: unknown): void
  submitted(member: Member, report: Extract<Report, { k: 'submit' }>): void
  withdrawn(member: Member, id: number, reason: Parcel): void
  /** It is over; `begun` and `others` were sent to it and not ended. */
  over(member: Member, death: Death | undefined, begun: readonly Job[], others: readonly Job[]): void
}

export class Member {
  readonly name: string
  ready = false
  leaving = false
  /** Somebody of this side stopped it. */
  stopped = false
  isOver = false
  /** Calls that it has. */
  size = 0
  /** Milliseconds that they will take, about. */
  burden = 0
  /** Whether it has one that is to be alone. */
  alone = false
  /** How many of its calls' own submissions have not ended. */
  nested = 0
  /** How many calls were sent to it. */
  taken = 0
  /** When it was last heard of. */
  heard: number = performance.now()
  private readonly team: Team
  private readonly worker: RunningWorker
  private readonly cells: Int32Array | undefined = newCells()
  private readonly jobs: (Job | undefined)[] = Array.from({ length: CELLS }, () => undefined)
  private readonly burdens: Float64Array = new Float64Array(CELLS)
  private readonly known: Set<number> = new Set()
  private next = 0
  /** The lowest number that may be among its calls. */
  private first = 0
  private failure: Death | undefined = undefined
  private timer: Timer | undefined = undefined
  private readonly grace: number

  constructor({ setup, grace, ...start }: Started, team: Team) {
    this.team = team
    this.grace = grace
    this.name = start.name
    const input: ServeInput = { ...setup, cells: this.cells }
    this.worker = new RunningWorker(
      { ...start, program: 'serve', input },
      {
        message: (report) => this.receives(report as Report),
        ended: (death) => this.ends(death),
      },
    )
  }

  /** Whether it takes calls. */
  get open(): boolean {
    return this.ready && !this.leaving && !this.stopped && !this.isOver
  }

  /** How many more could be sent. Half of the cells stay out of use: those of calls taken back that it has not passed yet. */
  get room(): number {
    return this.cells === undefined ? (this.size === 0 ? 1 : 0) : CELLS / 2 - (this.next - this.first)
  }

  /** Holds the process, or not. */
  hold(on: boolean): void {
    if (on) this.worker.ref()
    else this.worker.unref()
  }

  /** Sends calls, all of one mode. What cannot be cloned is given to `refused`. */
  send(jobs: readonly Job[], refused: (job: Job, error: unknown) => void): void {
    const first = this.next
    const freights = jobs.map(freightOf)
    const transfer = freights.length === 1 ? freights[0]!.transfer : []
    try {
      this.worker.post(this.orderFor(freights, first), transfer)
    } catch (error) {
      if (jobs.length === 1)
        refused(jobs[0]!, blame(error, contentOf(freights[0]!), freights[0]!.mode === 0 ? 'args' : 'items'))
      else for (const job of jobs) this.send([job], refused)
      return
    }
    for (let i = 0; i < jobs.length; i++) this.note(jobs[i]!, freights[i]!)
  }

  has(job: Job): boolean {
    return this.jobs.includes(job)
  }

  /**
   * Takes back calls that it has not begun, the last half of what it has, in order. The first stays in any case, so that
   * its report tells that those before it were passed, and their cells can be used again.
   */
  takeBack(): Job[] {
    const taken: Job[] = []
    const most = this.size >> 1
    for (let seq = this.next - 1; seq > this.first && taken.length < most; seq--) {
      const job = this.jobs[seq % CELLS]
      if (job === undefined) continue
      if (!takeBack(this.cells, seq)) break
      void this.drop(seq)
      taken.push(job)
    }
    return taken.reverse()
  }

  /** The future of a call has ended: the call is asked to end, and the thread stopped if it has not after `grace`. */
  abort(job: Job, reason: unknown): void {
    const slot = this.jobs.indexOf(job)
    if (slot === -1) return
    const seq = this.first + ((slot - (this.first % CELLS) + CELLS) % CELLS)
    this.post({ k: 'abort', seq, reason: packFailure(reason).parcel })
    urge(this.cells)
    const timer = new Timer(this.grace, () => {
      if (this.jobs[slot] === job) this.stop()
    })
    this.timer = timer
    timer.start()
  }

  /** It gets no more calls, and ends after those it has; it is stopped when it goes on for the grace time after that. */
  leave(): void {
    if (this.leaving || this.isOver) return
    this.leaving = true
    if (!this.ready) return this.stop()
    this.post({ k: 'close' })
    this.linger()
  }

  /** Stops the thread where it stands. */
  stop(): void {
    if (this.stopped || this.isOver) return
    this.stopped = true
    this.worker.terminate()
  }

  /** Tells the outcome of what a call of it submitted. */
  tell(id: number, failed: boolean, value: Parcel, transfer: readonly object[]): void {
    this.nested--
    if (!this.isOver) this.worker.post({ k: 'outcome', id, failed, value } satisfies Order, transfer)
  }

  private post(order: Order): void {
    if (!this.isOver) this.worker.post(order)
  }

  private linger(): void {
    if (!this.leaving || this.size > 0) return
    this.timer = new Timer(this.grace, () => this.stop(), { ref: false })
    this.timer.start()
  }

  private orderFor(freights: readonly Freight[], first: number): Calls {
    const [{ entry, mode, alone }] = freights as [Freight]
    const unknown = new Map<number, FunctionReference>()
    const packed: number[] = []
    const functions: number[] = []
    const values: unknown[] = []
    let same = true
    for (let i = 0; i < freights.length; i++) {
      const freight = freights[i]!
      const { id, reference } = freight.entry
      if (!this.known.has(id)) unknown.set(id, reference)
      if (id !== entry.id) same = false
      if (freight.packed) packed.push(i)
      functions.push(id)
      values.push(freight.value)
      sent(this.cells, first + i)
    }
    const id = same ? entry.id : functions
    if (unknown.size > 0)
      return [first, id, values, mode, alone, packed.length === 0 ? undefined : packed, [...unknown]]
    if (packed.length > 0) return [first, id, values, mode, alone, packed]
    return alone ? [first, id, values, mode, true] : [first, id, values, mode]
  }

  private note(job: Job, { entry, weight, alone }: Freight): void {
    this.known.add(entry.id)
    const slot = this.next++ % CELLS
    const burden = Number.isNaN(entry.pace) ? UNKNOWN : entry.pace * weight
    this.jobs[slot] = job
    this.burdens[slot] = burden
    this.burden += burden
    this.size++
    this.taken++
    if (alone) this.alone = true
  }

  /** The call has ended, or is not its any more. */
  private drop(seq: number): Job | undefined {
    const slot = seq % CELLS
    const job = this.jobs[slot]
    if (job === undefined) return undefined
    this.jobs[slot] = undefined
    this.burden -= this.burdens[slot]!
    if (--this.size === 0) {
      this.burden = 0
      this.alone = false
      this.first = this.next
      if (this.timer !== undefined) {
        this.timer.cancel()
        this.timer = undefined
      }
      this.linger()
    } else while (this.jobs[this.first % CELLS] === undefined) this.first++
    return job
  }

  private receives(report: Report): void {
    this.heard = performance.now()
    if (isEnded(report)) return this.outcomes(report)
    switch (report.k) {
      case 'initialized':
        this.ready = true
        return this.team.initialized(this)
      case 'broken':
        this.failure = { error: unpack(report.error) }
        return
      case 'begins': {
        const job = this.jobs[report.seq % CELLS]
        if (job !== undefined) this.team.begins(this, job)
        return
      }
      case 'progress': {
        const job = this.jobs[report.seq % CELLS]
        if (job !== undefined) this.team.progress(job, unpack(report.value))
        return
      }
      case 'submit':
        this.nested++
        return this.team.submitted(this, report)
      case 'abort':
        return this.team.withdrawn(this, report.id, report.reason)
    }
  }

  private outcomes([seqs, values, times, kinds]: Ended): void {
    const { team } = this
    for (let i = 0; i < times.length; i += 3) team.measured(times[i]!, times[i + 1]!, times[i + 2]!)
    for (let i = 0; i < values.length; i++) {
      const job = this.drop(typeof seqs === 'number' ? seqs + i : seqs[i]!)
      if (job === undefined) continue
      const kind = kinds === undefined ? PLAIN : kinds[i]!
      if (kind === PLAIN) team.ended(this, job, false, values[i])
      else
        this.opened(values[i] as Parcel, (failed, value) =>
          team.ended(this, job, failed || kind === FAILED, value),
        )
    }
    team.told(this)
  }

  private opened(parcel: Parcel, then: (failed: boolean, value: unknown) => void): void {
    const open = (): void => {
      let value: unknown
      try {
        value = unpack(parcel)
      } catch (error) {
        return then(true, error)
      }
      then(false, value)
    }
    if (parcel.modules.length === 0) return open()
    const late = (): void => {
      open()
      this.team.told(this)
    }
    load(parcel.modules).then(late, late)
  }

  private ends(death: Death | undefined): void {
    this.isOver = true
    this.timer?.cancel()
    const begun: Job[] = []
    const others: Job[] = []
    for (let seq = this.first; seq < this.next; seq++) {
      const job = this.jobs[seq % CELLS]
      if (job === undefined) continue
      if (takeBack(this.cells, seq)) others.push(job)
      else begun.push(job)
      this.jobs[seq % CELLS] = undefined
    }
    this.size = 0
    this.team.over(this, this.failure ?? death, begun, others)
  }
}

/** The burden, in milliseconds, of a call that was never measured: enough for nothing to be sent after it. */
export const UNKNOWN = 2

function contentOf({ value, packed }: Freight): unknown {
  return packed ? (value as Parcel).value : value
}

function isEnded(report: Report): report is Ended {
  return Array.isArray(report)
}
