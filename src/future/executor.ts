/**
 * What takes calls and gives futures. Here stands all that executors have in common: submission with its checks, delayed
 * submission, the figures, `map`, waiting for less to do, and shutdown. A subclass says how a job is run:
 *
 *   accept(job)      takes it; before it runs it, `begin(job)` must answer true, and after that `end(job, …)` is called
 *   dropPending()    drops every job that has not begun, by `drop(job)`
 *   running()        the jobs that run
 *   resume()         lets what waits run, for a shutdown
 */
import {
  RejectedSubmissionError,
  requireFunction,
  requireInteger,
  requireMilliseconds,
  shown,
  TimeoutError,
} from '../errors.ts'
import type { Operation } from '../operation/operation.ts'
import type { WaitOptions } from '../operation/options.ts'
import { thread } from '../wait/thread.ts'
import { requireOptions } from './checks.ts'
import { Future } from './future.ts'
import { Idle } from './idle.ts'
import { type Call, Job, type Outcome, type SubmitOptions } from './job.ts'
import { type MapOptions, Mapped, splitMapArguments } from './map.ts'
import type { CheckAndReject } from './rejection.ts'
import { ExecutorStatistics } from './statistics.ts'

/** What every executor takes. */
export interface ExecutorOptions {
  /** Called before each submission with the number of those that wait; throws to refuse it. See `rejectWhenReached`. */
  checkAndReject?: CheckAndReject<any> | undefined
}

/** What `shutdown` takes. */
export interface ShutdownOptions {
  /** Whether the answer waits until everything has ended; default `true`. */
  wait?: boolean | undefined
  /** Whether what has not begun is cancelled; default `false`: it is run. */
  cancelFutures?: boolean | undefined
  /** Milliseconds after which the answer waits no longer, and what has not begun is cancelled. Default: no limit. */
  timeout?: number | undefined
}

/** What `shutdown` answers. */
export interface ShutdownReport {
  /** How many were cancelled by this shutdown before they had begun. */
  readonly cancelled: number
  /** Those that have not ended: with `wait`, the ones that still ran at the timeout. */
  readonly unfinished: readonly Future<unknown>[]
}

/** The verbs that submit. */
export interface Submitter {
  /**
   * Calls `f(...args)` as the executor's kind has it, and gives its outcome: a promise that `f` returns is waited for, and
   * a generator runs as a task. Throws `RejectedSubmissionError` after `shutdown` or by the rejection policy.
   */
  submit<A extends readonly unknown[], R>(f: (...args: A) => R, ...args: A): Future<Outcome<R>>
  /** Submits it `ms` milliseconds from now. It can be cancelled until then; a rejection at that time is its exception. */
  submitAfter<A extends readonly unknown[], R>(
    ms: number,
    f: (...args: A) => R,
    ...args: A
  ): Future<Outcome<R>>
  /**
   * Submits `f(item)` for each item and gives the results in the order of the items. All are submitted now, unless
   * `bufferSize` or `concurrency` bounds them. After an exception, a timeout, or when the iteration is left early, what has
   * not begun is cancelled. Several iterables give `f` several arguments, until the shortest ends.
   */
  map<T, R>(f: (item: T) => R, items: Iterable<T>, options?: MapOptions): Mapped<Outcome<R>>
  map<A, B, R>(f: (a: A, b: B) => R, a: Iterable<A>, b: Iterable<B>, options?: MapOptions): Mapped<Outcome<R>>
  map<A, B, C, R>(
    f: (a: A, b: B, c: C) => R,
    a: Iterable<A>,
    b: Iterable<B>,
    c: Iterable<C>,
    options?: MapOptions,
  ): Mapped<Outcome<R>>
}

/** Takes calls and gives a `Future` for each. `await using` shuts it down at the end of a block. */
export abstract class Executor<Options extends SubmitOptions = SubmitOptions> implements Submitter {
  private readonly checkAndReject: CheckAndReject<any> | undefined
  private readonly delayed: Set<Job> = new Set()
  private idle: Idle | undefined = undefined
  private stopped = false
  private failures = 0
  private executed = 0
  private runtime = 0
  private cancelled = 0

  constructor(options?: ExecutorOptions) {
    const { checkAndReject } = requireOptions(options, 'checkAndReject?')
    if (checkAndReject !== undefined) requireFunction('checkAndReject', checkAndReject)
    this.checkAndReject = checkAndReject
  }

  /** How many calls run. */
  abstract get activeCount(): number

