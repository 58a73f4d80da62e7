/**
 * Permits for many: what a semaphore does to its ledger, and who must look afterwards.
 *
 *   GATE    0      open: whoever finds enough permits takes them
 *           id     the thread `id` starves, and only it takes, so that permits can add up for it
 *
 * A gate stands as long as its thread lives, waits, and waits for no more than could come together; once there is
 * enough for it, 10 ms longer. A thread that is rung for permits in vain too often starves; the next thread that gives
 * some back puts up the gate.
 *
 * Source: the starvation mode of Go's `sync.Mutex`, with offers in place of transfers as in `lock-word.ts`.
 *
 * Invariants: what is free is never negative by a take (a resize may make it so). A living thread whose first wait
 * could be served, with no gate against it, has been rung, or another thread that could be served has. Who gives, who
 * waits no more or for something else, and who takes and leaves some over calls `pass`; it looks for a thread for which
 * there is enough, so that no big request swallows the wake-up of a small one. What a thread waits for may have changed
 * since it was read, so whoever is rung in vain calls `pass` as well.
 *
 * Cancellation: nothing of a wait is in these words but WANT, which is a hint without a waiter word. Who withdraws
 * calls `pass`.
 *
 * A bounded ledger never counts more than its limit as free. There can be more if a thread gave back what another one
 * had taken, which then died with it on its account; the next transaction writes that off.
 */
import { compareExchange, load, now, store } from '../wait/atomics.ts'
import type { Site } from '../wait/site.ts'
import { bellAt, highWater, idAt, slotOf } from '../wait/table.ts'
import { GATE, type Ledger } from './ledger.ts'

/** A thread for which there is enough and which does not take within this time loses its gate. */
const LAPSE = 10

/** So many gifts in a row may go to this thread's own waiters while another thread waits; then comes its turn. */
const TURNS = 8

/** What `take` answers when there is not enough. */
export const NONE: number = -1

/** The most that can be free. */
export const MOST: number = 2 ** 31 - 1

/** What is free beyond the limit of a bounded ledger. */
function surplus({ free, limit }: Ledger, bounded: boolean): number {
  return bounded && free > limit ? free - limit : 0
}

/** What may be taken as of the last reading; below zero after a resize below what is out. */
export function available(ledger: Ledger, bounded: boolean): number {
  return ledger.free - surplus(ledger, bounded)
}

/** Takes `n` permits and answers how many are left, or `NONE` and changes nothing. */
export function take(ledger: Ledger, n: number, bounded: boolean): number {
  const { site } = ledger
  for (;;) {
    ledger.open()
    const extra = surplus(ledger, bounded)
    const left = ledger.free - extra - n
    if (left < 0 || (site !== null && isShut(ledger, site))) {
      if (ledger.isCurrent()) return NONE
    } else if (ledger.post((ledger.held + extra + n) | 0)) {
      if (site !== null) leaveGate(ledger, site)
      return left
    }
  }
}

/** Gives `n` permits back; `false`, and nothing is changed, if that would be too many. Call `pass` after it. */
export function give(ledger: Ledger, n: number, bounded: boolean): boolean {
  if (ledger.site !== null) reserve(ledger, ledger.site)
  for (;;) {
    ledger.open()
    const extra = surplus(ledger, bounded)
    if (ledger.free - extra + n > (bounded ? ledger.limit : MOST)) {
      if (ledger.isCurrent()) return false
    } else if (ledger.post((ledger.held + extra - n) | 0)) return true
  }
}

/** Changes the limit; what is out stays out. `false` if too many would be free. Call `pass` after it. */
export function resize(ledger: Ledger, limit: number, bounded: boolean): boolean {
  if (ledger.site !== null) reserve(ledger, ledger.site)
  for (;;) {
    ledger.open()
    const extra = surplus(ledger, bounded)
    if (ledger.free - extra + limit - ledger.limit > MOST) {
      if (ledger.isCurrent()) return false
    } else if (ledger.postLimit(limit, (ledger.held + extra) | 0)) return true
  }
}

/** Says how many permits this thread's first waiter waits for. Look again after this. */
export function want(ledger: Ledger, site: Site, n: number): void {
  const own = ledger.wantAt(slotOf(site.id))
  if (load(ledger.words, own) !== n) store(ledger.words, own, n)
}

/**
 * Somebody must look: rings one waiting thread for which there is enough; and, `alsoBig`, one for which there is not, so
 * that a big request comes to starve and gets the gate.
 */
export function pass(ledger: Ledger, site: Site, bounded: boolean, alsoBig: boolean): void {
  if (site.alone()) return
  const enough = available(ledger.read(), bounded)
  if (enough <= 0) return
  const gate = load(ledger.words, ledger.at + GATE)
  if (gate !== 0 && stands(ledger, site, gate)) {
    if (gate !== site.id) site.ring(gate)
    return
  }
  const silent = (slot: number): boolean => load(site.table, bellAt(slot)) === 0
  const fitting = find(ledger, site, 0, enough, silent) || find(ledger, site, 0, enough, anySlot)
  if (fitting !== 0) site.ring(fitting)
  if (!alsoBig) return
  const big = find(ledger, site, enough + 1, enough + ledger.out, silent)
  if (big !== 0) site.ring(big)
}

const anySlot = (): boolean => true

/** Puts up the gate, if none stands, for a thread that starves, or that has waited while others had all their turns. */
function reserve(ledger: Ledger, site: Site): void {
  if (site.alone()) {
    site.handed = 0
    return
  }
  const { words, at } = ledger
  const turn = ++site.handed > TURNS
  const id = site.starving() || (turn ? site.next() : 0)
  const gate = load(words, at + GATE)
  if (id === 0 || (gate !== 0 && site.waits(gate))) return
  site.handed = 0
  compareExchange(words, at + GATE, gate, id)
}

/** Opens the gate that stood for this thread. */
function leaveGate({ words, at }: Ledger, site: Site): void {
  if (load(words, at + GATE) === site.id) compareExchange(words, at + GATE, site.id, 0)
}

/** Whether a gate has a meaning: its thread waits for what could come together. */
function stands(ledger: Ledger, site: Site, id: number): boolean {
  return site.waits(id) && load(ledger.words, ledger.wantAt(slotOf(id))) <= ledger.free + ledger.out
}

/** Whether a gate stands against this thread. */
function isShut(ledger: Ledger, site: Site): boolean {
  const { words, at } = ledger
  const id = load(words, at + GATE)
  if (id === 0 || id === site.id || !stands(ledger, site, id)) {
    site.reserved = 0
    return false
  }
  // The clock runs from when there is enough: until then permits add up.
  const time = now()
  if (site.reserved !== id || load(words, ledger.wantAt(slotOf(id))) > ledger.free) {
    site.reserved = id
    site.reservedAt = time
  }
  if (time - site.reservedAt < LAPSE) return true
  site.reserved = 0
  compareExchange(words, at + GATE, id, 0)
  return false
}

/** The first thread after this one's slot, in rotation, that waits for `least` to `most` permits; or 0. */
function find(
  ledger: Ledger,
  site: Site,
  least: number,
  most: number,
  wanted: (slot: number) => boolean,
): number {
  const own = slotOf(site.id)
  const end = highWater(site.table)
  for (let i = 1; i < end; i++) {
    const slot = (own + i) % end
    const id = idAt(site.table, slot)
    if (id === 0 || !site.waits(id)) continue
    const n = load(ledger.words, ledger.wantAt(slot))
    if (n >= least && n <= most && wanted(slot)) return id
  }
  return 0
}
