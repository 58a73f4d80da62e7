/** A scheduler that the test steps, with a clock that the test turns. */
import { Scheduler, type SchedulerOptions } from '../../src/index.ts'
import { ManualClock } from '../support/manual-clock.ts'

export interface Bench {
  readonly scheduler: Scheduler
  readonly clock: ManualClock
  /** Steps until nothing is ready. */
  settle(): void
  /** Turns the clock by so many milliseconds, and steps. */
  pass(milliseconds: number): void
}

export function bench(options: SchedulerOptions = {}): Bench {
  const clock = new ManualClock()
  const scheduler = new Scheduler({ clock, manual: true, ...options })
  const settle = (): void => void scheduler.runUntilIdle()
  return {
    scheduler,
    clock,
    settle,
    pass(milliseconds) {
      settle()
      for (let i = 0; i < milliseconds; i++) {
        clock.advance(1)
        settle()
      }
    },
  }
}
