/**
 * A process whose event loop has run empty while `run` still waits: nothing can go on any more, so instead of a silent end
 * the main tasks fail with an error that says who waits for what (gevent's LoopExit).
 */
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
