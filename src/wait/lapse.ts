/** An event loop looks again when a reservation for somebody else may have lapsed; a sleeper does so by its slices. */
import { refTimer } from './clock.ts'
import type { Primitive } from './primitive.ts'

/** Milliseconds; a little more than a reservation lasts. */
const SOON = 11

const pending = new WeakSet<Primitive>()

/** Lets `primitive` look once a reservation that stands now must have been used or lapsed. */
export function lookSoon(primitive: Primitive): void {
  if (pending.has(primitive)) return
  pending.add(primitive)
  const timer = setTimeout(() => {
    pending.delete(primitive)
    primitive.rung()
  }, SOON)
  refTimer(timer, false)
}
