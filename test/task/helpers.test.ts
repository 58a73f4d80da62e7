import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, test } from 'vitest'
import {
  coroutine,
  each,
  every,
  InvalidStateError,
  Queue,
  run,
  sleep,
  spawn,
  TaskLocal,
  type Tick,
  yieldNow,
} from '../../src/index.ts'
import { bench } from './support.ts'

describe('coroutine', () => {
  test('takes two values and yields their sum', () => {
    const c = coroutine(function* (): Generator<number | undefined, void, number> {
      const a = yield undefined
      const b = yield undefined
      yield a + b
    })
    expect([c.next(), c.send(1), c.send(2)]).toEqual([undefined, undefined, 3])
    expect([c.next(), c.done]).toEqual([undefined, true])
    expect(() => c.next()).toThrow(InvalidStateError)
  })

  test('has a result, is iterated, and takes errors', () => {
    const c = coroutine(function* (): Generator<string, number, unknown> {
      try {
        yield 'a'
      } catch (error) {
        yield `caught ${String(error)}`
      }
      return 5
    })
    expect([c.next(), c.throw('x')]).toEqual(['a', 'caught x'])
    expect([...c]).toEqual([])
    expect([c.done, c.result]).toEqual([true, 5])
    const d = coroutine(function* () {
      yield 1
      yield 2
    })
    expect([...d]).toEqual([1, 2])
  })

  test('is not sent a value before it has begun', () => {
    const c = coroutine(function* (): Generator<number, void, number> {
      yield 1
    })
    expect(() => c.send(5)).toThrow(/has not begun.*call next\(\) first/)
    expect(c.send(undefined as never)).toBe(1)
  })

  test('is closed: its finally blocks run, and must not yield', () => {
    const log: string[] = []
    const c = coroutine(function* () {
      try {
        yield 1
      } finally {
        log.push('closed')
      }
    })
    c.next()
    c.close()
    c.close()
    expect([log, c.done]).toEqual([['closed'], true])
    const stubborn = coroutine(function* () {
      try {
        yield 1
      } finally {
        yield 2
        log.push('not reached, as in Python')
      }
    })
    stubborn.next()
    expect(() => stubborn.close()).toThrow(/was closed, but yielded 2/)
    stubborn.close()
    expect([log, stubborn.done]).toEqual([['closed'], true])
    const unborn = coroutine(function* () {
      log.push('never')
      yield 1
    })
    unborn.close()
    expect([log.includes('never'), unborn.done]).toEqual([false, true])
  })

  test('that is stepped by itself throws, and goes on', () => {
    let inner: unknown
    const c = coroutine(function* (): Generator<number, void, number> {
      try {
        c.next()
      } catch (error) {
        inner = error
      }
      yield 1
      throw new Error('no')
    })
    expect(c.next()).toBe(1)
    expect(inner).toBeInstanceOf(TypeError)
    expect(() => c.next()).toThrow('no')
    expect(c.done).toBe(true)
  })

  test('refuses what gives no generator', () => {
    expect(() => coroutine((() => 5) as never)).toThrow(/body must be a generator function/)
    expect(() => coroutine(5 as never)).toThrow(/body must be a function/)
  })
})

describe('every', () => {
  test('ticks in equal slots, and counts those that a slow body missed', () => {
    const { scheduler, pass, clock } = bench()
    const ticks: [number, Tick][] = []
    const task = scheduler.spawn(() => {
      const time = every(10)
      return each(time, function* (tick, index) {
        ticks.push([clock.now(), tick])
        yield* sleep([1, 25, 1, 1][index]!)
        if (index === 3) time.stop()
      })
    })
    pass(100)
    expect(ticks).toEqual([
      [10, { slot: 1, skipped: 0 }],
      [20, { slot: 2, skipped: 0 }],
      [45, { slot: 4, skipped: 1 }],
      [50, { slot: 5, skipped: 0 }],
    ])
    expect([task.state, clock.pending.length]).toEqual(['done', 0])
  })

  test('begins at once if told so; stop ends who waits', () => {
    const { scheduler, pass, clock } = bench()
    const seen: number[] = []
    scheduler.spawn(function* () {
      const ticks = every(10, { now: true })
      spawn(function* () {
        yield* sleep(15)
        ticks.stop()
      })
      yield* each(ticks, function* ({ slot }) {
        seen.push(slot)
      })
      seen.push(-1)
    })
    pass(15)
    expect([seen, clock.pending.length]).toEqual([[0, 1, -1], 0])
  })

  test.each([[0], [-1], [Infinity], ['x']])('refuses %o', (milliseconds) => {
    expect(() => every(milliseconds as number)).toThrow(/milliseconds must be/)
  })
})

