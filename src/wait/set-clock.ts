/** Puts another clock in the place of the host's. */
import { shown } from '../errors.ts'
import type { Clock } from '../operation/waiter.ts'
import { hostClock } from './clock.ts'
import { thread } from './thread.ts'

/**
 * Where waits of this thread take their time from, outside of a `Scheduler` with a clock of its own: for tests, a
 * `VirtualClock`. Waits that have begun stay with the clock they began with. Gives the clock before; `undefined` brings
 * back the host's.
 */
export function setClock(clock: Clock | undefined): Clock {
  if (clock !== undefined && typeof clock?.after !== 'function')
    throw new TypeError(`clock must be a Clock { now, after, cancel }, got ${shown(clock)}`)
  const before = thread.clock
  thread.clock = clock ?? hostClock
  return before
}
