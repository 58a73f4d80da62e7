/** The asynchronous context (`AsyncLocalStorage`) of a piece of code, kept across its waits where the platform has one. */

/** Runs `f` in the kept context. */
export type Context = <T>(f: () => T) => T

interface Storage {
  readonly AsyncLocalStorage: { snapshot?(): Context }
}

declare const process: { getBuiltinModule?(name: string): Storage | undefined } | undefined

const storage: Storage['AsyncLocalStorage'] | undefined = /* @__PURE__ */ (() =>
  typeof process === 'undefined'
    ? undefined
    : process.getBuiltinModule?.('node:async_hooks')?.AsyncLocalStorage)()

/** The context of the caller; `undefined` where there is no such thing. */
export function context(): Context | undefined {
  return storage?.snapshot?.()
}
