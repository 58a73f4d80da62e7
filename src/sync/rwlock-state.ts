/**
 * The state of a lock that many read or one writes, in one thread and between threads.
 *
 *   word          meaning                                      goes to
 *   FREE          no writer has or wants it                    PENDING(me) by a writer
 *   READ          a writer gave it back; those who waited to   PENDING(me) once none of them is left, or after 10 ms
 *                 read go first
 *   RESERVED(id)  as FREE, but kept for the starving `id`      PENDING(id); PENDING(me) or FREE once `id` no longer
 *                                                              waits, or after 10 ms
 *   PENDING(id)   `id` waits for the readers to leave          HELD(id) by `id` once it has seen no reader; FREE if it
 *                                                              leaves; void once it no longer waits, or if it has not
 *                                                              taken it for 10 ms though no reader was left
 *   HELD(id)      `id` writes                                  READ, RESERVED or FREE as it gives it back; once `id` is
 *                                                              dead HELD(me) by a writer or FREE by a reader, abandoned
 *   POISONED      no more to be had                            FREE by `heal`
 *
 *   slot   OWNER  0 | id of the thread that these words are of      written by that thread only
 *          COUNT  its readers, times two, plus WANT if it waits to read
 *
 * Source: the phase-fair lock of Brandenburg and Anderson, with a count for each thread in place of common ones: a
 * dead thread's count stops counting by itself. A reader counts itself first and looks at the word then; a writer
 * writes the word first and looks at the counts then; so of two that meet at least one sees the other, and the reader
 * is the one that steps back.
 *
 * Phases: a reader is refused while a writer is PENDING, so new readers starve no writer. A writer is refused while
 * the word is READ and a reader from before waits, so writers starve no reader. Among writers a thread that was rung in
 * vain too often is reserved for.
 *
 * Invariants
 *   1  While a living thread reads HELD(itself) no living thread's reader is inside, and nobody else's HELD stands.
 *   2  PENDING(id) is only ever written by `id`, which looks at all counts after that and before HELD(id). Whoever
 *      takes it for void replaces it before going in, so that the swap to HELD fails.
 *   3  A reader goes in under FREE or READ only, having counted itself before it read that. Within a thread that has
 *      a reader inside, a sleeper may go in beside it: its thread's count keeps the writer out already.
 *   4  A living thread that waits is rung, or will be by a living thread inside, whenever it could go in.
 *
 * Cancellation: `leave` takes back PENDING, RESERVED and WANT of this thread, then lets somebody look.
 */
import { compareExchange, exchange, load, now, store } from '../wait/atomics.ts'
import type { Site } from '../wait/site.ts'
import { alive, highWater, ID_MASK, SLOTS, slotOf } from '../wait/table.ts'

export const FREE = 0
const READ: number = 1 << 30
const PENDING: number = 1 << 30
export const HELD: number = 2 << 30
export const POISONED: number = 3 << 30
const KIND = 3 << 30
const RESERVED = FREE

const LAPSE = 10
const WANT = 1
const READER = 2

/** Where a thread's two words begin: OWNER, then COUNT. */
const SLOT0 = 1
export const PRIVATE_WORDS = 3
export const SHARED_WORDS: number = SLOT0 + 2 * SLOTS

/** What `read` and `write` answer. */
export const NONE = 0
export const TAKEN = 1
export const ABANDONED = 2
export const SPOILT = 3

function ownerAt(at: number, slot: number): number {
  return at + SLOT0 + 2 * slot
}

/** Where this thread's COUNT is; takes the words over from a former thread of the slot. */
function ownCount(words: Int32Array, at: number, site: Site | null): number {
  if (site === null) return at + SLOT0 + 1
  const owner = ownerAt(at, slotOf(site.id))
  if (load(words, owner) !== site.id) {
    store(words, owner + 1, 0)
    store(words, owner, site.id)
  }
  return owner + 1
}

/** Sets up the words of a thread that reads or writes as they become shared. Nobody else knows them yet. */
export function begin(words: Int32Array, at: number, id: number, word: number, readers: number): void {
  store(words, at, word === HELD ? HELD | id : word)
  store(words, ownerAt(at, slotOf(id)), id)
  store(words, ownerAt(at, slotOf(id)) + 1, readers * READER)
}

/** How many of this thread read. */
export function ownReaders(words: Int32Array, at: number, site: Site | null): number {
  return load(words, ownCount(words, at, site)) >> 1
}

