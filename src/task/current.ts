/** The task whose code runs. */
import { NotInTaskError } from '../errors.ts'
import { thread } from '../wait/thread.ts'
import { isTask, type Task } from './task.ts'

/** The task whose code runs, `undefined` outside of tasks. */
export function currentTask(): Task<unknown> | undefined {
  const { running } = thread
  return isTask(running) ? running : undefined
}

/** The same; throws `NotInTaskError` outside of tasks. */
export function requireTask(verb: string): Task<unknown> {
  const task = currentTask()
  if (task === undefined)
    throw new NotInTaskError(`${verb} works in a task: yield* it in a generator that run or spawn was given`)
  return task
}
