import { AsyncLocalStorage } from 'node:async_hooks'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  always,
  CancelledError,
  Event,
  InlineExecutor,
  select,
  sleep,
  TaskExecutor,
  TimeoutError,
  wait,
} from '../../src/index.ts'
import { thread } from '../../src/wait/thread.ts'
import { ManualClock } from '../deferred/manual-clock.ts'

const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await undefined
}

/** A job that ends when it is told to. */
function gate(): { job: () => Promise<number>; open: (value: number) => void; begun: () => number } {
  const waiting: ((value: number) => void)[] = []
  let begun = 0
  return {
    job: () => {
      begun++
      return new Promise((resolve) => waiting.push(resolve))
    },
    open: (value) => waiting.shift()!(value),
    begun: () => begun,
  }
}

describe('concurrency', () => {
  test('is never exceeded, and used to the full', async () => {
    const executor = new TaskExecutor({ concurrency: 3 })
    let [active, most, counted] = [0, 0, 0]
    const job = async (): Promise<void> => {
      most = Math.max(most, ++active)
      counted = Math.max(counted, executor.activeCount)
      await undefined
      active--
    }
    for (let i = 0; i < 50; i++) void executor.submit(job)
    expect([executor.activeCount, executor.pendingCount]).toEqual([3, 47])
    await executor.whenIdle()
    expect([most, counted, executor.activeCount, executor.pendingCount]).toEqual([3, 3, 0, 0])
  })

  test('a call begins within submit if there is room; one that ends at once is done by then', () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    expect(executor.submit((a: number) => a + 1, 1).poll()).toBe(2)
    const { job, begun } = gate()
    void executor.submit(job)
    expect(begun()).toBe(1)
  })

  test('resize lets more begin, and fewer', async () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    const { job, open, begun } = gate()
    for (let i = 0; i < 6; i++) void executor.submit(job)
    expect(begun()).toBe(1)
    executor.resize(3)
    expect([begun(), executor.concurrency]).toEqual([3, 3])
    executor.resize(1)
    open(0)
    open(0)
    await turns()
    expect(begun()).toBe(3)
    open(0)
    await turns()
    expect(begun()).toBe(4)
    executor.resize(Infinity)
    expect(begun()).toBe(6)
  })

  test('wrong values are named', () => {
    for (const concurrency of [0, -1, 1.5, Number.NaN, '2' as never])
      expect(() => new TaskExecutor({ concurrency })).toThrow(/concurrency must be an integer/)
    const executor = new TaskExecutor({ concurrency: 2 })
    expect(() => executor.resize(0)).toThrow(/concurrency/)
    expect(executor.concurrency).toBe(2)
    expect(() => new TaskExecutor({ rate: { limit: 0, per: 1 } })).toThrow(/rate.limit/)
    expect(() => new TaskExecutor({ rate: { limit: 1, per: -1 } })).toThrow(/rate.per/)
    expect(() => new TaskExecutor({ rate: 5 as never })).toThrow(/rate must be an object/)
    expect(() => new TaskExecutor(5 as never)).toThrow(/options must be an object/)
    expect(() => executor.whenBelow(0)).toThrow(/n must be an integer from 1/)
  })

  test('2 · 10^4 calls that end at once, queued in a pause, need no deep stack', async () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    executor.pause()
    let sum = 0
    for (let i = 0; i < 20_000; i++) void executor.submit(() => void sum++)
    executor.resume()
    expect(sum).toBe(20_000)
    expect(executor.whenIdle().poll()).toBeUndefined()
  })
})

