/** What the calls of a worker submit to the pool that they run in. */
import { Executor, type Future, type Job } from '../../index.ts'
import { pack, type Parcel, packFailure, unpack } from '../parcel.ts'
import { load, referTo } from '../reference.ts'
import type { Report } from './protocol.ts'

export class Submissions {
  readonly executor: Executor
  private readonly post: (report: Report, transfer: readonly object[]) => void
  /** There is one less, or one more: more or fewer calls may run. */
  private readonly changed: () => void
  private readonly jobs: Map<number, Job> = new Map()
  private last = 0

  constructor(post: (report: Report, transfer: readonly object[]) => void, changed: () => void) {
    this.post = post
    this.changed = changed
    this.executor = new Outer(this)
  }

  get size(): number {
    return this.jobs.size
  }

  get running(): readonly Job[] {
    return [...this.jobs.values()]
  }

  submit(job: Job, release: (job: Job, error: unknown, aborted: boolean) => void): void {
    const f = referTo(job.f)
    const { parcel, transfer } = pack(job.args, 'args')
    const id = ++this.last
    this.post({ k: 'submit', id, f, args: parcel, limited: job.limits !== undefined }, transfer)
    this.jobs.set(id, job)
    const { limits } = job
    if (limits !== undefined)
      limits.giveUp = (error, aborted) => {
        this.post({ k: 'abort', id, reason: packFailure(error).parcel }, [])
        release(job, error, aborted)
      }
    this.changed()
  }

  /** The owner tells an outcome; it tells that of an aborted one, too. */
  ended(id: number, failed: boolean, parcel: Parcel): void {
    const job = this.jobs.get(id)
    this.jobs.delete(id)
    if (job === undefined || job.done) return
    const end = (): void => {
      let value: unknown
      try {
        value = unpack(parcel)
      } catch (error) {
        failed = true
        value = error
      }
      ;(this.executor as Outer).ended(job, failed, value)
    }
    if (parcel.modules.length === 0) end()
    else load(parcel.modules).then(end, end)
  }
}

/** The pool, as its worker sees it. */
class Outer extends Executor {
  private readonly submissions: Submissions

  constructor(submissions: Submissions) {
    super()
    this.submissions = submissions
  }

  get activeCount(): number {
    return this.submissions.size
  }

  get pendingCount(): number {
    return 0
  }

  ended(job: Job, failed: boolean, value: unknown): void {
    this.end(job, failed, value)
    this.changed()
  }

  protected accept(job: Job): void {
    this.submissions.submit(job, (late, error, aborted) => {
      if (aborted) this.abort(late, error)
      else this.end(late, true, error)
      this.changed()
    })
    this.begin(job)
    const { limits } = job
    if (limits !== undefined && limits.timeout !== Infinity)
      limits.timer = limits.clock.after(
        limits.timeout,
        () => limits.giveUp?.(this.late(limits.timeout), false),
        undefined,
        true,
      )
  }

  protected running(): readonly Future<unknown>[] {
    return this.submissions.running
  }

  protected dropPending(): void {}

  protected resume(): void {}
}
