/** What holds of procedures, which commit in several steps: waits for a condition, and several locks as one. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  choose,
  Condition,
  type Held,
  Lock,
  lockAll,
  Procedure,
  RLock,
  RWLock,
  select,
  Semaphore,
  until,
  type WaitOptions,
} from '../../src/index.ts'
import { performers, settle } from './perform.ts'

type Steps<T> = Generator<never, T, unknown>
type Performer = (typeof performers)[number]

/** `yield*` in a body that says nothing of what it yields. */
const steps = <T>(waited: PromiseLike<T>): Steps<T> => waited as unknown as Steps<T>

/** Runs a body of steps in one of the ways there are. */
function perform<T>(body: () => Steps<T>, by: Performer): Promise<T> {
  const procedure = new Procedure('law', body)
  if (by === 'then') return Promise.resolve(procedure)
  if (by === 'start') return procedure.start()
  return new Procedure('outer', function* (): Steps<T> {
    return yield* steps(procedure)
  }).start()
}

/** Somebody who waits: what came of it, and whether it held the lock then. */
interface Waiter {
  readonly controller: AbortController
  outcome: 'pending' | 'told' | 'aborted' | 'cancelled'
}

const waits = fc.record({ kind: fc.constant('wait' as const), by: fc.constantFrom(...performers) })
const notifies = fc.record({ kind: fc.constant('notify' as const), n: fc.integer({ min: 1, max: 3 }) })
const aborts = fc.record({ kind: fc.constant('abort' as const), which: fc.nat(20) })
const others = fc.constantFrom(
  { kind: 'turn' as const },
  { kind: 'notifyAll' as const },
  { kind: 'cancel' as const },
  { kind: 'cancel for the lock' as const },
  { kind: 'some microtasks' as const },
)
const program = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: waits },
    { weight: 4, arbitrary: notifies },
    { weight: 3, arbitrary: aborts },
    { weight: 6, arbitrary: others },
  ),
  { maxLength: 40 },
)

type Step = typeof program extends fc.Arbitrary<(infer S)[]> ? S : never

/** Two of three waits are told; the second is interrupted while it waits for the lock, so the third is told instead. */
const interrupted = (microtasks: number): Step[] => [
  ...Array.from({ length: 3 }, () => ({ kind: 'wait' as const, by: 'start' as const })),
  { kind: 'turn' },
  { kind: 'notify', n: 2 },
  ...Array.from({ length: microtasks }, () => ({ kind: 'some microtasks' as const })),
  { kind: 'cancel for the lock' },
  { kind: 'turn' },
]

const conditions = {
  'on a Lock': () => new Condition(new Lock()),
  'on a Lock, shared': () => {
    const condition = new Condition(new Lock())
    void condition.handle
    return condition
  },
  'on an RLock': () => new Condition(new RLock()),
  'on an RLock, shared': () => {
    const condition = new Condition(new RLock())
    void condition.handle
    return condition
  },
}

