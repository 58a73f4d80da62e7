/** A schedule as plain numbers, which can be drawn at random and shrunk. */
import type { Choose, Scheduler, Task } from '../../index.ts'
import { ScheduleError, type ScheduleOptions, type ScheduleProgram, type ScheduleReport } from './program.ts'
import { replayChoices } from './explore.ts'

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