describe('what a function may give', () => {
  test.each([
    ['a value', () => 1],
    ['a promise', async () => 1],
    ['a future', () => always(1).start()],
    ['an operation', () => sleep(0).map(() => 1)],
    // oxlint-disable-next-line unicorn/no-thenable
    ['a thenable', () => ({ then: (f: (value: number) => void) => f(1) })],
    [
      'a generator, as a task',
      function* () {
        yield* sleep(0)
        return 1
      },
    ],
  ] as [string, () => unknown][])('%s', async (_, f) => {
    for (const executor of [new TaskExecutor({ concurrency: 1 }), new InlineExecutor()]) {
      expect(await executor.submit(f)).toBe(1)
      expect(await executor.with({ timeout: 1e6 }).submit(f)).toBe(1)
      await executor.shutdown()
    }
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('no')
      },
    ],
    [
      'has a then that throws',
      () => ({
        // oxlint-disable-next-line unicorn/no-thenable
        then: () => {
          throw new Error('no')
        },
      }),
    ],
    [
      'is a task that throws',
      function* () {
        yield* sleep(0)
        throw new Error('no')
      },
    ],
  ] as [string, () => unknown][])('it %s', async (_, f) => {
    const executor = new TaskExecutor({ concurrency: 1 })
    await expect(executor.submit(f)).rejects.toThrow('no')
    expect(executor.statistics).toMatchObject({ executed: 1, failures: 1 })
    expect(await executor.submit(() => 'next')).toBe('next')
  })

  test('a thenable that answers twice is not taken for the next job', async () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    let again!: (value: number) => void
    // oxlint-disable-next-line unicorn/no-thenable
    const twice = { then: (f: (value: number) => void) => ((again = f), f(1)) }
    expect(await executor.submit(() => twice)).toBe(1)
    const { job, open } = gate()
    const next = executor.submit(job)
    again(2)
    await turns()
    expect(next.done).toBe(false)
    open(3)
    expect(await next).toBe(3)
  })
})

describe('priority', () => {
  test('higher ones first, in order among equals', async () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    const { job, open } = gate()
    void executor.submit(job)
    const order: string[] = []
    const priorities = [0, 5, -1, 5, 0, 7, -1, 2.5]
    priorities.forEach(
      (priority, i) => void executor.with({ priority }).submit(() => void order.push(`${priority}#${i}`)),
    )
    open(0)
    await executor.whenIdle()
    expect(order).toEqual(['7#5', '5#1', '5#3', '2.5#7', '0#0', '0#4', '-1#2', '-1#6'])
  })

  test('any order of any number comes out sorted and stable', async () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    executor.pause()
    const order: [number, number][] = []
    for (let i = 0; i < 1000; i++) {
      const priority = (i * 7919) % 31
      void executor.with({ priority }).submit(() => void order.push([priority, i]))
    }
    executor.resume()
    await executor.whenIdle()
    expect(order).toEqual([...order].sort(([p, i], [q, j]) => q - p || i - j))
    expect(order).toHaveLength(1000)
  })
})

describe('pause, resume, clear', () => {
  test('a pause lets what runs end, and nothing begin', async () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    const { job, open, begun } = gate()
    const first = executor.submit(job)
    void executor.submit(job)
    executor.pause()
    open(1)
    expect(await first).toBe(1)
    expect([begun(), executor.paused, executor.pendingCount]).toEqual([1, true, 1])
    executor.resume()
    expect([begun(), executor.paused]).toEqual([2, false])
  })

  test('clear rejects what has not begun, and only that', async () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    const { job, open } = gate()
    const first = executor.submit(job)
    const rest = [executor.submit(job), executor.submit(job), executor.submitAfter(1e9, job)]
    const waits = rest.map((future) => future.start())
    executor.clear()
    expect([executor.pendingCount, executor.delayedCount]).toEqual([0, 0])
    for (const each of waits) await expect(each).rejects.toBeInstanceOf(CancelledError)
    expect((await wait(rest)).done.size).toBe(3)
    open(1)
    expect(await first).toBe(1)
    expect(executor.statistics).toMatchObject({ executed: 1, cancelled: 3 })
  })

  test('a shutdown ends a pause', async () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    executor.pause()
    const future = executor.submit(() => 1)
    await executor.shutdown()
    expect(future.poll()).toBe(1)
  })
})

