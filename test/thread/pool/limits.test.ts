import { TimeoutError, WorkerDiedError } from 'heddle'
import { currentExecutor, currentSignal, ThreadPoolExecutor } from 'heddle/threads'
import { describe, expect, test } from 'vitest'
import { functions, letGo, reaches, words } from './functions.ts'

const { add, asksLate, asTask, awaitsAbort, hold, spins, square, steps, sum, untilAborted } = functions

const make = (options = {}) => new ThreadPoolExecutor({ maxWorkers: 1, grace: 10_000, ...options })

describe('A call that is given up', () => {
  test('sees it in a loop that never returns to the event loop, and its thread goes on', async () => {
    await using executor = make()
    const before = await executor.submit(functions.thread)
    const w = words()
    const controller = new AbortController()
    const future = executor.with({ signal: controller.signal }).submit(untilAborted, w)
    await reaches(w, 0, 1)
    controller.abort(new RangeError('enough'))
    await expect(future).rejects.toThrow(new RangeError('enough'))
    await reaches(w, 1, 1)
    expect(await executor.submit(functions.thread)).toBe(before)
  })

  test('sees it by an event where it waits', async () => {
    await using executor = make()
    const before = await executor.submit(functions.thread)
    const w = words()
    await expect(executor.with({ timeout: 1 }).submit(awaitsAbort, w)).rejects.toThrow(TimeoutError)
    await reaches(w, 1, 1)
    expect(await executor.submit(functions.thread)).toBe(before)
  })

  test('ends at its wait if it is a task', async () => {
    await using executor = make()
    const w = words()
    await expect(executor.with({ timeout: 1 }).submit(asTask, 1e6, w)).rejects.toThrow(TimeoutError)
    await reaches(w, 0, 1)
  })

  test('is stopped with its thread after the grace time, and nothing else suffers', async () => {
    await using executor = make({ maxWorkers: 2, grace: 1 })
    const w = words()
    const other = executor.submit(hold, w)
    await reaches(w, 0, 1)
    await expect(executor.with({ timeout: 1 }).submit(spins)).rejects.toThrow(TimeoutError)
    expect(await Promise.all([1, 2, 3].map((x) => executor.submit(square, x)))).toEqual([1, 4, 9])
    letGo(w)
    expect(await other).toBe('held')
    expect(executor.statistics).toMatchObject({ executed: 5, failures: 1 })
  })

  test('counts its time from its beginning', async () => {
    await using executor = make()
    const w = words()
    const first = executor.submit(hold, w)
    const second = executor.with({ timeout: 60_000 }).submit(add, 1, 2)
    await reaches(w, 0, 1)
    expect(second.running).toBe(false)
    letGo(w)
    await first
    expect(await second).toBe(3)
  })
})

describe('Inside a call', () => {
  test('it tells how far it is', async () => {
    await using executor = make()
    const told: unknown[] = []
    expect(await executor.with({ onProgress: (value) => told.push(value) }).submit(steps, 3)).toBe(3)
    expect(told).toEqual([{ step: 1 }, { step: 2 }, { step: 3 }])
    expect(await executor.submit(asksLate)).toBe(true)
  })

  test.each([1, 2])('submissions of its own never wait in vain, with %i workers', async (maxWorkers) => {
    await using executor = make({ maxWorkers })
    expect(await executor.submit(sum, 0, 32)).toBe(496)
    await expect(executor.submit(functions.nestedFailure)).rejects.toThrow(new RangeError('inner'))
    expect(await executor.submit(functions.nestedLimit)).toBe('TimeoutError')
  })

  test('a shutdown waits for them', async () => {
    const executor = make()
    const future = executor.submit(sum, 0, 8)
    await executor.shutdown()
    expect(future.poll()).toBe(28)
  })

  test('elsewhere there is nothing to ask', () => {
    expect(() => currentSignal()).toThrow(/no worker of a pool/)
    expect(() => currentExecutor()).toThrow(/no worker of a pool/)
  })
})

