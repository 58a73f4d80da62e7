import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, test } from 'vitest'
import { type Handle, SharedQueue } from 'heddle'

const STOP = 0
const SEEN = 8
const ITEMS = 300

let workers: Worker[] = []
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.terminate()))
  workers = []
})

function start(handle: Handle, words: Int32Array, role: string, me: number, way: string): Worker {
  const file = fileURLToPath(new URL('../fixtures/queue/shared.mjs', import.meta.url))
  const worker = new Worker(file, { workerData: { handle, role, me, words, way } })
  workers.push(worker)
  return worker
}

const shared = (): Int32Array => new Int32Array(new SharedArrayBuffer(4 * (SEEN + ITEMS + 1)))

async function until(words: Int32Array, at: number, least: number): Promise<void> {
  for (let value = Atomics.load(words, at); value < least; value = Atomics.load(words, at))
    await Atomics.waitAsync(words, at, value, 1_000).value
}

describe('a producer that is killed', () => {
  test.each([1, 2, 3, 4, 5, 6])(
    'loses nothing that was put, and leaves no half of an item (%i)',
    async (round) => {
      const queue = new SharedQueue<Uint8Array>({ capacity: 3, bytes: 150, codec: 'bytes' })
      const words = shared()
      const [victim] = [0, 1].map((me) =>
        start(queue.handle, words, 'put', me, (round + me) % 2 ? 'block' : 'await'),
      )
      const got = [0, 0]
      let killed: Promise<number> | undefined
      const take = (item: Uint8Array): void => {
        const view = new DataView(item.buffer)
        const [me, n] = [view.getInt32(0), view.getInt32(4)]
        expect(n).toBe(got[me]! + 1) // in order, none missing
        expect(item.length).toBe(8 + ((n * 37) % 90))
        expect(item.subarray(8).every((byte) => byte === (n & 255))).toBe(true)
        got[me] = n
      }
      while (got[1]! < 400) {
        take(await queue.get({ timeout: 10_000 }))
        if (got[0]! >= round * 23) killed ??= victim!.terminate()
      }
      await killed
      Atomics.store(words, STOP, 1)
      for (;;) {
        const item = queue.tryGet()
        if (item !== undefined) take(item)
        else if (got[1]! >= Atomics.load(words, 2) && got[0]! >= Atomics.load(words, 1)) break
        else take(await queue.get({ timeout: 10_000 }))
      }
      // At most the one that was put as it died, and not told of.
      expect(got[0]! - Atomics.load(words, 1)).toBeLessThanOrEqual(1)
    },
  )
})

describe('a consumer that is killed', () => {
  test.each([false, true])('ends no join; redeliver: %s', async (redeliver) => {
    for (const way of ['block', 'await']) {
      const reports: number[] = []
      const onAbandoned = (report: { items: number; redelivered: boolean }): void => {
        expect(report.redelivered).toBe(redeliver)
        reports.push(report.items)
      }
      const queue = new SharedQueue<number>({ capacity: 5, codec: 'numbers', redeliver, onAbandoned })
      const words = shared()
      const [victim] = [0, 1].map((me) => start(queue.handle, words, 'take', me, way))
      for (let n = 1; n <= ITEMS; n++) {
        await queue.put(n, { timeout: 10_000 })
        if (n === ITEMS / 2) void victim!.terminate()
      }
      await queue.join({ timeout: 10_000 })
      const seen = [...words.subarray(SEEN + 1)]
      const { lost, redelivered, unfinished } = queue.statistics()
      expect(unfinished).toBe(0)
      expect(lost + redelivered).toBeLessThanOrEqual(1)
      expect(seen.filter((times) => times === 0).length).toBeLessThanOrEqual(lost)
      expect(seen.filter((times) => times > 1).length).toBeLessThanOrEqual(redelivered)
      await new Promise((resolve) => setImmediate(resolve))
      if (!redeliver) expect(reports).toEqual(lost === 0 ? [] : [1])
    }
  })

  test('with an item in hand: it is lost and told of', async () => {
    const reports: unknown[] = []
    const queue = new SharedQueue<number>({
      capacity: 5,
      codec: 'numbers',
      onAbandoned: (report) => reports.push(report),
    })
    const words = shared()
    const holder = start(queue.handle, words, 'hold', 0, 'await')
    await queue.put(7)
    await until(words, 1, 7)
    const joined = queue.join({ timeout: 10_000 }).start()
    await holder.terminate()
    await joined
    await Promise.resolve()
    expect(queue.statistics()).toMatchObject({ unfinished: 0, lost: 1 })
    expect(reports).toEqual([{ items: 1, redelivered: false }])
  })

  test('with an item in hand: it is given again, where the queue redelivers', async () => {
    const reports: unknown[] = []
    const queue = new SharedQueue<number>({
      capacity: 5,
      codec: 'numbers',
      redeliver: true,
      onAbandoned: (report) => reports.push(report),
    })
    const words = shared()
    const holder = start(queue.handle, words, 'hold', 0, 'await')
    await queue.put(7)
    await until(words, 1, 7)
    const again = queue.get({ timeout: 10_000 }).start()
    expect(queue.size).toBe(0)
    await holder.terminate()
    expect(await again).toBe(7)
    queue.taskDone()
    await queue.join({ timeout: 1_000 })
    expect(queue.statistics()).toMatchObject({ lost: 0, redelivered: 1 })
    expect(reports).toEqual([{ items: 1, redelivered: true }])
  })
})
