/**
 * The state of a barrier, in one thread and between threads: one word for the phase, one seat word for each party.
 *
 *   state          19 bits that count changes, 10 bits for the seat of ACTING, 3 bits phase
 *
 *   phase          seated parties   newcomers    goes to
 *   FILLING        wait             take a seat  DRAINING or ACTING(seat) by the party that saw all seats taken last;
 *                                                RESETTING by `reset`; BROKEN by `breakUp`, or when one of them is dead
 *   ACTING(seat)   wait             wait         DRAINING or BROKEN by the party of that seat, after its action;
 *                                                RESETTING by `reset`; BROKEN by `breakUp`, or when that party is dead
 *   DRAINING       have passed      wait         FILLING when all seats are free; DOOMED by `breakUp`
 *   RESETTING      fail             wait         FILLING when all seats are free; BROKEN by `breakUp`
 *   BROKEN         fail             fail         RESETTING by `reset`
 *   DOOMED         have passed      fail         DRAINING by `reset`
 *
 *   seat           0 | PENDING(id) | WAITING(id)
 *                  0 -> PENDING -> WAITING by an arrival, WAITING -> PENDING -> 0 by a departure: by its own thread only.
 *                  A seat of a dead thread becomes 0 by anybody, unless it is WAITING and the phase FILLING.
 *
 * Source: the four states of Python's `threading.Barrier`, without its lock. A phase lasts until every party has seen it
 * and freed its seat, so no party can mistake one generation for another, however late it looks. The phase word carries
 * a count of changes; a departure in FILLING changes it too, between the two steps of its seat. So a party that saw all
 * seats taken and then changes the phase has seen them taken at one moment, and a party that marked its seat and then
 * finds the phase changed knows that it was counted in.
 *
 * Invariants: DRAINING and ACTING begin only while every seat is WAITING, or was marked by a departure that will find
 * itself counted in. A PENDING arrival keeps FILLING from completing, so it is counted in exactly if it finds FILLING.
 * A seat is freed once. Every step that lets somebody else go on rings every waiting thread, and a death rings them too.
 * With a dead party in a seat FILLING never completes unless all had arrived while it lived.
 *
 * Cancellation: `depart` withdraws a party without a trace while the barrier fills. While the action runs the party has
 * been counted and only its seat is freed. Afterwards it answers what had happened first. `expire` breaks the barrier.
 *
 * Limits: a scan of the seats that is suspended for exactly 2^19 departures would not notice them.
 */
import { compareExchange, load, store } from '../wait/atomics.ts'
import type { Site } from '../wait/site.ts'
import { alive, ID_MASK } from '../wait/table.ts'

/** Most parties of one barrier. */
export const MOST = 1024

/** Where the words stand. */
export const PARTIES = 0
const STATE = 1
/** The default timeout; kept here for all threads, not used here. */
export const TIMEOUT = 2
export const SEATS = 3

export const FILLING = 0
export const ACTING = 1
export const DRAINING = 2
export const RESETTING = 3
export const BROKEN = 4
export const DOOMED = 5
const PHASE_BITS = 3
const PHASE = 7
const ACTOR_BITS = 10
const CHANGES = PHASE_BITS + ACTOR_BITS

const WAITING: number = 1 << 30

/** What `arrive` answers instead of a seat. */
export const NO_SEAT: number = -1
export const REFUSED: number = -2

/** What has become of a seated party. */
export const STAYS = 0
export const PASSED = 1
export const FAILED = 2
/** It is the last one and has the action to run. */
export const ACTS = 3
/** It has left. */
export const LEFT = 4

export function phaseOf(words: Int32Array, at: number): number {
  return load(words, at + STATE) & PHASE
}

/** The state word: it differs after every change. */
export function stateOf(words: Int32Array, at: number): number {
  return load(words, at + STATE)
}

/** The word of a phase that follows the state word `state`; `actor` is the seat of the party whose action runs. */
function after(state: number, phase: number, actor = 0): number {
  return (((state >>> CHANGES) + 1) << CHANGES) | (actor << PHASE_BITS) | phase
}

function actorOf(state: number): number {
  return (state >>> PHASE_BITS) & ((1 << ACTOR_BITS) - 1)
}

function change(words: Int32Array, at: number, state: number, phase: number, site: Site | null): boolean {
  if (compareExchange(words, at + STATE, state, after(state, phase)) !== state) return false
  site?.ringEach()
  return true
}

