/** Latch against a plain sequential model: a number. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Latch, OverReleaseError } from '../../src/index.ts'
import { settle, type Watched, watch } from '../../test/support/watch.ts'
import { Coverage } from './coverage.ts'

const verbs = ['wait', 'poll', 'countDown', 'abort', 'cancelWaiters', 'share', 'turn'] as const

const commands = fc.array(
  fc.record({
    verb: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...verbs) },
      { weight: 1, arbitrary: fc.constant('countDown' as const) },
    ),
    n: fc.integer({ min: 1, max: 4 }),
  }),
  { maxLength: 50, size: 'max' },
)

interface Pair {
  readonly real: Watched<unknown>
  readonly controller: AbortController
  expected: 'pending' | 'value' | 'error'
}

test('latch', { timeout: 120_000 }, async () => {
  const coverage = new Coverage('latch')
  await fc.assert(
    fc.asyncProperty(fc.nat(12), commands, async (count, program) => {
      const latch = new Latch(count)
      const pairs: Pair[] = []
      const open = (): Pair[] => pairs.filter(({ expected }) => expected === 'pending')
      for (const { verb, n } of program) {
        if (verb === 'wait' || verb === 'poll') {
          const controller = new AbortController()
          const real = watch(latch.wait(verb === 'poll' ? { timeout: 0 } : { signal: controller.signal }))
          pairs.push({
            real,
            controller,
            expected: count === 0 ? 'value' : verb === 'poll' ? 'error' : 'pending',
          })
        } else if (verb === 'countDown') {
          if (n > count) expect(() => latch.countDown(n)).toThrow(OverReleaseError)
          else {
            latch.countDown(n)
            count -= n
            if (count === 0) for (const pair of open()) pair.expected = 'value'
          }
          coverage.hit(count === 0 ? 'opened' : 'still closed')
        } else if (verb === 'abort') {
          const pair = open()[n % Math.max(1, open().length)]
          if (pair === undefined) continue
          pair.controller.abort(new Error('aborted'))
          pair.expected = 'error'
        } else if (verb === 'cancelWaiters') {
          latch.cancelWaiters(new Error('cancelled'))
          for (const pair of open()) pair.expected = 'error'
        } else if (verb === 'share') void latch.handle
        else await settle()
        coverage.hit(verb)
        expect(latch.statistics()).toEqual({ count, waiters: open().length })
      }
      await settle()
      expect(pairs.map(({ real }) => real.state)).toEqual(pairs.map(({ expected }) => expected))
      latch.cancelWaiters()
    }),
    { numRuns: 1000 },
  )
  coverage.report([...verbs, 'opened', 'still closed'])
})
