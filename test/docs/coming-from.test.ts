/** The README's tables "coming from async-mutex and p-limit" and "differs from Python": a test a line. */
import { describe, expect, test } from 'vitest'
import {
  CancelledError,
  Condition,
  Event,
  Lock,
  NotHeldError,
  RLock,
  Semaphore,
  TimeoutError,
} from '../../src/index.ts'

describe('coming from async-mutex', () => {
  test('const release = await mutex.acquire(); release()', async () => {
    const lock = new Lock()
    const held = await lock.acquire()
    expect(lock.locked).toBe(true)
    held.release()
    expect(lock.locked).toBe(false)
  })

  test('mutex.runExclusive(fn)', async () => {
    const lock = new Lock()
    const order: string[] = []
    const both = [1, 2].map((n) =>
      lock.run(async () => {
        order.push(`in ${n}`)
        await undefined
        order.push(`out ${n}`)
        return n
      }),
    )
    expect(await Promise.all(both)).toEqual([1, 2])
    expect(order).toEqual(['in 1', 'out 1', 'in 2', 'out 2'])
    await expect(lock.run(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
    expect(lock.locked).toBe(false)
  })

  test('withTimeout(mutex, 100).acquire(): the late waiter is gone, it does not take the lock to release it', async () => {
    const lock = new Lock()
    const held = await lock.acquire()
    await expect(lock.acquire({ timeout: 1 }).start()).rejects.toThrow(TimeoutError)
    expect(lock.statistics().waiters).toBe(0)
    held.release()
    expect(lock.locked).toBe(false)
  })

  test('tryAcquire(mutex).acquire()', () => {
    const lock = new Lock()
    const held = lock.tryAcquire()!
    expect(lock.tryAcquire()).toBeUndefined()
    held.release()
    expect(lock.tryAcquire()).toBeDefined()
  })

  test('mutex.isLocked() is right at once after release', () => {
    const lock = new Lock()
    const held = lock.tryAcquire()!
    expect(lock.locked).toBe(true)
    held.release()
    expect(lock.locked).toBe(false)
  })

  test('mutex.cancel()', async () => {
    const lock = new Lock()
    const held = lock.tryAcquire()!
    const waits = [lock.acquire().start(), lock.acquire().start()]
    lock.cancelWaiters()
    for (const wait of waits) await expect(wait).rejects.toThrow(CancelledError)
    expect(lock.locked).toBe(true)
    held.release()
  })

  test('mutex.waitForUnlock()', async () => {
    const lock = new Lock()
    const held = lock.tryAcquire()!
    let unlocked = false
    const waiting = lock.run(() => void (unlocked = true))
    expect(unlocked).toBe(false)
    held.release()
    await waiting
    expect([unlocked, lock.locked]).toEqual([true, false])
  })

  test('semaphore.acquire(weight), getValue(), setValue(n)', async () => {
    const semaphore = new Semaphore(3)
    const held = await semaphore.acquire(2)
    expect(semaphore.value).toBe(1)
    semaphore.resize(5)
    expect(semaphore.value).toBe(3)
    held.release()
    expect(semaphore.value).toBe(5)
  })
})

describe('coming from p-limit', () => {
  test('const limit = pLimit(5); limit(fn)', async () => {
    const limit = new Semaphore(5)
    let active = 0
    let most = 0
    const job = async (n: number): Promise<number> => {
      most = Math.max(most, ++active)
      await undefined
      active--
      return n
    }
    const results = Array.from({ length: 20 }, (_, n) => limit.run(() => job(n)))
    expect(await Promise.all(results)).toEqual(Array.from({ length: 20 }, (_, n) => n))
    expect(most).toBe(5)
  })

  test('limit.activeCount, limit.pendingCount', async () => {
    const limit = new Semaphore(5)
    let open!: () => void
    const gate = new Promise<void>((resolve) => (open = resolve))
    const jobs = Array.from({ length: 8 }, () => limit.run(() => gate))
    expect([5 - limit.value, limit.statistics().waiters]).toEqual([5, 3])
    open()
    await Promise.all(jobs)
    expect([5 - limit.value, limit.statistics().waiters]).toEqual([0, 0])
  })

  test('limit.clearQueue(): here they reject', async () => {
    const limit = new Semaphore(1)
    const held = limit.tryAcquire()!
    const waiting = limit.run(() => 'ran')
    limit.cancelWaiters()
    await expect(waiting).rejects.toThrow(CancelledError)
    held.release()
  })
})

describe('differs from Python', () => {
  test('a lock that nobody holds cannot be released; Semaphore(1) can be released by anybody', () => {
    expect(() => new Lock().release()).toThrow(NotHeldError)
    const semaphore = new Semaphore(1)
    semaphore.tryAcquire()
    semaphore.release()
    expect(semaphore.value).toBe(1)
  })

  test('Condition.wait and Event.wait throw at their timeout', async () => {
    const condition = new Condition()
    const held = await condition.lock.acquire()
    await expect(condition.wait({ timeout: 1 }).start()).rejects.toThrow(TimeoutError)
    expect(condition.lock.locked).toBe(true)
    held.release()
    await expect(new Event().wait({ timeout: 1 }).start()).rejects.toThrow(TimeoutError)
  })

  test('new Condition() makes a Lock; an RLock is passed where one is needed', () => {
    expect(new Condition().lock).toBeInstanceOf(Lock)
    const lock = new RLock()
    expect(new Condition(lock).lock).toBe(lock)
  })

  test('an RLock is owned by a given owner, a task or an async context', async () => {
    const lock = new RLock()
    await lock.run(async (owner) => {
      await lock.run(() => undefined, { owner })
      expect(lock.locked).toBe(true)
    })
    expect(lock.locked).toBe(false)
  })
})