for (const [name, make] of Object.entries(conditions))
  describe(`Condition ${name}`, () => {
    test('as many waits end as were told; each ends once, with the lock held; nothing told is lost', async () => {
      const seen = { told: 0, aborted: 0, cancelled: 0, pending: 0 }
      await fc.assert(
        fc.asyncProperty(program, async (program) => {
          const condition = make()
          const waiters: Waiter[] = []
          let inside = 0
          let told = 0
          /** Waits that were interrupted when nobody else waited to whom they could have passed on what they were told. */
          let last = 0
          const alone = (): void => {
            expect(inside).toBe(0)
            expect(condition.lock.locked).toBe(true)
          }
          const wait = (waiter: Waiter) =>
            function* (): Steps<void> {
              let held: Held
              try {
                held = yield* steps(condition.lock.acquire())
              } catch {
                waiter.outcome = 'cancelled'
                return
              }
              try {
                yield* steps(condition.wait({ signal: waiter.controller.signal }))
                waiter.outcome = 'told'
              } catch (error) {
                waiter.outcome = error === 'aborted' ? 'aborted' : 'cancelled'
                if (condition.statistics().waiting === 0) last++
              }
              alone()
              inside++
              for (let i = 0; i < 3; i++) yield* steps(until(Promise.resolve()))
              inside--
              held.release()
            }
          /** Tells with the lock held; what is told is bounded by who waits then. */
          const tell = (n: number) =>
            function* (): Steps<void> {
              let held: Held
              try {
                held = yield* steps(condition.lock.acquire())
              } catch {
                return
              }
              alone()
              told += Math.min(n, condition.statistics().waiting)
              if (n === Infinity) condition.notifyAll()
              else condition.notify(n)
              held.release()
            }
          const running: Promise<void>[] = []
          for (const step of program) {
            if (step.kind === 'wait') {
              const waiter: Waiter = { controller: new AbortController(), outcome: 'pending' }
              waiters.push(waiter)
              running.push(perform(wait(waiter), step.by))
            } else if (step.kind === 'abort')
              waiters[step.which % Math.max(1, waiters.length)]?.controller.abort('aborted')
            else if (step.kind === 'cancel') condition.cancelWaiters('cancelled')
            else if (step.kind === 'cancel for the lock') condition.lock.cancelWaiters('cancelled')
            else if (step.kind === 'some microtasks') for (let i = 0; i < 3; i++) await undefined
            else if (step.kind === 'turn') await settle()
            else running.push(perform(tell(step.kind === 'notifyAll' ? Infinity : step.n), 'start'))
          }
          for (let i = 0; i < 5; i++) await settle()
          const count = (outcome: Waiter['outcome']): number =>
            waiters.filter((waiter) => waiter.outcome === outcome).length
          const pending = count('pending')
          expect(count('told')).toBeLessThanOrEqual(told)
          if (pending > 0) expect(count('told')).toBeGreaterThanOrEqual(told - last)
          expect(condition.statistics()).toEqual({ waiting: pending, waiters: pending })
          expect(condition.lock.locked).toBe(false)
          for (const outcome of ['told', 'aborted', 'cancelled', 'pending'] as const)
            seen[outcome] += count(outcome)
          condition.cancelWaiters('over')
          await Promise.all(running)
        }),
        { numRuns: 200, examples: [[interrupted(1)], [interrupted(2)], [interrupted(3)]] },
      )
      for (const times of Object.values(seen)) expect(times).toBeGreaterThan(0)
    })

    test('waitFor ends with what its predicate gave, seen under the lock', async () => {
      const wanted = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 })
      await fc.assert(
        fc.asyncProperty(
          wanted,
          fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 12 }),
          async (wanted, puts) => {
            const condition = make()
            let stock = 0
            const taken: number[] = []
            const running = wanted.map((n) =>
              perform(function* (): Steps<void> {
                const held = yield* steps(condition.lock.acquire())
                try {
                  const got = yield* steps(condition.waitFor(() => (stock >= n ? n : undefined)))
                  expect(got).toBe(n)
                  expect(stock).toBeGreaterThanOrEqual(n)
                  stock -= n
                  taken.push(n)
                } finally {
                  held.release()
                }
              }, 'task'),
            )
            for (const n of puts)
              await perform(function* (): Steps<void> {
                const held = yield* steps(condition.lock.acquire())
                stock += n
                condition.notifyAll()
                held.release()
              }, 'start')
            await settle()
            const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
            expect(stock).toBe(sum(puts) - sum(taken))
            const { waiters } = condition.statistics()
            expect(waiters).toBe(wanted.length - taken.length)
            // Whoever still waits waits for more than there is.
            const rest = [...wanted]
            for (const n of taken) rest.splice(rest.indexOf(n), 1)
            for (const n of rest) expect(n).toBeGreaterThan(stock)
            condition.cancelWaiters('over')
            const outcomes = await Promise.allSettled(running)
            expect(outcomes.filter(({ status }) => status === 'rejected').length).toBe(waiters)
          },
        ),
        { numRuns: 100 },
      )
    })

    test('each perform is a wait of its own; it is no arm of a choice; an ended signal leaves the lock held', async () => {
      const condition = make()
      await perform(function* (): Steps<void> {
        const held = yield* steps(condition.lock.acquire())
        const kept = condition.wait({ signal: AbortSignal.abort('gone') })
        for (let i = 0; i < 2; i++) {
          let error: unknown
          try {
            yield* steps(kept)
          } catch (reason) {
            error = reason
          }
          expect(error).toBe('gone')
          expect(condition.lock.locked).toBe(true)
        }
        expect(() => choose([kept as never])).toThrow(TypeError)
        expect(() => select({ kept: kept as never })).toThrow(TypeError)
        expect(() => condition.wait({ timeout: -1 })).toThrow(/timeout/)
        held.release()
      }, 'task')
      expect(condition.lock.locked).toBe(false)
      expect(condition.statistics()).toEqual({ waiting: 0, waiters: 0 })
    })
  })

