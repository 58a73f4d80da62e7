/** The laws of operations (see `src/operation/operation.ts`), over every operation there is. */
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { choose, type Operation, Procedure, select } from '../../src/index.ts'
import { NOT_READY } from '../../src/operation/operation.ts'
import { perform, type Performed, performers, settle, wrap, wrappers } from './perform.ts'
import { subjects } from './subjects.ts'

type Step =
  | { kind: 'perform'; by: (typeof performers)[number]; wrapped: (typeof wrappers)[number] }
  | { kind: 'abort'; which: number }
  | { kind: 'supply' }
  | { kind: 'turn' }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('perform' as const),
        by: fc.constantFrom(...performers),
        wrapped: fc.constantFrom(...wrappers),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('abort' as const), which: fc.nat(50) }) },
    { weight: 4, arbitrary: fc.constant({ kind: 'supply' as const }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'turn' as const }) },
  ),
  { maxLength: 40 },
)

const open: AbortController[] = []
afterEach(async () => {
  for (const controller of open.splice(0)) controller.abort('the test is over')
  await settle()
})

for (const { name, make } of subjects)
  describe(name, () => {
    test('one outcome; the grant is the commit point; re-performable; cancellation reaches every arm', async () => {
      const seen = { value: 0, error: 0, pending: 0 }
      await fc.assert(
        fc.asyncProperty(steps, async (program) => {
          const subject = make()
          const kept = subject.operation()
          const all: Performed[] = []
          let supplied = 0
          const collect = (): number => {
            let values = 0
            for (const { outcomes } of all) if (outcomes[0]?.kind === 'value') values++
            return values
          }
          const told = new Set<Performed>()
          const tell = (): void => {
            for (const performed of all) {
              if (performed.outcomes[0]?.kind !== 'value' || told.has(performed)) continue
              told.add(performed)
              subject.delivered(performed.outcomes[0].value)
            }
          }
          for (const step of program) {
            if (step.kind === 'perform') {
              const controller = new AbortController()
              const operation =
                step.wrapped === 'choose twice itself'
                  ? choose([kept, kept], { signal: controller.signal })
                  : wrap((options) => subject.operation(options), step.wrapped, controller.signal)
              all.push(perform(operation, step.by, controller))
            } else if (step.kind === 'abort') {
              all[step.which % Math.max(1, all.length)]?.controller.abort(new Error('aborted'))
            } else if (step.kind === 'turn') {
              await settle()
            } else if (subject.canSupply()) {
              supplied++
              subject.supply()
            }
            tell()
          }
          await settle()
          tell()
          const values = collect()
          const pending = all.filter(({ outcomes }) => outcomes.length === 0)
          for (const { outcomes } of all) {
            expect(outcomes.length).toBeLessThanOrEqual(1)
            if (outcomes[0]?.kind === 'error') expect(outcomes[0].value).toHaveProperty('message', 'aborted')
          }
          for (const { controller } of pending) expect(controller.signal.aborted).toBe(false)
          if (subject.available() === Infinity) expect(pending).toEqual([])
          else {
            // What cannot be given back is gone when an interruption comes after the grant.
            const gone = subject.gone === true ? all.filter(({ interrupted }) => interrupted).length : 0
            const missing = supplied - values - subject.available()
            expect(missing).toBeGreaterThanOrEqual(0)
            expect(missing).toBeLessThanOrEqual(gone)
            if (subject.available() > 0) expect(pending).toEqual([])
          }
          seen.value += values
          seen.pending += pending.length
          seen.error += all.length - values - pending.length
          for (const { controller } of pending) controller.abort(new Error('aborted'))
          await settle()
          for (const { outcomes } of all) expect(outcomes.length).toBe(1)
        }),
        { numRuns: 300 },
      )
      expect(seen.value).toBeGreaterThan(0)
      expect(seen.error).toBeGreaterThan(0)
      expect(seen.pending).toBeGreaterThan(0)
    })

    test('a withdrawn waiter leaves no trace', () => {
      const subject = make()
      const operation = subject.operation()
      const before = subject.available()
      const iterators = Array.from({ length: 3 }, () => step(operation))
      for (const { iterator } of iterators) iterator.return!(undefined)
      expect(subject.available()).toBe(before)
      expect(operation.poll()).toBe(NOT_READY)
    })

    test('ready means now', async () => {
      const subject = make()
      subject.supply()
      await settle()
      expect(subject.available()).toBeGreaterThan(0)
      const { first } = step(subject.operation())
      expect(first.done).toBe(true)
      subject.delivered(first.value)
    })

    test('ready means now, for a thread', async () => {
      const subject = make()
      subject.supply()
      await settle()
      subject.delivered(subject.operation().block())
      expect(subject.available() === 0 || subject.available() === Infinity).toBe(true)
    })

    test('map runs after the commit; if it throws, the error is the outcome and a disposable value is given back', async () => {
      const subject = make()
      const failing = subject.operation().map(() => {
        throw new Error('from map')
      })
      const outcome = failing.start().catch((error: unknown) => error)
      subject.supply()
      await settle()
      expect(await outcome).toHaveProperty('message', 'from map')
      expect(subject.available() > 0).toBe(subject.gone !== true)
    })

    test('an aborted signal and a zero timeout end it at once, without effect', async () => {
      const subject = make()
      await expect(
        subject.operation({ signal: AbortSignal.abort(new Error('gone')) }).start(),
      ).rejects.toThrow('gone')
      await expect(subject.operation({ timeout: 0 }).start()).rejects.toHaveProperty('name', 'TimeoutError')
      expect(() => subject.operation({ timeout: -1 })).toThrow(/timeout/)
      expect(() => subject.operation({ timeout: Number.NaN })).toThrow(/timeout/)
      expect(() => subject.operation({ signal: {} as AbortSignal })).toThrow(/signal/)
      subject.supply()
      await settle()
      expect(subject.available()).toBeGreaterThan(0)
    })

    test('a choice commits once, and ready arms take turns', async () => {
      const counts = { a: 0, b: 0 }
      for (let round = 0; round < 20; round++) {
        const [a, b] = [make(), make()]
        a.supply()
        b.supply()
        await settle()
        const { key, value } = await select({ a: a.operation(), b: b.operation() })
        counts[key]++
        const [taken, left] = key === 'a' ? [a, b] : [b, a]
        expect(left.available()).toBeGreaterThan(0)
        expect(taken.available() === 0 || taken.available() === Infinity).toBe(true)
        taken.delivered(value)
      }
      expect(Math.min(counts.a, counts.b)).toBeGreaterThanOrEqual(8)
    })

    test('a choice that is granted withdraws its other arms', async () => {
      const [a, b] = [make(), make()]
      const choice = select({ a: a.operation(), b: b.operation() }).start()
      b.supply()
      a.supply()
      const { key, value } = await choice
      const [taken, left] = key === 'a' ? [a, b] : [b, a]
      expect(left.available()).toBeGreaterThan(0)
      expect(taken.available() === 0 || taken.available() === Infinity).toBe(true)
      taken.delivered(value)
    })
  })

/** Takes the first step of an operation as a task would, without running the task any further. */
function step(operation: Operation<unknown>): {
  iterator: Iterator<unknown>
  first: IteratorResult<unknown>
} {
  let iterator!: Iterator<unknown>
  let first!: IteratorResult<unknown>
  void new Procedure('step', function* () {
    iterator = operation[Symbol.iterator]()
    first = iterator.next()
  }).start()
  return { iterator, first }
}
