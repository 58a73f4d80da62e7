/** How a primitive reads in a dump: what it is, who holds it, who waits and since when. */
import { thread } from './thread.ts'
import type { Primitive } from './primitive.ts'

/** One wait that is pending in this thread. */
export interface InspectedWaiter {
  /** Who waits: the task, the async function or the thread. */
  readonly name: string
  /** What it called. */
  readonly operation: string
  /** Milliseconds since the wait began. */
  readonly age: number
}

/** What `inspect()` gives. */
export interface Inspection {
  readonly kind: string
  readonly id: string
  readonly shared: boolean
  /** Who holds it, if anybody does. */
  readonly holder: string | undefined
  /** The pending waits of this thread, the next to be served first. */
  readonly waiters: readonly InspectedWaiter[]
}

export function inspectable(primitive: Primitive, holder: string | undefined): Inspection {
  const time = thread.clock.now()
  const waiters = Array.from(primitive, (waiter) => ({
    name: waiter.host.name,
    operation: waiter.operation.describe(),
    age: Math.max(0, Math.round(time - waiter.since)),
  }))
  return { kind: primitive.kind, id: primitive.id, shared: primitive.site !== null, holder, waiters }
}

/** One line a primitive and one a waiter. */
export function dump({ id, holder, waiters }: Inspection): string {
  const lines = waiters.map(({ name, operation, age }) => `  ${name} waits in ${operation} for ${age} ms`)
  return [`${id}${holder === undefined ? '' : `, held by ${holder}`}`, ...lines].join('\n')
}

/** Node prints instances of the class by what `inspect()` gives. Called as a pure initializer, so that bundlers may drop the class. */
export function printed(made: { readonly prototype: { inspect(): Inspection } }): void {
  void Object.defineProperty(made.prototype, Symbol.for('nodejs.util.inspect.custom'), {
    value(this: { inspect(): Inspection }): string {
      return dump(this.inspect())
    },
  })
}
