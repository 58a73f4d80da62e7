/**
 * A process whose event loop has run empty while `run` still waits: nothing can go on any more, so instead of a silent end
 * the main tasks fail with an error that says who waits for what (gevent's LoopExit).
 */
import { DeadlockError } from '../errors.ts'
import type { Operation } from '../operation/operation.ts'
import type { WaitingTask } from './options.ts'
import type { Scheduler } from './scheduler.ts'

interface NodeProcess {
  on?(event: 'beforeExit', listener: () => void): unknown
}

/** The schedulers that have main tasks. */
const waited = /* @__PURE__ */ new Set<Scheduler>()
let listening = false

/** A main task began. */
export function expectsEnd(scheduler: Scheduler): void {
  waited.add(scheduler)
  if (listening) return
  listening = true
  ;(globalThis as unknown as { process?: NodeProcess }).process?.on?.('beforeExit', () => {
    for (const each of waited) each._runEmpty()
  })
}

/** The last main task is over. */
export function expectsNoEnd(scheduler: Scheduler): void {
  waited.delete(scheduler)
}

/** Says who waits for what. */
export function deadlockOf(waiting: readonly WaitingTask[]): DeadlockError {
  const lines = waiting.map(
    ({ task, waitsFor, holder }) =>
      `  ${task.name} waits in ${waitsFor}${holder === undefined ? '' : `, held by ${holder}`}`,
  )
  return new DeadlockError(`no task can ever go on:\n${lines.join('\n')}`)
}

interface Owned {
  readonly inner?: Operation<unknown>
  readonly on?: { inspect?(): { readonly holder: string | undefined } }
}

/** Who holds what an operation, or the one that it is made of, takes. */
export function holderOf(operation: Operation<unknown>): string | undefined {
  const { inner, on } = operation as Owned
  return inner === undefined ? on?.inspect?.().holder : holderOf(inner)
}
