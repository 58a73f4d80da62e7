/** An event loop at its doorbell: at most one `Atomics.waitAsync` for a seat, however many waits are parked. */
import type { Seat } from './seat.ts'

/** Makes the event loop look whenever the bell of `seat` rings, until nothing is parked there. */
export function listen(seat: Seat): void {
  // Without waitAsync only the safety net looks: slow, but not wrong.
  if (seat.listening || typeof Atomics.waitAsync !== 'function') return
  seat.listening = true
  const outcome = Atomics.waitAsync(seat.table, seat.bell, 0)
  seat.rung ??= () => {
    seat.listening = false
    seat.look()
    if (seat.size > 0) listen(seat)
  }
  void (outcome.async ? outcome.value : Promise.resolve()).then(seat.rung)
}
