/** A point in a program where others may run. */
import { Operation, type Poll } from '../../index.ts'

class StepPoint extends Operation<void> {
  private readonly label: string

  constructor(label: string) {
    super()
    this.label = label
  }

  poll(): Poll<void> {
    return undefined
  }

  park(waiter: { grant(value: void): void }): void {
    waiter.grant(undefined)
  }

  unpark(): boolean {
    return false
  }

  override describe(): string {
    return this.label === '' ? 'step' : `step '${this.label}'`
  }
}

/**
 * A point where an exploration may let others run, between a read and a write for instance; `label` names it in traces.
 * Outside of explorations `yield* step()` goes straight on.
 */
export function step(label = ''): Operation<void> {
  if (typeof label !== 'string') throw new TypeError(`label must be a string, got ${String(label)}`)
  return new StepPoint(label)
}
