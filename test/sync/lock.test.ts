/** What a Lock does in one thread, beyond what every lock does (lock-suite). Each test runs unshared and shared. */
import { getEventListeners } from 'node:events'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  CancelledError,
  choose,
  type Held,
  Lock,
  NotHeldError,
  PoisonedError,
  run,
  sleep,
  TimeoutError,
} from '../../src/index.ts'
import { turnsUntil } from '../support/watch.ts'

const states: [state: string, make: () => Lock][] = [
  ['unshared', () => new Lock()],
  [
    'shared',
    () => {
      const lock = new Lock()
      void lock.handle
      return lock
    },
  ],
]

/** Performs it now. */
const rejection = (wait: PromiseLike<unknown>): Promise<unknown> =>
  new Promise((resolve) => void wait.then(() => resolve('no error'), resolve))

describe.each(states)('%s', (_, make) => {
  test('async functions, tasks and abandoned waits take their turns in the order they came', async () => {
    const lock = make()
    const order: number[] = []
    const held = await lock.acquire()
    const visit = (n: number): Promise<void> => lock.run(() => void order.push(n))
    const task = (n: number): PromiseLike<unknown> =>
      run(function* () {
        const mine = yield* lock.acquire()
        order.push(n)
        mine.release()
      })
    const late = new AbortController()
    const waits: PromiseLike<unknown>[] = []
    const starts = [visit, task, () => rejection(lock.acquire({ signal: late.signal })), visit, task]
    for (const [i, start] of starts.entries()) {
      waits.push(start(i + 1))
      // A task's first step waits for a turn of the host where the slice of this one is over.
      await turnsUntil(() => lock.statistics().waiters > i)
    }
    late.abort()
    held.release()
    await Promise.all(waits)
    expect(order).toEqual([1, 2, 4, 5])
    expect(lock.locked).toBe(false)
  })

  test('a release hands it over: it is held at every moment, and a newcomer comes last', async () => {
    const lock = make()
    const held = lock.tryAcquire()!
    const next = lock.acquire().start()
    held.release()
    expect(lock.locked).toBe(true)
    expect(lock.tryAcquire()).toBeUndefined()
    const last = lock.acquire().start()
    ;(await next).release()
    expect(lock.locked).toBe(true)
    ;(await last).release()
    expect(lock.locked).toBe(false)
  })

  test('a token gives back its own holding only, once', async () => {
    const lock = make()
    const first = await lock.acquire()
    first.release()
    first.release()
    const second = await lock.acquire()
    first.release()
    first[Symbol.dispose]()
    expect(lock.locked).toBe(true)
    const third = lock.acquire().start()
    second.release() // hands over
    second.release()
    expect(lock.locked).toBe(true)
    ;(await third).release()
    expect(lock.locked).toBe(false)
  })

  test('a token whose holding was ended by lock.release() is stale', async () => {
    const lock = make()
    const held = await lock.acquire()
    lock.release()
    const next = await lock.acquire()
    held.release()
    held.poison()
    expect(lock.locked).toBe(true)
    next.release()
    expect(lock.tryAcquire()?.abandoned).toBe(false)
  })

  test('one is given back by using', async () => {
    const lock = make()
    {
      using held = await lock.acquire()
      expect([lock.locked, held.abandoned]).toEqual([true, false])
    }
    expect(lock.locked).toBe(false)
  })

  test.each<[string, (lock: Lock) => unknown, new (...of: never[]) => Error, RegExp]>([
    ['release() when nobody holds it', (lock) => lock.release(), NotHeldError, /nobody holds it/],
    [
      'release() twice',
      (lock) => (lock.tryAcquire(), lock.release(), lock.release()),
      NotHeldError,
      /nobody/,
    ],
    ['clearPoison() of a sound lock', (lock) => lock.clearPoison(), NotHeldError, /not poisoned/],
    [
      'a negative timeout',
      (lock) => lock.acquire({ timeout: -1 }),
      RangeError,
      /^timeout must be zero or more/,
    ],
    ['a timeout that is NaN', (lock) => lock.acquire({ timeout: NaN }), RangeError, /^timeout/],
    ['a timeout that is a string', (lock) => lock.acquire({ timeout: '1' as never }), TypeError, /^timeout/],
    ['a signal that is none', (lock) => lock.acquire({ signal: {} as never }), TypeError, /^signal/],
    ['ref that is no boolean', (lock) => lock.acquire({ ref: 1 as never }), TypeError, /^ref/],
    ['options that are a number', (lock) => lock.acquire(100 as never), TypeError, /^options/],
  ])('%s throws at once and changes nothing', (__, misuse, kind, message) => {
    const lock = make()
    expect(() => misuse(lock)).toThrow(kind)
    expect(() => misuse(lock)).toThrow(message)
    expect(lock.statistics()).toEqual({ locked: false, waiters: 0 })
    expect(lock.tryAcquire()).toBeDefined()
  })

  test('run() gives the result and the token, and releases after a rejection and a throw', async () => {
    const lock = make()
    let given: Held | undefined
    expect(await lock.run(async (held) => ((given = held), 7))).toBe(7)
    given!.release()
    expect(await rejection(lock.run(() => Promise.reject(new Error('rejected'))))).toMatchObject({
      message: 'rejected',
    })
    expect(
      await rejection(
        lock.run(() => {
          throw new Error('thrown')
        }),
      ),
    ).toMatchObject({ message: 'thrown' })
    expect(await rejection(lock.run(1 as never))).toBeInstanceOf(TypeError)
    expect(lock.locked).toBe(false)
  })

  test('run() takes the options of a wait', async () => {
    const lock = make()
    const held = await lock.acquire()
    let called = false
    const refused = lock.run(() => void (called = true), { timeout: 0 })
    expect(await rejection(refused)).toBeInstanceOf(TimeoutError)
    held.release()
    expect(called).toBe(false)
  })

  test('cancelWaiters() ends every wait with the reason, and leaves the holder alone', async () => {
    const lock = make()
    const held = await lock.acquire()
    const waits = [
      rejection(lock.acquire()),
      rejection(lock.acquire({ timeout: 60_000 })),
      rejection(choose([lock.acquire(), sleep(60_000)])),
    ]
    expect(lock.statistics()).toEqual({ locked: true, waiters: 3 })
    lock.cancelWaiters()
    for (const error of await Promise.all(waits)) expect(error).toBeInstanceOf(CancelledError)
    expect(lock.statistics()).toEqual({ locked: true, waiters: 0 })
    const given = rejection(lock.acquire())
    lock.cancelWaiters('enough')
    expect(await given).toBe('enough')
    held.release()
    expect(lock.locked).toBe(false)
    lock.cancelWaiters() // nobody waits
  })

  test('poison() ends every wait, now and later, until it is cleared', async () => {
    const lock = make()
    const held = await lock.acquire()
    const wait = rejection(lock.acquire())
    held.poison()
    expect(await wait).toBeInstanceOf(PoisonedError)
    expect(() => lock.tryAcquire()).toThrow(PoisonedError)
    expect(() => lock.acquire().block()).toThrow(PoisonedError)
    expect(() => lock.release()).toThrow(NotHeldError)
    held.release()
    lock.clearPoison()
    expect(lock.tryAcquire()?.abandoned).toBe(false)
  })

  test('inspect() and the console name kind, id, holder and waiters with their age', async () => {
    const lock = make()
    const held = await lock.acquire()
    const wait = lock.acquire().start()
    const task = run(function* () {
      ;(yield* lock.acquire()).release()
    })
    await turnsUntil(() => lock.statistics().waiters === 2)
    const { kind, id, shared, holder, waiters } = lock.inspect()
    expect({ kind, holder }).toEqual({ kind: 'Lock', holder: 'async code' })
    expect(id).toMatch(/^Lock#\d+$/)
    expect(shared).toBe(lock.site !== null)
    expect(waiters).toHaveLength(2)
    for (const waiter of waiters) {
      expect(waiter.operation).toBe(`${id}.acquire()`)
      expect(waiter.age).toBeGreaterThanOrEqual(0)
    }
    expect(inspect(lock)).toMatch(
      new RegExp(`^${id}, held by async code\n( {2}.+ waits in ${id}\\.acquire\\(\\) for \\d+ ms\n?){2}$`),
    )
    held.release()
    ;(await wait).release()
    await task
    expect(inspect(lock)).toBe(id)
  })
})

describe('many waits on one signal', () => {
  test('leave no listener, and no warning: one listener a signal, however many wait', async () => {
    const warnings: Error[] = []
    const heard = (warning: Error): void => void warnings.push(warning)
    process.on('warning', heard)
    const { signal } = new AbortController()
    const listeners = (): number => getEventListeners(signal, 'abort').length
    const lock = new Lock()
    const held = await lock.acquire()
    const waits = Array.from({ length: 100_000 }, () => lock.run(() => {}, { signal }))
    expect(listeners()).toBe(1)
    held.release()
    await Promise.all(waits)
    expect(listeners()).toBe(0)
    for (let i = 0; i < 1000; i++) (await lock.acquire({ signal })).release()
    expect(listeners()).toBe(0)
    await new Promise(setImmediate) // warnings are told in a turn of their own
    process.off('warning', heard)
    expect(warnings).toEqual([])
  })

  test('an abort ends them all, with its reason, and leaves no listener', async () => {
    const controller = new AbortController()
    const lock = new Lock()
    const held = await lock.acquire()
    const waits = Array.from({ length: 10_000 }, () => rejection(lock.acquire({ signal: controller.signal })))
    controller.abort('enough')
    expect(new Set(await Promise.all(waits))).toEqual(new Set(['enough']))
    expect(lock.statistics()).toEqual({ locked: true, waiters: 0 })
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
    held.release()
  })
})
