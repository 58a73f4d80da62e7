/**
 * Where threads wait for one shared primitive.
 *
 *   waiter word W[slot]   0 | id | id + STARVING    written by that slot's thread only
 *   hint bit    B[slot]   0 | 1                     set by the thread before it looks again, cleared as it leaves
 *
 * W names the generation too: without it a slot that is used again would swallow a wake-up. The bits save the scan of
 * all words where nobody waits; a bit that a dead thread left behind costs one look at its word, and a bit is never
 * missing while a living thread waits, because only that thread clears it.
 *
 * The one rule: who makes something available, leaves without taking, or takes and leaves some over, rings one waiting
 * thread whose bell is not already rung.
 */
import { and, load, or, store } from './atomics.ts'
import { alive, bellAt, highWater, ID_MASK, ring, SLOTS, slotOf } from './table.ts'

const STARVING = 1 << 30
/** Rung in vain this often, a thread starves: then the next release is reserved for it. */
const BOUND = 2
const HINTS = SLOTS / 32

/** The words that a site takes in the memory of its primitive. */
export const SITE_WORDS: number = HINTS + SLOTS

export class Site {
  readonly table: Int32Array
  readonly words: Int32Array
  /** Index of the first hint word; the waiter words follow. */
  readonly at: number
  /** The id of this thread in the table. */
  readonly id: number
  /** The dirty bit that stands for this primitive in every thread. */
  readonly bucket: number
  /** Whether this thread waits here: its waiter word is set. */
  waiting = false
  /** How often this thread was rung for this primitive in vain since it last took it. */
  missed = 0
  /** How often in a row this thread passed it on to a waiter of its own while another thread waited. */
  handed = 0
  /** The last reservation for another thread that this thread saw, and when it saw it first. */
  reserved = 0
  reservedAt = 0

  constructor(table: Int32Array, words: Int32Array, at: number, id: number, bucket: number) {
    this.table = table
    this.words = words
    this.at = at
    this.id = id
    this.bucket = bucket
  }

  /** This thread waits from now on. Look again after this. */
  publish(): void {
    this.waiting = true
    const slot = slotOf(this.id)
    store(this.words, this.at + HINTS + slot, this.missed < BOUND ? this.id : this.id | STARVING)
    or(this.words, this.at + (slot >> 5), 1 << (slot & 31))
  }

  /** This thread waits no more. Who leaves without taking must let somebody else look. */
  withdraw(): void {
    this.waiting = false
    const slot = slotOf(this.id)
    and(this.words, this.at + (slot >> 5), ~(1 << (slot & 31)))
    store(this.words, this.at + HINTS + slot, 0)
  }

  /** Whether nobody waits here at all: one load where fewer than 32 threads share a table. */
  deserted(): boolean {
    const end = (highWater(this.table) + 31) >> 5
    for (let i = 0; i < end; i++) if (load(this.words, this.at + i) !== 0) return false
    return true
  }

  /** Whether no other thread waits here. */
  alone(): boolean {
    const own = slotOf(this.id)
    const end = (highWater(this.table) + 31) >> 5
    for (let i = 0; i < end; i++) {
      const hints = load(this.words, this.at + i)
      if ((i === own >> 5 ? hints & ~(1 << (own & 31)) : hints) !== 0) return false
    }
    return true
  }

  /** This thread has taken, so it starves no more. */
  sated(): void {
    if (this.missed >= BOUND && this.waiting) store(this.words, this.at + HINTS + slotOf(this.id), this.id)
    this.missed = 0
  }

  /** This thread was rung in vain: somebody was faster. */
  overtaken(): void {
    if (++this.missed === BOUND && this.waiting)
      store(this.words, this.at + HINTS + slotOf(this.id), this.id | STARVING)
  }

  /** Whether the thread `id` lives and waits here. */
  waits(id: number): boolean {
    return (load(this.words, this.at + HINTS + slotOf(id)) & ID_MASK) === id && alive(this.table, id)
  }

  /** The id of a living thread that waits here, or 0; the next after this one's slot first. */
  next(): number {
    return this.find(() => true)
  }

  /** The id of a living thread that starves here, or 0; the next after this one's slot first. */
  starving(): number {
    return this.find((word) => (word & STARVING) !== 0)
  }

  /** Rings one waiting thread other than this one, if there is any: one whose bell is silent, where possible. */
  ringNext(): void {
    const { table } = this
    const id = this.find((_, slot) => load(table, bellAt(slot)) === 0) || this.next()
    if (id !== 0) ring(table, slotOf(id), this.bucket)
  }

  /** Rings every waiting thread other than this one. */
  ringEach(): void {
    this.find((_, slot) => {
      ring(this.table, slot, this.bucket)
      return false
    })
  }

  ring(id: number): void {
    ring(this.table, slotOf(id), this.bucket)
  }

  /** The id of the first living waiter after this thread's own slot, in rotation, that `wanted` accepts; or 0. */
  private find(wanted: (word: number, slot: number) => boolean): number {
    const own = slotOf(this.id)
    return this.scan(own + 1, SLOTS, wanted) || this.scan(0, own, wanted)
  }

  private scan(from: number, to: number, wanted: (word: number, slot: number) => boolean): number {
    const { words, at, table } = this
    const end = Math.min(to, highWater(table))
    for (let slot = from; slot < end; slot++) {
      const hints = load(words, at + (slot >> 5)) >>> (slot & 31)
      if (hints === 0) {
        slot |= 31
        continue
      }
      if ((hints & 1) === 0) continue
      const word = load(words, at + HINTS + slot)
      const id = word & ID_MASK
      if (id !== 0 && slotOf(id) === slot && alive(table, id) && wanted(word, slot)) return id
    }
    return 0
  }
}
