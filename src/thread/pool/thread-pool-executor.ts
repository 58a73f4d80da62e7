/**
 * An executor whose calls run in threads. The base class has all that executors have in common, `Dispatch` decides which
 * worker gets what, `Crew` how many workers there are; here is what becomes of a call.
 */
import {
  type Call,
  type CheckAndReject,
  Executor,
  Future,
  type Future as AnyFuture,
  Job,
  type ShutdownOptions,
  type ShutdownReport,
  type SubmitOptions,
  type Submitter,
  Timer,
  WorkerDiedError,
} from '../../index.ts'
import { requireArray, requireFunction, requireObject } from '../checks.ts'
import { pack, type Parcel, packFailure, unpack } from '../parcel.ts'
import { checked, type FunctionReference, referTo } from '../reference.ts'
import type { Death } from '../spawn.ts'
import { refuseWhileLoading } from '../state.ts'
import { Crew } from './crew.ts'
import { Dispatch } from './dispatch.ts'
import { type Freight, freightOf, FunctionEntry } from './freight.ts'
import type { Member, Team } from './member.ts'
import { type CrewOptions, crewSetup, processors, requireWhole } from './options.ts'
import { CALL, type Mode, type Report } from './protocol.ts'

/** What `new ThreadPoolExecutor` takes. */
export interface ThreadPoolExecutorOptions extends CrewOptions {
  /** How many calls may run at once, each in a thread of its own; default: the number of processors. */
  maxWorkers?: number | undefined
  /** How many workers stay once they were needed; default `maxWorkers`. It begins with none. */
  minWorkers?: number | undefined
  /** Called before each submission with the number of those that wait; throws to refuse it. See `rejectWhenReached`. */
  checkAndReject?: CheckAndReject<any> | undefined
}

/** How a call is run in a thread. */
export interface ThreadSubmitOptions extends SubmitOptions {
  /** What in the arguments is moved instead of copied; see also `transfer()`. */
  transfer?: readonly object[] | undefined
  /** Is told what the function gives to `reportProgress`. */
  onProgress?: ((value: any) => void) | undefined
}

/** What a worker submits has no function here. */
const elsewhere: Call = () => undefined

const NOTHING: readonly never[] = []

/**
 * Runs portable functions (see `portable`), and self-contained ones, in worker threads, one call a thread at a time. It
 * begins with no thread, uses free ones before it starts more, and lets the process end when it has nothing to do. `await
 * using` shuts it down.
 *
 * A call that is given up, by its `timeout` or `signal`, is asked to end (see `currentSignal`); if it goes on for `grace`
 * milliseconds, its thread is stopped and replaced, and no other call suffers. When a thread dies, the call that it was
 * making fails with `WorkerDiedError`, or with the error that nothing in the thread caught; calls that it had not begun are
 * made elsewhere.
 */
export class ThreadPoolExecutor extends Executor<ThreadSubmitOptions> {
  private readonly crew: Crew
  private readonly dispatch: Dispatch = new Dispatch((job) => {
    this.drop(job)
    this.changed()
    this.pump()
  })
  private readonly functions: WeakMap<Function, FunctionEntry> = new WeakMap()
  private readonly entries: FunctionEntry[] = []
  private readonly byName: Map<string, FunctionEntry> = new Map()
  private readonly active: Set<Job> = new Set()
  private readonly nestedJobs: Map<Member, Map<number, Job>> = new Map()
  private freight: Freight | undefined = undefined
  private pumping = false
  private halted = false
  private looking: Timer | undefined = undefined
  private ending: Future<void> | undefined = undefined

