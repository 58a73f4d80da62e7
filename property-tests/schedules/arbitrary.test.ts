import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Scheduler, spawn, yieldNow } from '../../src/index.ts'
import { schedules } from '../../src/testing/fast-check.ts'
import { inVirtualTime, SchedulePlan, scenario, step } from '../../src/testing/index.ts'

const counting = (tasks: number, broken: boolean) =>
  scenario({
    setup: () => ({ n: 0 }),
    tasks: Object.fromEntries(
      Array.from({ length: tasks }, (_, i) => [
        `T${i}`,
        function* (s: { n: number }) {
          for (let round = 0; round < 2; round++) {
            const seen = s.n
            if (broken) yield* step()
            s.n = seen + 1
            if (!broken) yield* step()
          }
        },
      ]),
    ),
    atEnd: ({ n }) => {
      if (n !== 2 * tasks) throw new Error(`n is ${n}`)
    },
  })

test('finds a lost update, and shrinks it to two switches', () => {
  const details = fc.check(
    fc.property(schedules(), (plan) => void plan.run(counting(3, true))),
    { seed: 1, numRuns: 200 },
  )
  expect(details.failed).toBe(true)
  const [plan] = details.counterexample!
  expect(plan).toBeInstanceOf(SchedulePlan)
  expect(plan.choices.filter((choice) => choice !== 0).length).toBeLessThanOrEqual(2)
  expect(fc.stringify(plan)).toMatch(/^SchedulePlan\([\d ]+\)$/)
  expect(String(details.errorInstance)).toContain('replaySchedule(program')
})

test('a right program passes under every plan', () => {
  fc.assert(fc.property(schedules({ maxLength: 20 }), (plan) => plan.run(counting(3, false)).schedules === 1))
})

test('a plan steers a scheduler of one own, the same way each time', () => {
  const order = (plan: SchedulePlan): string => {
    const scheduler = new Scheduler({ manual: true, choose: plan.choose() })
    let log = ''
    for (const name of 'abc')
      scheduler.spawn(function* () {
        log += name
        yield* yieldNow()
        log += name
      })
    scheduler.runUntilIdle()
    return log
  }
  const seen = new Set<string>()
  fc.assert(
    fc.property(schedules(), (plan) => {
      const log = order(plan)
      expect(order(plan)).toBe(log)
      expect(log.split('').toSorted().join('')).toBe('aabbcc')
      seen.add(log)
    }),
    { numRuns: 300 },
  )
  expect(seen.size).toBeGreaterThan(30)
})

test('virtual time with seeds: a sum is what it is, whoever comes first', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const sum = inVirtualTime(
        function* () {
          let n = 0
          const tasks = [1, 2, 3].map((i) =>
            spawn(function* () {
              yield* yieldNow()
              n += i
            }),
          )
          for (const task of tasks) yield* task
          return n
        },
        { seed },
      )
      expect(sum).toBe(6)
    }),
  )
})
