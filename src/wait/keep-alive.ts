/**
 * Keeps the process, or the worker, alive while a wait is pending that another thread may end: `Atomics.waitAsync`
 * alone keeps no runtime alive. One interval a thread, referenced while there is such a wait.
 *
 * The same interval is the safety net: a second look at everything parked, and at who is still alive.
 */
import { net } from './net.ts'

const PERIOD = 200

let holds = 0
let interval: { ref?: () => void; unref?: () => void } | undefined

/** A pending wait holds the process from now on. */
export function hold(): void {
  if (holds++ > 0) return
  interval ??= setInterval(net, PERIOD) as object
  interval.ref?.()
}

/** A wait that held the process is over. */
export function drop(): void {
  if (--holds === 0) interval?.unref?.()
}
