/**
 * The state of an exclusive lock in one word, in one thread and between threads.
 *
 *   word          meaning                                    goes to
 *   FREE          nobody holds it                            HELD(me) by anybody's take
 *   HELD(id)      held by the thread `id`                    FREE by the holder's give; HELD(id)+WANTED by a waiter;
 *                                                            HELD(me)+WANTED, abandoned, once `id` is dead; POISONED
 *   ... + WANTED  the same, and its give has to look         FREE or RESERVED by the holder's give; otherwise as HELD
 *                 who waits
 *   RESERVED(id)  free, but kept for the starving `id`       HELD(id)+WANTED; HELD(me)+WANTED once `id` no longer
 *                                                            waits, or the reservation is 10 ms old
 *   POISONED      no more to be had                          FREE by `heal`
 *
 * Source: the futex lock of Drepper and the starvation mode of Go's `sync.Mutex`, with offers in place of transfers:
 * ownership is only ever taken by the owner's own compare-and-swap, so a wake-up that goes astray idles the lock and
 * never loses it. Owner and generation live in the state itself, so that any step may be a thread's last.
 *
 * WANTED spares the give of an uncontended lock the look at the waiter words: one compare-and-swap tells. A waiter that
 * finds the lock held marks it before it sleeps; who was rung and takes, takes it marked, for those that were not rung.
 *
 * Invariants: at most one living thread reads HELD(itself). While living threads wait, the word is HELD by a living
 * thread and WANTED, or one of the waiting is rung and will look; or the word is RESERVED for one that is.
 * Cancellation: who leaves lets somebody look (`pass`), or marks the word of a living holder in their name.
 */
import { compareExchange, exchange, load, now, store } from '../wait/atomics.ts'
import type { Site } from '../wait/site.ts'
import { alive, ID_MASK } from '../wait/table.ts'

export const FREE = 0
export const RESERVED: number = 1 << 30
export const HELD: number = 2 << 30
export const POISONED: number = 3 << 30
const KIND = 3 << 30
/** Lies in bits of the slot number that no table uses. */
export const WANTED: number = 1 << 9
const HOLDER = ID_MASK & ~WANTED

/** A reservation that is not used within this time lapses. */
const LAPSE = 10

/** So often in a row may a thread pass the lock on to its own waiters while another thread waits. */
const TURNS = 32

/** What `take` answers. */
export const NONE = 0
export const TAKEN = 1
export const ABANDONED = 2
export const SPOILT = 3

/** Takes the lock for `me`, a HELD word, if nobody has a better right to it. */
export function take(words: Int32Array, at: number, me: number, site: Site | null): number {
  const mine = site !== null && site.waiting ? me | WANTED : me
  const found = compareExchange(words, at, FREE, mine)
  if (found === FREE) return TAKEN
  return site === null ? (found === POISONED ? SPOILT : NONE) : takeSlowly(words, at, me, site, found)
}

function takeSlowly(words: Int32Array, at: number, me: number, site: Site, found: number): number {
  for (let word = found; ;) {
    if (word === POISONED) return SPOILT
    const kind = word & KIND
    const id = word & HOLDER
    if (kind !== RESERVED) site.reserved = 0
    if (kind === HELD && alive(site.table, id)) {
      if (!site.waiting || (word & WANTED) !== 0) return NONE
      const before = compareExchange(words, at, word, word | WANTED)
      if (before === word) return NONE
      word = before
      continue
    }
    if (kind === RESERVED && id !== site.id && site.waits(id) && !lapsed(site, word)) return NONE
    const before = compareExchange(words, at, word, word !== FREE || site.waiting ? me | WANTED : me)
    if (before === word) return kind === HELD ? ABANDONED : TAKEN
    word = before
  }
}

/** Whether a reservation has stood for too long, as far as this thread has seen. */
function lapsed(site: Site, word: number): boolean {
  const time = now()
  if (site.reserved !== word) {
    site.reserved = word
    site.reservedAt = time
  }
  return time - site.reservedAt >= LAPSE
}

/**
 * Whether the holder may pass the lock on to a waiter of its own thread, the word untouched. Not if another thread
 * starves, and only so many times in a row if another thread waits at all.
 */
export function mayHandOver(site: Site | null): boolean {
  if (site === null) return true
  if (site.alone()) {
    site.handed = 0
    return true
  }
  if (++site.handed <= TURNS) return site.starving() === 0
  // A thread that died waiting has left its hint bit: with nobody alive to be rung, giving would strand the own waiters.
  if (site.next() !== 0) return false
  site.handed = 0
  return true
}

/** Gives the lock back, to whoever starves first. The caller holds it. */
export function give(words: Int32Array, at: number, me: number, site: Site | null): void {
  if (site === null) {
    store(words, at, FREE)
    return
  }
  site.reserved = 0
  if (compareExchange(words, at, me, FREE) === me) return
  const starving = site.starving()
  // Only a thread that declared this one dead could have changed the word meanwhile.
  compareExchange(words, at, me | WANTED, starving === 0 ? FREE : RESERVED | starving)
  pass(words, at, site)
}

/** Somebody must look. A living holder will see to it when it gives the lock back, if it is told to. */
export function pass(words: Int32Array, at: number, site: Site): void {
  for (;;) {
    const word = load(words, at)
    const id = word & HOLDER
    if (word === POISONED) return site.ringEach()
    if ((word & KIND) === RESERVED && site.waits(id)) return site.ring(id)
    if ((word & KIND) !== HELD || !alive(site.table, id)) return site.ringNext()
    if ((word & WANTED) !== 0 || site.deserted()) return
    if (compareExchange(words, at, word, word | WANTED) === word) return
  }
}

/** Marks what the lock guards as beyond repair. The caller holds it. */
export function spoil(words: Int32Array, at: number, site: Site | null): void {
  exchange(words, at, POISONED)
  site?.ringEach()
}

/** Makes a poisoned lock usable again; `false` if it is not poisoned. */
export function heal(words: Int32Array, at: number): boolean {
  return compareExchange(words, at, POISONED, FREE) === POISONED
}

/** Whether a living thread holds it. */
export function isHeld(words: Int32Array, at: number, site: Site | null): boolean {
  const word = load(words, at)
  return (word & KIND) === HELD && (site === null || alive(site.table, word & HOLDER))
}

/** Whether the thread of `me`, a HELD word, holds it. */
export function holds(words: Int32Array, at: number, me: number): boolean {
  return (load(words, at) & ~WANTED) === me
}
