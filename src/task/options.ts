/** What schedulers take and tell. */
import { type DeadlockError, requireFunction, requireInteger, requireMilliseconds, shown } from '../errors.ts'
import type { Operation } from '../operation/operation.ts'
import type { Clock } from '../operation/waiter.ts'
import type { Scheduler } from './scheduler.ts'
import type { Task } from './task.ts'

/** Chooses who runs next: one of `ready`, or its index there. They are in the order in which they became ready. */
export type Choose = (ready: readonly Task<unknown>[], scheduler: Scheduler) => Task<any> | number

/** A failure that nobody waited for. */
export type TaskFailureHook = (error: unknown, task: Task<unknown>) => void

/** What `new Scheduler` takes. */
export interface SchedulerOptions {
  /** Where the waits of its tasks take their time from. Default: the thread's clock. */
  clock?: Clock | undefined
  /** Chooses the next task, at every step. Default: round robin, by priority. */
  choose?: Choose | undefined
  /** Nobody steps it but who calls `step()`. Default `false`: it runs in the thread's event loop. */
  manual?: boolean | undefined
  /** How many waits in a row a task may find ready before it gives up its turn; an integer of at least 1. Default 64. */
  budget?: number | undefined
  /**
   * Every wait is a point where another task may be chosen: a task suspends before it performs an operation, and
   * `task.operation` tells which. Default `false`.
   */
  pauseBeforeWaits?: boolean | undefined
  /** Called each time no task is ready any more, with tasks left or not. What it makes ready runs on. */
  onIdle?: ((scheduler: Scheduler) => void) | undefined
  /** Is told, once each, of the failures that nobody waited for. Default: `setTaskFailureHook`. */
  onFailure?: TaskFailureHook | undefined
  /** Is told when no task can ever go on. Default: the tasks that `run` waits for fail with that error. */
  onDeadlock?: ((error: DeadlockError, scheduler: Scheduler) => void) | undefined
}

/** What `spawn` and `run` take. */
export interface SpawnOptions {
  /** How it reads in dumps and messages. Default: `task` and its id. */
  name?: string | undefined
  /** Higher goes first; lower ones still have their turn. An integer, default 0. */
  priority?: number | undefined
}

/** One task that waits, and for what. */
export interface WaitingTask {
  readonly task: Task<unknown>
  readonly operation: Operation<unknown>
  /** As `operation.describe()` has it: `Lock#1.acquire`. */
  readonly waitsFor: string
  /** Whether time, or another thread, can end the wait; otherwise only code of this thread can. */
  readonly reach: number
  /** Who holds what it waits for, where that is known. */
  readonly holder: string | undefined
}

/** A step of a task that took long. */
export interface Blocked {
  readonly task: Task<unknown>
  readonly milliseconds: number
}

/** What `scheduler.monitor` takes. */
export interface MonitorOptions {
  /** How long a step may take, in milliseconds. Default 50. */
  threshold?: number | undefined
  /** Is told of each step that took longer. Default: `console.warn`. */
  onBlocked?: ((blocked: Blocked) => void) | undefined
}

/** Throws if one of them is wrong. */
export function requireOptions(options: SchedulerOptions): SchedulerOptions {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`options must be an object { clock?, choose?, manual?, … }, got ${shown(options)}`)
  const { clock, choose } = options
  if (clock !== undefined && typeof clock?.after !== 'function')
    throw new TypeError(`clock must be a Clock { now, after, cancel }, got ${shown(clock)}`)
  if (choose !== undefined) requireFunction('choose', choose)
  for (const name of ['onIdle', 'onFailure', 'onDeadlock'] as const)
    if (options[name] !== undefined) requireFunction(name, options[name])
  return options
}

export function requireSpawnOptions(options: SpawnOptions): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`options must be an object { name?, priority? }, got ${shown(options)}`)
  const { name, priority } = options
  if (name !== undefined && typeof name !== 'string')
    throw new TypeError(`name must be a string, got ${shown(name)}`)
  if (priority !== undefined) requireInteger('priority', priority, -(2 ** 31))
}

function logBlocked({ task, milliseconds }: Blocked): void {
  console.warn(`${task.name} kept this thread busy for ${Math.round(milliseconds)} ms without a wait`)
}

/** Throws if one of them is wrong; fills in the others. */
export function requireMonitorOptions(options: MonitorOptions): {
  threshold: number
  onBlocked: (blocked: Blocked) => void
} {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`options must be an object { threshold?, onBlocked? }, got ${shown(options)}`)
  const { threshold = 50, onBlocked = logBlocked } = options
  requireMilliseconds('threshold', threshold)
  requireFunction('onBlocked', onBlocked)
  return { threshold, onBlocked }
}
