/** Event against a plain sequential model: a flag, and the waits in their order. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { choose, Event } from '../../src/index.ts'
import { settle, type Watched, watch } from '../../test/support/watch.ts'
import { Coverage } from './coverage.ts'

const verbs = ['wait', 'choose', 'poll', 'set', 'clear', 'abort', 'cancelWaiters', 'share', 'turn'] as const

const commands = fc.array(fc.record({ verb: fc.constantFrom(...verbs), which: fc.nat(20) }), {
  maxLength: 50,
  size: 'max',
})

interface Pair {
  readonly real: Watched<unknown>
  readonly controller: AbortController
  expected: 'pending' | 'value' | 'error'
}

test.each([false, true])('event, auto-reset %s', { timeout: 120_000 }, async (autoReset) => {
  const coverage = new Coverage(`event, auto-reset ${autoReset}`)
  await fc.assert(
    fc.asyncProperty(commands, async (program) => {
      const event = new Event({ autoReset })
      let set = false
      const pairs: Pair[] = []
      const waiting = (): Pair[] => pairs.filter(({ expected }) => expected === 'pending')
      for (const { verb, which } of program) {
        const open = waiting()
        if (verb === 'wait' || verb === 'choose') {
          const controller = new AbortController()
          const wait = event.wait(verb === 'wait' ? { signal: controller.signal } : {})
          const real = watch(
            verb === 'wait' ? wait : choose([wait, event.wait()], { signal: controller.signal }),
          )
          pairs.push({ real, controller, expected: set ? 'value' : 'pending' })
          if (set && autoReset) set = false
        } else if (verb === 'poll') {
          const real = watch(event.wait({ timeout: 0 }))
          pairs.push({ real, controller: new AbortController(), expected: set ? 'value' : 'error' })
          if (set && autoReset) set = false
        } else if (verb === 'set') {
          event.set()
          if (!autoReset) {
            for (const pair of open) pair.expected = 'value'
            set = true
          } else if (!set) {
            if (open.length > 0) open[0]!.expected = 'value'
            else set = true
          }
        } else if (verb === 'clear') {
          event.clear()
          set = false
        } else if (verb === 'abort') {
          const pair = open[which % Math.max(1, open.length)]
          if (pair === undefined) continue
          pair.controller.abort(new Error('aborted'))
          pair.expected = 'error'
        } else if (verb === 'cancelWaiters') {
          event.cancelWaiters(new Error('cancelled'))
          for (const pair of open) pair.expected = 'error'
        } else if (verb === 'share') void event.handle
        else await settle()
        coverage.hit(verb)
        expect(event.isSet).toBe(set)
        expect(event.statistics().waiters > 0).toBe(waiting().length > 0)
      }
      await settle()
      expect(pairs.map(({ real }) => real.state)).toEqual(pairs.map(({ expected }) => expected))
      event.cancelWaiters()
      await settle()
      expect(pairs.every(({ real }) => real.ends === 1)).toBe(true)
    }),
    { numRuns: 1000 },
  )
  coverage.report(verbs)
})
