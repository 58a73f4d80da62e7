/** The asynchronous context (`AsyncLocalStorage`) of a submission, for a call that runs later. */

/** Runs a function in the context that was current when this was made. */
export interface Context {
  runInAsyncScope<A extends readonly unknown[], R>(f: (...args: A) => R, self: unknown, ...args: A): R
}

interface Hooks {
  readonly AsyncResource?: new (type: string) => Context
}

/** Absent on platforms that have no such thing. */
const Resource: Hooks['AsyncResource'] = /* @__PURE__ */ (() =>
  (
    globalThis as { process?: { getBuiltinModule?(name: string): Hooks | undefined } }
  ).process?.getBuiltinModule?.('node:async_hooks')?.AsyncResource)()

/** The context of the caller. */
export function context(): Context | undefined {
  return Resource === undefined ? undefined : new Resource('heddle.submit')
}