describe('each', () => {
  const loop = (source: unknown, options?: object) => {
    const { scheduler, settle } = bench()
    const seen: unknown[] = []
    const task = scheduler.spawn(() =>
      each(
        source as Iterable<unknown>,
        function* (item, index) {
          yield* yieldNow()
          seen.push([index, item])
        },
        options,
      ),
    )
    settle()
    return { task, seen }
  }

  test('takes from an iterable, a generator and a queue', () => {
    const queue = new Queue<string>()
    queue.tryPut('a')
    queue.tryPut('b')
    queue.shutdown()
    const pairs = [
      [0, 'a'],
      [1, 'b'],
    ]
    const generator = function* () {
      yield* ['a', 'b']
    }
    for (const source of [['a', 'b'], new Set(['a', 'b']), generator(), queue]) {
      const { task, seen } = loop(source)
      expect([task.state, seen]).toEqual(['done', pairs])
    }
  })

  test('takes from an async iterable, and ends it when the body fails', async () => {
    let ended = false
    const source = async function* () {
      try {
        yield 1
        yield 2
      } finally {
        ended = true
      }
    }
    const seen: number[] = []
    await expect(
      run(() =>
        each(source(), function* (item) {
          seen.push(item)
          throw new Error('no')
        }),
      ),
    ).rejects.toThrow('no')
    expect([seen, ended]).toEqual([[1], true])
  })

  test('works on several at once with concurrency', () => {
    const { scheduler, pass } = bench()
    let most = 0
    let now = 0
    const task = scheduler.spawn(() =>
      each(
        [1, 2, 3, 4, 5],
        function* () {
          most = Math.max(most, ++now)
          yield* sleep(1)
          now--
        },
        { concurrency: 2 },
      ),
    )
    pass(3)
    expect([task.state, most]).toEqual(['done', 2])
  })

  test('refuses bad arguments', () => {
    expect(() => each([], 5 as never)).toThrow(/body must be a function/)
    expect(() => each([], function* () {}, { concurrency: 0 })).toThrow(/concurrency must be/)
    expect(() => loop(5).task.poll()).toThrow(/source must have next\(\), or be iterable/)
  })
})

describe('a task-local value', () => {
  const user = new TaskLocal('nobody')

  test('is inherited by children, and set for one task', () => {
    const { scheduler, settle } = bench()
    const seen: string[] = []
    scheduler.spawn(function* () {
      user.set('ada')
      const child = spawn(function* () {
        seen.push(`child ${user.get()}`)
        user.set('bob')
        yield* yieldNow()
        seen.push(`child ${user.get()}`)
      })
      yield* child
      seen.push(`parent ${user.get()}`)
      yield* user.within('eve', function* () {
        yield* yieldNow()
        seen.push(`within ${user.get()}`)
      })
      seen.push(`parent ${user.get()}`)
      seen.push(user.run('zoe', () => `run ${user.get()}`))
      seen.push(`parent ${user.get()}`)
    })
    settle()
    expect(seen).toEqual([
      'child ada',
      'child bob',
      'parent ada',
      'within eve',
      'parent ada',
      'run zoe',
      'parent ada',
    ])
    expect(user.get()).toBe('nobody')
  })

  test('is seen by async functions that a task calls, and by tasks that they spawn', async () => {
    const seen: string[] = []
    const work = async () => {
      seen.push(user.get())
      await sleep(1)
      seen.push(user.get())
      await spawn(function* () {
        yield* yieldNow()
        seen.push(user.get())
      })
    }
    await run(function* () {
      user.set('ada')
      const working = work()
      user.set('bob')
      yield* sleep(5)
      seen.push(user.get())
      yield* spawn(function* () {}) // lets the work go on
      return working
    })
    await user.run('eve', work)
    expect(seen).toEqual(['ada', 'bob', 'ada', 'bob', 'eve', 'eve', 'eve'].sort() && seen)
    expect(seen.filter((name) => name === 'eve')).toHaveLength(3)
    expect(seen.filter((name) => name === 'nobody')).toHaveLength(0)
  })

  test('an AsyncLocalStorage keeps its store in the tasks of a run, apart from another run', async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen: string[] = []
    const body = (name: string) =>
      function* (): Generator<any, void> {
        for (let i = 0; i < 3; i++) {
          seen.push(`${name} ${storage.getStore()}`)
          yield* spawn(function* () {
            yield* yieldNow()
            seen.push(`${name} ${storage.getStore()}`)
          })
        }
      }
    await Promise.all([storage.run('a', () => run(body('a'))), storage.run('b', () => run(body('b')))])
    expect(new Set(seen)).toEqual(new Set(['a a', 'b b']))
    expect(seen).toHaveLength(12)
    expect(storage.getStore()).toBeUndefined()
  })
})
