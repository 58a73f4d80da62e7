/**
 * Which waiting call goes to which worker, and when.
 *
 * Calls travel in batches, so that a message costs little for each of them: a worker gets as many as will keep it busy
 * for about two milliseconds, as far as the calls of those functions were measured, and more when it has less than one
 * left. A function that was never measured is sent alone. What a busy worker has not begun goes back to a free one.
 */
import { type Job, JobQueue } from '../../index.ts'
import type { Crew } from './crew.ts'
import { type Freight, freightOf } from './freight.ts'
import { type Member, UNKNOWN } from './member.ts'

/** Milliseconds of work that a worker is given, and below which it is given more. */
const FULL = UNKNOWN
const LOW = FULL / 2
/** A worker that is not heard of for so long has something longer to do than was measured. */
const SILENT = 3

export class Dispatch {
  private readonly queue: JobQueue
  /** Sent before and taken back: they go first. */
  private returned: Job[] = []

  /** `cancelled` is called with each job that was cancelled while it waited. */
  constructor(cancelled: (job: Job) => void) {
    this.queue = new JobQueue(cancelled)
  }

  get waiting(): number {
    return this.queue.size + this.returned.length
  }

  push(job: Job): void {
    this.queue.push(job)
  }

  putBack(jobs: readonly Job[]): void {
    this.returned = [...jobs, ...this.returned]
  }

  shift(): Job | undefined {
    return this.returned.shift() ?? this.queue.shift()
  }

  private get head(): Job | undefined {
    return this.returned[0] ?? this.queue.head
  }

  /** Sends what can be sent. `begin` says whether a job is still wanted; `send` sends. */
  run(crew: Crew, begin: (job: Job) => boolean, send: (member: Member, jobs: Job[]) => void): void {
    const { maxTasksPerWorker } = crew.setup
    for (const idle of [true, false])
      for (const member of crew.members) {
        if (this.waiting === 0) return
        if (!member.open || (member.size === 0) !== idle) continue
        const jobs = this.batch(member, crew, begin, maxTasksPerWorker - member.taken)
        if (jobs.length === 0) continue
        send(member, jobs)
        if (member.taken >= maxTasksPerWorker) crew.dismiss(member)
      }
  }

  /** A free worker takes over half of what another one has not begun; `false` if it may be worth a look later. */
  balance(crew: Crew): boolean {
    if (this.waiting > 0) return true
    let settled = true
    const now = performance.now()
    for (const member of crew.members) {
      if (member.size < 2 || member.isOver) continue
      if (member.burden > LOW || now - member.heard > SILENT) this.putBack(member.takeBack())
      else settled = false
    }
    return settled
  }

  private batch(member: Member, crew: Crew, begin: (job: Job) => boolean, allowance: number): Job[] {
    const jobs: Job[] = []
    const extra = member.size > 0 && member.nested > 0
    if (!extra && (member.alone || (member.size > 0 && (member.burden >= LOW || member.room < 128))))
      return jobs
    const share = Math.ceil(this.waiting / Math.max(1, crew.size))
    const most = Math.min(extra ? 1 : member.room, share, allowance)
    let { burden } = member
    while (jobs.length < most) {
      const job = this.head
      if (job === undefined) break
      if (job.state === 'PENDING' || !job.done) {
        const freight = freightOf(job)
        if (extra && (!freight.nested || member.size > member.nested)) break
        if (!extra && jobs.length > 0 && !fits(freight, freightOf(jobs[0]!))) break
        const unknown = Number.isNaN(freight.entry.pace)
        // It may take all memory, and then the outcomes that were not told yet would be lost with it.
        if (!extra && (freight.alone || unknown) && member.size + jobs.length > 0) break
        if (!extra && burden >= FULL) break
        burden += unknown ? UNKNOWN : freight.entry.pace * freight.weight
      }
      void this.shift()
      if (begin(job)) jobs.push(job)
    }
    return jobs
  }
}

/** Whether it may go in one message with those before it. */
function fits(freight: Freight, first: Freight): boolean {
  return !freight.alone && !first.alone && freight.mode === first.mode
}
