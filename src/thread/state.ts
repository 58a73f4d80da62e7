/** What `heddle/threads` knows of the thread it runs in; one for all copies of the package. */

interface State {
  /** Portable functions by module and name. */
  readonly portables: Map<string, Function>
  /** The module that a worker of ours loads at this moment. */
  loading: string | undefined
  /** The last numbers given to names, by prefix. */
  readonly numbers: Map<string, number>
}

const KEY = Symbol.for('heddle.threads.1')

export const state: State = ((globalThis as { [KEY]?: State })[KEY] ??= {
  portables: new Map(),
  loading: undefined,
  numbers: new Map(),
})

/** `prefix-1`, `prefix-2`, … */
export function numbered(prefix: string): string {
  const number = (state.numbers.get(prefix) ?? 0) + 1
  state.numbers.set(prefix, number)
  return `${prefix}-${number}`
}