  constructor(options: ThreadPoolExecutorOptions = {}) {
    refuseWhileLoading('a pool')
    requireObject('options', options, '{ maxWorkers?, minWorkers?, initializer?, … }')
    const { maxWorkers = processors(), minWorkers = maxWorkers, checkAndReject } = options
    requireWhole('maxWorkers', maxWorkers, 1)
    requireWhole('minWorkers', minWorkers, 0)
    if (minWorkers > maxWorkers)
      throw new RangeError(`minWorkers must be at most maxWorkers (${maxWorkers}), got ${minWorkers}`)
    const setup = crewSetup(options, { least: minWorkers, most: maxWorkers })
    super({ checkAndReject })
    this.crew = new Crew(setup, this.kind, this.team)
  }

  protected get kind(): string {
    return 'ThreadPoolExecutor'
  }

  get activeCount(): number {
    return this.active.size
  }

  get pendingCount(): number {
    return this.dispatch.waiting
  }

  /** How many workers there are, starting ones included and those that are leaving not. */
  get workerCount(): number {
    return this.crew.size
  }

  /** How many workers have nothing to do. */
  get idleCount(): number {
    return this.crew.free
  }

  override with(options: ThreadSubmitOptions): Submitter {
    const submitter = super.with(options)
    if (options.transfer !== undefined) requireArray('transfer', options.transfer)
    if (options.onProgress !== undefined) requireFunction('onProgress', options.onProgress)
    return submitter
  }

  /** Whether it is paused. */
  get paused(): boolean {
    return this.halted
  }

  /** Lets nothing begin until `resume()`. What runs, or was sent to a worker, goes on. */
  pause(): void {
    this.halted = true
  }

  /** Ends a pause. */
  override resume(): void {
    this.halted = false
    this.pump()
  }

  /** Adds or lets go one worker if the thresholds say so; that is also looked at with each submission. */
  maintain(): void {
    this.crew.grow(this.dispatch.waiting)
    this.crew.shrink(this.dispatch.waiting)
  }

  /**
   * Replaces all workers by new ones, which load their modules anew. Each ends the calls that it has; nothing is lost. The
   * future ends when the last of them is gone.
   */
  recycle(): Future<void> {
    const count = this.crew.size
    const left = new Set(this.crew.dismissAll())
    if (this.alive) this.crew.startUpTo(count)
    const future = new Future<void>()
    if (left.size === 0) future.setResult()
    else this.leavers.push({ left, future })
    return future
  }

  /**
   * Stops all threads where they stand, and takes no more submissions: what runs fails with `WorkerDiedError`, what waits is
   * cancelled. The future ends when the threads have stopped.
   */
  terminate(): Future<void> {
    void this.shutdown({ wait: false, cancelFutures: true })
    this.crew.stopAll()
    return this.whenGone()
  }

  /**
   * Takes no more submissions, from now on. What was submitted is run, unless `cancelFutures`; then the threads end. The
   * answer comes when they have, or at the timeout, and never fails. May be called again.
   */
  override shutdown(options?: ShutdownOptions): Future<ShutdownReport> {
    const report = super.shutdown(options)
    this.closeIfDone()
    if (report.done) return report
    const answer = new Future<ShutdownReport>()
    report.addDoneCallback(() => {
      const told = report.poll() as ShutdownReport
      if (told.unfinished.length > 0 || this.activeCount + this.pendingCount + this.delayedCount > 0)
        answer.setResult(told)
      else this.whenGone().addDoneCallback(() => answer.setResult(told))
    })
    return answer
  }

  /** @internal Many calls in one; `plain` items need no packing. Also after a shutdown: the `map` was begun before. */
  _submitChunk(
    f: Call,
    mode: Mode,
    items: ArrayLike<unknown>,
    options: ThreadSubmitOptions | undefined,
    plain: boolean,
  ): Job {
    this.freight = this.load(f, mode, items, items.length, options, plain)
    try {
      return super._submit(f, NOTHING, options)
    } finally {
      this.freight = undefined
    }
  }

  /** @internal Milliseconds that a call of `f` takes, as far as it was measured. */
  _paceOf(f: Call): number {
    return this.functions.get(f)?.pace ?? Number.NaN
  }

