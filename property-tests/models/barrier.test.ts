/**
 * Barrier against a plain sequential model: seats, a flag for broken, and what each wait should end with.
 *
 * In one thread a completed round empties all seats in one step, so the model needs no phases. Where there is an action,
 * the round is over only when the last party's code has run, so the model lets that happen after each arrival.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Barrier, choose, Event } from '../../src/index.ts'
import { faults } from '../../src/sync/barrier-state.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { settle, type Watched, watch } from '../../test/support/watch.ts'
import { Coverage } from './coverage.ts'

const verbs = [
  'wait',
  'choose',
  'poll',
  'timeout',
  'signal',
  'withdraw',
  'abort',
  'reset',
  'cancelWaiters',
  'share',
  'action fails',
] as const

const commands = fc.array(
  fc.record({
    verb: fc.oneof(
      { weight: 1, arbitrary: fc.constantFrom(...verbs) },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          'wait' as const,
          'choose' as const,
          'withdraw' as const,
          'signal' as const,
          'reset' as const,
        ),
      },
    ),
    which: fc.nat(20),
  }),
  { maxLength: 50, size: 'max' },
)

interface Party {
  readonly real: Watched<unknown>
  readonly controller: AbortController
  readonly out: Event
  readonly chooses: boolean
  seat: number
  /** `pending`, an index, or the name of an error. */
  expected: string
}

let clock: ManualClock
let restore: () => void
beforeAll(() => ({ clock, restore } = ManualClock.install()))
afterAll(() => restore())

test.each([false, true])('barrier, with an action %s', { timeout: 240_000 }, async (acts) => {
  const coverage = new Coverage(`barrier, with an action ${acts}`)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), commands, async (parties, program) => {
      let failing = false
      let actions = 0
      let rounds = 0
      const barrier = new Barrier(
        parties,
        acts
          ? () => {
              actions++
              if (failing) throw new RangeError('from the action')
            }
          : undefined,
      )
      let broken = false
      const all: Party[] = []
      const seated = (): Party[] => all.filter(({ expected }) => expected === 'pending')
      const end = (of: readonly Party[], expected: string): void => {
        for (const party of of) party.expected = expected
      }
      const arrive = (make: (party: Omit<Party, 'real'>) => Watched<unknown>, chooses: boolean): void => {
        const party = {
          controller: new AbortController(),
          out: new Event(),
          chooses,
          seat: -1,
          expected: 'pending',
        }
        const taken = new Set(seated().map(({ seat }) => seat))
        if (broken) party.expected = 'BrokenBarrierError'
        else while (taken.has(++party.seat));
        all.push({ ...party, real: make(party) })
        const full = seated()
        if (full.length < parties) return
        rounds++
        coverage.hit('round')
        if (acts && failing) {
          end(full, 'BrokenBarrierError')
          all.at(-1)!.expected = 'RangeError'
          broken = true
        } else for (const each of full) each.expected = String(each.seat)
      }
      for (const { verb, which } of program) {
        const open = seated()
        const pick = open[which % Math.max(1, open.length)]
        if (verb === 'wait')
          arrive(
            ({ controller }) => watch(barrier.wait({ signal: controller.signal, timeout: 100 + all.length })),
            false,
          )
        else if (verb === 'choose')
          arrive(({ out }) => watch(choose([barrier.wait(), out.wait().map(() => 'out')])), true)
        else if (verb === 'poll') {
          arrive(() => watch(barrier.wait({ timeout: 0 })), false)
          const last = all.at(-1)!
          if (last.expected === 'pending') {
            end(seated(), 'BrokenBarrierError')
            last.expected = 'TimeoutError'
            broken = true
          }
        } else if (verb === 'timeout') {
          const limited = open.filter(({ chooses }) => !chooses)
          clock.advance(1000)
          if (limited.length > 0) {
            end(open, 'BrokenBarrierError')
            earliest(limited).expected = 'TimeoutError'
            broken = true
          }
        } else if (verb === 'signal') {
          if (pick === undefined || pick.chooses) continue
          pick.controller.abort(new EvalError('aborted'))
          end(open, 'BrokenBarrierError')
          pick.expected = 'EvalError'
          broken = true
        } else if (verb === 'withdraw') {
          if (pick === undefined || !pick.chooses) continue
          pick.out.set()
          pick.expected = 'out'
        } else if (verb === 'abort') {
          barrier.abort()
          end(open, 'BrokenBarrierError')
          broken = true
        } else if (verb === 'reset') {
          barrier.reset()
          end(open, 'BrokenBarrierError')
          broken = false
        } else if (verb === 'cancelWaiters') {
          barrier.cancelWaiters(new SyntaxError('cancelled'))
          end(open, 'SyntaxError')
        } else if (verb === 'share') void barrier.handle
        else failing = !failing
        if (acts) await settle()
        coverage.hit(verb)
        const pending = seated()
        expect(barrier.statistics()).toEqual({
          parties,
          waiting: pending.length,
          broken,
          waiters: pending.length,
        })
        expect(faults(barrier.words, barrier.at)).toEqual([])
      }
      await settle()
      expect(all.map(({ real }) => shown(real))).toEqual(all.map(({ expected }) => expected))
      expect(actions).toBe(acts ? rounds : 0)
      barrier.abort()
      await settle()
      expect(all.every(({ real }) => real.ends === 1)).toBe(true)
      expect(clock.pending).toEqual([])
    }),
    { numRuns: 1000 },
  )
  coverage.report([...verbs, 'round'])
})

/** Later waits have the longer timeouts, but the clock may have advanced between them. */
function earliest(parties: readonly Party[]): Party {
  return parties[0]!
}

function shown({ state, value, error }: Watched<unknown>): string {
  return state === 'value' ? String(value) : state === 'error' ? (error as Error).name : 'pending'
}
