/**
 * One run of a program of tasks, step by step, on a scheduler and a clock of its own.
 *
 * A step is what a task does from one suspension to the next. Every wait is a suspension, also one that is ready: a task
 * stops before it performs an operation. So the program can be left wherever it says `yield*`, and nowhere else.
 *
 * What can happen next: a task that is ready goes on; the next alarm of the clock rings (when it is due already, when
 * nothing else can happen, or, where that was asked for, at any moment); a task is cancelled (where that was asked for).
 */
import { Scheduler, type Task } from '../../index.ts'
import { VirtualClock } from '../virtual-clock.ts'
import { Ledger } from './ledger.ts'
import type { Execution, Failure, FailureKind, Move, Touched } from './moves.ts'
import type { Scenario, ScheduleOptions } from './program.ts'
import { Tracer } from './tracer.ts'
import { Watch } from './watch.ts'

/** Where `choose` keeps whose turn it is among ready arms: under a global symbol, for all copies of the package. */
const ROTATION = Symbol.for('heddle.choose.1')

/** What a run does besides running. */
export interface WorldOptions extends ScheduleOptions {
  readonly traced?: boolean
  readonly watched?: boolean
}

interface Doing extends Move {
  readonly kind: 'task' | 'time' | 'quiet' | 'cancel'
  readonly task: Task<any> | undefined
}

export class World<S> implements Execution {
  failure: Failure | undefined = undefined
  touched: Touched = undefined
  private readonly scenario: Scenario<S>
  private readonly options: WorldOptions
  private readonly clock: VirtualClock = new VirtualClock()
  private readonly scheduler: Scheduler
  private readonly state: S
  private readonly watch: Watch | undefined
  private readonly tracer: Tracer | undefined
  /** What tasks are called in schedules. */
  private readonly names = new Map<Task<any>, string>()
  /** Those that are not over. */
  private readonly living = new Set<Task<any>>()
  /** How many tasks each has begun. */
  private readonly begun = new Map<string, number>()
  private readonly roots = new Map<string, Task<unknown>>()
  private next: readonly Doing[] = []
  private chosen: Task<any> | undefined
  private cancels: number

  constructor(scenario: Scenario<S>, options: WorldOptions) {
    this.scenario = scenario
    this.options = options
    const { cancels = 0, watched = false, traced = false } = options
    this.cancels = typeof cancels === 'number' ? cancels : cancels.most
    const rotation = (globalThis as { [ROTATION]?: { turn: number } })[ROTATION]
    if (rotation !== undefined) rotation.turn = 0
    this.scheduler = new Scheduler({
      clock: this.clock,
      manual: true,
      pauseBeforeWaits: true,
      choose: () => this.chosen as Task<any>,
      onFailure: (error, task) => this.fail('threw', `${this.nameOf(task)} failed: ${said(error)}`, error),
    })
    const state = scenario.setup?.() as S
    this.watch = watched ? new Watch() : undefined
    this.state = this.watch === undefined ? state : this.watch.observe(state)
    this.tracer = traced ? new Tracer(state) : undefined
    for (const [name, body] of Object.entries(scenario.tasks)) {
      const task = this.scheduler.spawn(() => body(this.state), { name })
      this.roots.set(name, task)
      this.names.set(task, name)
      this.living.add(task)
      this.watch?.observeTask(task, name)
    }
    this.watch?.observeClock(this.clock)
  }

  get trace(): readonly string[] {
    return this.tracer?.lines ?? []
  }

  moves(): readonly Move[] {
    const next: Doing[] = []
    for (const task of this.scheduler.ready) next.push(this.doing('task', task))
    const alarm = this.clock.next
    if (next.length === 0 && this.clock._quiet.size > 0)
      next.push({ key: 'time', actor: 'time', kind: 'quiet', task: undefined })
    else if (
      alarm !== undefined &&
      (next.length === 0 || alarm <= this.clock.now() || this.options.time === 'any')
    )
      next.push({ key: 'time', actor: 'time', kind: 'time', task: undefined })
    if (next.length === 0) this.over()
    else if (this.cancels > 0) this.addCancels(next)
    return (this.next = next)
  }

