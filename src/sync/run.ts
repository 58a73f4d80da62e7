/** Runs a function while something is held. */
import { requireFunction } from '../errors.ts'
import type { Operation } from '../operation/operation.ts'
import type { Held } from './held.ts'

/** Starts at once: waits for `acquire`, calls `fn`, and releases however `fn` ends. */
export async function runHeld<R>(
  acquire: Operation<Held>,
  fn: (held: Held) => R | PromiseLike<R>,
): Promise<R> {
  requireFunction('fn', fn)
  const held = await acquire.start() // now: a bare await would perform it in the next microtask
  try {
    return await fn(held)
  } finally {
    held.release()
  }
}
