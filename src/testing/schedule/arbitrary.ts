/** Schedules for fast-check: drawn at random, and shrunk to few steps and switches. */
import type { Choose, Scheduler, Task } from '../../index.ts'
import { ScheduleError, type ScheduleOptions, type ScheduleProgram, type ScheduleReport } from './program.ts'
import { replayChoices } from './explore.ts'

/** What `schedules` needs of fast-check. */
export interface FastCheck<A> {
  constant(plan: SchedulePlan): A
  nat(max: number): any
  array(item: any, constraints: any): { map(f: (choices: number[]) => SchedulePlan): unknown }
}

/** Who goes on at each step: the first number chooses at the first step, and so on. 0 is who went on before. */
export class SchedulePlan {
  readonly choices: readonly number[]

  constructor(choices: readonly number[]) {
    this.choices = choices
    // How fast-check prints it.
    Object.defineProperty(this, Symbol.for('fast-check/toStringMethod'), {
      value: () => `SchedulePlan(${choices.join(' ')})`,
    })
  }

  /** Runs the program under this schedule. Throws a `ScheduleError` if it fails; its message has the trace. */
  run<S>(program: ScheduleProgram<S>, options: ScheduleOptions = {}): ScheduleReport {
    const report = replayChoices(program, this.choices, options)
    if (report.violation !== undefined) throw new ScheduleError(report.violation)
    return report
  }

  /** For `new Scheduler({ choose: plan.choose() })`: chooses tasks in the same way, once from the beginning. */
  choose(): Choose {
    let last: Task<any> | undefined
    let next = 0
    return (ready: readonly Task<any>[], _scheduler: Scheduler): Task<any> => {
      const order =
        last !== undefined && ready.includes(last) ? [last, ...ready.filter((task) => task !== last)] : ready
      last = order[(this.choices[next++] ?? 0) % order.length]!
      return last
    }
  }
}

/**
 * Schedules as an arbitrary: `fc.assert(fc.property(schedules(fc), (plan) => plan.run(program)))`. Shrinks towards few
 * steps with a choice, and few switches.
 */
export function schedules<A>(fc: FastCheck<A>, options: { readonly maxLength?: number } = {}): A {
  const { maxLength = 50 } = options
  return fc.array(fc.nat(9), { maxLength, size: 'max' }).map((choices) => new SchedulePlan(choices)) as A
}