  /** @internal */
  _startAll(count: number): void {
    this.crew.startUpTo(count)
  }

  /** @internal Ends when no thread is left. */
  _gone(): Future<void> {
    return this.whenGone()
  }

  /** @internal */
  override _submit(f: Call, args: readonly unknown[], options: ThreadSubmitOptions | undefined): Job {
    requireFunction('f', f)
    this.freight = this.load(f, CALL, args, 1, options, false)
    try {
      return super._submit(f, args, options)
    } finally {
      this.freight = undefined
    }
  }

  /** @internal */
  override _submitAfter(
    ms: number,
    f: Call,
    args: readonly unknown[],
    options: ThreadSubmitOptions | undefined,
  ): Job {
    requireFunction('f', f)
    const freight = this.load(f, CALL, args, 1, options, false)
    const job = super._submitAfter(ms, f, args, options)
    if (!job.done) job.freight = freight
    return job
  }

  protected accept(job: Job): void {
    job.freight ??= this.freight
    const { entry } = freightOf(job)
    if (entry.checking === undefined) return this.enqueue(job)
    // Only in a page: the parser that looks for outer variables is being loaded.
    entry.checking.then(
      () => {
        entry.checking = undefined
        this.enqueue(job)
      },
      (error: unknown) => {
        if (this.begin(job)) this.end(job, true, error)
        this.changed()
      },
    )
  }

  protected override requireAlive(verb: string): void {
    if (this.freight === undefined || this.freight.mode === CALL) super.requireAlive(verb)
  }

  protected dropPending(): void {
    for (let job = this.dispatch.shift(); job !== undefined; job = this.dispatch.shift())
      if (job.state === 'PENDING' || job.state === 'CANCELLED') this.drop(job)
      else this.lose(job, new WorkerDiedError('the pool was shut down before the call began'))
    this.pump()
  }

  protected running(): readonly AnyFuture<unknown>[] {
    return [...this.active]
  }

  private load(
    f: Call,
    mode: Mode,
    given: unknown,
    weight: number,
    options: ThreadSubmitOptions | undefined,
    plain: boolean,
  ): Freight {
    const { signal, timeout = Infinity, transfer = NOTHING, onProgress } = options ?? {}
    const entry = this.entryOf(f)
    const limited = signal !== undefined || timeout !== Infinity
    if (plain || (transfer.length === 0 && isPrimitive(given)))
      return {
        entry,
        mode,
        value: given,
        packed: false,
        transfer: NOTHING,
        weight,
        alone: limited,
        nested: false,
        onProgress,
        begun: false,
      }
    const { parcel, transfer: moved } = pack(given, mode === CALL ? 'args' : 'items', transfer)
    return {
      entry,
      mode,
      value: parcel.packed ? parcel : parcel.value,
      packed: parcel.packed,
      transfer: moved,
      weight,
      alone: limited || moved.length > 0,
      nested: false,
      onProgress,
      begun: false,
    }
  }

  private entryOf(f: Call): FunctionEntry {
    const known = this.functions.get(f)
    if (known !== undefined) return known
    const entry = this.entryFor(referTo(f))
    this.functions.set(f, entry)
    return entry
  }

  private entryFor(reference: FunctionReference): FunctionEntry {
    const name = JSON.stringify(reference)
    let entry = this.byName.get(name)
    if (entry === undefined) {
      entry = new FunctionEntry(this.entries.length, reference, checked(reference))
      this.entries.push(entry)
      this.byName.set(name, entry)
    }
    return entry
  }

  private enqueue(job: Job): void {
    if (this.crew.broken !== undefined || job.cancelled) {
      if (this.begin(job)) this.end(job, true, this.crew.broken)
      return
    }
    this.dispatch.push(job)
    this.pump()
  }

