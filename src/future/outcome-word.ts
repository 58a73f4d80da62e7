/**
 * An outcome on its way between threads: its bytes in memory of their own, their number in one word, and a lifeline that
 * is bound to the thread that brings the outcome about.
 *
 *   lifeline   word   read as
 *   HELD       any    PENDING
 *   ENDED      n      n bytes
 *   DIED       n      n bytes: all of them were written before the word, the thread died between the word and the end
 *   DIED       0      NONE
 *
 * Invariants: only the thread that is bound writes, first the bytes, then the word, then the end; nothing changes after
 * the end, and nothing after a death. So the lifeline says when to look, the word what there is, and all readers agree.
 * Cancellation: a reader that leaves has taken nothing.
 */
import { load, store } from '../wait/atomics.ts'

/** What `bytesOf` answers while the outcome is not there. */
export const PENDING = -1
/** What it answers when there will never be one. */
export const NONE = 0

interface Line {
  readonly outcome: string | undefined
  end(): boolean
}

/** The outcome is there: `count` bytes, at least one, which were written before. */
export function publish(words: Int32Array, at: number, count: number, line: Line): void {
  store(words, at, count)
  line.end()
}

/** How many bytes the outcome has. */
export function bytesOf(words: Int32Array, at: number, line: Line): number {
  return line.outcome === undefined ? PENDING : load(words, at)
}
