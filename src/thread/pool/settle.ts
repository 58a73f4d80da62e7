/** What a call gives that has to be waited for. */
import { InlineExecutor } from '../../index.ts'

/**
 * A promise of the outcome, if `value` is a promise, an operation or another thenable, or a generator, which is run as a
 * task and ended at its wait when `signal` aborts; else `value` itself.
 */
export function settle(value: unknown, signal?: () => AbortSignal): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Promise) return value
  if (typeof (value as PromiseLike<unknown>).then === 'function')
    return new Promise((resolve) => resolve(value))
  if ((value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] !== 'Generator') return value
  const executor = new InlineExecutor()
  const body = (): unknown => value
  return new Promise((resolve, reject) => {
    const future =
      signal === undefined ? executor.submit(body) : executor.with({ signal: signal() }).submit(body)
    future.then(resolve as (value: unknown) => void, reject)
  })
}
