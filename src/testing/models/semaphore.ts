import type { SequentialSpec } from '../linearizability/spec.ts'
import { answers, count, maySucceed, mayThrow, model } from './model.ts'

/** Permits that are free (negative after a `resize` below what is out), permits in all, and who has how many. */
export interface SemaphoreState {
  readonly value: number
  readonly size: number
  readonly out: Readonly<Record<string, number>>
}

/** Kinds of semaphore. */
export interface SemaphoreModelOptions {
  readonly permits?: number
  /** A release beyond `permits` throws; default `false`. */
  readonly bounded?: boolean
  /** `tryAcquire` may answer `false` although there are permits, as where they are reserved for others; default `false`. */
  readonly weakTry?: boolean
}

/**
 * Weighted permits: `acquire(n = 1)`, `tryAcquire(n = 1) -> boolean`, `release(n = 1)`, `resize(permits)`,
 * `value() -> number`. `died(thread)` gives back what is out in that thread; a release lowers the count of the
 * releasing thread, not below 0.
 */
export function semaphore(options: SemaphoreModelOptions = {}): SequentialSpec<SemaphoreState> {
  const { permits = 1, bounded = false, weakTry = false } = options
  const take = (state: SemaphoreState, n: number, thread: string): SemaphoreState => ({
    ...state,
    value: state.value - n,
    out: withCount(state.out, thread, (state.out[thread] ?? 0) + n),
  })
  return model<SemaphoreState>({
    name: bounded ? 'bounded semaphore' : 'semaphore',
    init: () => ({ value: permits, size: permits, out: {} }),
    waits: ['acquire'],
    ops: {
      acquire(state, args, result, { thread }) {
        const n = count(args, 0, 1)
        if (state.value < n || !(answers(result, true) || result === undefined)) return undefined
        return take(state, n, thread)
      },
      tryAcquire(state, args, result, { thread }) {
        const n = count(args, 0, 1)
        const enough = state.value >= n
        if (result === false) return enough && !weakTry ? undefined : state
        if (!answers(result, enough)) return undefined
        return enough ? take(state, n, thread) : state
      },
      release(state, args, result, { thread }) {
        const n = count(args, 0, 1)
        if (bounded && state.value + n > state.size) return mayThrow(result) ? state : undefined
        if (!maySucceed(result)) return undefined
        const left = Math.max(0, (state.out[thread] ?? 0) - n)
        return { ...state, value: state.value + n, out: withCount(state.out, thread, left) }
      },
      resize(state, args, result) {
        if (!maySucceed(result)) return undefined
        const size = count(args, 0, 0)
        return { ...state, size, value: state.value + size - state.size }
      },
      value: (state, _args, result) => (answers(result, state.value) ? state : undefined),
      died(state, [thread]) {
        const name = String(thread)
        return { ...state, value: state.value + (state.out[name] ?? 0), out: withCount(state.out, name, 0) }
      },
    },
  })
}

/** A copy with one entry changed, its keys sorted so that equal states have equal keys; zero is no entry. */
function withCount(out: Readonly<Record<string, number>>, thread: string, n: number): Record<string, number> {
  const entries = Object.entries(out).filter(([name]) => name !== thread)
  if (n > 0) entries.push([thread, n])
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}
