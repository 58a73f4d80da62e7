/**
 * The safety net under the waiting layer: every thread that waits looks again by itself now and then, and asks who is
 * still alive. Correctness does not rest on it; the speed at which a death is noticed does.
 */
import { now } from './atomics.ts'
import { bury } from './death.ts'
import type { Seat } from './seat.ts'
import { thread } from './thread.ts'
import { askAround } from './web-locks.ts'

/** Milliseconds between two looks. */
export const PERIOD = 200

/** One look at a seat. How often the living are counted does not depend on how often it is called. */
export function lookAgain(seat: Seat): void {
  const time = now()
  if (time - seat.countedAt >= PERIOD / 2) {
    seat.countedAt = time
    if (!bury(seat.table) && !thread.blocking) askAround(seat.table, seat.id)
  }
  seat.lookAtAll()
}

/** One round of an event loop's net; `false` if there is nothing to look at. */
export function net(): boolean {
  let busy = false
  for (const seat of thread.seats) {
    if (seat.size === 0) continue
    busy = true
    lookAgain(seat)
  }
  return busy
}
