/** What is explored: a small program of tasks. */
import type { Suspend } from '../../index.ts'
import type { FailureKind } from './moves.ts'

/** A generator function of the program; it gets what `setup` made. */
export type TaskProgram<S> = (state: S) => Generator<Suspend, unknown, unknown>

/** A program of tasks that share a state. It is run many times, so everything that it changes is made in `setup`. */
export interface Scenario<S = unknown> {
  /** Makes what the tasks share, afresh for each run. */
  setup?: (() => S) | undefined
  /** The tasks by name. They begin in any order, and may spawn others. */
  tasks: { readonly [name: string]: TaskProgram<S> }
  /** Called after each step; what it throws is a failure. */
  invariant?: ((state: S) => void) | undefined
  /** Called when all tasks are over, with what each returned; what it throws is a failure. */
  atEnd?: ((state: S, results: { readonly [name: string]: unknown }) => void) | undefined
}

/** A scenario, or one generator function: a task that spawns the others. */
export type ScheduleProgram<S = unknown> = Scenario<S> | TaskProgram<undefined>

/** What counts as a schedule, and where to stop. */
export interface ScheduleOptions {
  /** When time passes: only when nothing else can happen (`blocked`, the default), or at any moment (`any`). */
  time?: 'blocked' | 'any' | undefined
  /** How many tasks are cancelled at most, each wherever it stands; of all tasks, or of those named. Default 0. */
  cancels?: number | { readonly most: number; readonly tasks: readonly string[] } | undefined
  /** Tasks that need not end. */
  daemons?: readonly string[] | undefined
  /** Runs with more steps than this fail as `endless`. Default 1,000. */
  maxSteps?: number | undefined
}

/** How all schedules are explored. */
export interface ExploreSchedulesOptions extends ScheduleOptions {
  /** How often a task is left although it could go on, at most. Default: as often as there is. */
  preemptions?: number | undefined
  /**
   * Explores one of several schedules that differ only in the order of steps that touch nothing in common. Setting it states
   * that the tasks share nothing but `state`, and reach that through their parameter; what they do with it is observed.
   * Not together with `preemptions`. Default `false`.
   */
  reduce?: boolean | undefined
  /** More runs than this are an error. Default 1,000,000. */
  maxRuns?: number | undefined
}

/** Which schedules are drawn. */
export interface SampleSchedulesOptions extends ScheduleOptions {
  /** Draws the same schedules again; an integer. Default: another one each time. */
  seed?: number | undefined
  /** How many schedules are drawn. Default 1,000. */
  runs?: number | undefined
}

/** A schedule that fails. */
export interface ScheduleViolation {
  readonly kind: FailureKind
  readonly message: string
  /** What was thrown, where something was. */
  readonly error?: unknown
  /** One name a step: whose turn it was. `replaySchedule` takes it. */
  readonly schedule: readonly string[]
  /** How often another one came to its turn. */
  readonly switches: number
  /** One line a step. */
  readonly trace: readonly string[]
  /** The seed that draws this schedule in the first run, if it was drawn. */
  readonly seed?: number
}

/** What an exploration found. */
export interface ScheduleReport {
  /** How many schedules were run to their end, or to a failure. */
  readonly schedules: number
  /** How often the program was run, in all. */
  readonly runs: number
  /** The number of steps of the longest schedule. */
  readonly longest: number
  readonly violation?: ScheduleViolation
}

/** A schedule that fails, as an error; its message has the trace. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError'
  readonly violation: ScheduleViolation

  constructor(violation: ScheduleViolation) {
    super(
      describeViolation(violation),
      violation.error === undefined ? undefined : { cause: violation.error },
    )
    this.violation = violation
  }
}

/** A failing schedule as text: what went wrong, each step, and how to see it again. */
export function describeViolation(violation: ScheduleViolation): string {
  const { kind, message, trace, schedule, seed } = violation
  const again =
    seed === undefined
      ? `replaySchedule(program, '${schedule.join(' ')}')`
      : `sampleSchedules(program, { seed: ${seed}, runs: 1 })`
  return [`${kind}: ${message}`, ...trace, `again: ${again}`].join('\n')
}

/** Gives back `program`; for a scenario that is kept in a variable or made by a function, so that its state has a type. */
export function scenario<S>(program: Scenario<S>): Scenario<S> {
  return program
}

/** A program in its full form. */
export function scenarioOf<S>(program: ScheduleProgram<S>): Scenario<S> {
  if (typeof program === 'function') return { tasks: { main: program as TaskProgram<S> } }
  const { tasks } = (program ?? {}) as Partial<Scenario<S>>
  if (typeof tasks !== 'object' || tasks === null)
    throw new TypeError(
      'program must be a generator function or { setup?, tasks: { name: function* (state) {} }, … }',
    )
  if (Object.keys(tasks).length === 0) throw new RangeError('tasks: a program needs at least one task')
  for (const [name, body] of Object.entries(tasks)) {
    if (typeof body !== 'function') throw new TypeError(`tasks.${name} must be a generator function`)
    if (name === '' || name === 'time' || /\s/.test(name))
      throw new RangeError(`tasks: "${name}" is no name for a task; it is a word other than "time"`)
  }
  return program
}

/** Throws unless an option is an integer of at least `least`. */
export function requireCount(name: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value
  throw new RangeError(`${name} must be an integer of at least ${least}, got ${String(value)}`)
}
