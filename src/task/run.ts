/** Runs a generator as a main task. */
import type { TaskBody } from './body.ts'
import type { SpawnOptions } from './options.ts'
import { threadScheduler } from './scheduler.ts'

/**
 * Runs `body` as a task of this thread's scheduler: it waits by `const value = yield* operation`. Gives a promise of what it
 * returns, rejected with what it throws. The task is nobody's child; what it spawns is over before the promise settles.
 */
export function run<T>(body: TaskBody<T>, options?: SpawnOptions): Promise<T> {
  return threadScheduler().run(body, options)
}
