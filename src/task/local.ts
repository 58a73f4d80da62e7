/**
 * Values that belong to a task: its children begin with them, and async functions that it calls see them.
 *
 * A task holds its values in one immutable map, shared with its children until one of them sets something. In async code
 * the map is found in an `AsyncLocalStorage`, which the steps of all tasks enter from the first `TaskLocal` on; where the
 * platform has none, only tasks have values of their own.
 */
import { requireFunction } from '../errors.ts'
import type { Suspend } from '../operation/waiter.ts'
import { type Storage, storage } from './context.ts'
import { currentTask, requireTask } from './current.ts'
import type { Steps } from './scoped.ts'
import type { Task } from './task.ts'

export type Locals = ReadonlyMap<TaskLocal<any>, unknown>

const NONE: Locals = /* @__PURE__ */ new Map()

let store: Storage<Locals> | undefined
let used = false
/** The values of code outside of tasks, where the platform has no storage. */
let outside: Locals = NONE

function here(): Locals {
  const task = currentTask()
  if (task !== undefined) return task._extras?.locals ?? NONE
  return store?.getStore() ?? outside
}

/** The values that a new task without a parent begins with. */
export function localsNow(): Locals | null {
  return used ? here() : null
}

/** Steps a task in a way that async functions which it calls find its values. */
export function stepWithLocals(task: Task<any>): void {
  if (store === undefined) task._step()
  else store.run(task._extras?.locals ?? NONE, () => task._step())
}

/** Whether there is any `TaskLocal`. */
export function localsUsed(): boolean {
  return used
}

/** A value that each task has for itself: `const user = new TaskLocal('nobody')`. */
export class TaskLocal<T> {
  /** What it is where nobody has set it. */
  readonly initial: T

  constructor(...initial: undefined extends T ? [initial?: T] : [initial: T]) {
    this.initial = initial[0] as T
    if (!used) {
      used = true
      store = storage()
    }
  }

  /** The value of the task, or the async context, whose code runs. */
  get(): T {
    const locals = here()
    return locals.has(this) ? (locals.get(this) as T) : this.initial
  }

  /** Sets it for the rest of the task (or async context), and for what it spawns from now on. */
  set(value: T): void {
    const locals = new Map(here()).set(this, value)
    const task = currentTask()
    if (task !== undefined) task.extras().locals = locals
    if (store !== undefined) store.enterWith(locals)
    else if (task === undefined) outside = locals
  }

  /** Calls `f` with the value set, and gives what it gives. Also for async functions, where the platform can. */
  run<R>(value: T, f: () => R): R {
    requireFunction('f', f)
    const before = here()
    const locals = new Map(before).set(this, value)
    const task = currentTask()
    const extras = task?.extras()
    if (extras !== undefined) extras.locals = locals
    else if (store === undefined) outside = locals
    try {
      return store === undefined ? f() : store.run(locals, f)
    } finally {
      if (extras !== undefined) extras.locals = before
      else if (store === undefined) outside = before
    }
  }

  /** The same for a part of a task: `yield* user.within('ada', function* () { … })`. */
  within<R>(value: T, body: () => Steps<R>): Generator<Suspend, R, unknown> {
    requireFunction('body', body)
    return this.inside(value, body)
  }

  private *inside<R>(value: T, body: () => Steps<R>): Generator<Suspend, R, unknown> {
    void requireTask('within')
    const before = this.get()
    this.set(value)
    try {
      return yield* body()
    } finally {
      this.set(before)
    }
  }
}