  take(index: number): void {
    const move = this.next[index] as Doing
    this.tracer?.before(move.actor, move.kind, move.task, this.clock.now())
    switch (move.kind) {
      case 'task':
        this.chosen = move.task
        this.scheduler.step()
        break
      case 'time':
        this.clock.step()
        break
      case 'quiet':
        this.clock._settle()
        break
      case 'cancel':
        this.cancels--
        ;(move.task as Task<any>).cancel('cancelled by the exploration')
    }
    this.touched = move.kind === 'task' ? this.watch?.taken() : undefined
    this.welcome(move.actor)
    this.tracer?.after(move.kind, move.task, this.clock.now())
    this.check(move)
  }

  end(): void {}

  private doing(kind: 'task', task: Task<any>): Doing {
    const key = this.nameOf(task)
    return { key, actor: key, kind, task }
  }

  private addCancels(next: Doing[]): void {
    const { cancels } = this.options
    for (const task of this.living) {
      const name = this.nameOf(task)
      if (task.done || task.cancelling || task.state === 'ending') continue
      if (typeof cancels === 'object' && !cancels.tasks.includes(name)) continue
      next.push({ key: `cancel:${name}`, actor: name, kind: 'cancel', task })
    }
  }

  /** Gives names to tasks that were begun in the last step. */
  private welcome(actor: string): void {
    for (const task of this.living) if (task.done) this.living.delete(task)
    if (this.scheduler.size === this.living.size) return
    const news = this.scheduler.tasks().filter((task) => !this.names.has(task))
    for (const task of news.sort((a, b) => a.id - b.id)) {
      const count = (this.begun.get(actor) ?? 0) + 1
      this.begun.set(actor, count)
      this.living.add(task)
      const name = `${actor}/${task.name === `task ${task.id}` ? count : task.name}`
      this.names.set(task, name)
      this.watch?.observeTask(task, name)
    }
  }

  private nameOf(task: Task<any>): string {
    return this.names.get(task) ?? task.name
  }

  private check({ task }: Doing): void {
    if (task !== undefined && task.state === 'failed' && this.roots.get(task.name) === task) {
      const error = failureOf(task)
      this.fail('threw', `${task.name} failed: ${said(error)}`, error)
    }
    if (this.failure === undefined && this.scenario.invariant !== undefined)
      this.attempt('invariant', () => this.scenario.invariant?.(this.state))
  }

  /** Nothing can happen any more. */
  private over(): void {
    this.scheduler.step() // tells of failures that nobody has seen
    if (this.failure !== undefined || this.scheduler.ready.length > 0) return
    const { daemons = [] } = this.options
    const stuck = [...this.living].filter((task) => !task.done && !daemons.includes(this.nameOf(task)))
    if (stuck.length > 0) {
      const lines = stuck.map((task) => `${this.nameOf(task)} waits in ${this.waitsIn(task)}`)
      this.fail('deadlock', `nothing can go on: ${lines.join('; ')}`)
      return
    }
    const results: Record<string, unknown> = {}
    for (const [name, task] of this.roots) results[name] = task.state === 'done' ? resultOf(task) : undefined
    this.attempt('end', () => this.scenario.atEnd?.(this.state, results))
    for (const ledger of Object.values((this.state ?? {}) as object))
      if (ledger instanceof Ledger && this.failure === undefined)
        this.attempt('lost result', () => ledger.check())
  }

  private waitsIn(task: Task<any>): string {
    const { operation, state } = task
    if (operation !== undefined) return this.tracer?.text(operation.describe()) ?? operation.describe()
    return state === 'ending' ? 'the end of its children' : state
  }

  private attempt(kind: FailureKind, f: () => void): void {
    try {
      f()
    } catch (error) {
      this.fail(kind, said(error), error)
    }
  }

  private fail(kind: FailureKind, message: string, error?: unknown): void {
    this.failure ??= { kind, message, error }
  }
}

function said(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error)
}

/** What a task that is over would give, or throw, to who waits for it. */
function resultOf(task: Task<any>): unknown {
  return task.poll()
}

function failureOf(task: Task<any>): unknown {
  try {
    task.poll()
  } catch (error) {
    return error
  }
  return undefined
}
