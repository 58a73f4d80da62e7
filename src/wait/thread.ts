/**
 * What Heddle knows of the thread it runs in. It hangs on a global symbol, so that two copies of the package in one
 * thread are one: they share the seat at the table, the current task and the identity of attached primitives.
 */
import type { Clock, Host } from '../operation/waiter.ts'
import { hostClock } from './clock.ts'
import type { Primitive } from './primitive.ts'
import type { Seat } from './seat.ts'

export interface Thread {
  /** The task (or procedure, or blocked thread) whose code runs at this moment. */
  running: Host | null
  /** Whether this thread is inside `block()`: then its own event loop serves nobody. */
  blocking: boolean
  /** Where time comes from for waits outside a scheduler. */
  clock: Clock
  /** This thread's places in thread tables, by table; the first is the one new handles use. */
  readonly seats: Seat[]
  /** Attached primitives, by id. */
  readonly attached: Map<string, WeakRef<Primitive>>
  /** Primitives whose async waiters could not be served while the thread slept in `block()`. */
  readonly left: Set<Primitive>
  /** Whether this thread listens for its own end and for the ends of its workers. */
  watching: boolean
  /** Unshared primitives with waiters, kept only while debugging. */
  readonly waiting: Set<Primitive>
  /** The last id given to an unshared primitive. */
  lastId: number
  /** The longest spin before this thread goes to sleep, adapted to how often spinning helped. */
  spin: number
}

const KEY = Symbol.for('heddle.thread.1')

export const thread: Thread = ((globalThis as { [KEY]?: Thread })[KEY] ??= {
  running: null,
  blocking: false,
  clock: hostClock,
  seats: [],
  attached: new Map(),
  left: new Set(),
  watching: false,
  waiting: new Set(),
  lastId: 0,
  spin: 100,
})
