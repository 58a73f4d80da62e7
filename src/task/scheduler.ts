/**
 * Who runs next: a fair round robin over the tasks that are ready, in slices of a few milliseconds.
 *
 *   idle      nothing is ready; whoever makes a task ready asks for a slice, which begins in a microtask
 *   slice     steps one task after another until none is ready or the time is over
 *   over      the host has its turn (timers, I/O) before the next slice, whoever asks for it
 *
 * Invariants: a task is stepped only by `step`, never within another task's step; between two turns of the host all slices
 * together last `SLICE` milliseconds and one step. A scheduler with `manual: true` is only stepped by who calls `step()`:
 * it reads no time, so the same program takes the same steps.
 */
import { type DeadlockError, requireInteger, shown } from '../errors.ts'
import type { Operation } from '../operation/operation.ts'
import type { Clock, Suspend } from '../operation/waiter.ts'
import { now } from '../wait/atomics.ts'
import { thread } from '../wait/thread.ts'
import { generatorOf, type MemberBody, memberOf, type TaskBody } from './body.ts'
import { contextNow } from './context.ts'
import { deadlockOf, expectsEnd, expectsNoEnd, holderOf } from './deadlock.ts'
import { failureHook } from './failures.ts'
import { nextTurn } from './host-turn.ts'
import { localsNow, localsUsed, stepWithLocals } from './local.ts'
import {
  type Choose,
  type MonitorOptions,
  requireMonitorOptions,
  requireOptions,
  requireSpawnOptions,
  type SchedulerOptions,
  type SpawnOptions,
  type WaitingTask,
} from './options.ts'
import { ReadyQueue } from './ready.ts'
import { isTask, MAIN, READY, SEEN, siblings, Task, WAITING } from './task.ts'

/** Milliseconds that tasks run before the host has its turn. */
const SLICE = 4
/** At most so many steps or ready waits pass between two looks at the clock. */
const GRAIN = 32

/** Runs tasks. A thread has one of its own, which `spawn` and `run` use; make another for a test. */
export class Scheduler {
  /** Whether nobody steps it but who calls `step()`. */
  readonly manual: boolean
  private readonly options: SchedulerOptions
  private readonly queue: ReadyQueue = new ReadyQueue()
  private readonly pauses: boolean
  private readonly budget: number
  private readonly choose: Choose | undefined
  private lastId = 0
  private living = 0
  private youngest: Task<any> | null = null

  /** Whether a slice is asked for, or runs. */
  private awake = false
  private stepping = false
  /** Whether the host had its turn since the last slice began. */
  private turned = true
  private sliceEnd = 0
  /** Steps or ready waits until the next look at the clock, and what that was set to. */
  private ticks = 1
  private grain = 1
  private lookedAt = 0
  /** Ready waits that the running task still has. */
  private left = 0
  private unseen: Task<any>[] = []
  /** Taken out of the queue, and to be stepped next. */
  private held: Task<any> | null = null
  /** Is told how long each step took. */
  private watch: ((task: Task<any>, milliseconds: number) => void) | null = null
  /** How many tasks that `run` waits for are not over. */
  private mains = 0
  /** Tasks in the queue that were cancelled before their first step. */
  private ghosts = 0

  constructor(options: SchedulerOptions = {}) {
    const { choose, manual = false, budget = 64, pauseBeforeWaits = false } = requireOptions(options)
    this.budget = requireInteger('budget', budget, 1)
    this.choose = choose
    this.manual = manual
    this.pauses = pauseBeforeWaits
    this.options = options
  }

  /** Where the waits of its tasks take their time from. */
  get clock(): Clock {
    return this.options.clock ?? thread.clock
  }

  /** How many tasks are not over. */
  get size(): number {
    return this.living
  }

  /** Whether no task is ready: all wait, or there are none. */
  get idle(): boolean {
    return this.queue.size === this.ghosts && this.held === null
  }

