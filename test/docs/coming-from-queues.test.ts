/** Each line of the README's "coming from p-limit, p-queue and fastq", tried. */
import { describe, expect, test } from 'vitest'
import { CancelledError, sleep, TaskExecutor, wait } from '../../src/index.ts'

const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await undefined
}
const job = async (value = 1): Promise<number> => {
  await sleep(0)
  return value
}

describe('from p-limit', () => {
  test('pLimit(5); limit(fn, ...args)', async () => {
    const executor = new TaskExecutor({ concurrency: 5 })
    expect(await executor.submit(job, 7)).toBe(7)
    expect(await Promise.all([1, 2, 3].map((each) => executor.submit(job, each)))).toEqual([1, 2, 3])
  })

  test('limit.map(items, fn)', async () => {
    const executor = new TaskExecutor({ concurrency: 5 })
    expect(await executor.map(job, [3, 1, 2]).toArray()).toEqual([3, 1, 2])
  })

  test('limit.activeCount, limit.pendingCount', async () => {
    const executor = new TaskExecutor({ concurrency: 2 })
    for (let i = 0; i < 5; i++) void executor.submit(job)
    expect([executor.activeCount, executor.pendingCount]).toEqual([2, 3])
    await executor.whenIdle()
  })

  test('limit.concurrency = 3', () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    executor.resize(3)
    expect(executor.concurrency).toBe(3)
  })

  test('limit.clearQueue(): here they reject', async () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    const [first, second] = [executor.submit(job), executor.submit(job)]
    executor.clear()
    await expect(second).rejects.toBeInstanceOf(CancelledError)
    expect(await first).toBe(1)
  })
})

describe('from p-queue', () => {
  test('new PQueue({ concurrency, autoStart: false }); queue.start()', async () => {
    const executor = new TaskExecutor({ concurrency: 2 })
    executor.pause()
    const future = executor.submit(job)
    await turns()
    expect([future.state, executor.paused]).toEqual(['PENDING', true])
    executor.resume()
    expect(await future).toBe(1)
  })

  test('queue.add(fn, { priority, signal, timeout })', async () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    const { signal } = new AbortController()
    const order: string[] = []
    executor.pause()
    void executor.submit(() => order.push('low'))
    void executor.with({ priority: 1, signal, timeout: 1000 }).submit(() => order.push('high'))
    executor.resume()
    await executor.whenIdle()
    expect(order).toEqual(['high', 'low'])
    await expect(executor.with({ timeout: 1 }).submit(() => new Promise(() => {}))).rejects.toHaveProperty(
      'name',
      'TimeoutError',
    )
  })

  test('queue.addAll(fns)', async () => {
    const executor = new TaskExecutor({ concurrency: 2 })
    expect(await executor.map((each) => each(), [() => job(1), () => job(2)]).toArray()).toEqual([1, 2])
  })

  test('queue.onIdle()', async () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    const futures = [executor.submit(job), executor.submit(job)]
    await executor.whenIdle()
    expect(futures.every(({ done }) => done)).toBe(true)
  })

  test('queue.onEmpty(), queue.onSizeLessThan(n)', async () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    for (let i = 0; i < 5; i++) void executor.submit(job)
    await executor.whenBelow(3)
    expect(executor.pendingCount).toBe(2)
    await executor.whenBelow(1)
    expect(executor.pendingCount).toBe(0)
    await executor.whenIdle()
  })

  test('{ intervalCap, interval }', async () => {
    const executor = new TaskExecutor({ rate: { limit: 2, per: 1e6 } })
    for (let i = 0; i < 5; i++) void executor.submit(job).catch(() => 0)
    await turns()
    expect(executor.pendingCount).toBe(3)
    executor.clear()
  })

  test('queue.size, queue.pending, queue.clear()', async () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    for (let i = 0; i < 3; i++) void executor.submit(job)
    expect([executor.pendingCount, executor.activeCount]).toEqual([2, 1])
    executor.clear()
    expect(executor.pendingCount).toBe(0)
    await executor.whenIdle()
  })
})

describe('from fastq', () => {
  test('fastq.promise(worker, 2); queue.push(task)', async () => {
    const executor = new TaskExecutor({ concurrency: 2 })
    expect(await executor.submit(job, 4)).toBe(4)
  })

  test('queue.unshift(task)', async () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    const order: number[] = []
    executor.pause()
    void executor.submit(() => order.push(1))
    void executor.with({ priority: 1 }).submit(() => order.push(2))
    executor.resume()
    await executor.whenIdle()
    expect(order).toEqual([2, 1])
  })

  test('queue.drained()', async () => {
    const executor = new TaskExecutor({ concurrency: 2 })
    const futures = [1, 2, 3].map((each) => executor.submit(job, each))
    await executor.whenIdle()
    expect((await wait(futures, { timeout: 0 })).notDone.size).toBe(0)
  })

  test('queue.kill(), queue.killAndDrain()', async () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    const futures = [executor.submit(job), executor.submit(job)]
    expect(await executor.shutdown({ cancelFutures: true })).toEqual({ cancelled: 1, unfinished: [] })
    expect(futures[1]!.cancelled).toBe(true)
  })
})
