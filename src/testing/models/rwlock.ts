import type { SequentialSpec } from '../linearizability/spec.ts'
import { answers, maySucceed, mayThrow, model } from './model.ts'

/** Who reads (each as often as it holds a read) and who writes. */
export interface RWLockState {
  readonly readers: readonly string[]
  readonly writer: string | null
  readonly abandoned: boolean
}

/**
 * Many readers or one writer: `read()`, `write()`, `tryRead() -> boolean`, `tryWrite() -> boolean`, `releaseRead()`,
 * `releaseWrite()`. `died(thread)` gives all its holds back; after a writer's death the next hold answers
 * `'abandoned'`. A preference between readers and writers is a matter of fairness, which no history can show.
 */
export function rwlock(options: { readonly weakTry?: boolean } = {}): SequentialSpec<RWLockState> {
  const { weakTry = false } = options
  type Mode = 'read' | 'write'
  const open = (state: RWLockState, mode: Mode): boolean =>
    state.writer === null && (mode === 'read' || state.readers.length === 0)
  const take = (state: RWLockState, mode: Mode, thread: string): RWLockState =>
    mode === 'read'
      ? { readers: [...state.readers, thread].sort(), writer: null, abandoned: false }
      : { readers: [], writer: thread, abandoned: false }
  const acquire = (mode: Mode) => (state: RWLockState, result: unknown, thread: string) => {
    if (!open(state, mode)) return undefined
    const right = state.abandoned
      ? answers(result, 'abandoned')
      : answers(result, true) || result === undefined
    return right ? take(state, mode, thread) : undefined
  }
  const tryAcquire = (mode: Mode) => (state: RWLockState, result: unknown, thread: string) => {
    const isOpen = open(state, mode)
    if (result === false) return isOpen && !weakTry ? undefined : state
    if (!isOpen) return answers(result, false) ? state : undefined
    return answers(result, state.abandoned ? 'abandoned' : true) ? take(state, mode, thread) : undefined
  }
  return model<RWLockState>({
    name: 'rwlock',
    init: () => ({ readers: [], writer: null, abandoned: false }),
    waits: ['read', 'write'],
    ops: {
      read: (state, _args, result, { thread }) => acquire('read')(state, result, thread),
      write: (state, _args, result, { thread }) => acquire('write')(state, result, thread),
      tryRead: (state, _args, result, { thread }) => tryAcquire('read')(state, result, thread),
      tryWrite: (state, _args, result, { thread }) => tryAcquire('write')(state, result, thread),
      releaseRead(state, _args, result, { thread }) {
        const at = state.readers.indexOf(thread)
        if (at < 0) return mayThrow(result) ? state : undefined
        return maySucceed(result)
          ? { ...state, readers: state.readers.filter((_, i) => i !== at) }
          : undefined
      },
      releaseWrite(state, _args, result, { thread }) {
        if (state.writer !== thread) return mayThrow(result) ? state : undefined
        return maySucceed(result) ? { ...state, writer: null } : undefined
      },
      died(state, [thread]) {
        const readers = state.readers.filter((reader) => reader !== thread)
        return state.writer === thread ? { readers, writer: null, abandoned: true } : { ...state, readers }
      },
    },
  })
}
