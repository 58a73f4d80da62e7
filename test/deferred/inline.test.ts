import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, test } from 'vitest'
import { always, CancelledError, Lock } from '../../src/index.ts'
import { Deferred, Failure, fail, inlineCallbacks, succeed } from '../../src/deferred/index.ts'

function outcomes(deferred: Deferred<any, any>): any[] {
  const seen: unknown[] = []
  deferred.addBoth((outcome) => void seen.push(outcome instanceof Failure ? outcome.value : outcome))
  return seen
}

describe('inlineCallbacks', () => {
  test('runs at once to the first real wait, then on as the Deferred fires', () => {
    const wait = new Deferred<number>()
    const log: unknown[] = []
    const f = inlineCallbacks(function* (start: number) {
      log.push(yield* succeed(start))
      const value = yield* wait
      log.push(value)
      return value + start
    })
    const seen = outcomes(f(1))
    expect([log, seen]).toEqual([[1], []])
    wait.callback(2)
    expect([log, seen]).toEqual([[1, 2], [3]])
  })

  test('keeps this', () => {
    const object = {
      base: 5,
      f: inlineCallbacks(function* (this: { base: number }, n: number) {
        return this.base + (yield* succeed(n))
      }),
    }
    expect(outcomes(object.f(2))).toEqual([7])
  })

  test('an error is thrown into the generator, from a fired and from a later one; an uncaught one is the outcome', () => {
    const later = new Deferred<number>()
    const f = inlineCallbacks(function* () {
      const log: string[] = []
      for (const each of [fail(new Error('now')), later])
        try {
          yield* each
        } catch (error) {
          log.push((error as Error).message)
        }
      log.push(String(yield* succeed('go on')))
      throw new Error(log.join())
    })
    const seen = outcomes(f())
    later.errback(new Error('later'))
    expect(seen).toEqual([new Error('now,later,go on')])
  })

  test('a plain yield waits for a Deferred, an operation, a promise, and gives all else straight back', async () => {
    const lock = new Lock()
    const f = inlineCallbacks(function* () {
      const first = yield succeed(1)
      const second = yield always(2)
      const third = yield Promise.resolve(3)
      const held = yield lock.acquire()
      lock.release()
      const plain = { a: 1 }
      return [first, second, third, held !== undefined, (yield plain) === plain, yield 6, yield null]
    })
    expect(await f().result()).toEqual([1, 2, 3, true, true, 6, null])
  })

  test('the one waited for keeps its outcome', () => {
    const wait = new Deferred<number>()
    const f = inlineCallbacks(function* () {
      return (yield* wait) + (yield* wait)
    })
    const seen = outcomes(f())
    wait.callback(2)
    expect([seen, outcomes(wait)]).toEqual([[4], [2]])
  })

  test('refuses a function that is no generator, and a Deferred as result', () => {
    expect(() => inlineCallbacks((() => 1) as never)()).toThrow(
      'f must be a generator function, but it returned 1',
    )
    expect(() => inlineCallbacks(1 as never)).toThrow('f must be a function, got 1')
    const f = inlineCallbacks(function* () {
      return succeed(1)
    })
    expect(String(outcomes(f())[0])).toContain('must not return a Deferred')
  })

  test('10^6 fired Deferreds in a row, and 10^5 functions waiting for one another, take no stack', () => {
    const row = inlineCallbacks(function* (n: number) {
      let sum = 0
      for (let i = 0; i < n; i++) sum += yield* succeed(1)
      return sum
    })
    expect(outcomes(row(1e6))).toEqual([1e6])
    const next = inlineCallbacks(function* (before: Deferred<any, number>) {
      return (yield* before) + 1
    })
    const first = new Deferred<number>()
    let last: Deferred<any, number> = first
    for (let i = 0; i < 1e5; i++) last = next(last)
    const seen = outcomes(last)
    first.callback(0)
    expect(seen).toEqual([1e5])
  })
})

describe('cancelling it', () => {
  test('cancels what it waits for; an uncaught CancelledError is the outcome', () => {
    const waits: Deferred<number>[] = []
    const f = inlineCallbacks(function* () {
      const wait = new Deferred<number>()
      waits.push(wait)
      return yield* wait
    })
    const outer = inlineCallbacks(function* () {
      return yield* f()
    })()
    const seen = outcomes(outer)
    outer.cancel('why')
    expect(waits[0]!.called).toBe(true)
    expect(seen).toEqual([expect.any(CancelledError)])
    expect(seen[0].cause).toBe('why')
  })

  test('the generator may catch it, wait on, and give another result', () => {
    const after = new Deferred<string>()
    const f = inlineCallbacks(function* () {
      try {
        yield* new Deferred()
        return 'not reached'
      } catch (error) {
        return `${(error as Error).name} ${yield* after}`
      }
    })
    const deferred = f()
    const seen = outcomes(deferred)
    deferred.cancel()
    expect([deferred.called, seen]).toEqual([false, []])
    after.callback('cleaned up')
    expect(seen).toEqual(['CancelledError cleaned up'])
  })

  test('from inside, the next wait is cancelled', () => {
    const start = new Deferred<number>()
    const self: Deferred<any, any> = inlineCallbacks(function* () {
      yield* start
      self.cancel()
      yield* succeed('no wait, no cancellation')
      yield* new Deferred()
    })()
    const seen = outcomes(self)
    start.callback(1)
    expect(seen).toEqual([expect.any(CancelledError)])
  })

  test('does nothing when it has ended', () => {
    const deferred = inlineCallbacks(function* () {
      return yield* succeed(1)
    })()
    deferred.cancel()
    expect(outcomes(deferred)).toEqual([1])
  })

  test('a waiting operation is withdrawn', async () => {
    const lock = new Lock()
    const held = lock.tryAcquire()!
    const deferred = inlineCallbacks(function* () {
      yield lock.acquire()
    })()
    const seen = outcomes(deferred)
    deferred.cancel()
    expect(seen).toEqual([expect.any(CancelledError)])
    held.release()
    await Promise.resolve()
    expect(lock.locked).toBe(false)
  })
})

test('the asynchronous context is kept across a wait', () => {
  const storage = new AsyncLocalStorage<string>()
  const wait = new Deferred<number>()
  const f = inlineCallbacks(function* () {
    yield* wait
    return storage.getStore()
  })
  const seen = outcomes(storage.run('mine', f))
  storage.run('other', () => wait.callback(1))
  expect(seen).toEqual(['mine'])
})