  /** How many submissions wait to begin; one that is cancelled does so no longer. */
  abstract get pendingCount(): number

  protected abstract accept(job: Job): void
  protected abstract dropPending(): void
  protected abstract running(): readonly Future<unknown>[]
  protected abstract resume(): void

  /** How many submissions are not due yet. */
  get delayedCount(): number {
    return this.delayed.size
  }

  /** Whether it takes submissions. */
  get alive(): boolean {
    return !this.stopped
  }

  /** What it has done until now. */
  get statistics(): ExecutorStatistics {
    return new ExecutorStatistics(this.failures, this.executed, this.runtime, this.cancelled)
  }

  submit<A extends readonly unknown[], R>(f: (...args: A) => R, ...args: A): Future<Outcome<R>> {
    return this._submit(f as Call, args, undefined)
  }

  submitAfter<A extends readonly unknown[], R>(
    ms: number,
    f: (...args: A) => R,
    ...args: A
  ): Future<Outcome<R>> {
    return this._submitAfter(ms, f as Call, args, undefined)
  }

  map<T, R>(f: (item: T) => R, items: Iterable<T>, options?: MapOptions): Mapped<Outcome<R>>
  map<A, B, R>(f: (a: A, b: B) => R, a: Iterable<A>, b: Iterable<B>, options?: MapOptions): Mapped<Outcome<R>>
  map<A, B, C, R>(
    f: (a: A, b: B, c: C) => R,
    a: Iterable<A>,
    b: Iterable<B>,
    c: Iterable<C>,
    options?: MapOptions,
  ): Mapped<Outcome<R>>
  map(f: Call, ...rest: unknown[]): Mapped<any> {
    return this._map(f, rest, undefined)
  }

  /** The same verbs for submissions with options: `executor.with({ priority: 1 }).submit(f)`. */
  with(options: Options): Submitter {
    const checked = checkedOptions(options)
    return {
      submit: (f, ...args) => this._submit(f as Call, args, checked),
      submitAfter: (ms, f, ...args) => this._submitAfter(ms, f as Call, args, checked),
      map: (f: Call, ...rest: unknown[]) => this._map(f, rest, checked),
    } as Submitter
  }

  /** Waits until nothing runs, nothing waits to begin and nothing is delayed. Cancel safe. */
  whenIdle(options?: WaitOptions): Operation<void> {
    return this.gauge().whenIdle(options)
  }

  /** Waits until fewer than `n` submissions wait to begin: back-pressure for whoever submits. Cancel safe. */
  whenBelow(n: number, options?: WaitOptions): Operation<void> {
    return this.gauge().below(requireInteger('n', n, 1), options)
  }

  /**
   * Takes no more submissions, from now on. What was submitted is run, also what is delayed or paused, unless
   * `cancelFutures`. The answer comes when everything has ended, or at the timeout, and never fails. May be called again.
   */
  shutdown(options?: ShutdownOptions): Future<ShutdownReport> {
    const {
      wait = true,
      cancelFutures = false,
      timeout = Infinity,
    } = requireOptions(options, 'wait?, cancelFutures?, timeout?')
    for (const [name, value] of Object.entries({ wait, cancelFutures }))
      if (typeof value !== 'boolean') throw new TypeError(`${name} must be a boolean, got ${shown(value)}`)
    requireMilliseconds('timeout', timeout)
    this.stopped = true
    const before = this.cancelled
    if (cancelFutures) this.dropAll()
    const dropped = this.cancelled - before
    this.resume()
    const answer = new Future<ShutdownReport>()
    if (!wait) {
      answer.setResult({ cancelled: dropped, unfinished: this.running() })
      return answer
    }
    void this.whenIdle({ timeout }).then(
      () => answer.setResult({ cancelled: dropped, unfinished: [] }),
      () => {
        const late = this.cancelled
        this.dropAll()
        answer.setResult({ cancelled: dropped + this.cancelled - late, unfinished: this.running() })
      },
    )
    return answer
  }

  /** Shuts it down and waits for everything that was submitted. */
  [Symbol.asyncDispose](): Promise<void> {
    return new Promise((resolve, reject) => void this.shutdown().then(() => resolve(), reject))
  }

  /** @internal */
  _submit(f: Call, args: readonly unknown[], options: Options | undefined): Job {
    requireFunction('f', f)
    this.requireAlive('submit')
    this.checkAndReject?.(this, this.pendingCount)
    const job = new Job(f, args, options?.priority ?? 0, thread.clock.now())
    if (options === undefined || this.limit(job, options)) this.accept(job)
    return job
  }

