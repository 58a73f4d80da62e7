/**
 * Who waits for a condition, and who was told, by thread.
 *
 *   slot   OWNER     0 | id of the thread that these words are of
 *          WAITING   its waits that have begun and not yet ended: those that were told, too, until they hold the lock
 *          NOTIFIED  how many of those were told; 0 <= NOTIFIED <= WAITING
 *
 *   enter     WAITING+1                          before the lock is given up
 *   give      NOTIFIED+1, then ring              by whoever notifies
 *   leave     WAITING-1, NOTIFIED-1 if told      after the lock is held again
 *   reap      gives what a dead thread was told to others, then OWNER = 0
 *
 * Source: our own. Every change is made with the condition's lock held, so that there is nothing to race with: the words
 * need no more than plain reads and writes, and only NOTIFIED is looked at without the lock, by the thread that waits. A
 * wait counts until its thread holds the lock again: what a thread was told and did not live to act on is still there to
 * be given on. A waiter that sees such an orphan goes for the lock, reaps with the lock held, and sleeps on if the
 * notification went elsewhere.
 *
 * Invariants: no more waits end as told than notifications were given, plus one for each death between the two steps of
 * `reap`. A notification that found a living waiter ends the wait of a living waiter, or there was none left. A thread
 * whose NOTIFIED exceeds what it has told its own waiters is rung, or will look by itself (it enters under the lock and
 * looks again after it is parked). A notification is never kept for a wait that begins later.
 *
 * Cancellation: a wait that ends otherwise leaves under the lock as well, or another wait or notify of its thread, which
 * holds the lock, leaves in its name before it tells anybody. If every other wait of its thread was told
 * already, one notification is left over, and `leave` says so: give it to somebody else. Only a wait that cannot get the
 * lock back (it was poisoned) leaves without it; then a notification given at that moment may be told to a later wait.
 */
import { add, load, store } from '../wait/atomics.ts'
import type { Site } from '../wait/site.ts'
import { alive, highWater, SLOTS, slotOf } from '../wait/table.ts'

export const OWNER = 0
export const WAITING = 1
export const NOTIFIED = 2
/** The words of one thread. */
export const STRIDE = 3
/** The words of a condition that threads share. */
export const SHARED_WORDS: number = SLOTS * STRIDE

/** What `give` answers. */
export const NOBODY = 0
export const REMOTE = 1
export const LOCAL = 2

/** Where this thread's own words begin. */
export function ownAt(at: number, site: Site | null): number {
  return site === null ? at : at + STRIDE * slotOf(site.id)
}

/** One more wait of this thread. The lock is held. */
export function enter(words: Int32Array, at: number, site: Site | null): void {
  const own = ownAt(at, site)
  if (site !== null) {
    reap(words, at, site)
    if (load(words, own + OWNER) !== site.id) {
      store(words, own + WAITING, 0)
      store(words, own + NOTIFIED, 0)
      store(words, own + OWNER, site.id)
    }
  }
  add(words, own + WAITING, 1)
}

/**
 * A wait of this thread ends. Answers `true` if a notification is left over, for `give`. The lock is held.
 */
export function leave(words: Int32Array, at: number, site: Site | null, told: boolean): boolean {
  const own = ownAt(at, site)
  const waiting = add(words, own + WAITING, -1) - 1
  const surplus = !told && load(words, own + NOTIFIED) > waiting
  if (told || surplus) add(words, own + NOTIFIED, -1)
  return surplus
}

/** How many of this thread's waits were told. Needs no lock. */
export function told(words: Int32Array, at: number, site: Site | null): number {
  return load(words, ownAt(at, site) + NOTIFIED)
}

/** Tells one waiting thread, the first from slot `from` on. The lock is held. `LOCAL` means this very thread. */
export function give(words: Int32Array, at: number, site: Site | null, from: number): number {
  if (site === null) return tell(words, at) ? LOCAL : NOBODY
  const high = highWater(site.table)
  for (let i = 0; i < high; i++) {
    const slot = (from + i) % high
    const base = at + STRIDE * slot
    const id = load(words, base + OWNER)
    if (!alive(site.table, id) || !tell(words, base)) continue
    if (id === site.id) return LOCAL
    site.ring(id)
    if (alive(site.table, id)) return REMOTE
    // It died in between: those who were rung for that have perhaps looked already, so nobody would find this.
    add(words, base + NOTIFIED, -1)
  }
  return NOBODY
}

function tell(words: Int32Array, base: number): boolean {
  if (load(words, base + WAITING) <= load(words, base + NOTIFIED)) return false
  add(words, base + NOTIFIED, 1)
  return true
}

/** How many notifications stand with dead threads. Needs no lock. */
export function orphans(words: Int32Array, at: number, site: Site | null): number {
  if (site === null) return 0
  let sum = 0
  for (let slot = highWater(site.table) - 1; slot >= 0; slot--) {
    const base = at + STRIDE * slot
    const id = load(words, base + OWNER)
    if (id !== 0 && !alive(site.table, id)) sum += load(words, base + NOTIFIED)
  }
  return sum
}

/**
 * Gives what dead threads were told to those who wait now, this thread first. The lock is held. Gives before it takes:
 * a death in between tells one waiter too many, never one too few. Answers whether this thread was told something.
 */
export function reap(words: Int32Array, at: number, site: Site): boolean {
  let local = false
  for (let slot = highWater(site.table) - 1; slot >= 0; slot--) {
    const base = at + STRIDE * slot
    const id = load(words, base + OWNER)
    if (id === 0 || alive(site.table, id)) continue
    while (load(words, base + NOTIFIED) > 0) {
      local = give(words, at, site, slotOf(site.id)) === LOCAL || local
      add(words, base + NOTIFIED, -1)
    }
    store(words, base + OWNER, 0)
  }
  return local
}

/** The waits of all living threads that nobody has told yet. */
export function waiting(words: Int32Array, at: number, site: Site | null): number {
  if (site === null) return load(words, at + WAITING) - load(words, at + NOTIFIED)
  let sum = 0
  for (let slot = highWater(site.table) - 1; slot >= 0; slot--) {
    const base = at + STRIDE * slot
    if (alive(site.table, load(words, base + OWNER)))
      sum += load(words, base + WAITING) - load(words, base + NOTIFIED)
  }
  return sum
}