  /** Sends what can be sent, once the code that runs has submitted all it has. */
  private pump(): void {
    if (this.pumping) return
    this.pumping = true
    queueMicrotask(() => {
      this.pumping = false
      this.work()
    })
  }

  private work(): void {
    const { crew, dispatch } = this
    if (crew.broken !== undefined) this.breakDown()
    const before = dispatch.waiting
    if (!this.halted) {
      crew.grow(before)
      dispatch.run(crew, this.beginJob, this.send)
      if (dispatch.waiting === 0) this.balance()
    }
    if (crew.setup.least < crew.setup.most) crew.shrink(dispatch.waiting)
    crew.hold(this.active.size > 0 || dispatch.waiting > 0 || crew.members.size > crew.size)
    if (dispatch.waiting < before) this.changed()
    this.closeIfDone()
  }

  /** Lets free workers help those that have more than they can begin. */
  private balance(): void {
    const { crew, dispatch } = this
    if (crew.free === 0 || crew.free === crew.size) {
      if (crew.free > 0) crew.rests()
      return
    }
    if (dispatch.balance(crew)) {
      if (dispatch.waiting > 0) dispatch.run(crew, this.beginJob, this.send)
    } else if (this.looking === undefined) {
      this.looking = new Timer(
        4,
        () => {
          this.looking = undefined
          this.work()
        },
        { ref: false },
      )
      this.looking.start()
    }
    crew.rests()
  }

  private readonly beginJob = (job: Job): boolean => {
    const { freight } = job
    if (freight === undefined || !(freight as Freight).begun) {
      if (!this.begin(job)) return false
      ;(freight as Freight).begun = true
      this.active.add(job)
      return true
    }
    return !job.done
  }

  private readonly send = (member: Member, jobs: Job[]): void => {
    member.send(jobs, (job, error) => this.finish(job, true, error))
    const { limits } = jobs[0]!
    // One with limits is alone.
    if (limits !== undefined) {
      const [job] = jobs as [Job]
      limits.giveUp = (error, aborted) => this.giveUp(member, job, error, aborted)
      if (limits.signal?.aborted) limits.giveUp(limits.signal.reason, true)
    }
  }

  private giveUp(member: Member, job: Job, error: unknown, aborted: boolean): void {
    if (job.done) return
    this.active.delete(job)
    if (aborted) this.abort(job, error)
    else this.end(job, true, error)
    member.abort(job, error)
    this.changed()
    this.pump()
  }

  private finish(job: Job, failed: boolean, value: unknown): void {
    if (!this.active.delete(job)) return
    this.end(job, failed, value)
  }

  /** A call that was begun, or sent before, cannot be made. */
  private lose(job: Job, error: unknown): void {
    if (job.done) this.active.delete(job)
    else this.finish(job, true, error)
  }

  private breakDown(): void {
    const { broken } = this.crew
    for (let job = this.dispatch.shift(); job !== undefined; job = this.dispatch.shift()) {
      if (freightOf(job)?.begun === true) this.lose(job, broken)
      else if (this.begin(job)) this.end(job, true, broken)
    }
    this.changed()
  }

  private closeIfDone(): void {
    if (this.alive || this.activeCount + this.pendingCount + this.delayedCount > 0) return
    this.crew.close()
    this.crew.hold(this.crew.members.size > 0)
    if (this.crew.members.size === 0) this.gone()
  }

  private whenGone(): Future<void> {
    this.ending ??= new Future<void>()
    if (this.crew.members.size === 0) this.gone()
    return this.ending
  }

  private gone(): void {
    if (this.alive) return
    this.ending ??= new Future<void>()
    if (!this.ending.done) this.ending.setResult()
  }

  private readonly leavers: { readonly left: Set<Member>; readonly future: Future<void> }[] = []

  private left(member: Member): void {
    for (const leaver of [...this.leavers]) {
      leaver.left.delete(member)
      if (leaver.left.size > 0) continue
      this.leavers.splice(this.leavers.indexOf(leaver), 1)
      leaver.future.setResult()
    }
  }

