/** Something with lines of waiters: its name, its dump, and the end of all waits. */
import { CancelledError } from '../errors.ts'
import type { Inspection } from '../wait/inspect.ts'
import type { Line, Owner } from './line.ts'

export abstract class Waited implements Owner {
  /** The name of the class. */
  abstract get kind(): string

  /** @internal */
  abstract settle(): void

  /** All its lines; the first has its name. */
  protected abstract lines(): readonly Line[]

  /** What it is called in messages and dumps. */
  get id(): string {
    return this.lines()[0]!.id
  }

  /** What it is, and who waits for what since when. */
  inspect(): Inspection {
    const [first, ...others] = this.lines().map((line) => line.inspect())
    return { ...first!, waiters: [...first!.waiters, ...others.flatMap(({ waiters }) => waiters)] }
  }

  /** Ends every wait for it with `reason`. */
  cancelWaiters(reason: unknown = new CancelledError(`waiting for ${this.id} was cancelled`)): void {
    for (const line of this.lines()) line.cancel(reason)
  }
}
