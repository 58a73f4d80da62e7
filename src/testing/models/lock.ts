import type { SequentialSpec } from '../linearizability/spec.ts'
import { answers, maySucceed, mayThrow, model } from './model.ts'

/** Who holds the lock, and how often. */
export interface LockState {
  readonly owner: string | null
  readonly depth: number
  /** The last holder died with it and nobody has acquired it since. */
  readonly abandoned: boolean
}

/** Kinds of lock. */
export interface LockModelOptions {
  /** The owner may acquire again; default `false`. */
  readonly reentrant?: boolean
  /** `tryAcquire` may answer `false` although the lock is free, as where it is reserved for a thread that starves; default `false`. */
  readonly weakTry?: boolean
}

const FREE: LockState = { owner: null, depth: 0, abandoned: false }

/**
 * A lock owned by threads: `acquire()`, `tryAcquire() -> boolean`, `release()`, `locked() -> boolean`.
 * `died(thread)` gives back what that thread held; the next acquirer must then answer `'abandoned'` (and only it).
 * A release that threw is right only where the thread did not hold the lock.
 */
export function lock(options: LockModelOptions = {}): SequentialSpec<LockState> {
  const { reentrant = false, weakTry = false } = options
  const open = (state: LockState, thread: string): boolean =>
    state.owner === null || (reentrant && state.owner === thread)
  const take = (state: LockState, thread: string): LockState => ({
    owner: thread,
    depth: state.depth + 1,
    abandoned: false,
  })
  return model<LockState>({
    name: reentrant ? 'reentrant lock' : 'lock',
    init: () => FREE,
    key: ({ owner, depth, abandoned }) =>
      owner === null ? (abandoned ? 'abandoned' : 'free') : `${JSON.stringify(owner)} x${depth}`,
    waits: ['acquire'],
    ops: {
      acquire(state, _args, result, { thread }) {
        if (!open(state, thread)) return undefined
        const right = state.abandoned
          ? answers(result, 'abandoned')
          : answers(result, true) || result === undefined
        return right ? take(state, thread) : undefined
      },
      tryAcquire(state, _args, result, { thread }) {
        const isOpen = open(state, thread)
        if (result === false) return isOpen && !weakTry ? undefined : state
        if (!isOpen) return answers(result, false) ? state : undefined
        return answers(result, state.abandoned ? 'abandoned' : true) ? take(state, thread) : undefined
      },
      release(state, _args, result, { thread }) {
        if (state.owner !== thread) return mayThrow(result) ? state : undefined
        if (!maySucceed(result)) return undefined
        return state.depth > 1 ? { ...state, depth: state.depth - 1 } : FREE
      },
      locked: (state, _args, result) => (answers(result, state.owner !== null) ? state : undefined),
      died: (state, [thread]) =>
        state.owner === thread ? { owner: null, depth: 0, abandoned: true } : state,
    },
  })
}