  /** @internal */
  _submitAfter(ms: number, f: Call, args: readonly unknown[], options: Options | undefined): Job {
    requireMilliseconds('ms', ms)
    requireFunction('f', f)
    this.requireAlive('submitAfter')
    const { clock } = thread
    const job = new Job(f, args, options?.priority ?? 0, clock.now())
    if (!this.limit(job, { signal: undefined, timeout: Infinity, ...options })) return job
    const limits = job.limits!
    this.delayed.add(job)
    const due = (): void => {
      limits.timer = limits.withdrawn = undefined
      this.delayed.delete(job)
      job.since = clock.now()
      try {
        this.checkAndReject?.(this, this.pendingCount)
      } catch (error) {
        job.release()
        job.setException(error)
        this.changed()
        return
      }
      this.accept(job)
    }
    limits.timer = clock.after(ms, due, undefined, true)
    limits.withdrawn = () => this.delayed.delete(job)
    job.addDoneCallback(() => {
      // Nobody else will come across one that was cancelled before it was due.
      if (limits.withdrawn === undefined || job.state !== 'CANCELLED') return
      this.drop(job)
      this.changed()
    })
    return job
  }

  /** @internal */
  _map(f: Call, rest: readonly unknown[], options: Options | undefined): Mapped<any> {
    requireFunction('f', f)
    const { iterables, mapOptions } = splitMapArguments(rest)
    this.requireAlive('map')
    return new Mapped((args) => this._submit(f, args, options), iterables, mapOptions)
  }

  /** A job is about to run; `false` if it was cancelled before, and is dropped. */
  protected begin(job: Job): boolean {
    if (job.setRunningOrNotifyCancel()) return true
    this.cancelled++
    return false
  }

  /** A job that ran has ended. */
  protected end(job: Job, failed: boolean, outcome: unknown): void {
    this.count(job, failed)
    job.release()
    if (job.done) return
    if (failed) job.setException(outcome)
    else job.setResult(outcome)
  }

  /** A job that ran was given up because its signal aborted. */
  protected abort(job: Job, reason: unknown): void {
    this.count(job, true)
    job.release()
    if (!job.done) job._abort(reason)
  }

  /** A job that has not begun will not be run. */
  protected drop(job: Job): void {
    if (job.state === 'PENDING') job.cancel()
    if (job.state === 'CANCELLED') this.begin(job)
  }

  /** There may be less to do than before: tells who waits for that. */
  protected changed(): void {
    if (this.idle !== undefined && this.idle.head !== null) this.idle.serve()
  }

  /** Drops all that has not begun, also what is not due. */
  protected dropAll(): void {
    for (const job of [...this.delayed]) job.cancel()
    this.dropPending()
    this.changed()
  }

  /** What a job is told whose time is over. */
  protected late(timeout: number): TimeoutError {
    return new TimeoutError(`the call did not end within ${timeout} ms`)
  }

  private count(job: Job, failed: boolean): void {
    this.executed++
    if (failed) this.failures++
    this.runtime += Math.max(0, thread.clock.now() - job.since)
  }

  /** Puts limits on a job; `false` if its signal has aborted already. */
  private limit(job: Job, { signal, timeout = Infinity }: SubmitOptions): boolean {
    job.limits = {
      signal,
      timeout,
      clock: thread.clock,
      timer: undefined,
      giveUp: undefined,
      withdrawn: undefined,
    }
    if (signal === undefined) return true
    if (!signal.aborted) {
      job.listen(signal)
      return true
    }
    job._cancel({ reason: signal.reason })
    this.drop(job)
    return false
  }

  protected requireAlive(verb: string): void {
    if (this.stopped) throw new RejectedSubmissionError(`${verb}(): the executor was shut down`)
  }

  private gauge(): Idle {
    return (this.idle ??= new Idle(this))
  }
}

function checkedOptions<O extends SubmitOptions>(options: O): O {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`options must be an object { priority?, signal?, timeout? }, got ${shown(options)}`)
  const { priority = 0, signal, timeout = Infinity } = options
  if (typeof priority !== 'number' || Number.isNaN(priority))
    throw new TypeError(`priority must be a number, got ${shown(priority)}`)
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    throw new TypeError(`signal must be an AbortSignal, got ${shown(signal)}`)
  requireMilliseconds('timeout', timeout)
  return options
}