  /** The tasks that can go on, in the order in which they became ready. */
  get ready(): readonly Task<unknown>[] {
    return this.queue.list().filter((task) => !task.done)
  }

  /** The tasks that are not over, parents before children. */
  tasks(): Task<unknown>[] {
    const all: Task<unknown>[] = siblings(this.youngest)
    for (let i = 0; i < all.length; i++) all.push(...siblings(all[i]!._child))
    return all
  }

  /** Who waits for what. */
  waiting(): WaitingTask[] {
    return this.tasks()
      .filter((task) => task._phase === WAITING)
      .map((task) => {
        const operation = task.operation as Operation<unknown>
        const reach = operation.reach()
        return { task, operation, waitsFor: operation.describe(), reach, holder: holderOf(operation) }
      })
  }

  /**
   * Begins a task: its first step comes with its turn. Within a task of this scheduler it is a child, cancelled and awaited
   * when that one ends.
   */
  spawn<T>(body: TaskBody<T>, options?: SpawnOptions): Task<T> {
    const { running } = thread
    const parent = isTask(running) && running.scheduler === this ? running : undefined
    return this._spawn(body, options, parent)
  }

  /**
   * Begins a task that is nobody's child, and gives a promise of its outcome. Its first step is taken within this call,
   * unless the scheduler is stepped by hand or by a strategy, or a step of it is under way.
   */
  run<T>(body: TaskBody<T>, options?: SpawnOptions): Promise<T> {
    const task = this.made<T>(options, undefined)
    task._body = within(this, generatorOf, body, task)
    this.link(task)
    task._flags |= MAIN | SEEN
    if (this.mains++ === 0 && !this.manual) expectsEnd(this)
    if (this.manual || this.choose !== undefined || this.stepping) this._ready(task)
    else {
      // No slice is under way whose time could be over: the step ends at a wait that is not ready, or by its budget.
      this.ticks = this.budget + 1
      this.enter(task)
      this.ticks = 0
    }
    return new Promise((resolve, reject) => void task.then(resolve, reject))
  }

  /** Steps one task, once; `false` if none is ready. Not to be called by a task. */
  step(): boolean {
    if (this.stepping) throw new TypeError('step() was called within a step of the same scheduler')
    const task = this.next()
    if (task === null) return false
    this.enter(task)
    return true
  }

  /** Steps tasks until none is ready; gives the number of steps. */
  runUntilIdle(): number {
    let steps = 0
    while (this.step()) steps++
    return steps
  }

  /**
   * Tells that no task can ever go on: none is ready, and each waits for what only another one could bring about. The error
   * lists who waits for what. Code outside of tasks is not known to it; so ask when there is none left that could help.
   */
  deadlock(): DeadlockError | undefined {
    if (!this.idle || this.living === 0) return undefined
    const waiting = this.waiting()
    if (waiting.some(({ reach }) => reach !== 0)) return undefined
    return deadlockOf(waiting)
  }

  /**
   * Tells of each step of a task that took longer than `threshold` milliseconds, during which nothing else could run in
   * this thread. `undefined` ends it. It costs two looks at the clock for each step.
   */
  monitor(options: MonitorOptions | undefined): void {
    if (options === undefined) {
      this.watch = null
      return
    }
    const { threshold, onBlocked } = requireMonitorOptions(options)
    this.watch = (task, milliseconds) => {
      if (milliseconds > threshold) onBlocked({ task, milliseconds })
    }
  }

  /** @internal The host's event loop has nothing left to do. */
  _runEmpty(): void {
    const error = this.deadlock()
    if (error === undefined) return
    const { onDeadlock } = this.options
    if (onDeadlock !== undefined) onDeadlock(error, this)
    else for (const task of this.tasks()) if ((task._flags & MAIN) !== 0) task._strand(error)
  }

  /** @internal */
  _spawn<T>(body: TaskBody<T>, options: SpawnOptions | undefined, parent: Task<any> | undefined): Task<T> {
    const task = this.made<T>(options, parent)
    task._body = within(this, generatorOf, body, task)
    this.link(task)
    this._ready(task)
    return task
  }