function isDead(word: number, site: Site | null): boolean {
  return site !== null && word !== 0 && !alive(site.table, word & ID_MASK)
}

/** Takes the first free seat, and answers its number, or NO_SEAT (look again when rung), or REFUSED (it is broken). */
export function arrive(words: Int32Array, at: number, me: number, site: Site | null): number {
  for (;;) {
    mourn(words, at, site)
    const phase = phaseOf(words, at)
    if (phase === BROKEN || phase === DOOMED) return REFUSED
    if (phase === ACTING || (phase !== FILLING && !refill(words, at, site))) return NO_SEAT
    if (phase !== FILLING) continue
    const seat = reserve(words, at, me, site)
    if (seat < 0) {
      if (phaseOf(words, at) === FILLING) return NO_SEAT
      continue
    }
    // As long as the seat is PENDING nobody can complete the generation.
    if (phaseOf(words, at) === FILLING) {
      store(words, at + SEATS + seat, me | WAITING)
      return seat
    }
    free(words, at, seat, site)
  }
}

/** Marks the first free seat as PENDING. */
function reserve(words: Int32Array, at: number, me: number, site: Site | null): number {
  const parties = load(words, at + PARTIES)
  for (let seat = 0; seat < parties; seat++) {
    const word = load(words, at + SEATS + seat)
    if (word !== 0 && (word & WAITING) === 0 && isDead(word, site)) vacate(words, at, seat, word, site)
    if (compareExchange(words, at + SEATS + seat, 0, me) === 0) return seat
  }
  return NO_SEAT
}

/** Second half of a departure, of this thread or of a dead one, from a seat that is PENDING. `false`: counted in. */
function vacate(words: Int32Array, at: number, seat: number, word: number, site: Site | null): boolean {
  for (;;) {
    const state = load(words, at + STATE)
    if ((state & PHASE) !== FILLING) return false
    // Whoever saw the seat taken before the mark must look again.
    if (compareExchange(words, at + STATE, state, after(state, FILLING)) !== state) continue
    compareExchange(words, at + SEATS + seat, word, 0)
    site?.ringEach()
    return true
  }
}

/** Whether one more arrival would complete the generation, as far as can be seen. */
export function isRipe(words: Int32Array, at: number): boolean {
  return phaseOf(words, at) === FILLING && waiting(words, at) === load(words, at + PARTIES) - 1
}

/** How many wait in their seats; 0 unless it fills. */
export function waiting(words: Int32Array, at: number): number {
  if (phaseOf(words, at) !== FILLING) return 0
  const parties = load(words, at + PARTIES)
  let count = 0
  for (let seat = 0; seat < parties; seat++) if ((load(words, at + SEATS + seat) & WAITING) !== 0) count++
  return count
}

/** Completes the generation if all seats are taken; called by the party that has just arrived. */
export function complete(
  words: Int32Array,
  at: number,
  seat: number,
  acts: boolean,
  site: Site | null,
): number {
  for (;;) {
    const state = load(words, at + STATE)
    if ((state & PHASE) !== FILLING) return outcome(words, at)
    if (mourn(words, at, site)) continue
    const parties = load(words, at + PARTIES)
    for (let other = 0; other < parties; other++)
      if ((load(words, at + SEATS + other) & WAITING) === 0) return STAYS
    const next = acts ? after(state, ACTING, seat) : after(state, DRAINING)
    if (compareExchange(words, at + STATE, state, next) !== state) continue
    if (acts) return ACTS
    site?.ringEach()
    return PASSED
  }
}

/** What has become of a seated party; it has to free its seat once it is not STAYS. */
export function outcome(words: Int32Array, at: number): number {
  const phase = phaseOf(words, at)
  if (phase === FILLING || phase === ACTING) return STAYS
  return phase === DRAINING || phase === DOOMED ? PASSED : FAILED
}

/** Frees a seat of this thread in any phase but FILLING; who frees the last one lets the newcomers in. */
export function free(words: Int32Array, at: number, seat: number, site: Site | null): void {
  store(words, at + SEATS + seat, 0)
  refill(words, at, site)
}