/**
 * Goes in to read, if that is possible now. `parked` says that this thread waits at the site; `beside` that it may go in
 * beside readers of its own thread though a writer waits.
 */
export function read(
  words: Int32Array,
  at: number,
  site: Site | null,
  parked: boolean,
  beside: boolean,
): number {
  const own = ownCount(words, at, site)
  if (site === null) {
    const word = load(words, at)
    if (word !== FREE) return word === POISONED ? SPOILT : NONE
    store(words, own, load(words, own) + READER)
    return TAKEN
  }
  // Said before the word is read: whoever opens it afterwards sees that there is somebody to let in.
  if (parked && (load(words, own) & WANT) === 0) store(words, own, load(words, own) | WANT)
  const first = load(words, at)
  if (first === POISONED) return spoilt(words, own)
  if (!(beside && load(words, own) >= READER) && !mayRead(words, at, site, first, 0)) return NONE
  store(words, own, load(words, own) + READER)
  const outcome = enter(words, at, site, beside && load(words, own) >= 2 * READER)
  if (outcome === TAKEN || outcome === ABANDONED) {
    store(words, own, load(words, own) & ~WANT)
    site.reserved = 0
    if ((parked || outcome === ABANDONED) && !site.alone()) wake(words, at, site)
    return outcome
  }
  // A writer may have seen the count that is taken back here.
  store(words, own, load(words, own) - READER)
  if (load(words, own) >> 1 === 0) wake(words, at, site)
  return outcome === SPOILT ? spoilt(words, own) : NONE
}

function spoilt(words: Int32Array, own: number): number {
  store(words, own, load(words, own) & ~WANT)
  return SPOILT
}

/** The reader has counted itself: makes the word one under which it is inside, or refuses. */
function enter(words: Int32Array, at: number, site: Site, beside: boolean): number {
  for (;;) {
    const word = load(words, at)
    if (word === POISONED) return SPOILT
    if (word === FREE || word === READ || beside) return TAKEN
    if (!mayRead(words, at, site, word, 1)) return NONE
    if (compareExchange(words, at, word, FREE) === word) return (word & KIND) === HELD ? ABANDONED : TAKEN
  }
}

/** Whether the word, as it is or once it is replaced, lets a reader in that counted itself `counted` times. */
function mayRead(words: Int32Array, at: number, site: Site, word: number, counted: number): boolean {
  const id = word & ID_MASK
  if (word === POISONED) return false
  if ((word & KIND) === HELD) {
    site.reserved = 0
    return !alive(site.table, id)
  }
  return id === 0 || id === site.id || isVoid(words, at, site, word, counted)
}

/** Whether PENDING(id) or RESERVED(id) need not be honoured any more, with `counted` readers only trying. */
function isVoid(words: Int32Array, at: number, site: Site, word: number, counted: number): boolean {
  if (!site.waits(word & ID_MASK)) return true
  if ((word & KIND) === RESERVED || readers(words, at, site) <= counted) return lapsed(site, word)
  site.reserved = 0
  return false
}

function lapsed(site: Site, word: number): boolean {
  const time = now()
  if (site.reserved !== word) {
    site.reserved = word
    site.reservedAt = time
  }
  return time - site.reservedAt >= LAPSE
}

/** Goes in to write, if that is possible now. A parked writer that cannot stays PENDING, and keeps new readers out. */
export function write(words: Int32Array, at: number, site: Site | null, parked: boolean): number {
  if (site === null) {
    const word = load(words, at)
    if (word !== FREE) return word === POISONED ? SPOILT : NONE
    if (load(words, at + SLOT0 + 1) !== 0) return NONE
    store(words, at, HELD)
    return TAKEN
  }
  const own = ownCount(words, at, site)
  if ((load(words, own) & WANT) !== 0) store(words, own, load(words, own) & ~WANT)
  const pending = PENDING | site.id
  const already = load(words, at) === pending
  if (!parked && !already && readers(words, at, site) > 0) return load(words, at) === POISONED ? SPOILT : NONE
  for (;;) {
    const word = load(words, at)
    if (word === POISONED) return SPOILT
    if (word !== pending) {
      if (!mayWrite(words, at, site, word)) return NONE
      const next = (word & KIND) === HELD ? HELD | site.id : pending
      if (compareExchange(words, at, word, next) !== word) continue
      if (next !== pending) return ABANDONED // nobody was inside beside the dead one
    }
    site.reserved = 0
    if (readers(words, at, site) > 0) {
      if (!parked && !already && compareExchange(words, at, pending, FREE) === pending) wake(words, at, site)
      return NONE
    }
    if (compareExchange(words, at, pending, HELD | site.id) === pending) return TAKEN
  }
}

