/** Begins tasks. */
import type { TaskBody } from './body.ts'
import { currentTask } from './current.ts'
import type { SpawnOptions } from './options.ts'
import { currentScheduler } from './scheduler.ts'
import type { Task } from './task.ts'

/** The type of `spawn`. */
export interface Spawn {
  /**
   * Begins a task: `spawn(function* () { … })` or `spawn(() => this.work())`. Its first step comes with its turn. Within a
   * task it is a child of that one, cancelled and awaited when its parent ends. A failure that nobody waits for is reported
   * once, to `setTaskFailureHook`. Throws `TypeError` unless `body` gives a generator.
   */
  <T>(body: TaskBody<T>, options?: SpawnOptions): Task<T>
  /** The same, as nobody's child: it outlives who spawned it. */
  detached<T>(body: TaskBody<T>, options?: SpawnOptions): Task<T>
}

/** Begins a task. */
export const spawn: Spawn = /* @__PURE__ */ Object.assign(
  <T>(body: TaskBody<T>, options?: SpawnOptions): Task<T> =>
    currentScheduler()._spawn(body, options, currentTask()),
  {
    detached: <T>(body: TaskBody<T>, options?: SpawnOptions): Task<T> =>
      currentScheduler()._spawn(body, options, undefined),
  },
)
