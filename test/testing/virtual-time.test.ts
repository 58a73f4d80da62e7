import { describe, expect, test } from 'vitest'
import { DeadlockError, Event, Lock, run, sleep, spawn, TimeoutError, until } from '../../src/index.ts'
import {
  inVirtualTime,
  inVirtualTimeAsync,
  VirtualClock,
  waitAllTasksBlocked,
} from '../../src/testing/index.ts'

const HOUR = 3_600_000

describe('tasks in virtual time', () => {
  test('a day of sleeps and timeouts is over in this call', () => {
    const [log, at] = inVirtualTime(function* (clock) {
      const said: string[] = []
      const beats = spawn(function* () {
        for (let i = 0; i < 3; i++) {
          yield* sleep(8 * HOUR)
          said.push(`beat at ${clock.now() / HOUR}`)
        }
      })
      try {
        yield* new Event().wait({ timeout: 9 * HOUR })
      } catch (error) {
        said.push(`${(error as TimeoutError).name} at ${clock.now() / HOUR}`)
      }
      yield* beats
      return [said, clock.now()] as const
    })
    expect(log).toEqual(['beat at 8', 'TimeoutError at 9', 'beat at 16', 'beat at 24'])
    expect(at).toBe(24 * HOUR)
  })

  test('time does not move while a task can go on', () => {
    inVirtualTime(function* (clock) {
      const lock = new Lock()
      const asleep = spawn(() => sleep(1)[Symbol.iterator]())
      for (let i = 0; i < 100; i++) (yield* lock.acquire()).release()
      expect(clock.now()).toBe(0)
      yield* asleep
      expect(clock.now()).toBe(1)
    })
  })

  test('gives what it returns, throws what it throws, tells when nothing can go on', () => {
    expect(
      inVirtualTime(function* () {
        return 1
      }),
    ).toBe(1)
    expect(() =>
      inVirtualTime(function* () {
        throw new RangeError('no')
      }),
    ).toThrow(new RangeError('no'))
    expect(() => inVirtualTime(() => new Event().wait()[Symbol.iterator]())).toThrow(DeadlockError)
    expect(() => inVirtualTime(() => until(new Promise<void>(() => {}))[Symbol.iterator]())).toThrow(
      /no task can ever go on|need inVirtualTimeAsync/,
    )
  })

  test('a seed draws the order, the same each time', () => {
    const order = (seed?: number) =>
      inVirtualTime(
        function* () {
          const log: number[] = []
          const tasks = [1, 2, 3, 4, 5].map((n) =>
            spawn(function* () {
              log.push(n)
            }),
          )
          for (const task of tasks) yield* task
          return log.join('')
        },
        seed === undefined ? {} : { seed },
      )
    expect(order()).toBe('12345')
    expect(new Set([1, 2, 3, 4, 5, 6, 7, 8].map(order)).size).toBeGreaterThan(3)
    expect(order(3)).toBe(order(3))
    expect(() => order(0.5)).toThrow('seed must be an integer, got 0.5')
  })

  test('waitAllTasksBlocked waits for all others, and before time moves', () => {
    inVirtualTime(function* (clock) {
      const log: string[] = []
      const lock = new Lock()
      const busy = spawn(function* () {
        for (let i = 0; i < 10; i++) (yield* lock.acquire()).release()
        log.push('busy')
        yield* sleep(10)
        log.push('slept')
      })
      const other = spawn(function* () {
        yield* waitAllTasksBlocked()
        log.push('other')
      })
      yield* waitAllTasksBlocked()
      log.push(`main at ${clock.now()}`)
      yield* busy
      yield* other
      expect(log.toSorted()).toEqual(['busy', 'main at 0', 'other', 'slept'])
      expect(log[0]).toBe('busy')
      expect(log.at(-1)).toBe('slept')
    })
  })
})

describe('promise code in virtual time', () => {
  test('sleeps, timeouts and tasks last no time', async () => {
    const clock = new VirtualClock()
    const log = await inVirtualTimeAsync(
      async () => {
        const said: string[] = []
        const task = run(function* () {
          yield* sleep(2 * HOUR)
          said.push(`task at ${clock.now() / HOUR}`)
        })
        await sleep(HOUR)
        said.push(`code at ${clock.now() / HOUR}`)
        await expect(new Event().wait({ timeout: 3 * HOUR }).start()).rejects.toThrow(TimeoutError)
        said.push(`timeout at ${clock.now() / HOUR}`)
        await task
        return said
      },
      { clock },
    )
    expect(log).toEqual(['code at 1', 'task at 2', 'timeout at 4'])
  })

  test('puts the host clock and the scheduler back, also after a failure', async () => {
    const clock = new VirtualClock()
    await expect(inVirtualTimeAsync(() => Promise.reject(new RangeError('no')), { clock })).rejects.toThrow(
      new RangeError('no'),
    )
    await sleep(0)
    expect(clock.pending).toBe(0)
    await run(function* () {
      yield* sleep(0)
    })
  })

  test('waitAllTasksBlocked in a task and in an async function', async () => {
    const log: string[] = []
    const event = new Event()
    const task = run(function* () {
      for (let i = 0; i < 5; i++) yield* until(Promise.resolve())
      log.push('waits')
      yield* event.wait()
    })
    await waitAllTasksBlocked()
    expect(log).toEqual(['waits'])
    await run(function* () {
      yield* waitAllTasksBlocked()
      event.set()
    })
    await task
  })
})
