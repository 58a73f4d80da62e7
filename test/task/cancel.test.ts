import { describe, expect, test } from 'vitest'
import {
  CancelledError,
  currentTask,
  Event,
  Lock,
  Queue,
  shield,
  sleep,
  type Task,
  TimeoutError,
  withTimeout,
  yieldNow,
} from '../../src/index.ts'
import { bench } from './support.ts'

/** A task that logs how its wait ended, and cleans up in two turns. */
function logger(log: string[], wait: () => Iterable<any> & { [Symbol.iterator](): Iterator<any, any, any> }) {
  return function* (): Generator<any, string> {
    try {
      yield* wait()
      log.push('granted')
    } catch (error) {
      log.push((error as Error).name)
      throw error
    } finally {
      yield* yieldNow()
      log.push('cleaned')
    }
    return 'value'
  }
}

describe('a cancellation', () => {
  test('is thrown where the task waits; its finally blocks run, and may wait', () => {
    const { scheduler, settle } = bench()
    const log: string[] = []
    const event = new Event()
    const task = scheduler.spawn(logger(log, () => event.wait()))
    settle()
    expect(task.cancel()).toBe(true)
    expect(event.statistics().waiters).toBe(0)
    settle()
    expect(log).toEqual(['CancelledError', 'cleaned'])
    expect(task.state).toBe('cancelled')
  })

  test('before the first step ends the task at once: it never runs', () => {
    const { scheduler, settle } = bench()
    const log: string[] = []
    const task = scheduler.spawn(logger(log, () => sleep(1)))
    expect([task.cancel('early'), task.state, scheduler.idle, scheduler.size]).toEqual([
      true,
      'cancelled',
      true,
      0,
    ])
    settle()
    expect(log).toEqual([])
    expect(() => task.poll()).toThrow(CancelledError)
  })

  test('asked for twice is thrown once: cleaning up is not broken off', () => {
    const { scheduler, settle } = bench()
    const log: string[] = []
    const gate = new Event()
    const task = scheduler.spawn(function* () {
      try {
        yield* sleep(1)
      } finally {
        yield* gate.wait()
        log.push('cleaned')
      }
    })
    settle()
    expect([task.cancel(1), task.cancel(2)]).toEqual([true, false])
    settle()
    expect(task.cancel(3)).toBe(false)
    settle()
    expect(log).toEqual([])
    gate.set()
    settle()
    expect(log).toEqual(['cleaned'])
    expect(() => task.poll()).toThrow(expect.objectContaining({ cause: 1 }))
  })

  test('asked for again is thrown again, also where it cleans up', () => {
    const { scheduler, settle } = bench()
    const gate = new Event()
    const task = scheduler.spawn(function* () {
      try {
        yield* sleep(1)
      } finally {
        yield* gate.wait()
      }
    })
    settle()
    task.cancel(1)
    settle()
    expect(task.state).toBe('waiting')
    expect(task.cancel(2, { again: true })).toBe(true)
    settle()
    expect(task.state).toBe('cancelled')
    expect(() => task.poll()).toThrow(expect.objectContaining({ cause: 2 }))
  })

  test('from within takes effect at the next wait; without one the task ends as it would', () => {
    const { scheduler, settle } = bench()
    const log: string[] = []
    const event = new Event()
    event.set()
    const waits = scheduler.spawn(function* () {
      currentTask()!.cancel()
      log.push('goes on')
      yield* event.wait()
      log.push('not reached')
    })
    const ends = scheduler.spawn(function* () {
      currentTask()!.cancel()
      return 1
    })
    const yields = scheduler.spawn(function* () {
      currentTask()!.cancel()
      yield* yieldNow()
      log.push('not reached')
    })
    settle()
    expect(log).toEqual(['goes on'])
    expect([waits.state, ends.poll(), yields.state]).toEqual(['cancelled', 1, 'cancelled'])
  })

  test('that comes after the grant lets the grant win, and is thrown at the next wait', () => {
    const { scheduler, settle } = bench()
    const log: string[] = []
    const lock = new Lock()
    const held = lock.tryAcquire()!
    const task = scheduler.spawn(function* () {
      const mine = yield* lock.acquire()
      log.push('mine')
      try {
        yield* sleep(1)
      } finally {
        mine.release()
      }
    })
    settle()
    held.release()
    task.cancel()
    settle()
    expect(log).toEqual(['mine'])
    expect([task.state, lock.locked]).toEqual(['cancelled', false])
  })

  test('that comes before the release leaves the lock to the next', () => {
    const { scheduler, settle } = bench()
    const lock = new Lock()
    const held = lock.tryAcquire()!
    const take = function* () {
      return yield* lock.acquire()
    }
    const first = scheduler.spawn(take)
    const second = scheduler.spawn(take)
    settle()
    first.cancel()
    held.release()
    settle()
    expect([first.state, second.state]).toEqual(['cancelled', 'done'])
  })

  test('loses no item of a queue, whenever it comes', () => {
    const { scheduler, settle } = bench()
    const queue = new Queue<number>()
    const tasks: Task<number>[] = []
    for (let i = 0; i < 10; i++)
      tasks.push(
        scheduler.spawn(function* () {
          return yield* queue.get()
        }),
      )
    settle()
    for (let i = 0; i < 10; i++) {
      queue.tryPut(i)
      if (i % 3 === 0) tasks[i]?.cancel()
      if (i % 3 === 1) tasks[i + 1]?.cancel()
    }
    settle()
    const got = tasks.flatMap((task) => (task.state === 'done' ? [task.poll() as number] : []))
    const left: unknown[] = []
    for (let item = queue.tryGet(); item !== undefined; item = queue.tryGet()) left.push(item)
    expect(got.length + left.length).toBe(10)
  })

  test('of a task that gave up its turn is thrown there', () => {
    const { scheduler } = bench()
    const log: string[] = []
    const task = scheduler.spawn(logger(log, () => yieldNow()))
    scheduler.step()
    expect(task.cancel()).toBe(true)
    scheduler.runUntilIdle()
    expect(log).toEqual(['CancelledError', 'cleaned'])
  })

  test('that is caught is over: the task goes on, and ends as it ends', () => {
    const { scheduler, pass } = bench()
    const task = scheduler.spawn(function* () {
      try {
        yield* sleep(1)
      } catch {}
      yield* sleep(1)
      return 'went on'
    })
    pass(0)
    task.cancel()
    pass(2)
    expect([task.poll(), task.cancelling]).toEqual(['went on', true])
  })

  test('that ends in another error is a failure', () => {
    const { scheduler, settle } = bench({ onFailure: () => {} })
    const task = scheduler.spawn(function* () {
      try {
        yield* sleep(1)
      } finally {
        // oxlint-disable-next-line no-unsafe-finally
        throw new Error('while cleaning up')
      }
    })
    settle()
    task.cancel()
    settle()
    expect(() => task.poll()).toThrow('while cleaning up')
  })

  test('of a task that is over does nothing', () => {
    const { scheduler, settle } = bench()
    const task = scheduler.spawn(function* () {
      return 1
    })
    settle()
    expect([task.cancel(), task.poll(), task.cancelling]).toEqual([false, 1, false])
  })

  test('aborts the signal at once, with the error that is thrown', () => {
    const { scheduler, settle } = bench()
    const seen: unknown[] = []
    const task = scheduler.spawn(function* () {
      try {
        yield* sleep(1)
      } catch (error) {
        seen.push(error)
      }
    })
    settle()
    const { signal } = task
    expect(signal.aborted).toBe(false)
    task.cancel('why')
    settle()
    expect([signal.aborted, signal.reason === seen[0], (seen[0] as Error).cause]).toEqual([true, true, 'why'])
    expect(task.signal).toBe(signal)
  })
})