  /** @internal A member of a group. */
  _member<T>(body: MemberBody<T>, options: SpawnOptions | undefined, parent: Task<any> | undefined): Task<T> {
    const task = this.made<T>(options, parent)
    task._body = within(this, memberOf, body, task)
    // Shielded from the start is who has begun: an async function.
    if (task.scope?.shields === true) task._phase = READY
    this.link(task)
    this._ready(task)
    return task
  }

  private made<T>(options: SpawnOptions | undefined, parent: Task<any> | undefined): Task<T> {
    if (options !== undefined) requireSpawnOptions(options)
    const task = new Task<T>(
      this,
      ++this.lastId,
      parent,
      parent === undefined ? contextNow() : parent.context,
    )
    const locals = parent === undefined ? localsNow() : (parent._extras?.locals ?? null)
    if (locals !== null) task.extras().locals = locals
    if (options?.name !== undefined) task.extras().name = options.name
    if (options?.priority) task.extras().priority = options.priority
    return task
  }

  /** Whose turn it is; `null` if none is ready, nor becomes so by being told. */
  private next(): Task<any> | null {
    const { held } = this
    if (held !== null) {
      this.held = null
      return held
    }
    for (;;) {
      const task = this.take()
      if (task === null) {
        this.becomesIdle()
        if (this.idle) return null
      } else if (task.done) this.ghosts--
      else return task
    }
  }

  /** Steps a task in its asynchronous context. */
  private enter(task: Task<any>): void {
    const { context } = task
    if (context === null) this.stepOf(task)
    else context.runInAsyncScope(() => this.stepOf(task), undefined)
  }

  private stepOf(task: Task<any>): void {
    const { running } = thread
    this.stepping = true
    thread.running = task
    this.left = this.budget
    const began = this.watch === null ? 0 : now()
    try {
      if (localsUsed()) stepWithLocals(task)
      else task._step()
    } finally {
      thread.running = running
      this.stepping = false
      if (this.watch !== null) this.watch(task, now() - began)
    }
  }

  /** @internal A task can go on. */
  _ready(task: Task<any>): void {
    this.queue.push(task)
    if (this.awake || this.manual) return
    this.awake = true
    void resolved.then(this.slice)
  }

  /** @internal Whether the running task may perform a wait now, or has to give up its turn first. */
  _admits(): boolean {
    return !this.pauses && --this.left > 0 && (this.manual || --this.ticks > 0 || !this.late())
  }

  /** @internal A task was cancelled before its first step; it stays in the queue until its turn. */
  _neverRan(): void {
    this.ghosts++
  }

  /** @internal A task is over. */
  _over(task: Task<any>): void {
    this.living--
    if ((task._flags & MAIN) !== 0 && --this.mains === 0) expectsNoEnd(this)
    const { _older: older, _younger: younger, parent } = task
    if (older !== null) older._younger = younger
    if (younger !== null) younger._older = older
    else if (parent !== undefined) parent._child = older
    else this.youngest = older
    task._older = task._younger = null
  }

  /** @internal A task failed, and nobody waits for it yet. */
  _unseen(task: Task<any>): void {
    if (this.unseen.push(task) === 1 && !this.manual) nextTurn(this.tell)
  }

  private link(task: Task<any>): void {
    this.living++
    const { parent } = task
    const older = parent === undefined ? this.youngest : parent._child
    if (older !== null) {
      older._younger = task
      task._older = older
    }
    if (parent === undefined) this.youngest = task
    else parent._child = task
  }

  /** Takes out whose turn it is. */
  private take(): Task<any> | null {
    const { choose, queue } = this
    if (choose === undefined) return queue.shift()
    const { ready } = this
    if (ready.length === 0) return queue.shift()
    const chosen = choose(ready, this)
    const task = typeof chosen === 'number' ? ready[chosen] : chosen
    if (task === undefined || !ready.includes(task))
      throw new RangeError(
        `choose must give a task of ready or its index (0 to ${ready.length - 1}), got ${shown(chosen)}`,
      )
    queue.remove(task)
    return task
  }

