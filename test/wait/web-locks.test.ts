/** Web Locks held for life, on a platform that is played: a thread's end gives its lock back. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

type Callback = (lock: object | null) => unknown

/** As much of a lock manager as is needed: exclusive locks, granted in a turn of their own. */
class FakeLocks {
  readonly held = new Set<string>()
  asked = 0

  async request(name: string, options: { ifAvailable?: boolean }, f: Callback): Promise<unknown> {
    await undefined
    if (options.ifAvailable) this.asked++
    if (this.held.has(name)) return f(null)
    this.held.add(name)
    const result = await f({ name })
    this.held.delete(name)
    return result
  }
}

let locks: FakeLocks

beforeEach(() => {
  locks = new FakeLocks()
  vi.stubGlobal('navigator', { locks })
  vi.resetModules()
})

afterEach(() => {
  vi.unstubAllGlobals()
})

/** Lets every pending turn of promises run. */
async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await undefined
}

async function load() {
  return { ...(await import('../../src/wait/table.ts')), ...(await import('../../src/wait/web-locks.ts')) }
}

test('a thread is alive while its lock is held, and dead once it is not', async () => {
  const { alive, askAround, createTable, join, lockForLife } = await load()
  const table = createTable()
  const [me, other] = [join(table, 0, 0), join(table, 1, 0)]
  lockForLife(table, other)
  await turns()
  expect(locks.held.size).toBe(1)
  askAround(table, me)
  await turns()
  expect(alive(table, other)).toBe(true)
  locks.held.clear() // the other thread has ended
  askAround(table, me)
  await turns()
  expect([alive(table, other), alive(table, me)]).toEqual([false, true])
  // The lock that was asked for is given back.
  expect(locks.held.size).toBe(0)
})

test('a thread whose lock is not granted yet is not asked about, nor is this one', async () => {
  const { alive, askAround, createTable, join, lockForLife } = await load()
  const table = createTable()
  const [me, other] = [join(table, 0, 0), join(table, 1, 0)]
  lockForLife(table, me)
  await turns()
  locks.held.clear()
  askAround(table, me)
  await turns()
  expect(locks.asked).toBe(0)
  expect([alive(table, other), alive(table, me)]).toEqual([true, true])
})

test('the next thread in a slot is not judged by the lock of the former', async () => {
  const { alive, askAround, createTable, died, join, lockForLife } = await load()
  const table = createTable()
  const [me, other] = [join(table, 0, 0), join(table, 1, 0)]
  lockForLife(table, other)
  await turns()
  died(table, other)
  const next = join(table, 2, 0)
  locks.held.clear()
  askAround(table, me)
  await turns()
  expect(alive(table, next)).toBe(true)
})

test('a platform that refuses locks does without', async () => {
  const refusal = vi.fn<() => Promise<never>>(() => Promise.reject(new Error('opaque origin')))
  vi.stubGlobal('navigator', { locks: { request: refusal } })
  const { alive, askAround, createTable, join, lockForLife } = await load()
  const table = createTable()
  const [me, other] = [join(table, 0, 0), join(table, 1, 0)]
  lockForLife(table, other)
  await turns()
  askAround(table, me)
  expect(refusal).toHaveBeenCalledTimes(1)
  expect(alive(table, other)).toBe(true)
})