describe('shield', () => {
  test('keeps a cancellation away until the first wait after it', () => {
    const { scheduler, settle } = bench()
    const log: string[] = []
    const gate = new Event()
    const task = scheduler.spawn(function* () {
      yield* shield(function* () {
        yield* gate.wait()
        log.push('kept')
      })
      log.push('after')
      yield* yieldNow()
      log.push('not reached')
    })
    settle()
    expect([task.cancel(), task.cancel(), task.signal.aborted]).toEqual([true, false, true])
    settle()
    expect(task.state).toBe('waiting')
    gate.set()
    settle()
    expect(log).toEqual(['kept', 'after'])
    expect(task.state).toBe('cancelled')
  })

  test('lets a deadline within it work, and keeps one outside of it away', () => {
    const { scheduler, pass } = bench()
    const log: string[] = []
    const task = scheduler.spawn(function* () {
      yield* withTimeout(2, () =>
        shield(function* () {
          try {
            yield* withTimeout(1, () => sleep(10))
          } catch (error) {
            log.push((error as Error).name)
          }
          yield* sleep(5)
          log.push('kept')
        }),
      )
      log.push('no wait, so no timeout')
    })
    pass(6)
    expect(log).toEqual(['TimeoutError', 'kept', 'no wait, so no timeout'])
    expect(task.state).toBe('done')
  })
})

