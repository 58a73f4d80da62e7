/** Failures of tasks that nobody waited for. */
import type { TaskFailureHook } from './options.ts'

const logFailure: TaskFailureHook = (error, task) => {
  console.error(`${task.name} failed, and nobody waits for it:`, error)
}

/** What is told. */
export let failureHook: TaskFailureHook = logFailure

/** Replaces the hook; returns the one before. `undefined` brings back the first, which writes to `console.error`. */
export function setTaskFailureHook(next: TaskFailureHook | undefined): TaskFailureHook {
  const before = failureHook
  failureHook = next ?? logFailure
  return before
}
