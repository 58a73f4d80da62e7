import { describe, expect, test } from 'vitest'
import {
  attach,
  CancelledError,
  DeadlockError,
  HandleError,
  Lifeline,
  Lock,
  TimeoutError,
} from '../../src/index.ts'
import * as heddle from '../../src/index.ts'
import { bind, finish, HELD, look, OVER, PENDING } from '../../src/sync/lifeline-word.ts'

describe('Lifeline in one thread', () => {
  test('tells its end to all who wait and to all who come later', async () => {
    const lifeline = new Lifeline()
    const waits = [lifeline.wait().start(), lifeline.wait().start()]
    expect(lifeline.statistics()).toEqual({ state: 'open', waiters: 2 })
    expect(lifeline.outcome).toBe(undefined)
    expect(lifeline.end()).toBe(true)
    expect(await Promise.all(waits)).toEqual(['ended', 'ended'])
    expect(lifeline.wait().block()).toBe('ended')
    expect(lifeline.end()).toBe(false)
    expect(lifeline.statistics()).toEqual({ state: 'ended', waiters: 0 })
  })

  test.each([false, true])('is bound once, and not after its end (shared: %s)', (shared) => {
    const lifeline = new Lifeline()
    if (shared) expect(lifeline.handle.heddle).toBe('Lifeline')
    expect(lifeline.bind()).toBe(true)
    expect(lifeline.bind()).toBe(false)
    expect(lifeline.statistics().state).toBe('held')
    expect(lifeline.inspect().holder).toBe('this thread')
    expect(() => lifeline.wait().block()).toThrow(DeadlockError)
    lifeline.end()
    expect(lifeline.bind()).toBe(false)
    expect(lifeline.outcome).toBe('ended')
  })

  test('sharing it keeps who is bound, and who waits', async () => {
    const lifeline = new Lifeline()
    lifeline.bind()
    const wait = lifeline.wait().start()
    expect(lifeline.handle.version).toBe(1)
    expect(lifeline.statistics()).toEqual({ state: 'held', waiters: 1 })
    expect(() => lifeline.wait().block()).toThrow(DeadlockError)
    lifeline.end()
    expect(await wait).toBe('ended')
  })

  test('a wait times out, or is cancelled', async () => {
    const lifeline = new Lifeline()
    await expect(lifeline.wait({ timeout: 0 }).start()).rejects.toThrow(TimeoutError)
    const wait = lifeline.wait().start()
    lifeline.cancelWaiters()
    await expect(wait).rejects.toThrow(CancelledError)
    expect(lifeline.statistics().waiters).toBe(0)
  })
})

test('the end rings every waiting thread, once', () => {
  let rung = 0
  const site = { ringEach: () => rung++ } as never
  const words = new Int32Array(1)
  expect(bind(words, 0, HELD | 1)).toBe(true)
  expect(look(words, 0, null)).toBe(PENDING)
  expect([finish(words, 0, site), finish(words, 0, site)]).toEqual([true, false])
  expect(look(words, 0, null)).toBe(OVER)
  expect(rung).toBe(1)
})

describe('attach', () => {
  test('gives the same primitive, whatever its kind', () => {
    const all = [
      new heddle.Barrier(2),
      new heddle.BoundedSemaphore(2),
      new heddle.Condition(),
      new heddle.Event(),
      new heddle.Latch(2),
      new heddle.Lifeline(),
      new heddle.Lock(),
      new heddle.RLock(),
      new heddle.RWLock(),
      new heddle.Semaphore(2),
    ]
    for (const { handle } of all) {
      const primitive = all.find(({ kind }) => kind === handle.heddle)
      expect(attach(handle as heddle.Handle<'Lock'>)).toBe(primitive)
    }
  })

  test('refuses what is no handle, or of no known kind', () => {
    expect(() => attach(new Lock() as never)).toThrow(/send lock\.handle/)
    const unknown = { ...new Lock().handle, heddle: 'constructor' }
    expect(() => attach(unknown as never)).toThrow(HandleError)
    expect(() => attach(unknown as never)).toThrow(/of a constructor, which attach\(\) does not know/)
  })
})
