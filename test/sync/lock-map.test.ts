import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import {
  CancelledError,
  DeadlockError,
  LockMap,
  select,
  setDebug,
  sleep,
  TimeoutError,
} from '../../src/index.ts'
import { settle, watch } from '../support/watch.ts'

/** Collects garbage at once; the context of a script that Bun makes has no `gc`. */
function collector(): () => void {
  const { Bun } = globalThis as { Bun?: { gc(sync: boolean): void } }
  if (Bun !== undefined) return () => Bun.gc(true)
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
const collect = collector()

describe('LockMap', () => {
  it('excludes by key only', async () => {
    const locks = new LockMap<string>()
    const a = await locks.acquire('a')
    const b = await locks.acquire('b')
    expect([locks.size, locks.locked('a'), locks.locked('c')]).toEqual([2, true, false])
    expect(locks.tryAcquire('a')).toBeUndefined()
    const next = watch(locks.acquire('a'))
    b.release()
    await settle()
    expect(next.state).toBe('pending')
    a.release()
    await settle()
    expect(next.state).toBe('value')
    next.value!.release()
    expect(locks.size).toBe(0)
  })

  it('takes any value as a key, by identity as a Map does', () => {
    const locks = new LockMap<unknown>()
    const key = {}
    expect(locks.tryAcquire(key)).toBeDefined()
    expect(locks.tryAcquire(key)).toBeUndefined()
    expect(locks.tryAcquire({})).toBeDefined()
    expect(locks.tryAcquire(undefined)).toBeDefined()
    expect(locks.tryAcquire(NaN)).toBeDefined()
    expect(locks.tryAcquire(NaN)).toBeUndefined()
  })

  it('forgets a key in whatever way its last use ends', async () => {
    const locks = new LockMap<number>()
    await locks.run(1, () => locks.size).then((size) => expect(size).toBe(1))
    await expect(locks.run(2, () => Promise.reject(new Error('fn')))).rejects.toThrow('fn')
    const held = locks.tryAcquire(3)!
    await expect(locks.acquire(3, { timeout: 0 })).rejects.toBeInstanceOf(TimeoutError)
    await expect(locks.acquire(3, { timeout: 1 })).rejects.toBeInstanceOf(TimeoutError)
    const { key } = await select({ lock: locks.acquire(3), late: sleep(1) })
    expect(key).toBe('late')
    expect(() => locks.acquire(3).block()).toThrow(DeadlockError)
    expect(locks.statistics()).toEqual({ size: 1, waiters: 0 })
    held.release()
    held.release()
    expect(locks.size).toBe(0)
  })

  it('keeps no memory of keys used once', async () => {
    const locks = new LockMap<string>()
    const used = (): number => {
      collect()
      return process.memoryUsage().heapUsed
    }
    const use = async (from: number): Promise<void> => {
      for (let i = 0; i < 100_000; i++) (await locks.acquire(`key ${from + i}`)).release()
    }
    setDebug(false) // which keeps the stack of every operation
    try {
      await use(0)
      const before = used()
      await use(100_000)
      expect(used() - before).toBeLessThan(1_000_000) // ten bytes a key
    } finally {
      setDebug(true)
    }
    expect(locks.size).toBe(0)
  })

  it('ends the waits of every key', async () => {
    const locks = new LockMap<string>()
    const helds = ['a', 'b'].map((key) => locks.tryAcquire(key)!)
    const waits = ['a', 'b', 'a'].map((key) => watch(locks.acquire(key)))
    expect(locks.statistics()).toEqual({ size: 2, waiters: 3 })
    expect(locks.inspect().waiters).toHaveLength(3)
    expect(locks.inspect().holder).toBe('"a": async code, "b": async code')
    locks.cancelWaiters()
    await settle()
    for (const { error } of waits) expect(error).toBeInstanceOf(CancelledError)
    for (const held of helds) held.release()
    expect(locks.size).toBe(0)
  })

  it('cannot be posted to another thread, and its tokens poison nothing', () => {
    const locks = new LockMap()
    expect(() => structuredClone(locks)).toThrow(/could not be cloned/)
    const held = locks.tryAcquire('a')!
    expect(() => held.poison()).toThrow(TypeError)
    expect(locks.locked('a')).toBe(true)
  })
})