/** Begins the next generation if all of the last one are gone; `true` if the phase is not to be waited out any more. */
export function refill(words: Int32Array, at: number, site: Site | null): boolean {
  const state = load(words, at + STATE)
  const phase = state & PHASE
  if (phase !== DRAINING && phase !== RESETTING) return true
  const parties = load(words, at + PARTIES)
  for (let seat = 0; seat < parties; seat++) {
    const word = load(words, at + SEATS + seat)
    if (word === 0) continue
    if (!isDead(word, site)) return false
    compareExchange(words, at + SEATS + seat, word, 0)
  }
  change(words, at, state, FILLING, site)
  return true
}

/** Ends the action of the party in `seat`. PASSED, or FAILED if the action did or the barrier was broken or reset meanwhile. */
export function finishAction(
  words: Int32Array,
  at: number,
  seat: number,
  well: boolean,
  site: Site | null,
): number {
  const state = load(words, at + STATE)
  // Nobody else can begin an action in this seat before it is freed.
  const mine = (state & PHASE) === ACTING && actorOf(state) === seat
  const changed = mine && change(words, at, state, well ? DRAINING : BROKEN, site)
  free(words, at, seat, site)
  return changed && well ? PASSED : FAILED
}

/** Withdraws a seated party. LEFT, or what had happened to it before: then its seat is free all the same. */
export function depart(words: Int32Array, at: number, me: number, seat: number, site: Site | null): number {
  store(words, at + SEATS + seat, me)
  if (vacate(words, at, seat, me, site)) return LEFT
  const before = outcome(words, at)
  free(words, at, seat, site)
  return before === STAYS ? LEFT : before
}

/** Breaks the barrier for all who wait or come later; who has passed has passed. `false` if it was broken before. */
export function breakUp(words: Int32Array, at: number, site: Site | null): boolean {
  for (;;) {
    const state = load(words, at + STATE)
    const phase = state & PHASE
    if (phase === BROKEN || phase === DOOMED) return false
    if (change(words, at, state, phase === DRAINING ? DOOMED : BROKEN, site)) return true
  }
}

/** A party's own time is up, or its signal aborted: LEFT, and the barrier is broken, or what had happened before. */
export function expire(words: Int32Array, at: number, seat: number, site: Site | null): number {
  for (;;) {
    const state = load(words, at + STATE)
    const phase = state & PHASE
    if (seat >= 0 && phase !== FILLING && phase !== ACTING) return outcome(words, at)
    if (phase !== BROKEN && phase !== DOOMED) {
      if (!change(words, at, state, phase === DRAINING ? DOOMED : BROKEN, site)) continue
    }
    if (seat >= 0) free(words, at, seat, site)
    return LEFT
  }
}

/** Makes it usable again; who waits fails. */
export function reset(words: Int32Array, at: number, site: Site | null): void {
  for (;;) {
    const state = load(words, at + STATE)
    const phase = state & PHASE
    if (phase === DRAINING || phase === RESETTING) break
    if (change(words, at, state, phase === DOOMED ? DRAINING : RESETTING, site)) break
  }
  refill(words, at, site)
}

/** Breaks the barrier if a party, or the one whose action runs, is dead; `true` if the phase has changed. */
export function mourn(words: Int32Array, at: number, site: Site | null): boolean {
  if (site === null) return false
  const state = load(words, at + STATE)
  const phase = state & PHASE
  if (phase === ACTING) {
    const dead = isDead(load(words, at + SEATS + actorOf(state)), site)
    return dead && change(words, at, state, BROKEN, site)
  }
  if (phase !== FILLING) return false
  const parties = load(words, at + PARTIES)
  for (let seat = 0; seat < parties; seat++) {
    const word = load(words, at + SEATS + seat)
    if ((word & WAITING) !== 0 && isDead(word, site)) return change(words, at, state, BROKEN, site)
  }
  return false
}

/** What is wrong with words that should be at rest, with nobody between two steps; for tests. */
export function faults(words: Int32Array, at: number): string[] {
  const found: string[] = []
  const parties = load(words, at + PARTIES)
  const phase = phaseOf(words, at)
  let taken = 0
  for (let seat = 0; seat < parties; seat++) {
    const word = load(words, at + SEATS + seat)
    if (word !== 0) taken++
    if (word !== 0 && (word & WAITING) === 0) found.push(`seat ${seat} is PENDING`)
  }
  if (phase === FILLING && taken === parties) found.push('all seats are taken and it still fills')
  if ((phase === DRAINING || phase === RESETTING) && taken === 0)
    found.push('all seats are free and it still drains')
  return found
}
