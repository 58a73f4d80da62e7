import { describe, expect, test } from 'vitest'
import {
  always,
  choose,
  Lock,
  never,
  Operation,
  Procedure,
  select,
  sleep,
  TimeoutError,
} from '../../src/index.ts'
import { NOT_READY } from '../../src/operation/operation.ts'

describe('choose', () => {
  test('gives the value of the arm that is ready', async () => {
    expect(await choose([never, always(1), never])).toBe(1)
  })

  test('ready arms begin equally often, also when several choices alternate in a fixed order', async () => {
    const counts = new Map<string, number>()
    const count = (key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1)
    for (let round = 0; round < 300; round++) {
      count(await choose([always('a'), always('b'), always('c')]))
      count(await choose([always('d'), always('e'), always('f')]))
      await choose([always('x'), always('y')])
    }
    expect([...counts.keys()].sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    for (const times of counts.values()) expect(times).toBeGreaterThan(80)
  })

  test('biased tries arms in order, so that a last always is a default', async () => {
    for (let round = 0; round < 10; round++)
      expect(await choose.biased([never, always(1), always(2)])).toBe(1)
    const lock = new Lock()
    lock.tryAcquire()
    expect(await choose.biased([lock.acquire(), always('default')])).toBe('default')
  })

  test('an arm whose poll fails ends the choice with its error, and no other arm has an effect', async () => {
    const lock = new Lock()
    const held = lock.tryAcquire()!
    const other = new Lock()
    await expect(choose.biased([lock.acquire({ timeout: 0 }), other.acquire()]).start()).rejects.toThrow(
      TimeoutError,
    )
    expect(other.locked).toBe(false)
    held.release()
    expect(lock.tryAcquire()).toBeDefined()
  })

  test('an arm that cannot be parked ends the choice and withdraws those parked before', async () => {
    const lock = new Lock()
    const held = lock.tryAcquire()!
    class Broken extends Operation<never> {
      poll(): typeof NOT_READY {
        return NOT_READY
      }
      park(): void {
        throw new Error('cannot be parked')
      }
      unpark(): boolean {
        return true
      }
    }
    await expect(choose.biased([lock.acquire(), new Broken()]).start()).rejects.toThrow('cannot be parked')
    expect(lock.statistics().waiters).toBe(0)
    held.release()
  })

  test('two arms on one lock take it once', async () => {
    const lock = new Lock()
    const held = lock.tryAcquire()!
    const both = choose([lock.acquire(), lock.acquire()]).start()
    held.release()
    const got = await both
    expect(lock.locked).toBe(true)
    expect(lock.statistics().waiters).toBe(0)
    got.release()
    expect(lock.locked).toBe(false)
  })

  test.each([
    [[], /at least one operation/],
    [[Promise.resolve(1)], /arm 0 must be an operation.*until\(promise\)/],
    [[always(1), 5], /arm 1 must be an operation, got 5/],
    [[new Procedure('p', () => always(1)[Symbol.iterator]())], /a procedure commits in several steps/],
    [[undefined], /arm 0 must be an operation, got undefined/],
  ])('refuses %o', (arms, message) => {
    expect(() => choose(arms as never)).toThrow(message)
    expect(() => choose.biased(arms as never)).toThrow(message)
  })
})

describe('select', () => {
  test('says which arm committed', async () => {
    const got = await select({ one: never, two: always('value'), three: undefined })
    expect(got).toEqual({ key: 'two', value: 'value' })
  })

  test('a timeout of its own ends it with TimeoutError and withdraws every arm', async () => {
    const lock = new Lock()
    const held = lock.tryAcquire()!
    await expect(select({ lock: lock.acquire(), late: never }, { timeout: 1 }).start()).rejects.toThrow(
      TimeoutError,
    )
    expect(lock.statistics().waiters).toBe(0)
    held.release()
  })

  test('a sleep is an arm', async () => {
    const lock = new Lock()
    lock.tryAcquire()
    expect(await select({ lock: lock.acquire(), late: sleep(1) })).toEqual({ key: 'late', value: undefined })
    expect(lock.statistics().waiters).toBe(0)
  })

  test('refuses what is no operation, by name', () => {
    expect(() => select({ job: 1 as never })).toThrow(/arm job must be an operation/)
    expect(() => select({ job: undefined })).toThrow(/at least one/)
  })
})