describe('lockAll', () => {
  /** Three things to lock: what is inside, and when it is free. */
  const things = (shared: readonly boolean[]) => {
    const [lock, semaphore, rwlock] = [new Lock(), new Semaphore(2), new RWLock()]
    if (shared[0]) void lock.handle
    if (shared[1]) void semaphore.handle
    if (shared[2]) void rwlock.handle
    return {
      items: [lock, () => semaphore.acquire(2), () => rwlock.write()] as const,
      free: () => !lock.locked && semaphore.value === 2 && !rwlock.statistics().writing,
      share: (which: number) => void [lock, semaphore, rwlock][which]!.handle,
    }
  }

  const holders = fc.record({
    which: fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 3 }),
    by: fc.constantFrom(...performers),
    abort: fc.boolean(),
    share: fc.option(fc.nat(2)),
  })

  test('everybody gets all of it or nothing, nobody holds what another one holds, and no order waits for ever', async () => {
    const seen = { held: 0, aborted: 0 }
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
        fc.array(holders, { minLength: 1, maxLength: 8 }),
        async (shared, all) => {
          const { items, free, share } = things(shared)
          const inside = [0, 0, 0]
          const controllers: AbortController[] = []
          const running = all.map(({ which, by, share: shareNow }) => {
            const controller = new AbortController()
            controllers.push(controller)
            return perform(function* (): Steps<'held' | 'aborted'> {
              let held: Held
              const options: WaitOptions = { signal: controller.signal }
              const parts = which.map((i) => (i === 0 ? items[0] : items[i as 1 | 2]()))
              try {
                held = yield* steps(lockAll(parts, options))
              } catch (error) {
                expect(error).toBe('aborted')
                return 'aborted'
              }
              for (const i of which) expect(++inside[i]!).toBe(1)
              if (shareNow !== null) share(shareNow)
              yield* steps(until(Promise.resolve()))
              for (const i of which) inside[i]!--
              held.release()
              held.release()
              return 'held'
            }, by)
          })
          all.forEach(({ abort }, i) => abort && controllers[i]!.abort('aborted'))
          for (const outcome of await Promise.all(running)) seen[outcome]++
          expect(free()).toBe(true)
        },
      ),
      { numRuns: 200 },
    )
    expect(seen.held).toBeGreaterThan(0)
    expect(seen.aborted).toBeGreaterThan(0)
  })

  test('it is performed anew each time, and is no arm of a choice', async () => {
    const { items, free } = things([false, true, false])
    const all = lockAll([items[0], items[1]()])
    for (const by of performers) {
      const held = await perform(function* (): Steps<Held> {
        return yield* steps(all)
      }, by)
      expect(free()).toBe(false)
      held.release()
      expect(free()).toBe(true)
    }
    expect(() => choose([all as never])).toThrow(TypeError)
    await expect(lockAll([items[0]], { signal: AbortSignal.abort('gone') }).start()).rejects.toBe('gone')
    expect(free()).toBe(true)
  })
})
