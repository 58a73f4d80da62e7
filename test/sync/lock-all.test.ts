import { describe, expect, it } from 'vitest'
import {
  always,
  choose,
  CancelledError,
  DeadlockError,
  Lock,
  lockAll,
  run,
  Semaphore,
  TimeoutError,
} from '../../src/index.ts'
import { settle } from '../support/watch.ts'

/** Locks in the order in which lockAll takes them: their numbers are given at the first use. */
function numbered(count: number): Lock[] {
  return Array.from({ length: count }, () => {
    const lock = new Lock()
    lock.inspect()
    return lock
  })
}

const locked = (...locks: Lock[]): boolean[] => locks.map((lock) => lock.locked)

describe('lockAll', () => {
  it('takes all and gives them back, the last first', async () => {
    const [a, b] = [new Lock(), new Lock()]
    const permits = new Semaphore(5)
    const held = await lockAll([permits.acquire(3), b, a])
    expect([locked(a, b), permits.value]).toEqual([[true, true], 2])
    held.release()
    held.release()
    expect([locked(a, b), permits.value]).toEqual([[false, false], 5])
  })

  it('works by await, yield* and block(), and each is a run of its own', async () => {
    const [a, b] = [new Lock(), new Lock()]
    const all = lockAll([a, b])
    ;(await all).release()
    await run(function* () {
      const held = yield* all
      expect(locked(a, b)).toEqual([true, true])
      held.release()
    })
    const held = all.block()
    expect(locked(a, b)).toEqual([true, true])
    held.release()
    expect(locked(a, b)).toEqual([false, false])
  })

  it.each([
    ['unshared', () => {}],
    ['shared', (lock: Lock) => void lock.handle],
  ] as const)('ends when two take the same %s locks in opposite orders', async (_, prepare) => {
    const locks = Array.from({ length: 4 }, () => new Lock())
    locks.forEach(prepare)
    let rounds = 0
    const worker = async (order: Lock[]): Promise<void> => {
      for (let i = 0; i < 25; i++) {
        using _held = await lockAll(order)
        await Promise.resolve()
        rounds++
      }
    }
    await Promise.all([
      worker(locks),
      worker([...locks].reverse()),
      worker([locks[2]!, locks[0]!, locks[3]!]),
    ])
    expect(rounds).toBe(75)
    expect(locked(...locks)).toEqual([false, false, false, false])
  })

  it('stays free of deadlock when a lock becomes shared while another is waited for', async () => {
    const [a, b, c] = numbered(3) as [Lock, Lock, Lock]
    const blocker = b.tryAcquire()!
    const first = lockAll([a, b, c]).start()
    await settle()
    expect(locked(a, c)).toEqual([true, false])
    void c.handle // c now comes first
    const second = lockAll([a, c]).start()
    await settle()
    expect(locked(a, c)).toEqual([true, true])
    blocker.release()
    ;(await second).release()
    ;(await first).release()
    expect(locked(a, b, c)).toEqual([false, false, false])
  })

  it('gives back what it has when its time is up, over all together', async () => {
    const [a, b] = numbered(2) as [Lock, Lock]
    const held = b.tryAcquire()!
    await expect(lockAll([a, b], { timeout: 0 })).rejects.toThrow(/lockAll did not end within 0 ms/)
    await expect(lockAll([a, b], { timeout: 2 })).rejects.toBeInstanceOf(TimeoutError)
    expect(locked(a, b)).toEqual([false, true])
    held.release()
  })

  it('gives back what it has at an abort, a cancelled wait and a sleep that would not end', async () => {
    const [a, b] = numbered(2) as [Lock, Lock]
    const held = b.tryAcquire()!
    const controller = new AbortController()
    const aborted = lockAll([a, b], { signal: controller.signal }).start()
    expect(locked(a)).toEqual([true])
    controller.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
    expect(locked(a)).toEqual([false])
    const cancelled = lockAll([a, b]).start()
    b.cancelWaiters()
    await expect(cancelled).rejects.toBeInstanceOf(CancelledError)
    expect(() => lockAll([a, b]).block()).toThrow(DeadlockError)
    expect(locked(a, b)).toEqual([false, true])
    held.release()
  })

  it('passes on what came with a cancellation', async () => {
    const [a, b] = numbered(2) as [Lock, Lock]
    const held = a.tryAcquire()!
    const controller = new AbortController()
    const all = lockAll([a, b], { signal: controller.signal }).start()
    held.release() // granted,
    controller.abort(new Error('enough')) // and aborted before the caller could go on
    await expect(all).rejects.toThrow('enough')
    expect(locked(a, b)).toEqual([false, false])
  })

  it.each<[string, (a: Lock) => unknown, RegExp]>([
    ['a lock twice', (a) => lockAll([a, new Lock(), a]), /items 0 and 2 are both Lock#/],
    ['a lock and its operation', (a) => lockAll([a, a.acquire()]), /items 0 and 1 are both/],
    ['something else', (a) => lockAll([a, {} as never]), /items\[1\] must be a lock.*got an object/],
    ['another operation', () => lockAll([always(1) as never]), /items\[0\] must be a lock/],
    ['an operation with options', (a) => lockAll([a.acquire({ timeout: 5 })]), /give options to lockAll/],
    ['one lock instead of several', (a) => lockAll(a as never), /items must be an array/],
    ['a bad timeout', (a) => lockAll([a], { timeout: -1 }), /timeout must be/],
  ])('refuses %s and takes nothing', (_, misuse, message) => {
    const a = new Lock()
    expect(() => misuse(a)).toThrow(message)
    expect(a.locked).toBe(false)
  })

  it('is no arm of a choice', () => {
    expect(() => choose([lockAll([new Lock()]) as never])).toThrow(TypeError)
  })
})
