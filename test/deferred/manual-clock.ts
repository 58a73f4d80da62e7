/** Time that goes on when it is told to. */
import type { DeferredClock } from '../../src/deferred/index.ts'

interface Entry {
  readonly at: number
  readonly call: () => void
}

export class ManualClock implements DeferredClock {
  private time = 0
  private readonly entries = new Set<Entry>()

  now(): number {
    return this.time
  }

  after<A>(milliseconds: number, f: (argument: A) => void, argument: A): unknown {
    const entry: Entry = { at: this.time + milliseconds, call: () => f(argument) }
    this.entries.add(entry)
    return entry
  }

  cancel(timer: unknown): void {
    this.entries.delete(timer as Entry)
  }

  get pending(): number {
    return this.entries.size
  }

  /** Lets `milliseconds` pass and calls what is due, in order. */
  advance(milliseconds: number): void {
    const end = this.time + milliseconds
    for (;;) {
      const due = [...this.entries].filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.entries.delete(due)
      this.time = Math.max(this.time, due.at)
      due.call()
    }
    this.time = end
  }
}
