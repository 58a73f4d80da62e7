/**
 * Performs an operation by putting the thread to sleep on its doorbell.
 *
 * First a short spin, as long as spinning has paid of late: a wake-up costs some 20 µs, a hand-over between two running
 * threads 0.1 µs. Then publish, look again, sleep; at each ring, look. Timers of the wait are deadlines of the sleep.
 */
import { DeadlockError, ForeignTableError, WouldBlockError } from '../errors.ts'
import { LOOP, NOT_READY, type Operation, THREAD } from '../operation/operation.ts'
import type { Clock } from '../operation/waiter.ts'
import { now, wait as sleepOn } from '../wait/atomics.ts'
import { comeBack } from '../wait/left.ts'
import { lookAgain, PERIOD } from '../wait/net.ts'
import type { Seat } from '../wait/seat.ts'
import { thread } from '../wait/thread.ts'
import { PARKED, type Runner, Wait } from './wait.ts'

/** How often a sleeper looks by itself while a reservation stands that may lapse. */
const SHORT_SLICE = 10
const LONGEST_SPIN = 2000

interface Deadline {
  readonly at: number
  readonly f: (argument: never) => void
  readonly argument: unknown
}

/** One sleep of this thread: its host, its clock, and the seat whose bell it sleeps on. */
export class Sleep implements Runner, Clock {
  readonly blocking = true
  readonly name: string
  private readonly deadlines: Set<Deadline> = new Set()
  private seat: Seat | undefined = undefined

  constructor(name: string) {
    this.name = name
  }

  get clock(): Clock {
    return this
  }

  now(): number {
    return now()
  }

  after<A>(milliseconds: number, f: (argument: A) => void, argument: A): Deadline {
    const deadline = { at: now() + milliseconds, f, argument }
    this.deadlines.add(deadline)
    return deadline
  }

  cancel(timer: unknown): void {
    this.deadlines.delete(timer as Deadline)
  }

  admits(): boolean {
    return true
  }

  resume(): void {}

  /** Every arm that threads share must ring the same bell. */
  joins(seat: Seat): void {
    if (this.seat !== undefined && this.seat !== seat)
      throw new ForeignTableError(
        'block() cannot wait for primitives of two thread tables at once; await them instead',
      )
    this.seat = seat
  }

  /** A new wait may sleep at another bell than the last. */
  rise(): void {
    this.seat = undefined
  }

  /** Sleeps until `wait` is granted or failed. */
  until(wait: Wait<any>): void {
    // A thread that only waits for time still hears what its async waiters are offered, and passes it on.
    const seat = this.seat ?? thread.seats.find(({ size }) => size > 0)
    for (const other of thread.seats) if (other !== seat) other.leave()
    for (;;) {
      seat?.look()
      this.ringDeadlines()
      if (wait.state !== PARKED) return
      this.sleep(seat)
    }
  }

  private sleep(seat: Seat | undefined): void {
    const left = this.left()
    if (seat === undefined) {
      sleepOn(pillow(), 0, 0, left)
      return
    }
    const slice = seat.reservations() ? SHORT_SLICE : PERIOD
    if (sleepOn(seat.table, seat.bell, 0, Math.min(left, slice)) === 'timed-out') lookAgain(seat)
  }

  /** Milliseconds until the next deadline. */
  private left(): number {
    if (this.deadlines.size === 0) return Infinity
    let end = Infinity
    for (const { at } of this.deadlines) end = Math.min(end, at)
    return Math.max(0, end - now())
  }

  private ringDeadlines(): void {
    if (this.deadlines.size === 0) return
    for (const deadline of [...this.deadlines]) {
      if (deadline.at > now() || !this.deadlines.delete(deadline)) continue
      deadline.f(deadline.argument as never)
    }
  }
}

let pillowWords: Int32Array | undefined

/** What a thread sleeps on when only time can wake it. */
function pillow(): Int32Array {
  return (pillowWords ??= new Int32Array(new SharedArrayBuffer(4)))
}

let mayBlock: boolean | undefined

/** Whether the platform lets this thread sleep, found out by trying. */
function canBlock(): boolean {
  try {
    return (mayBlock ??= sleepOn(pillow(), 0, 1, 0) !== '')
  } catch {
    return (mayBlock = false)
  }
}

/** Runs `code` as the sleeping thread: polls overtake this thread's own async waiters, whom it could not serve. */
export function asSleeper<T>(sleep: Sleep, code: () => T): T {
  const { running, blocking } = thread
  thread.running = sleep
  thread.blocking = true
  try {
    return code()
  } finally {
    thread.running = running
    thread.blocking = blocking
    if (!blocking) comeBack()
  }
}

/** Where `heddle/threads` notes the workers of a page's thread that do not run yet. */
const STARTING = Symbol.for('heddle.starting.1')

/** Throws where a sleep would be for ever, or is not allowed. */
export function requireSleep(operation: Operation<unknown>): void {
  if (operation.reach() === LOOP)
    throw new DeadlockError(
      `${operation.describe()}: block() would sleep for ever, because only this thread itself could complete it; await it instead`,
    )
  if (!canBlock())
    throw new WouldBlockError(
      `${operation.describe()}: this thread may not sleep (the main thread of a page?); await it instead`,
    )
  const [worker] = (globalThis as { [STARTING]?: Iterable<{ readonly name: string }> })[STARTING] ?? []
  if (worker !== undefined && (operation.reach() & THREAD) !== 0)
    throw new WouldBlockError(
      `${operation.describe()}: ${worker.name} was started and does not run yet, and in some browsers it would not start ` +
        'while this thread sleeps; await its whenReady() before, or await this instead',
    )
}

export function block<T>(operation: Operation<T>): T {
  const sleep = new Sleep('the thread')
  return asSleeper(sleep, () => {
    const prepared = operation.prepare()
    const value = prepared.poll()
    if (value !== NOT_READY) return value
    requireSleep(prepared)
    const spun = spin(prepared)
    if (spun !== NOT_READY) return spun
    const wait = new Wait(prepared, sleep)
    wait.park()
    try {
      sleep.until(wait)
    } catch (error) {
      wait.throw(error)
    }
    return wait.take()
  })
}

/** Polls for a while, where another running thread might complete it soon. */
function spin<T>(operation: Operation<T>): T | typeof NOT_READY {
  if ((operation.reach() & THREAD) === 0) return NOT_READY
  for (let i = 0; i < thread.spin; i++) {
    const value = operation.poll()
    if (value === NOT_READY) continue
    thread.spin = Math.min(LONGEST_SPIN, thread.spin * 2)
    return value
  }
  thread.spin = Math.max(10, thread.spin >> 1)
  return NOT_READY
}
