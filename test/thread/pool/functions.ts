/** The functions of `fixtures/calls.mjs`, which has no types. */
import type { Portable } from 'heddle/threads'

type Name =
  | 'add'
  | 'asksLate'
  | 'asTask'
  | 'awaitsAbort'
  | 'busy'
  | 'counted'
  | 'describe'
  | 'echo'
  | 'exits'
  | 'fail'
  | 'failsToSetUp'
  | 'givesFunction'
  | 'hold'
  | 'late'
  | 'memory'
  | 'nestedFailure'
  | 'nestedLimit'
  | 'plusOne'
  | 'setsUpAtLast'
  | 'setUp'
  | 'spins'
  | 'square'
  | 'steps'
  | 'sum'
  | 'thread'
  | 'throwsLater'
  | 'uncloneable'
  | 'untilAborted'

export const functions = (await import('./fixtures/calls.mjs' as string)) as Record<Name, Portable>

/** Words that threads and the test wait on. */
export function words(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(16))
}

/** Waits until `words[at]` is at least `value`. */
export async function reaches(words: Int32Array, at: number, value: number): Promise<void> {
  while (Atomics.load(words, at) < value) await new Promise((resolve) => setImmediate(resolve))
}

/** Lets those that `hold` go on. */
export function letGo(words: Int32Array): void {
  Atomics.store(words, 1, 1)
  Atomics.notify(words, 1)
}
