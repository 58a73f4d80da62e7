import { describe, expect, test } from 'vitest'
import { LifoQueue, PriorityQueue, Queue, QueueShutDownError } from '../../src/index.ts'
import { Ring } from '../../src/queue/store.ts'
import { settle } from '../support/watch.ts'

async function all<T>(queue: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of queue) items.push(item)
  return items
}

describe('from', () => {
  test('feeds from an iterable or an asynchronous one, and ends with it', async () => {
    const numbers = async function* () {
      yield* [1, 2, 3]
    }
    expect(await all(Queue.from(numbers()))).toEqual([1, 2, 3])
    expect(await all(Queue.from([1, 2, 3]))).toEqual([1, 2, 3])
    expect(await all(Queue.from('abc'))).toEqual(['a', 'b', 'c'])
    for (const [kind, order] of [
      [LifoQueue, [2, 1, 3]],
      [PriorityQueue, [1, 2, 3]],
    ] as const) {
      const queue = kind.from([3, 1, 2], 9)
      await settle()
      expect([queue.size, queue.isShutDown]).toEqual([3, true])
      expect((await all(queue)).toSorted((a, b) => a - b)).toEqual(order.toSorted((a, b) => a - b))
    }
    const smallest = PriorityQueue.from([3, 1, 2], { capacity: 9, compare: (a, b) => b - a })
    await settle()
    expect(await all(smallest)).toEqual([3, 2, 1])
  })

  test('reads no further ahead than its capacity', async () => {
    let read = 0
    const source = function* () {
      for (;;) yield ++read
    }
    const queue = Queue.from(source(), { capacity: 3 })
    await settle()
    expect([queue.size, read]).toEqual([3, 4])
    expect(await queue.get()).toBe(1)
    await settle()
    expect(read).toBe(5)
    expect(Queue.from([]).capacity).toBe(1)
  })

  test('a source that fails: what it gave is drained, then its error is told', async () => {
    const failing = async function* () {
      yield 1
      throw new Error('source')
    }
    const queue = Queue.from(failing(), 5)
    await settle()
    expect(await queue.get()).toBe(1)
    await expect(queue.get()).rejects.toThrow('source')
    await expect(queue.next()).rejects.toThrow('source')
    await expect(all(queue)).rejects.toThrow('source')
    await expect(queue.toReadableStream().getReader().read()).rejects.toThrow('source')
    await expect(queue.put(1)).rejects.toBeInstanceOf(QueueShutDownError)
  })

  test('a queue that is shut down ends its source', async () => {
    let ended = false
    const source = async function* () {
      try {
        for (let i = 0; ; i++) yield i
      } finally {
        ended = true
      }
    }
    const queue = Queue.from(source())
    await settle()
    queue.shutdown({ immediate: true })
    await settle()
    expect(ended).toBe(true)
    expect(await all(queue)).toEqual([])
  })

  test('a source that is asked for an item is told to stop at once, and only once', async () => {
    const calls: string[] = []
    let end: (result: IteratorResult<number>) => void = () => {}
    const silent: AsyncIterableIterator<number> = {
      next: () => new Promise((resolve) => (calls.push('next'), (end = resolve))),
      return: async () => {
        calls.push('return')
        end({ done: true, value: undefined })
        throw new Error('nobody hears this')
      },
      [Symbol.asyncIterator]: () => silent,
    }
    const queue = Queue.from(silent)
    await settle()
    queue.shutdown()
    expect(calls).toEqual(['next'])
    await settle()
    queue.shutdown({ immediate: true })
    await settle()
    expect(calls).toEqual(['next', 'return'])
    expect(await all(queue)).toEqual([])
  })

  test('a source that ends or fails by itself is not told to stop', async () => {
    for (const next of [async () => ({ done: true, value: 0 }), () => Promise.reject(new Error('source'))]) {
      let stopped = false
      const source = { next, return: async () => ({ done: (stopped = true), value: 0 }) }
      const queue = Queue.from<number>({ [Symbol.asyncIterator]: () => source })
      await settle()
      queue.shutdown()
      await settle()
      expect([queue.isShutDown, stopped]).toEqual([true, false])
    }
  })

  test('items of an iterable that are promises are awaited', async () => {
    expect(await all(Queue.from([Promise.resolve(1), 2]))).toEqual([1, 2])
    await expect(all(Queue.from([Promise.reject(new Error('item'))]))).rejects.toThrow('item')
  })

  test('a source that cannot be begun fails the queue', async () => {
    const broken = {
      [Symbol.asyncIterator]: () => {
        throw new Error('broken')
      },
    }
    await expect(all(Queue.from(broken))).rejects.toThrow('broken')
  })

  test.each([undefined, null, 5, {}])('refuses %s', (source) => {
    expect(() => Queue.from(source as never)).toThrow(/source must be an iterable/)
  })
})

describe('what lies in a ring', () => {
  const places = (ring: Ring<unknown>): unknown[] => ring['places']

  test('is cleared as it is taken, and the ring grows and shrinks', () => {
    const ring = new Ring<object>()
    for (let i = 0; i < 1000; i++) ring.push({})
    expect(places(ring)).toHaveLength(1024)
    for (let i = 0; i < 990; i++) ring.take()
    expect(places(ring).filter((place) => place !== undefined)).toHaveLength(10)
    expect(places(ring).length).toBeLessThanOrEqual(64)
    ring.clear()
    expect([ring.size, places(ring).filter((place) => place !== undefined)]).toEqual([0, []])
  })

  test('keeps its order as it goes round, grows and shrinks', () => {
    const ring = new Ring<number>()
    const model: number[] = []
    let seed = 3
    for (let i = 0; i < 20_000; i++) {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff
      // It swells and ebbs.
      if ((seed >> 8) % 100 < (Math.floor(i / 2000) % 2 === 0 ? 70 : 30)) {
        ring.push(i)
        model.push(i)
      } else if (model.length > 0) {
        expect(ring.first()).toBe(model[0])
        expect(ring.take()).toBe(model.shift())
      }
      expect(ring.size).toBe(model.length)
    }
  })
})
