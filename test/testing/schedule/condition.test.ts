import { describe, expect, test } from 'vitest'
import { CancelledError, Condition, RLock, spawn } from '../../../src/index.ts'
import { exploreSchedules, scenario } from '../../../src/testing/index.ts'

describe('a condition among tasks that can be left before each wait', () => {
  test('misses no notification between giving the lock up and sleeping, on either lock', () => {
    for (const lock of [() => undefined, () => new RLock()]) {
      const program = scenario({
        setup: () => ({ condition: new Condition(lock()), ready: false }),
        tasks: {
          *waiter(s) {
            const held = yield* s.condition.lock.acquire()
            while (!s.ready) yield* s.condition.wait()
            held.release()
          },
          *teller(s) {
            const held = yield* s.condition.lock.acquire()
            s.ready = true
            s.condition.notify()
            held.release()
          },
        },
        atEnd: ({ condition }) => {
          expect(condition.lock.locked).toBe(false)
          expect(condition.statistics()).toEqual({ waiting: 0, waiters: 0 })
        },
      })
      expect(exploreSchedules(program).violation).toBeUndefined()
    }
  })

  test('has the lock again however often its waiter is cancelled, and wherever', () => {
    const { violation, schedules } = exploreSchedules(
      function* () {
        const condition = new Condition()
        const waiter = spawn(function* () {
          const held = yield* condition.lock.acquire()
          try {
            yield* condition.wait()
          } finally {
            held.release() // throws unless it is held
          }
        })
        const teller = spawn(function* () {
          const held = yield* condition.lock.acquire()
          condition.notify()
          held.release()
        })
        const canceller = spawn(function* () {
          waiter.cancel('once')
          const held = yield* condition.lock.acquire()
          waiter.cancel('twice', { again: true })
          held.release()
        })
        try {
          yield* waiter
        } catch (error) {
          if (!(error instanceof CancelledError)) throw error
        }
        yield* teller
        yield* canceller
        expect(condition.lock.locked).toBe(false)
        expect(condition.statistics()).toEqual({ waiting: 0, waiters: 0 })
      },
      { preemptions: 2 },
    )
    expect(violation).toBeUndefined()
    expect(schedules).toBeGreaterThan(100)
  })
})