/** Whether a writer may replace the word by its own. */
function mayWrite(words: Int32Array, at: number, site: Site, word: number): boolean {
  const id = word & ID_MASK
  if (word === FREE) return true
  if (word === READ) return !anyWants(words, at, site) || lapsed(site, word)
  if ((word & KIND) === HELD) {
    site.reserved = 0
    return !alive(site.table, id)
  }
  return id === site.id || isVoid(words, at, site, word, 0)
}

/** A reader of this thread goes out. */
export function readDone(words: Int32Array, at: number, site: Site | null): void {
  const own = ownCount(words, at, site)
  const count = load(words, own) - READER
  store(words, own, count)
  if (site !== null && count >> 1 === 0 && !site.alone()) wake(words, at, site)
}

/** This thread's writer goes out: readers that wait go first, then whoever starves. */
export function writeDone(words: Int32Array, at: number, site: Site | null): void {
  if (site === null) {
    store(words, at, FREE)
    return
  }
  site.reserved = 0
  const me = HELD | site.id
  const next = site.deserted() ? FREE : anyWants(words, at, site) ? READ : RESERVED | site.starving()
  // Only a thread that declared this one dead could have changed the word meanwhile.
  compareExchange(words, at, me, next)
  if (!site.alone()) wake(words, at, site)
}

/** Nobody of this thread waits any more: takes back what it announced. */
export function leave(words: Int32Array, at: number, site: Site): void {
  const own = ownCount(words, at, site)
  if ((load(words, own) & WANT) !== 0) store(words, own, load(words, own) & ~WANT)
  compareExchange(words, at, PENDING | site.id, FREE)
  compareExchange(words, at, RESERVED | site.id, FREE)
  wake(words, at, site)
}

/** Somebody must look: whoever could go in now. A living writer inside will see to it when it goes out. */
export function wake(words: Int32Array, at: number, site: Site): void {
  const word = load(words, at)
  const id = word & ID_MASK
  if (word === POISONED) return site.ringEach()
  if ((word & KIND) === HELD) {
    if (!alive(site.table, id)) site.ringNext()
    return
  }
  if (id === site.id) return
  if (id !== 0 && site.waits(id)) return site.ring(id)
  if (ringWants(words, at, site)) return
  const starving = site.starving()
  if (starving === 0) site.ringNext()
  else site.ring(starving)
}

/** Marks what the lock guards as beyond repair. This thread's writer is inside. */
export function spoil(words: Int32Array, at: number, site: Site | null): void {
  exchange(words, at, POISONED)
  site?.ringEach()
}

/** Makes a poisoned lock usable again; `false` if it is not poisoned. */
export function heal(words: Int32Array, at: number): boolean {
  return compareExchange(words, at, POISONED, FREE) === POISONED
}

/** Whether a living thread writes. */
export function isWritten(words: Int32Array, at: number, site: Site | null): boolean {
  const word = load(words, at)
  return (word & KIND) === HELD && (site === null || alive(site.table, word & ID_MASK))
}

/** How many read, in all living threads. */
export function readers(words: Int32Array, at: number, site: Site | null): number {
  if (site === null) return load(words, at + SLOT0 + 1) >> 1
  let sum = 0
  for (let slot = highWater(site.table) - 1; slot >= 0; slot--)
    if (alive(site.table, load(words, ownerAt(at, slot)))) sum += load(words, ownerAt(at, slot) + 1) >> 1
  return sum
}

/** Whether a living thread, this one too, waits to read. */
function anyWants(words: Int32Array, at: number, site: Site): boolean {
  return eachWant(words, at, site, () => true)
}

/** Rings every other thread that waits to read; `false` if there is none. */
function ringWants(words: Int32Array, at: number, site: Site): boolean {
  let found = false
  eachWant(words, at, site, (id) => {
    if (id !== site.id) {
      found = true
      site.ring(id)
    }
    return false
  })
  return found
}

function eachWant(words: Int32Array, at: number, site: Site, enough: (id: number) => boolean): boolean {
  for (let slot = highWater(site.table) - 1; slot >= 0; slot--) {
    const id = load(words, ownerAt(at, slot))
    if (id === 0 || (load(words, ownerAt(at, slot) + 1) & WANT) === 0) continue
    if (alive(site.table, id) && site.waits(id) && enough(id)) return true
  }
  return false
}
