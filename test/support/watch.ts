/** A perform whose outcome can be looked at without waiting for it. */
import type { Operation } from '../../src/index.ts'

export interface Watched<T> {
  /** `pending`, `value` or `error`. */
  state: 'pending' | 'value' | 'error'
  value: T | undefined
  error: unknown
  /** How often it ended; more than once is a fault. */
  ends: number
}

export function watch<T>(operation: Operation<T>): Watched<T> {
  const watched: Watched<T> = { state: 'pending', value: undefined, error: undefined, ends: 0 }
  void operation.then(
    (value) => {
      watched.state = 'value'
      watched.value = value
      watched.ends++
    },
    (error: unknown) => {
      watched.state = 'error'
      watched.error = error
      watched.ends++
    },
  )
  return watched
}

/** Lets everything run that is due. Browsers have no `setImmediate`. */
export async function settle(): Promise<void> {
  const turn = globalThis.setImmediate ?? setTimeout
  for (let i = 0; i < 3; i++) await new Promise<void>((done) => void turn(done))
}

/** Ends when it is so, however many turns that takes; the time that a test may take is the limit. */
export async function turnsUntil(isSo: () => boolean): Promise<void> {
  while (!isSo()) await settle()
}

/** The words for `states(...)`: value and error outcomes in short. */
export function states(watched: readonly Watched<unknown>[]): string[] {
  return watched.map(({ state, value, error }) =>
    state === 'value' ? String(value) : state === 'error' ? (error as Error).name : state,
  )
}
