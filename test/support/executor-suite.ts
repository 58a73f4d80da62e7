/** What every executor must do, whatever its kind: each test is run over every one of them. */
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import * as source from '../../src/index.ts'
import type { Executor, ExecutorOptions } from '../../src/index.ts'

/** The functions that the suite submits: an executor for other threads has to find them there. */
export interface SuiteFunctions {
  add(a: number, b: number): unknown
  /** Throws a RangeError with this message. */
  fail(message: string): unknown
  /** Ends after so many milliseconds, with them. */
  late(milliseconds: number): unknown
}

export interface ExecutorKind {
  readonly name: string
  make(options?: ExecutorOptions): Executor
  readonly functions: SuiteFunctions
  /** Whether a submission can wait to begin, so that it can be cancelled. */
  readonly queues: boolean
  /** The copy of the core that the executor is of; default: the source. One for other threads is of the built package. */
  readonly core?: typeof source
  /** Makes everything submitted from now on wait to begin, if it queues; gives the way to end that. */
  hold?(executor: Executor): () => void
}

export function executorSuite(kind: ExecutorKind): void {
  const { add, fail, late } = kind.functions
  const { asCompleted, CancelledError, Future, RejectedSubmissionError } = kind.core ?? source
  const { rejectWhenReached, setUnhandledExceptionHook, wait } = kind.core ?? source
  const unhandled: unknown[] = []

  beforeAll(() => void setUnhandledExceptionHook(({ error }) => void unhandled.push(error)))
  afterEach(() => {
    expect(unhandled.splice(0)).toEqual([])
  })

  describe(`${kind.name}, as every executor,`, () => {
    test('gives a future of the result, and of the exception', async () => {
      await using executor = kind.make()
      const sum = executor.submit(add, 2, 3)
      expect(sum).toBeInstanceOf(Future)
      expect(await sum).toBe(5)
      const failed = executor.submit(fail, 'no')
      await expect(failed).rejects.toThrow(new RangeError('no'))
      expect(await failed.exception()).toBeInstanceOf(RangeError)
    })

    test('refuses what is no function', async () => {
      await using executor = kind.make()
      expect(() => executor.submit(1 as never)).toThrow(/f must be a function, got 1/)
      expect(() => executor.map(1 as never, [])).toThrow(/f must be a function/)
      expect(() => executor.map(add as never, 1 as never)).toThrow(/items must be iterable, got 1/)
      expect(() => executor.submitAfter(-1, add as never)).toThrow(/ms must be zero or more/)
      expect(() => executor.with({ priority: Number.NaN })).toThrow(/priority/)
      expect(() => executor.with({ signal: {} as AbortSignal })).toThrow(/signal/)
      expect(() => executor.with({ timeout: -1 })).toThrow(/timeout/)
      expect(() => executor.with(1 as never)).toThrow(/options must be an object/)
      expect(executor.statistics).toMatchObject({ executed: 0, failures: 0, cancelled: 0 })
    })

    test('map gives results in the order of the items', async () => {
      await using executor = kind.make()
      const results: unknown[] = []
      for await (const result of executor.map(late, [20, 1, 10])) results.push(result)
      expect(results).toEqual([20, 1, 10])
      expect(await executor.map(add, [1, 2, 3], [10, 20]).toArray()).toEqual([11, 22])
      expect(await executor.map(late, []).toArray()).toEqual([])
    })

    test.each([{ bufferSize: 1 }, { bufferSize: 2 }, { concurrency: 1 }, { concurrency: 2, bufferSize: 3 }])(
      'map with %o gives the same',
      async (options) => {
        await using executor = kind.make()
        const drawn: number[] = []
        const items = function* (): Generator<number> {
          for (let i = 0; i < 10; i++) {
            drawn.push(i)
            yield i
          }
        }
        const mapped = executor.map(late, items(), options)
        const { bufferSize = Infinity, concurrency = Infinity } = options
        if (kind.queues) expect(drawn.length).toBeLessThanOrEqual(Math.min(bufferSize, concurrency))
        let taken = 0
        for await (const result of mapped) {
          expect(result).toBe(taken++)
          expect(drawn.length - taken).toBeLessThanOrEqual(bufferSize)
        }
        expect(taken).toBe(10)
      },
    )

    test('map submits everything at the call, unless it is bounded', async () => {
      await using executor = kind.make()
      let drawn = 0
      const items = function* (): Generator<number> {
        for (; drawn < 5; drawn++) yield 0
      }
      const mapped = executor.map(late, items())
      expect(drawn).toBe(5)
      expect(await mapped.toArray()).toEqual([0, 0, 0, 0, 0])
    })

    test('map ends with the first exception, in its place', async () => {
      await using executor = kind.make()
      const mapped = executor.map((kind.functions as never as { fail: (m: string) => unknown }).fail, [
        'a',
        'b',
      ])
      await expect(mapped.next()).rejects.toThrow(new RangeError('a'))
      expect((await mapped.next()).done).toBe(true)
      const broken = executor.map(
        late,
        (function* () {
          yield 1
          throw new Error('items')
        })(),
      )
      expect((await broken.next()).value).toBe(1)
      await expect(broken.next()).rejects.toThrow('items')
      expect((await broken.next()).done).toBe(true)
    })

    test('wait and asCompleted', async () => {
      await using executor = kind.make()
      const futures = [executor.submit(late, 5), executor.submit(late, 1), executor.submit(fail, 'no')]
      const { done, notDone } = await wait(futures)
      expect([done.size, notDone.size]).toEqual([3, 0])
      let count = 0
      for await (const future of asCompleted(futures)) if (await future.exception()) count++
      expect(count).toBe(1)
    })

    test('figures never change once taken', async () => {
      await using executor = kind.make()
      const before = executor.statistics
      expect(before).toMatchObject({ executed: 0, failures: 0, cancelled: 0, runtime: 0, averageRuntime: 0 })
      const failed = executor.submit(fail, 'no')
      await wait([executor.submit(late, 5), failed, executor.submit(add, 1, 1)])
      await failed.exception()
      await executor.whenIdle()
      expect(before.executed).toBe(0)
      const after = executor.statistics
      expect(after).toMatchObject({ executed: 3, failures: 1, cancelled: 0 })
      expect(after.averageRuntime).toBe(after.runtime / 3)
      expect(() => Object.assign(after, { executed: 0 })).toThrow(TypeError)
    })

    test('submitAfter', async () => {
      await using executor = kind.make()
      const due = executor.submitAfter(1, add, 1, 2)
      expect(due.state).toBe('PENDING')
      expect(await due).toBe(3)
      const dropped = executor.submitAfter(1e9, add, 1, 2)
      expect(dropped.cancel()).toBe(true)
      await expect(dropped).rejects.toBeInstanceOf(CancelledError)
      expect((await wait([dropped])).done.size).toBe(1)
      expect(executor.statistics.cancelled).toBe(1)
      const controller = new AbortController()
      const aborted = executor.with({ signal: controller.signal }).submitAfter(1e9, add, 1, 2)
      controller.abort(new Error('gone'))
      await expect(aborted).rejects.toThrow('gone')
      expect(executor.delayedCount).toBe(0)
    })

    test('a signal that has aborted already', async () => {
      await using executor = kind.make()
      const future = executor.with({ signal: AbortSignal.abort(new Error('gone')) }).submit(add, 1, 2)
      expect(future.cancelled).toBe(true)
      await expect(future).rejects.toThrow('gone')
      expect(executor.statistics).toMatchObject({ executed: 0, cancelled: 1 })
    })

    test('a call that runs is given up at its timeout, or when its signal aborts', async () => {
      const executor = kind.make()
      await expect(executor.with({ timeout: 1 }).submit(late, 1e6)).rejects.toHaveProperty(
        'name',
        'TimeoutError',
      )
      const controller = new AbortController()
      const aborted = executor.with({ signal: controller.signal }).submit(late, 1e6)
      while (!aborted.running) await setImmediate()
      controller.abort(new Error('gone'))
      await expect(aborted).rejects.toThrow('gone')
      expect(
        await executor.with({ timeout: 1e6, signal: new AbortController().signal }).submit(late, 1),
      ).toBe(1)
      expect(await executor.shutdown({ cancelFutures: true })).toEqual({ cancelled: 0, unfinished: [] })
    })

    test('after shutdown nothing is taken, and all that was taken is run', async () => {
      const executor = kind.make()
      const futures = [executor.submit(late, 5), executor.submit(late, 1), executor.submitAfter(5, add, 1, 2)]
      const answer = executor.shutdown()
      expect(executor.alive).toBe(false)
      expect(() => executor.submit(add, 1, 2)).toThrow(RejectedSubmissionError)
      expect(() => executor.submitAfter(1, add, 1, 2)).toThrow(/shut down/)
      expect(() => executor.map(late, [])).toThrow(/shut down/)
      expect(await answer).toEqual({ cancelled: 0, unfinished: [] })
      expect(futures.map((future) => future.poll())).toEqual([5, 1, 3])
      expect(await executor.shutdown()).toEqual({ cancelled: 0, unfinished: [] })
    })

    test('shutdown has a deadline, and says what goes on', async () => {
      const executor = kind.make()
      const long = executor.submit(late, 200)
      while (!long.running) await setImmediate()
      const { unfinished } = await executor.shutdown({ timeout: 1 })
      expect(unfinished.length === 1 && unfinished[0] === long).toBe(true)
      const now = executor.shutdown({ wait: false })
      expect(now.done).toBe(true)
      expect(await long).toBe(200)
    })

    test('wrong options of shutdown change nothing', async () => {
      await using executor = kind.make()
      expect(() => executor.shutdown({ timeout: -1 })).toThrow(/timeout/)
      expect(() => executor.shutdown({ wait: 1 as never })).toThrow(/wait must be a boolean/)
      expect(executor.alive).toBe(true)
    })

    test('the rejection policy sees the executor and its backlog before anything is made', async () => {
      const seen: unknown[] = []
      await using executor = kind.make({ checkAndReject: (...args) => void seen.push(...args) })
      await executor.submit(add, 1, 2)
      expect(seen.length === 2 && seen[0] === executor && seen[1] === 0).toBe(true)
      const strict = kind.make({ checkAndReject: rejectWhenReached(0) })
      expect(() => strict.submit(add, 1, 2)).toThrow(RejectedSubmissionError)
      await expect(strict.submitAfter(0, add, 1, 2)).rejects.toBeInstanceOf(RejectedSubmissionError)
      expect(strict.statistics.executed).toBe(0)
      expect(() => kind.make({ checkAndReject: 1 as never })).toThrow(/checkAndReject must be a function/)
    })

    test('10^4 calls', async () => {
      await using executor = kind.make()
      const futures = Array.from({ length: 10_000 }, (_, i) => executor.submit(add, i, 1))
      const { done } = await wait(futures)
      expect(done.size).toBe(10_000)
      expect(futures.reduce((sum, future) => sum + (future.poll() as number), 0)).toBe(50_005_000)
    })
  })

  if (!kind.queues) return

  describe(`${kind.name}, as every executor with a queue,`, () => {
    test('what waits can be cancelled; it is dropped at once, and who waits for less to do is told', async () => {
      await using executor = kind.make()
      const go = kind.hold!(executor)
      const [first, second] = [executor.submit(add, 1, 2), executor.submit(add, 3, 4)]
      const [below, told] = [executor.whenBelow(2).start(), wait([first]).start()]
      expect([executor.pendingCount, below.done, told.done]).toEqual([2, false, false])
      expect(first.cancel()).toBe(true)
      expect(executor.pendingCount).toBe(1)
      await Promise.all([below, told])
      expect(first.state).toBe('CANCELLED_AND_NOTIFIED')
      expect(executor.statistics.cancelled).toBe(1)
      go()
      expect(await second).toBe(7)
      await executor.whenIdle()
      expect(executor.statistics).toMatchObject({ executed: 1, cancelled: 1 })
    })

    test('a signal cancels what waits', async () => {
      await using executor = kind.make()
      const go = kind.hold!(executor)
      const controller = new AbortController()
      const future = executor.with({ signal: controller.signal }).submit(add, 1, 2)
      const idle = executor.whenIdle().start()
      controller.abort(new Error('gone'))
      expect([future.state, executor.pendingCount]).toEqual(['CANCELLED_AND_NOTIFIED', 0])
      await idle
      await expect(future).rejects.toThrow('gone')
      go()
    })

    test('shutdown({ cancelFutures }) cancels what has not begun', async () => {
      const executor = kind.make()
      kind.hold!(executor)
      const futures = [
        executor.submit(add, 1, 2),
        executor.submit(add, 1, 2),
        executor.submitAfter(1e9, add, 1, 2),
      ]
      expect(await executor.shutdown({ cancelFutures: true })).toMatchObject({ cancelled: 3 })
      for (const future of futures) {
        expect(future.state).toBe('CANCELLED_AND_NOTIFIED')
        await expect(future).rejects.toBeInstanceOf(CancelledError)
      }
    })

    test('leaving a map early cancels the rest', async () => {
      await using executor = kind.make()
      const ended = executor.submit(add, 0, 0)
      await ended
      const mapped = executor.map(add as (a: number) => unknown, [1])
      const go = kind.hold!(executor)
      const rest = executor.map(add as (a: number) => unknown, [1, 2, 3])
      rest.close()
      go()
      await mapped.next()
      await executor.whenIdle()
      expect(executor.statistics).toMatchObject({ cancelled: 3 })
      expect((await rest.next()).done).toBe(true)
    })

    test('a backlog at its limit is refused', async () => {
      const executor = kind.make({ checkAndReject: rejectWhenReached(2) })
      const go = kind.hold!(executor)
      const futures = [executor.submit(add, 1, 2), executor.submit(add, 1, 2)]
      expect(() => executor.submit(add, 1, 2)).toThrow(/backlog of 2 has reached the limit of 2/)
      expect(executor.pendingCount).toBe(2)
      const below = executor.whenBelow(1).start()
      go()
      await below
      await wait(futures)
      await executor.shutdown()
    })
  })
}