  /** What the members tell. */
  private readonly team: Team = {
    initialized: () => this.pump(),
    begins: (_member, job) => {
      const { limits } = job
      if (limits === undefined || limits.timeout === Infinity || limits.timer !== undefined) return
      limits.timer = limits.clock.after(
        limits.timeout,
        () => limits.giveUp?.(this.late(limits.timeout), false),
        undefined,
        true,
      )
    },
    ended: (_member, job, failed, value) => {
      this.crew.worked()
      this.finish(job, failed, value)
    },
    measured: (id, count, milliseconds) => this.entries[id]?.measured(count, milliseconds),
    told: () => {
      this.changed()
      this.work()
    },
    progress: (job, value) => {
      try {
        freightOf(job)?.onProgress?.(value)
      } catch (error) {
        console.error('onProgress of a call threw:', error)
      }
    },
    submitted: (member, report) => this.submitted(member, report),
    withdrawn: (member, id, reason) => this.withdrawn(member, id, reason),
    over: (member, death, begun, others) => this.over(member, death, begun, others),
  }

  private submitted(member: Member, { id, f, args, limited }: Extract<Report, { k: 'submit' }>): void {
    const job = new Job(elsewhere, NOTHING, Infinity, performance.now())
    const freight: Freight = {
      entry: this.entryFor(f),
      mode: CALL,
      value: args.packed ? args : args.value,
      packed: args.packed,
      transfer: NOTHING,
      weight: 1,
      alone: limited,
      nested: true,
      onProgress: undefined,
      begun: false,
    }
    job.freight = freight
    let jobs = this.nestedJobs.get(member)
    if (jobs === undefined) this.nestedJobs.set(member, (jobs = new Map()))
    jobs.set(id, job)
    job.addDoneCallback(() => {
      jobs.delete(id)
      let failed = false
      let packed
      try {
        packed = pack(job.poll(), 'the result')
      } catch (error) {
        failed = true
        packed = packFailure(error)
      }
      member.tell(id, failed, packed.parcel, packed.transfer)
    })
    this.enqueue(job)
  }

  private withdrawn(member: Member, id: number, reason: Parcel): void {
    const job = this.nestedJobs.get(member)?.get(id)
    if (job === undefined) return
    if (job.cancel()) return
    for (const each of this.crew.members)
      if (each.has(job)) return this.giveUp(each, job, unpack(reason), true)
  }

  private over(
    member: Member,
    death: Death | undefined,
    begun: readonly Job[],
    others: readonly Job[],
  ): void {
    const error =
      death?.error ?? new WorkerDiedError(`${member.name} ended before its work was done: it was replaced`)
    for (const job of begun) this.lose(job, error)
    const back = others.filter((job) => {
      const moved = !job.done && freightOf(job).transfer.length > 0
      if (moved) this.lose(job, error)
      return !moved
    })
    for (const job of back)
      if (job.limits !== undefined)
        job.limits.giveUp = (reason, aborted) => this.giveUp(member, job, reason, aborted)
    this.dispatch.putBack(back)
    for (const job of this.nestedJobs.get(member)?.values() ?? []) job.cancel()
    this.nestedJobs.delete(member)
    this.crew.over(member, death?.error)
    if (death !== undefined && begun.length === 0 && member.ready && !member.stopped)
      console.error(`${member.name} ended while it had nothing to do:`, death.error)
    this.left(member)
    this.refill()
    this.changed()
    this.pump()
    if (this.crew.members.size === 0) this.gone()
  }

  /** A pool keeps its least number of workers. */
  protected refill(): void {}
}

function isPrimitive(values: unknown): boolean {
  for (const value of values as readonly unknown[])
    if (typeof value === 'object' ? value !== null : typeof value === 'function' || typeof value === 'symbol')
      return false
  return true
}
