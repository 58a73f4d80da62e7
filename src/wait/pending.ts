/**
 * Development aid: a process that ends while unshared primitives still have waiters says who waits for what. Nothing
 * can complete those waits any more, so without a word they would end in silence.
 */
import { debugging, hooks } from '../operation/debug.ts'
import { dump } from './inspect.ts'
import type { Primitive } from './primitive.ts'
import { thread } from './thread.ts'

interface NodeProcess {
  on?(event: 'beforeExit', listener: () => void): unknown
}

let listening = false

/** Remembers a primitive that has got its first waiter. */
export function pending(primitive: Primitive): void {
  thread.waiting.add(primitive)
  if (listening) return
  listening = true
  ;(globalThis as unknown as { process?: NodeProcess }).process?.on?.('beforeExit', report)
}

function report(): void {
  if (!debugging || thread.waiting.size === 0) return
  const dumps = [...thread.waiting].map((primitive) => dump(primitive.inspect()))
  hooks.onPendingAtExit(`heddle: the process ends, but something still waits:\n${dumps.join('\n')}`)
  thread.waiting.clear()
}
