/** An event loop at its doorbell: at most one `Atomics.waitAsync` for a seat, however many waits are parked. */
import type { Seat } from './seat.ts'

const listening = new WeakSet<Seat>()

/** Makes the event loop look whenever the bell of `seat` rings, until nothing is parked there. */
export function listen(seat: Seat): void {
  // Without waitAsync only the safety net looks: slow, but not wrong.
  if (listening.has(seat) || typeof Atomics.waitAsync !== 'function') return
  listening.add(seat)
  const outcome = Atomics.waitAsync(seat.table, seat.bell, 0)
  const rung = (): void => {
    listening.delete(seat)
    seat.look()
    if (seat.size > 0) listen(seat)
  }
  if (outcome.async) void outcome.value.then(rung)
  else void Promise.resolve().then(rung)
}