  /** Steps tasks until none is ready, or it is the host's turn. */
  private readonly slice = (): void => {
    const began = now()
    if (this.turned) {
      this.turned = false
      this.sliceEnd = began + SLICE
      nextTurn(this.afterTurn)
    } else if (began >= this.sliceEnd) return
    this.lookedAt = began
    let over = false
    try {
      for (let task = this.next(); task !== null && !over; task = over ? null : this.next())
        over =
          task.context === null
            ? this.lap(task)
            : (task.context.runInAsyncScope(this.lap, undefined, task) as boolean)
    } finally {
      this.awake = over
    }
  }

  /** Steps tasks of one asynchronous context; `true` when it is the host's turn. */
  private readonly lap = (first: Task<any>): boolean => {
    const { context } = first
    const plain = this.watch === null && !localsUsed()
    let task: Task<any> | null = first
    while (task !== null) {
      if (plain) this.quickStepOf(task)
      else this.stepOf(task)
      if (--this.ticks <= 0 && this.late()) return true
      task = this.next()
      if (task !== null && task.context !== context) {
        this.held = task
        return false
      }
    }
    return false
  }

  /** The same as `stepOf`, where nobody measures it and there are no locals. A step of a task throws nothing. */
  private quickStepOf(task: Task<any>): void {
    const { running } = thread
    this.stepping = true
    thread.running = task
    this.left = this.budget
    task._step()
    thread.running = running
    this.stepping = false
  }

  /** The host had its turn. */
  private readonly afterTurn = (): void => {
    this.turned = true
    if (!this.idle) this.slice()
    else this.awake = false
  }

  /** Looks at the clock, and chooses when to look again: about twice a millisecond, as far as the past tells. */
  private late(): boolean {
    const time = now()
    const passed = time - this.lookedAt
    this.lookedAt = time
    this.grain = passed > 0.5 ? Math.max(1, this.grain >> 2) : Math.min(GRAIN, this.grain << 1)
    this.ticks = this.grain
    return time >= this.sliceEnd
  }

  private becomesIdle(): void {
    this.options.onIdle?.(this)
    if (this.manual && this.unseen.length > 0) this.tell()
  }

  /** Reports failures that still nobody waits for. */
  private readonly tell = (): void => {
    const { unseen } = this
    this.unseen = []
    for (const task of unseen) {
      if ((task._flags & SEEN) !== 0) continue
      task._flags |= SEEN
      const hook = this.options.onFailure ?? failureHook
      try {
        hook(task.failure(), task)
      } catch (error) {
        console.error('A hook for failures of tasks threw:', error)
      }
    }
  }
}

const resolved = /* @__PURE__ */ Promise.resolve()

/** The scheduler that a body is made for at this moment. */
let ambient: Scheduler | null = null

/** Calls `make`, which may ask for its scheduler. */
function within<B, T>(
  scheduler: Scheduler,
  make: (body: B, task: Task<T>) => Generator<Suspend, T, unknown>,
  body: B,
  task: Task<T>,
): Generator<Suspend, T, unknown> {
  const before = ambient
  ambient = scheduler
  try {
    return make(body, task)
  } finally {
    ambient = before
  }
}

/** The scheduler of the task whose code runs, or whose body is made; else the thread's. */
export function currentScheduler(): Scheduler {
  const { running } = thread
  return ambient ?? (isTask(running) ? running.scheduler : threadScheduler())
}

const KEY = Symbol.for('heddle.scheduler.1')

/** The scheduler of this thread, also for other copies of this package. */
export function threadScheduler(): Scheduler {
  return ((globalThis as { [KEY]?: Scheduler })[KEY] ??= new Scheduler())
}
