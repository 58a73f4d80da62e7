/** Runs a generator function as a task. */
import { requireFunction, shown } from '../errors.ts'
import { performers } from '../operation/performers.ts'
import type { Suspend } from '../operation/waiter.ts'

/**
 * Runs `body` as a task: it waits by `const value = yield* operation`. Starts at once; gives a promise of what it
 * returns, rejected with what it throws.
 */
export function run<T>(body: () => Generator<Suspend, T, unknown>): Promise<T> {
  requireFunction('body', body)
  return performers.drive(() => {
    const generator = body()
    if (typeof (generator as Partial<typeof generator> | undefined)?.next !== 'function')
      throw new TypeError(
        `body must be a generator function (function* () { … }), its call gave ${shown(generator)}`,
      )
    return generator
  })
}