describe('whenIdle and whenBelow', () => {
  test('whenIdle waits for what runs, waits and is delayed', async () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    await executor.whenIdle()
    const { job, open } = gate()
    void executor.submit(job)
    void executor.submit(job)
    const delayed = executor.submitAfter(1e9, job)
    const idle = executor.whenIdle().start()
    open(1)
    await turns()
    open(2)
    await turns()
    expect(idle.done).toBe(false)
    delayed.cancel()
    await idle
    await expect(executor.whenIdle({ timeout: 0 }).start()).resolves.toBeUndefined()
  })

  test('whenBelow waits for fewer to wait', async () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    const { job, open } = gate()
    for (let i = 0; i < 4; i++) void executor.submit(job)
    const [two, one] = [executor.whenBelow(3).start(), executor.whenBelow(2).start()]
    const controller = new AbortController()
    const aborted = executor.whenBelow(1, { signal: controller.signal }).start()
    open(1)
    await turns()
    expect([executor.pendingCount, two.done, one.done]).toEqual([2, true, false])
    open(1)
    await turns()
    expect(one.done).toBe(true)
    controller.abort(new Error('gone'))
    await expect(aborted).rejects.toThrow('gone')
    expect((await select({ below: executor.whenBelow(5), idle: executor.whenIdle() })).key).toBe('below')
  })
})

describe('time, on a virtual clock', () => {
  const { clock: host } = thread
  let clock: ManualClock
  beforeEach(() => void (thread.clock = clock = new ManualClock()))
  afterEach(() => void (thread.clock = host))

  test('at most `limit` begin within any `per`', async () => {
    const executor = new TaskExecutor({ rate: { limit: 2, per: 100 } })
    const begun: number[] = []
    const job = async (): Promise<void> => void begun.push(clock.now())
    void executor.submit(job)
    clock.advance(60)
    for (let i = 0; i < 4; i++) void executor.submit(job)
    for (let i = 0; i < 30; i++) {
      clock.advance(10)
      await turns()
    }
    expect(begun).toEqual([0, 60, 100, 160, 200])
    expect(clock.pending).toBe(0)
  })

  test('when all that wait are cancelled, no timer is left', () => {
    const executor = new TaskExecutor({ rate: { limit: 1, per: 100 } })
    const futures = [1, 2, 3].map(() => executor.submit(() => clock.now()))
    futures[1]!.cancel()
    expect(clock.pending).toBe(1)
    futures[2]!.cancel()
    expect(clock.pending).toBe(0)
  })

  test('a pause, a clear and a cancelled one use no start', async () => {
    const executor = new TaskExecutor({ rate: { limit: 1, per: 100 } })
    const job = (): number => clock.now()
    const futures = [executor.submit(job), executor.submit(job), executor.submit(job)]
    futures[1]!.cancel()
    executor.pause()
    expect(clock.pending).toBe(0)
    clock.advance(100)
    expect(futures[2]!.done).toBe(false)
    executor.resume()
    expect(futures[2]!.poll()).toBe(100)
    void executor.submit(job)
    executor.clear()
    expect(clock.pending).toBe(0)
  })

  test('the runtime counts from the submission; of a delayed one, from when it was due', async () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    const { job, open } = gate()
    void executor.submit(job)
    void executor.submit(job)
    clock.advance(10)
    open(1)
    await turns()
    clock.advance(5)
    open(1)
    await turns()
    expect(executor.statistics).toMatchObject({ executed: 2, runtime: 25, averageRuntime: 12.5 })
    void executor.submitAfter(100, job)
    clock.advance(100)
    clock.advance(3)
    open(1)
    await turns()
    expect(executor.statistics.runtime).toBe(28)
  })

  test('the timeout of a call counts from its beginning, and frees its place', async () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    const { job, open, begun } = gate()
    const [first, second] = [
      executor.with({ timeout: 50 }).submit(job),
      executor.with({ timeout: 50 }).submit(job),
    ]
    clock.advance(50)
    await expect(first).rejects.toBeInstanceOf(TimeoutError)
    expect(begun()).toBe(2)
    clock.advance(49)
    open(1) // the first one's late answer
    await turns()
    expect(second.done).toBe(false)
    open(2)
    expect(await second).toBe(2)
    expect(clock.pending).toBe(0)
    expect(executor.statistics).toMatchObject({ executed: 2, failures: 1 })
  })

  test('a task is ended at its wait, runs its finally, and keeps its place until then', async () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    const [seen, event] = [[] as string[], new Event()]
    const future = executor.with({ timeout: 50 }).submit(function* () {
      try {
        yield* event.wait()
        return 'event'
      } finally {
        seen.push('finally')
        yield* sleep(10)
        seen.push('cleaned')
      }
    })
    const next = executor.submit(() => 'next')
    clock.advance(50)
    await turns()
    expect([seen, event.statistics().waiters, next.done]).toEqual([['finally'], 0, false])
    clock.advance(10)
    await expect(future).rejects.toBeInstanceOf(TimeoutError)
    expect([seen, next.poll()]).toEqual([['finally', 'cleaned'], 'next'])
  })

  test('a task may catch it and give a result; a grant that came first wins', async () => {
    const executor = new TaskExecutor()
    const caught = executor.with({ timeout: 50 }).submit(function* () {
      try {
        yield* sleep(1000)
        return 'slept'
      } catch (error) {
        return (error as Error).name
      }
    })
    clock.advance(50)
    expect(await caught).toBe('TimeoutError')
    const event = new Event()
    const controller = new AbortController()
    const seen: string[] = []
    const granted = executor.with({ signal: controller.signal }).submit(function* () {
      yield* event.wait()
      seen.push('granted')
      yield* sleep(1000)
      seen.push('slept')
    })
    event.set()
    controller.abort(new Error('gone'))
    await expect(granted).rejects.toThrow('gone')
    expect(seen).toEqual(['granted'])
    expect(executor.statistics).toMatchObject({ executed: 2, failures: 1 })
  })

  test('delayed submissions begin in the order in which they are due', async () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    const order: number[] = []
    for (const ms of [30, 10, 20]) void executor.submitAfter(ms, () => void order.push(ms))
    clock.advance(20)
    expect(order).toEqual([10, 20])
    expect([executor.delayedCount, executor.pendingCount]).toEqual([1, 0])
    const answer = executor.shutdown({ timeout: 5 })
    await turns()
    clock.advance(5)
    expect(await answer).toEqual({ cancelled: 1, unfinished: [] })
    expect(order).toEqual([10, 20])
  })

  test('a map has a deadline, from the call', async () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    const { job, open } = gate()
    const mapped = executor.map(job, [1, 2, 3], { timeout: 100 })
    clock.advance(60)
    open(7)
    expect((await mapped.next()).value).toBe(7)
    const late = mapped.next().start()
    await turns()
    clock.advance(40)
    await expect(late).rejects.toBeInstanceOf(TimeoutError)
    expect([executor.statistics.cancelled, executor.pendingCount]).toEqual([1, 0])
    open(8)
    await executor.whenIdle()
    expect(executor.statistics.executed).toBe(2)
    expect(clock.pending).toBe(0)
  })
})

