/** Explores a program of tasks: every schedule, some schedules drawn by a seed, or one that is known. */
import { setDebug } from '../../index.ts'
import type { Execution } from './moves.ts'
import {
  type ExploreSchedulesOptions,
  requireCount,
  type SampleSchedulesOptions,
  ScheduleError,
  scenarioOf,
  type ScheduleOptions,
  type ScheduleProgram,
  type ScheduleReport,
  type ScheduleViolation,
} from './program.ts'
import { freshSeed } from './random.ts'
import {
  pickAsRecorded,
  pickByChoices,
  pickBySeed,
  type Run,
  runOnce,
  shorten,
  switchesOf,
} from './sample.ts'
import { search } from './search.ts'
import { World } from './world.ts'

const MAX_STEPS = 1_000

/**
 * Runs the program under every schedule, and gives the shortest failing one. What fails a schedule: a task that throws
 * (a spawned one: and nobody waits for it), the invariant, `atEnd`, a deadlock, a value of a `Ledger` that does not arrive,
 * more than `maxSteps` steps. Throws `RangeError` when `maxRuns` runs are not enough, `UnrepeatableError` when the program
 * depends on something else than its schedule. Everything happens in this call.
 */
export function exploreSchedules<S>(
  program: ScheduleProgram<S>,
  options: ExploreSchedulesOptions = {},
): ScheduleReport {
  const { preemptions = Infinity, reduce = false, maxRuns = 1_000_000 } = options
  if (preemptions !== Infinity) requireCount('preemptions', preemptions, 0)
  if (reduce && preemptions !== Infinity)
    throw new TypeError(
      'reduce: schedules with bounded preemptions cannot be reduced; leave out one of the two',
    )
  requireCount('maxRuns', maxRuns, 1)
  const begin = beginning(program, { ...options, watched: reduce })
  const maxSteps = maxStepsOf(options)
  const { found, complete, runs, longest } = quick(() =>
    search(begin, { preemptions, reduce, maxRuns, maxSteps }),
  )
  const report = { schedules: complete, runs, longest }
  if (found === undefined) return report
  const best = reduce
    ? quick(() => shorten(beginning(program, options), found, maxSteps)).schedule
    : found.schedule
  return { ...report, violation: replayed(program, best, options) }
}

/**
 * Runs the program under some schedules that are drawn by `seed`, and gives the first failing one, shortened. Its `seed`
 * draws it again: `sampleSchedules(program, { seed, runs: 1 })`.
 */
export function sampleSchedules<S>(
  program: ScheduleProgram<S>,
  options: SampleSchedulesOptions = {},
): ScheduleReport {
  const { seed = freshSeed(), runs = 1_000 } = options
  if (!Number.isInteger(seed)) throw new RangeError(`seed must be an integer, got ${String(seed)}`)
  requireCount('runs', runs, 1)
  const maxSteps = maxStepsOf(options)
  const begin = beginning(program, options)
  return quick(() => {
    const usual = runOnce(begin, pickAsRecorded([]), maxSteps)
    let longest = 0
    for (let i = 0; i < runs; i++) {
      const run = runOnce(begin, pickBySeed(seed + i, usual.schedule.length), maxSteps)
      longest = Math.max(longest, run.schedule.length)
      if (run.failure === undefined) continue
      const { schedule } = shorten(begin, run, maxSteps)
      const violation = { ...replayed(program, schedule, options), seed: seed + i }
      return { schedules: i + 1, runs: i + 1, longest, violation }
    }
    return { schedules: runs, runs, longest }
  })
}

/**
 * Runs the program under one schedule: what a violation has as `schedule`, or the same as words. Where it names a task that
 * cannot go on, that is left out; where it is over, the run goes on by itself.
 */
export function replaySchedule<S>(
  program: ScheduleProgram<S>,
  schedule: readonly string[] | string,
  options: ScheduleOptions = {},
): ScheduleReport & { readonly trace: readonly string[] } {
  const moves = typeof schedule === 'string' ? schedule.split(/\s+/).filter(Boolean) : [...schedule]
  const run = traced(program, moves, options)
  const report = { schedules: 1, runs: 1, longest: run.schedule.length, trace: run.trace }
  return run.failure === undefined ? report : { ...report, violation: violationOf(run) }
}

/** Runs the program under the schedule that a plan describes. */
export function replayChoices<S>(
  program: ScheduleProgram<S>,
  choices: readonly number[],
  options: ScheduleOptions,
): ScheduleReport {
  const { schedule } = quick(() =>
    runOnce(beginning(program, options), pickByChoices(choices), maxStepsOf(options)),
  )
  return replaySchedule(program, schedule, options)
}

/**
 * As `exploreSchedules`, or as `sampleSchedules` where `seed` or `runs` is given, but a failing schedule is thrown: as a
 * `ScheduleError`, whose message has the trace.
 */
export function verifySchedules<S>(
  program: ScheduleProgram<S>,
  options: ExploreSchedulesOptions & SampleSchedulesOptions = {},
): ScheduleReport {
  const drawn = options.seed !== undefined || options.runs !== undefined
  const report = drawn ? sampleSchedules(program, options) : exploreSchedules(program, options)
  if (report.violation !== undefined) throw new ScheduleError(report.violation)
  return report
}

/** Without the development aid: the stacks that it takes are most of a run's time, and what a run leaves waiting is no fault. */
function quick<T>(f: () => T): T {
  const before = setDebug(false)
  try {
    return f()
  } finally {
    setDebug(before)
  }
}

function beginning<S>(
  program: ScheduleProgram<S>,
  options: ScheduleOptions & { readonly traced?: boolean; readonly watched?: boolean },
): () => Execution {
  const scenario = scenarioOf(program)
  requireNames(scenario.tasks, options)
  return () => new World(scenario, options)
}

function requireNames(tasks: object, { cancels = 0, daemons = [] }: ScheduleOptions): void {
  if (typeof cancels === 'number') requireCount('cancels', cancels, 0)
  else requireCount('cancels.most', cancels.most, 0)
  const cancelled = typeof cancels === 'number' ? [] : cancels.tasks
  for (const [option, names] of Object.entries({ 'cancels.tasks': cancelled, daemons }))
    for (const name of names)
      if (!Object.hasOwn(tasks, name.split('/')[0]!))
        throw new RangeError(`${option}: there is no task named "${name}"`)
}

function maxStepsOf({ maxSteps = MAX_STEPS }: ScheduleOptions): number {
  return requireCount('maxSteps', maxSteps, 1)
}

function traced<S>(program: ScheduleProgram<S>, schedule: readonly string[], options: ScheduleOptions): Run {
  const begin = beginning(program, { ...options, traced: true })
  return quick(() => runOnce(begin, pickAsRecorded(schedule), maxStepsOf(options)))
}

function replayed<S>(
  program: ScheduleProgram<S>,
  schedule: readonly string[],
  options: ScheduleOptions,
): ScheduleViolation {
  return violationOf(traced(program, schedule, options))
}

function violationOf({ failure, schedule, trace }: Run): ScheduleViolation {
  if (failure === undefined)
    throw new Error('the failing schedule passed when it was repeated: the program depends on something else')
  return { ...failure, schedule, switches: switchesOf(schedule), trace }
}
