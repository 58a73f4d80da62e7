/** A clock that moves only when told to, and stands in for the host's. */
import type { Clock } from '../../src/operation/waiter.ts'
import { thread } from '../../src/wait/thread.ts'

interface Alarm {
  readonly at: number
  readonly ref: boolean
  readonly ring: () => void
}

export class ManualClock implements Clock {
  private time = 0
  private readonly alarms = new Set<Alarm>()

  now(): number {
    return this.time
  }

  after<A>(milliseconds: number, f: (argument: A) => void, argument: A, ref: boolean): Alarm {
    const alarm = { at: this.time + milliseconds, ref, ring: () => f(argument) }
    this.alarms.add(alarm)
    return alarm
  }

  cancel(timer: unknown): void {
    this.alarms.delete(timer as Alarm)
  }

  /** The alarms that have still to ring. */
  get pending(): readonly Alarm[] {
    return [...this.alarms]
  }

  advance(milliseconds: number): void {
    const end = this.time + milliseconds
    for (;;) {
      const due = this.pending.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.alarms.delete(due)
      this.time = due.at
      due.ring()
    }
    this.time = end
  }

  /** Puts it in the host clock's place; the answer puts that back. */
  static install(): { readonly clock: ManualClock; restore(): void } {
    const { clock: host } = thread
    const clock = new ManualClock()
    thread.clock = clock
    return { clock, restore: () => void (thread.clock = host) }
  }
}
