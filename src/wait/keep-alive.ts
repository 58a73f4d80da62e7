/**
 * Keeps the process, or the worker, alive while a wait is pending that another thread may end: `Atomics.waitAsync`
 * alone keeps no runtime alive. One interval a thread, referenced while there is such a wait.
 *
 * The same interval is the safety net: a second look at everything parked, and at who is still alive. It stops when it
 * finds nothing parked, so that an idle thread is not woken.
 */
import { refTimer } from './clock.ts'
import { net, PERIOD } from './net.ts'

let holds = 0
let interval: unknown

/** Deno leaves as soon as nothing holds it, even if a wait has just been answered. */
const lingers = 'Deno' in globalThis

/** Looks at what is parked now and then, from now on, without holding the process. */
export function spread(): void {
  if (interval !== undefined) return
  interval = setInterval(round, PERIOD)
  if (holds === 0) refTimer(interval, false)
}

function round(): void {
  if (net() || holds > 0) return
  clearInterval(interval as number)
  interval = undefined
}

/** A pending wait holds the process from now on. */
export function hold(): void {
  if (holds++ > 0) return
  if (interval === undefined) spread()
  else refTimer(interval, true)
}

/** A wait that held the process is over. */
export function drop(): void {
  if (--holds > 0) return
  if (lingers) setTimeout(release, 0)
  else release()
}

function release(): void {
  if (holds === 0 && interval !== undefined) refTimer(interval, false)
}