describe('withTimeout', () => {
  test('ends its body in time, after its finally blocks', () => {
    const { scheduler, pass } = bench()
    const log: string[] = []
    const task = scheduler.spawn(function* () {
      try {
        yield* withTimeout(5, function* () {
          try {
            yield* sleep(10)
          } catch (error) {
            log.push((error as Error).name)
            throw error
          } finally {
            yield* sleep(2)
            log.push('cleaned')
          }
        })
      } catch (error) {
        log.push((error as Error).name)
        throw error
      }
    })
    pass(6)
    expect(log).toEqual(['CancelledError'])
    pass(1)
    expect(log).toEqual(['CancelledError', 'cleaned', 'TimeoutError'])
    expect(() => task.poll()).toThrow(TimeoutError)
  })

  test('gives the value of a body that is in time, and leaves no timer', () => {
    const { scheduler, pass, clock } = bench()
    const task = scheduler.spawn(() =>
      withTimeout(5, function* () {
        yield* sleep(1)
        return 'value'
      }),
    )
    pass(1)
    expect([task.poll(), clock.pending.length]).toEqual(['value', 0])
  })

  test.each([
    [3, 10, 'outer'],
    [10, 3, 'inner'],
    [3, 3, 'outer'],
  ])('nests: %i around %i ends the %s one', (outer, inner, expected) => {
    const { scheduler, pass } = bench()
    const task = scheduler.spawn(function* (): Generator<any, string> {
      try {
        return yield* withTimeout(outer, function* () {
          try {
            return yield* withTimeout(inner, function* () {
              yield* sleep(20)
              return 'late'
            })
          } catch (error) {
            if (error instanceof TimeoutError) return 'inner'
            throw error
          }
        })
      } catch (error) {
        return error instanceof TimeoutError ? 'outer' : 'other'
      }
    })
    pass(3)
    // Of two at the same time the outer one counts, if it is asked for before the task has run.
    expect(task.poll()).toBe(expected)
  })

  test('a deadline does not break off cleaning up after the cancellation of the whole task', () => {
    const { scheduler, pass } = bench()
    const log: string[] = []
    const task = scheduler.spawn(() =>
      withTimeout(3, function* () {
        try {
          yield* sleep(10)
        } finally {
          yield* sleep(5)
          log.push('cleaned')
        }
      }),
    )
    pass(1)
    task.cancel()
    pass(6)
    expect(log).toEqual(['cleaned'])
    expect(task.state).toBe('cancelled')
  })

  test('works in a finally block of a cancelled task', () => {
    const { scheduler, pass } = bench()
    const log: string[] = []
    const task = scheduler.spawn(function* () {
      try {
        yield* sleep(10)
      } finally {
        try {
          yield* withTimeout(2, () => sleep(10))
        } catch (error) {
          log.push((error as Error).name)
        }
      }
    })
    pass(1)
    task.cancel()
    pass(2)
    expect(log).toEqual(['TimeoutError'])
    expect(task.state).toBe('cancelled')
  })

  test('of 0 throws at the first wait, and lets a body without one pass', () => {
    const { scheduler, settle } = bench()
    const event = new Event()
    event.set()
    const waits = scheduler.spawn(() => withTimeout(0, () => event.wait()))
    const returns = scheduler.spawn(() =>
      withTimeout(0, function* () {
        return 1
      }),
    )
    settle()
    expect(() => waits.poll()).toThrow(TimeoutError)
    expect(returns.poll()).toBe(1)
  })

  test('refuses bad arguments before anything runs', () => {
    expect(() => withTimeout(-1, () => sleep(1))).toThrow(/milliseconds must be zero or more/)
    expect(() => withTimeout(1, 5 as never)).toThrow(/body must be a function, got 5/)
    expect(() => shield(5 as never)).toThrow(/body must be a function, got 5/)
    expect(() => withTimeout(1, () => sleep(1)).next()).toThrow(/withTimeout works in a task/)
  })
})
