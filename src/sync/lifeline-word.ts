/**
 * Whether a piece of work that another thread does is over, in one word.
 *
 *   word      meaning                                     goes to
 *   OPEN      nobody has begun it                         HELD(me) by anybody's bind; ENDED
 *   HELD(id)  the thread `id` is at it                    ENDED by anybody's end
 *   ENDED     over                                        nothing
 *
 * A word HELD by a dead thread reads as DIED; nothing has to be written for that, so a death between any two steps is
 * told like any other, and a death rings every bell.
 *
 * Invariants: the word never goes back. Once it is ENDED, or HELD by a dead thread, every waiting thread has been or
 * will be rung, by `finish` or by whoever declares the death. Nothing is taken, so a waiter that leaves owes nobody
 * anything.
 */
import { compareExchange, exchange, load } from '../wait/atomics.ts'
import type { Site } from '../wait/site.ts'
import { alive, ID_MASK } from '../wait/table.ts'

export const OPEN = 0
export const HELD: number = 1 << 30
export const ENDED: number = 2 << 30

/** What `look` answers. */
export const PENDING = 0
export const OVER = 1
export const DIED = 2

/** Makes the thread of the HELD word `me` the one that is at it; `false` if there was one, or it is over. */
export function bind(words: Int32Array, at: number, me: number): boolean {
  return compareExchange(words, at, OPEN, me) === OPEN
}

/** It is over; `false` if it was before. */
export function finish(words: Int32Array, at: number, site: Site | null): boolean {
  const before = exchange(words, at, ENDED)
  if (before === ENDED) return false
  site?.ringEach()
  return true
}

export function look(words: Int32Array, at: number, site: Site | null): number {
  const word = load(words, at)
  if (word === ENDED) return OVER
  if (word === OPEN || site === null || alive(site.table, word & ID_MASK)) return PENDING
  // It may have been ended by the thread that died, after the word was read.
  return load(words, at) === ENDED ? OVER : DIED
}
