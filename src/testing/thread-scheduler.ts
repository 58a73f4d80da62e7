/** The scheduler that `spawn` and `run` use outside of tasks; it stands under a global symbol, for all copies of the package. */
import type { Scheduler } from '../index.ts'

const KEY = Symbol.for('heddle.scheduler.1')

interface Global {
  [KEY]?: Scheduler | undefined
}

/** Replaces it; gives the one before. */
export function replaceScheduler(scheduler: Scheduler | undefined): Scheduler | undefined {
  const before = (globalThis as Global)[KEY]
  ;(globalThis as Global)[KEY] = scheduler
  return before
}
