/**
 * A lock whose release is at once the commit of what was done under it.
 *
 *   word         owner (30 bits), PARITY, CONTENDED
 *   FREE         owner 0                            HELD(me) by anybody's `enter`
 *   HELD(id)     the thread `id` works              FREE with the other parity by its `leave`: committed
 *                                                   FREE with the same parity: nothing happened
 *                                                   HELD(me), same parity, by anybody once `id` is dead: nothing happened
 *   CONTENDED    somebody sleeps for it             the next `leave` wakes all
 *
 * PARITY names which of two copies of the state holds; the owner writes into the other copy, and where no copy points.
 * So any step may be a thread's last: before the one store of `leave` nothing has happened, after it everything has.
 *
 * Source: shadow paging with a root pointer, as in LMDB's two meta pages, the pointer being one bit of a robust futex
 * lock (Drepper's three states; the owner's id in the word, as in POSIX robust mutexes).
 *
 * Invariants: only the owner changes the word's parity; the copy that PARITY names is written by nobody.
 * What is done under it is short, and never waits. Whoever finds it held by a living thread spins a little and then
 * sleeps in slices; that alone is how a sleeper learns that the owner died. Where a death can only be told to an event
 * loop, `enter` gives up after a while, so that the loop can turn.
 */
import { compareExchange, exchange, load, notify, now, wait } from '../wait/atomics.ts'
import { bury } from '../wait/death.ts'
import type { Site } from '../wait/site.ts'
import { alive, ID_MASK } from '../wait/table.ts'
import { thread } from '../wait/thread.ts'

const PARITY = 1 << 30
const CONTENDED = 1 << 31

/** Who has it where there is only one thread. */
export const ALONE = 1

const SPINS = 300
/** Milliseconds of one sleep. */
export const SLICE = 1
/** Milliseconds until `enter` gives up. */
const PATIENCE = 1_000

/** What `enter` answers when it gives up. */
export const BUSY: number = -1

/** Takes the lock and answers the parity, or `BUSY`. */
export function enter(words: Int32Array, at: number, site: Site | null): number {
  const word = load(words, at)
  const me = site === null ? ALONE : site.id
  if ((word & ID_MASK) === 0 && compareExchange(words, at, word, word | me) === word) return parityOf(word)
  return site === null ? BUSY : enterSlowly(words, at, site)
}

function enterSlowly(words: Int32Array, at: number, site: Site): number {
  let spins = thread.spin === 0 ? 0 : SPINS
  let since = -1
  for (;;) {
    const word = load(words, at)
    const owner = word & ID_MASK
    if (owner === 0 || !alive(site.table, owner)) {
      if (compareExchange(words, at, word, (word & ~ID_MASK) | site.id) === word) return parityOf(word)
    } else if (spins > 0) spins--
    else if ((word & CONTENDED) === 0) compareExchange(words, at, word, word | CONTENDED)
    else {
      if (since < 0) since = now()
      else if (now() - since > PATIENCE) return BUSY
      else bury(site.table)
      sleep(words, at, word)
    }
  }
}

/** Gives it back with `parity`. */
export function leave(words: Int32Array, at: number, parity: number): void {
  if ((exchange(words, at, parity << 30) & CONTENDED) !== 0) notify(words, at)
}

/** Commits without giving it back. */
export function flip(words: Int32Array, at: number): void {
  for (let word = load(words, at); ;) {
    const before = compareExchange(words, at, word, word ^ PARITY)
    if (before === word) return
    word = before
  }
}

function parityOf(word: number): number {
  return (word >>> 30) & 1
}

/** Until the word changes, a slice long at most; not at all where a thread may not sleep. */
function sleep(words: Int32Array, at: number, word: number): void {
  try {
    wait(words, at, word, SLICE)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
}
