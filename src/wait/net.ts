/**
 * The safety net under the waiting layer: every thread that waits looks again by itself now and then, and asks who is
 * still alive. Correctness does not rest on it; the speed at which a death is noticed does.
 */
import { bury } from './death.ts'
import { thread } from './thread.ts'

/** One round of an event loop's net. */
export function net(): void {
  for (const seat of thread.seats) {
    if (seat.size === 0) continue
    bury(seat.table)
    seat.lookAtAll()
  }
}
