import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  asCompleted,
  CancelledError,
  DeadlockError,
  Future,
  run,
  select,
  setUnhandledExceptionHook,
  TimeoutError,
  wait,
} from '../../src/index.ts'
import { thread } from '../../src/wait/thread.ts'
import { ManualClock } from '../deferred/manual-clock.ts'

const turns = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await undefined
}
const make = (n: number): Future<number>[] => Array.from({ length: n }, () => new Future<number>())
const watched = (future: Future<any>): boolean => future._watches !== null

// Some futures fail here, and nobody asks why.
beforeAll(() => void setUnhandledExceptionHook(() => undefined))

const { clock: host } = thread
let clock: ManualClock
beforeEach(() => {
  thread.clock = clock = new ManualClock()
})
afterEach(() => {
  thread.clock = host
})

async function outcome<T>(operation: PromiseLike<T>): Promise<T | 'pending'> {
  let seen: T | 'pending' = 'pending'
  let error: { error: unknown } | undefined
  void operation.then(
    (value) => (seen = value),
    (reason: unknown) => (error = { error: reason }),
  )
  await turns()
  if (error !== undefined) throw error.error
  return seen
}

describe('wait', () => {
  test('for all', async () => {
    const [a, b, c] = make(3) as [Future<number>, Future<number>, Future<number>]
    a.setResult(1)
    const all = wait([a, b, c]).start()
    b.setException(new Error('no'))
    expect(await outcome(all)).toBe('pending')
    c.setResult(3)
    expect(await all).toEqual({ done: new Set([a, b, c]), notDone: new Set() })
    expect(await wait([a, b, c, a])).toEqual({ done: new Set([a, b, c]), notDone: new Set() })
    expect(await wait([])).toEqual({ done: new Set(), notDone: new Set() })
    expect(await wait([], { returnWhen: 'FIRST_COMPLETED' })).toEqual({ done: new Set(), notDone: new Set() })
  })

  test('for all, in whatever order they end', async () => {
    for (const order of [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [2, 0, 3, 1],
    ]) {
      const futures = make(4)
      const all = wait(futures).start()
      for (const i of order) {
        expect(await outcome(all)).toBe('pending')
        futures[i]!.setResult(i)
      }
      expect((await all).done.size).toBe(4)
      expect(futures.some(watched)).toBe(false)
    }
  })

  test('for the first', async () => {
    const futures = make(3)
    const first = wait(futures, { returnWhen: 'FIRST_COMPLETED' }).start()
    expect(await outcome(first)).toBe('pending')
    futures[1]!.setResult(1)
    const { done, notDone } = await first
    expect([...done].map((each) => futures.indexOf(each))).toEqual([1])
    expect([...notDone].map((each) => futures.indexOf(each))).toEqual([0, 2])
    expect(futures.some(watched)).toBe(false)
  })

  test('for the first exception; a cancellation is none', async () => {
    const futures = make(4)
    const [a, b, c, d] = futures as [Future<number>, Future<number>, Future<number>, Future<number>]
    const first = wait(futures, { returnWhen: 'FIRST_EXCEPTION' }).start()
    a.setResult(1)
    b.cancel()
    b.setRunningOrNotifyCancel()
    expect(await outcome(first)).toBe('pending')
    c.setException(new Error('no'))
    expect((await first).notDone).toEqual(new Set([d]))
    expect((await wait([d, c], { returnWhen: 'FIRST_EXCEPTION' })).done).toEqual(new Set([c]))
    d.setResult(4)
    expect((await wait([a, b, d], { returnWhen: 'FIRST_EXCEPTION' })).done.size).toBe(3)
  })

  test('a cancelled future is done only once its executor has dropped it', async () => {
    const [a] = make(1) as [Future<number>]
    a.cancel()
    expect((await wait([a], { timeout: 0 })).notDone).toEqual(new Set([a]))
    const all = wait([a]).start()
    expect(await outcome(all)).toBe('pending')
    a.setRunningOrNotifyCancel()
    expect((await all).done).toEqual(new Set([a]))
  })

  test('a timeout is no error, and leaves nothing behind', async () => {
    const [a, b] = make(2) as [Future<number>, Future<number>]
    a.setResult(1)
    const late = wait([a, b], { timeout: 100 }).start()
    await turns()
    clock.advance(99)
    expect(await outcome(late)).toBe('pending')
    clock.advance(1)
    expect(await late).toEqual({ done: new Set([a]), notDone: new Set([b]) })
    expect(watched(b)).toBe(false)
    const ended = wait([a, b], { timeout: 100 }).start()
    await turns()
    b.setResult(2)
    await ended
    expect(clock.pending).toBe(0)
  })

  test('an abort is one; in a select it is withdrawn', async () => {
    const [a, b] = make(2) as [Future<number>, Future<number>]
    const controller = new AbortController()
    const aborted = wait([a], { signal: controller.signal }).start()
    const chosen = select({ all: wait([a]), b }).start()
    await turns()
    controller.abort(new Error('gone'))
    await expect(aborted).rejects.toThrow('gone')
    b.setResult(2)
    expect(await chosen).toEqual({ key: 'b', value: 2 })
    expect(watched(a)).toBe(false)
  })

  test('several at the same time, and in a task', async () => {
    const futures = make(2)
    const operation = wait(futures)
    const both = [
      operation.start(),
      run(function* () {
        return yield* operation
      }),
    ]
    for (const future of futures) future.setResult(1)
    for (const each of both) expect((await each).done.size).toBe(2)
    expect(operation.block().done.size).toBe(2)
    expect(() => wait(make(1)).block()).toThrow(DeadlockError)
    expect(wait(make(1), { timeout: 1 }).block().notDone.size).toBe(1)
  })

  test('wrong arguments are named', () => {
    expect(() => wait(1 as never)).toThrow(/futures must be an iterable/)
    expect(() => wait([1 as never])).toThrow(/only futures, got 1/)
    expect(() => wait([], { timeout: -1 })).toThrow(/timeout/)
    expect(() => wait([], { returnWhen: 'ALL' as never })).toThrow(/returnWhen must be one of ALL_COMPLETED/)
    expect(() => wait([], 1 as never)).toThrow(/options must be an object/)
  })
})