test('a call runs in the async context of its submission', async () => {
  const storage = new AsyncLocalStorage<string>()
  const executor = new TaskExecutor({ concurrency: 1 })
  const seen: (string | undefined)[] = []
  const job = async (): Promise<void> => {
    seen.push(storage.getStore())
    await undefined
    seen.push(storage.getStore())
  }
  storage.run('a', () => void executor.submit(job))
  storage.run('b', () => void executor.submit(job))
  void executor.submit(job)
  storage.run('c', () => void executor.with({ priority: 1 }).submit(job))
  await executor.whenIdle()
  expect(seen).toEqual(['a', 'a', 'c', 'c', 'b', 'b', undefined, undefined])
})

test('one listener a signal, gone with the last call', async () => {
  const controller = new AbortController()
  let listeners = 0
  const { signal } = controller
  const [add, remove] = [signal.addEventListener, signal.removeEventListener]
  signal.addEventListener = (...args: unknown[]) => (listeners++, add.apply(signal, args as never))
  signal.removeEventListener = (...args: unknown[]) => (listeners--, remove.apply(signal, args as never))
  const executor = new TaskExecutor({ concurrency: 2 })
  const futures = Array.from({ length: 100 }, () => executor.with({ signal }).submit(async () => 1))
  expect(listeners).toBe(1)
  await wait(futures)
  expect(listeners).toBe(0)
})
