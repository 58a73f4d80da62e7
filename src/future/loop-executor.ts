/**
 * Runs jobs in this thread's event loop: functions are called, promises waited for, generators driven as tasks.
 *
 * A call that waits has a place with two functions that are made once and serve every job that comes to the place. A job
 * that is given up leaves its place behind with it, so that a late answer is never taken for another job's.
 */
import type { Future } from './future.ts'
import { Executor } from './executor.ts'
import { drive, isGenerator, type Job } from './job.ts'
import { Stoppable } from './stoppable.ts'

class Place {
  job: Job | undefined = undefined
  readonly fulfilled: (value: unknown) => void
  readonly rejected: (error: unknown) => void

  constructor(done: (place: Place, job: Job, failed: boolean, outcome: unknown) => void) {
    this.fulfilled = (value) => this.job !== undefined && done(this, this.job, false, value)
    this.rejected = (error) => this.job !== undefined && done(this, this.job, true, error)
  }
}

export abstract class LoopExecutor extends Executor {
  private active = 0
  private readonly free: Place[] = []
  private readonly taken: Set<Place> = new Set()

  get activeCount(): number {
    return this.active
  }

  /** A place is free. */
  protected abstract next(): void

  protected running(): readonly Future<unknown>[] {
    return Array.from(this.taken, ({ job }) => job!).filter(({ done }) => !done)
  }

  /** Calls a job's function, unless it was cancelled. */
  protected start(job: Job): void {
    if (!this.begin(job)) return
    this.active++
    let value: unknown
    try {
      value = job.call()
      if (typeof value === 'object' && value !== null && this.waits(job, value)) return
    } catch (error) {
      this.finish(job, true, error)
      return
    }
    this.finish(job, false, value)
  }

  /** Waits for what the function gave, if that is something to wait for. */
  private waits(job: Job, value: object): boolean {
    const { limits } = job
    if (typeof (value as PromiseLike<unknown>).then === 'function') {
      const place = this.occupy(job)
      if (value instanceof Promise) void value.then(place.fulfilled, place.rejected)
      else new Promise((resolve) => resolve(value)).then(place.fulfilled, place.rejected)
      if (limits !== undefined)
        this.watch(job, (error, aborted) => {
          this.leave(place)
          if (aborted) this.finishAborted(job, error)
          else this.finish(job, true, error)
        })
      return true
    }
    if (!isGenerator(value)) return false
    const place = this.occupy(job)
    if (limits === undefined) {
      void drive(value).then(place.fulfilled, place.rejected)
      return true
    }
    let reason: { readonly error: unknown } | undefined
    const task = new Stoppable(value, place.fulfilled, (error) => {
      if (reason === undefined || reason.error !== error) return place.rejected(error)
      this.vacate(place)
      this.finishAborted(job, error)
    })
    this.watch(job, (error, aborted) => {
      if (aborted) reason = { error }
      task.stop(error)
    })
    return true
  }

  private watch(job: Job, giveUp: (error: unknown, aborted: boolean) => void): void {
    const { limits } = job
    if (limits === undefined) return // it was over within the call
    limits.giveUp = giveUp
    if (limits.timeout !== Infinity)
      limits.timer = limits.clock.after(
        limits.timeout,
        () => giveUp(this.late(limits.timeout), false),
        0,
        true,
      )
    if (limits.signal?.aborted) giveUp(limits.signal.reason, true)
  }

  private occupy(job: Job): Place {
    const place = this.free.pop() ?? new Place(this.answered)
    place.job = job
    this.taken.add(place)
    return place
  }

  private readonly answered = (place: Place, job: Job, failed: boolean, outcome: unknown): void => {
    this.vacate(place)
    this.finish(job, failed, outcome)
  }

  private vacate(place: Place): void {
    this.leave(place)
    this.free.push(place)
  }

  /** The place is not used again: its promise may still answer. */
  private leave(place: Place): void {
    place.job = undefined
    this.taken.delete(place)
  }

  private finish(job: Job, failed: boolean, outcome: unknown): void {
    this.active--
    this.end(job, failed, outcome)
    this.next()
  }

  private finishAborted(job: Job, reason: unknown): void {
    this.active--
    this.abort(job, reason)
    this.next()
  }
}
