/** What `heddle/threads` knows of the thread it runs in; one for all copies of the package. */
import { HeddleError } from '../index.ts'
import type { Analysis } from './self-contained-scope.ts'

interface State {
  /** Portable functions and classes, by module and name. */
  readonly portables: Map<string, Function>
  /** The module that a worker of ours loads at this moment. */
  loading: string | undefined
  /** The last numbers given to names, by prefix. */
  readonly numbers: Map<string, number>
  /** Whether the entry file of this worker imports the modules of portable functions itself. */
  preloaded: boolean
  /** Loads the parser where that takes a moment; see `self-contained-load.ts`. */
  parser: (() => Promise<{ readonly analyse: (source: string) => Analysis }>) | undefined
}

const KEY = Symbol.for('heddle.threads.1')

export const state: State = ((globalThis as { [KEY]?: State })[KEY] ??= {
  portables: new Map(),
  loading: undefined,
  numbers: new Map(),
  preloaded: false,
  parser: undefined,
})

/** `prefix-1`, `prefix-2`, … */
export function numbered(prefix: string): string {
  const number = (state.numbers.get(prefix) ?? 0) + 1
  state.numbers.set(prefix, number)
  return `${prefix}-${number}`
}

/** Throws `HeddleError` while a worker of ours loads a module: `what`, say `a thread`, would be made by each worker anew. */
export function refuseWhileLoading(what: string): void {
  if (state.loading === undefined) return
  throw new HeddleError(
    `${what} was made while ${state.loading} was being loaded in a thread itself, and each new one would load it again, ` +
      'for ever; put what is run in threads into a module of its own, or make threads and pools on the main thread only ' +
      "(in Node, Bun and Deno: import { isMainThread } from 'node:worker_threads'; if (isMainThread) { … })",
  )
}
