/** The asynchronous context (`AsyncLocalStorage`) that tasks run in: that of the code that began their first ancestor. */

/** Runs functions in a context. */
export interface Context {
  runInAsyncScope<A extends readonly unknown[], R>(f: (...args: A) => R, self: unknown, ...args: A): R
}

/** The part of `AsyncLocalStorage` that is used here. */
export interface Storage<T> {
  getStore(): T | undefined
  run<R>(value: T, f: () => R): R
  enterWith(value: T): void
}

interface Hooks {
  readonly AsyncResource?: new (type: string) => Context
  readonly AsyncLocalStorage?: new () => Storage<any>
}

let hooks: Hooks | undefined

/** Absent in pages. */
function found(): Hooks {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): Hooks | undefined } }
  return (hooks ??= process?.getBuiltinModule?.('node:async_hooks') ?? {})
}

/** The context of the caller. */
export function contextNow(): Context | null {
  const { AsyncResource } = found()
  return AsyncResource === undefined ? null : new AsyncResource('heddle.task')
}

/** A new storage, where the platform has such a thing. */
export function storage<T>(): Storage<T> | undefined {
  const { AsyncLocalStorage } = found()
  return AsyncLocalStorage === undefined ? undefined : new AsyncLocalStorage()
}
