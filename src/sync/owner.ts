/**
 * Whose code runs, for locks that have owners.
 *
 *   the `owner` option              whatever the caller says, by identity
 *   a running task                  the task; a procedure that async code awaits counts as one
 *   the async context of a run      where the platform has it: code within is a child of the run's owner
 *   the thread                      only as it goes to sleep in `block()`, or has done so
 *
 * Several flows can share one async context (`Promise.all`), so the context alone owns nothing: it only says whose child
 * an acquisition is, and each acquisition by context is a child of its own.
 */
import { thread } from '../wait/thread.ts'
import type { Who } from './guard.ts'

/** Names the owner of an acquisition. */
export interface OwnerOptions {
  /** Who acquires: any value, compared by identity. Default: the current task, async context or thread. */
  owner?: unknown
}

/** The owner of what is acquired by `block()` outside tasks and runs. */
export const THE_THREAD: unique symbol = Symbol('the thread')

/** The code that a run started, in one lock: nested scopes form a chain through all locks. */
interface Scope {
  readonly lock: object
  readonly owner: unknown
  readonly outer: Scope | undefined
}

interface Storage {
  getStore(): Scope | undefined
  run<R>(scope: Scope, fn: () => R): R
}

interface Hooks {
  AsyncLocalStorage?: new () => Storage
}

/** Made at the first run, not at import: on some platforms every promise pays for it. */
let storage: Storage | undefined

function contexts(): Storage | undefined {
  if (storage !== undefined) return storage
  const host = (globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }).process
  const hooks = host?.getBuiltinModule?.('node:async_hooks') as Hooks | undefined
  return hooks?.AsyncLocalStorage === undefined ? undefined : (storage = new hooks.AsyncLocalStorage())
}

/** Calls `fn` as code of `owner`. */
export function runAs<R>(lock: object, owner: unknown, outer: unknown, fn: () => R): R {
  const place = contexts()
  return place === undefined ? fn() : place.run({ lock, owner, outer: outer as Scope | undefined }, fn)
}

/** The scope that this code runs in, for `runAs`. */
export function scopeNow(): unknown {
  return storage?.getStore()
}

/** The owner of the innermost run of `lock` that this code runs in. */
function contextOf(lock: object): unknown {
  let scope = storage?.getStore()
  while (scope !== undefined && scope.lock !== lock) scope = scope.outer
  return scope?.owner
}

/** Whose code runs now; `undefined` if nothing tells. Outside `block()` it may be the thread's. */
export function whoNow(lock: object, options: OwnerOptions | undefined): Who {
  if (options?.owner !== undefined) return { owner: options.owner, context: undefined }
  const { running } = thread
  // The context of a task's step is that of whoever resumed it, so it is not asked.
  if (running !== null && !running.blocking) return { owner: running, context: undefined }
  const context = contextOf(lock)
  if (context !== undefined) return { owner: undefined, context }
  return { owner: THE_THREAD, context: undefined }
}