describe('asCompleted', () => {
  test('gives those that are done first, then as they are done, each once', async () => {
    const futures = make(4)
    const [a, b, c, d] = futures as [Future<number>, Future<number>, Future<number>, Future<number>]
    c.setResult(3)
    const seen: number[] = []
    const loop = (async () => {
      for await (const future of asCompleted([...futures, c])) seen.push(futures.indexOf(future as never))
    })()
    await turns()
    expect(seen).toEqual([2])
    d.setException(new Error('no'))
    a.cancel()
    await turns()
    expect(seen).toEqual([2, 3])
    a.setRunningOrNotifyCancel()
    b.setResult(2)
    await loop
    expect(seen).toEqual([2, 3, 0, 1])
  })

  test('in a task; the end comes again and again', async () => {
    const futures = make(2)
    const completed = asCompleted(futures)
    const loop = run(function* () {
      const values: number[] = []
      for (;;) {
        const { done, value } = yield* completed.next()
        if (done) return values
        values.push(yield* value)
      }
    })
    futures[1]!.setResult(1)
    futures[0]!.setResult(0)
    expect(await loop).toEqual([1, 0])
    expect((await completed.next()).done).toBe(true)
    expect(completed.next().block()).toEqual({ done: true, value: undefined })
    expect((await asCompleted([]).next()).done).toBe(true)
  })

  test('two consumers share', async () => {
    const futures = make(3)
    const completed = asCompleted(futures)
    const takes = [1, 2, 3, 4].map(() => completed.next().start())
    for (const future of futures) future.setResult(1)
    const given = (await Promise.all(takes)).map(({ value }) => value)
    expect(given.map((each) => futures.indexOf(each!))).toEqual([0, 1, 2, -1])
  })

  test('a deadline, from the call', async () => {
    const futures = make(3)
    const completed = asCompleted(futures, { timeout: 100 })
    clock.advance(60)
    futures[0]!.setResult(1)
    expect((await completed.next()).value).toBe(futures[0])
    const late = completed.next().start()
    const behind = completed.next().start()
    await turns()
    clock.advance(40)
    await expect(late).rejects.toThrow(new TimeoutError('2 (of 3) futures unfinished'))
    expect((await behind).done).toBe(true)
    expect(futures.some(watched)).toBe(false)
    expect(clock.pending).toBe(0)
  })

  test('what was done in time is given after the deadline', async () => {
    const futures = make(2)
    const completed = asCompleted(futures, { timeout: 100 })
    futures[0]!.setResult(1)
    clock.advance(200)
    expect((await completed.next()).value).toBe(futures[0])
    await expect(completed.next()).rejects.toBeInstanceOf(TimeoutError)
    expect((await completed.next()).done).toBe(true)
  })

  test('left early, it leaves nothing behind', async () => {
    const futures = make(3)
    futures[1]!.setResult(1)
    for await (const _ of asCompleted(futures, { timeout: 1000 })) break
    expect(futures.some(watched)).toBe(false)
    expect(clock.pending).toBe(0)
  })

  test('a withdrawn next() loses nothing', async () => {
    const futures = make(1)
    const completed = asCompleted(futures)
    await expect(completed.next({ timeout: 0 })).rejects.toBeInstanceOf(TimeoutError)
    const controller = new AbortController()
    const gone = completed.next({ signal: controller.signal }).start()
    controller.abort(new CancelledError('gone'))
    await expect(gone).rejects.toBeInstanceOf(CancelledError)
    futures[0]!.setResult(1)
    expect((await completed.next()).value).toBe(futures[0])
  })

  test('wrong arguments are named', () => {
    expect(() => asCompleted([{} as never])).toThrow(/asCompleted: futures must hold only futures/)
    expect(() => asCompleted([], { timeout: Number.NaN })).toThrow(/timeout/)
  })

  test('2 · 10^4 of them', async () => {
    const futures = make(20_000)
    const loop = (async () => {
      let count = 0
      for await (const _ of asCompleted(futures)) count++
      return count
    })()
    await turns()
    for (let i = futures.length; i-- > 0;) futures[i]!.setResult(i)
    expect(await loop).toBe(20_000)
  })
})