describe('The workers', () => {
  test('are initialized before their first call', async () => {
    await using executor = make({ initializer: functions.setUp, initargs: [7] })
    expect(await executor.submit(functions.counted)).toBe(7)
    expect(await executor.submit(functions.counted)).toBe(8)
  })

  test('break the executor when the initializer fails again and again', async () => {
    const executor = make({ initializer: functions.failsToSetUp })
    const futures = [executor.submit(add, 1, 2), executor.submit(add, 1, 2)]
    for (const future of futures) {
      await expect(future).rejects.toThrow(/3 workers in a row .* RangeError: no database/)
      await expect(future).rejects.toHaveProperty('name', 'BrokenPoolError')
    }
    await expect(executor.submit(add, 1, 2)).rejects.toHaveProperty('name', 'BrokenPoolError')
    expect(await executor.shutdown()).toEqual({ cancelled: 0, unfinished: [] })
  })

  test('may fail to start once or twice', async () => {
    await using executor = make({ initializer: functions.setsUpAtLast, initargs: [words(), 2] })
    expect(await executor.submit(add, 1, 2)).toBe(3)
  })

  test('are replaced after so many calls', async () => {
    await using executor = make({ maxTasksPerWorker: 2 })
    const threads = new Set()
    for (let i = 0; i < 6; i++) threads.add(await executor.submit(functions.thread))
    expect(threads.size).toBe(3)
  })

  test('are all replaced by recycle(), and no call is lost', async () => {
    await using executor = make({ maxWorkers: 2 })
    const before = await executor.submit(functions.thread)
    const futures = Array.from({ length: 200 }, (_, i) => executor.submit(square, i))
    const gone = executor.recycle()
    futures.push(...Array.from({ length: 200 }, (_, i) => executor.submit(square, i)))
    await gone
    expect(await executor.submit(functions.thread)).not.toBe(before)
    expect(await Promise.all(futures)).toEqual(Array.from({ length: 400 }, (_, i) => (i % 200) ** 2))
  })

  test('come when they are needed, and go when they are not', async () => {
    await using executor = make({ maxWorkers: 2, minWorkers: 0, idleTimeout: 1 })
    expect(executor.workerCount).toBe(0)
    const w = words()
    const held = [executor.submit(hold, w), executor.submit(hold, w), executor.submit(hold, w)]
    await reaches(w, 0, 2)
    expect(executor.workerCount).toBe(2)
    expect(executor.activeCount).toBe(2)
    letGo(w)
    await Promise.all(held)
    while (executor.workerCount > 0) await new Promise((resolve) => setImmediate(resolve))
    expect(await executor.submit(add, 1, 2)).toBe(3)
  })

  test('go by maintain() when few of them work', async () => {
    await using executor = make({ maxWorkers: 2, minWorkers: 1 })
    const w = words()
    const held = [executor.submit(hold, w), executor.submit(hold, w)]
    await reaches(w, 0, 2)
    letGo(w)
    await Promise.all(held)
    executor.maintain()
    executor.maintain()
    expect(executor.workerCount).toBe(1)
  })

  test('that are free are used before more are started', async () => {
    await using executor = make({ maxWorkers: 2 })
    for (let i = 0; i < 5; i++) await executor.submit(square, i)
    expect(executor.workerCount).toBe(1)
    expect(executor.idleCount).toBe(1)
  })

  test('are stopped by terminate()', async () => {
    const executor = make()
    const w = words()
    const running = executor.submit(spins, w)
    const waiting = executor.submit(add, 1, 2)
    await reaches(w, 0, 1)
    const gone = executor.terminate()
    await expect(running).rejects.toThrow(WorkerDiedError)
    await expect(waiting).rejects.toThrow()
    await gone
    expect(executor.workerCount).toBe(0)
    expect(() => executor.submit(add, 1, 2)).toThrow(/shut down/)
  })
})
