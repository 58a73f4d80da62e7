/**
 * One thread's place in a thread table: its id, its doorbell, and the primitives it has waiters parked on.
 *
 * The bell is cleared before anything is polled, never after: a ring that comes in between then rings again.
 */
import { exchange, store } from './atomics.ts'
import type { Primitive } from './primitive.ts'
import { bellAt, dirtyAt, slotOf } from './table.ts'

const BUCKETS = 32

export class Seat {
  readonly table: Int32Array
  readonly id: number
  readonly bell: number
  private readonly dirty: number
  /** Parked primitives by the dirty bit that is set when they are rung for. They are held strongly while parked. */
  private readonly parked: (Set<Primitive> | undefined)[] = Array.from({ length: BUCKETS })
  /** How many primitives are parked. */
  size = 0
  /** When this thread last asked who is still alive. */
  countedAt = 0
  /** Whether the event loop waits for the bell, and what it then does. */
  listening = false
  rung: (() => void) | undefined = undefined
  /** Makes the event loop look when the bell rings, as long as anything is parked. */
  readonly listen: (seat: Seat) => void

  constructor(table: Int32Array, id: number, listen: (seat: Seat) => void) {
    this.table = table
    this.id = id
    this.bell = bellAt(slotOf(id))
    this.dirty = dirtyAt(slotOf(id))
    this.listen = listen
  }

  add(primitive: Primitive, bucket: number): void {
    ;(this.parked[bucket] ??= new Set()).add(primitive)
    this.size++
  }

  delete(primitive: Primitive, bucket: number): void {
    if (this.parked[bucket]?.delete(primitive)) this.size--
  }

  /** Lets every parked primitive look that was rung for since the last look. */
  look(): void {
    store(this.table, this.bell, 0)
    let dirty = exchange(this.table, this.dirty, 0)
    while (dirty !== 0) {
      const bucket = 31 - Math.clz32(dirty & -dirty)
      dirty &= dirty - 1
      const primitives = this.parked[bucket]
      if (primitives !== undefined) for (const primitive of snapshot(primitives)) primitive.rung()
    }
  }

  /** Lets every parked primitive look, rung for or not: a death, a lapsed reservation, a lost hint. */
  lookAtAll(): void {
    for (const primitives of this.parked)
      if (primitives !== undefined) for (const primitive of snapshot(primitives)) primitive.rung()
  }

  /** Whether a parked primitive is reserved for another thread, so that a lapse has to be looked for. */
  reservations(): boolean {
    if (this.size === 0) return false
    for (const primitives of this.parked)
      if (primitives !== undefined) for (const { site } of primitives) if (site?.reserved) return true
    return false
  }

  /** The thread is about to sleep at another bell: whoever waits here stands back until it wakes. */
  leave(): void {
    for (const primitives of this.parked)
      if (primitives !== undefined) for (const primitive of snapshot(primitives)) primitive.leave()
  }
}

const NONE: readonly Primitive[] = []

/** Who looks, may park again, and would be met for ever. Most often nobody is parked there at all. */
function snapshot(primitives: Set<Primitive>): readonly Primitive[] {
  return primitives.size === 0 ? NONE : [...primitives]
}
