import { describe, expect, test } from 'vitest'
import { PriorityQueue } from '../../src/index.ts'
import { Heap } from '../../src/queue/heap.ts'
import { settle, watch } from '../support/watch.ts'

function drained<T>(queue: PriorityQueue<T>): T[] {
  const items: T[] = []
  while (queue.size > 0) items.push(queue.tryGet()!)
  return items
}

function sorted<T>(...items: T[]): T[] {
  const queue = new PriorityQueue<T>()
  for (const item of items) queue.tryPut(item)
  return drained(queue)
}

describe('the default order', () => {
  test('numbers and bigints by value', () => {
    expect(sorted<number | bigint>(3, -1, 2n ** 70n, Infinity, 0, 2n, -Infinity, 2.5)).toEqual([
      -Infinity,
      -1,
      0,
      2n,
      2.5,
      3,
      2n ** 70n,
      Infinity,
    ])
  })

  test('strings by code units, Dates by time', () => {
    expect(sorted('b', 'a', 'B', '', 'ab')).toEqual(['', 'B', 'a', 'ab', 'b'])
    const dates = [3, 1, 2].map((time) => new Date(time))
    expect(sorted(...dates)).toEqual([dates[1], dates[2], dates[0]])
  })

  test('arrays element by element, a shorter one first', () => {
    expect(sorted([1, 'b'], [1], [1, 'a'], [0, 'z', 5], [], [1, 'a', 0])).toEqual([
      [],
      [0, 'z', 5],
      [1],
      [1, 'a'],
      [1, 'a', 0],
      [1, 'b'],
    ])
    expect(sorted([[2], 1], [[1, 9], 5])).toEqual([
      [[1, 9], 5],
      [[2], 1],
    ])
  })

  test('of different kinds: numbers, strings, Dates, arrays', () => {
    const date = new Date(0)
    expect(sorted<unknown>([0], date, 'a', 5n, 7)).toEqual([5n, 7, 'a', date, [0]])
  })

  test.each([
    [{}],
    [NaN],
    [undefined],
    [null],
    [true],
    [Symbol('s')],
    [new Date(NaN)],
    [[1, {}]],
    [[1, [NaN]]],
    [() => 0],
  ])('refuses %s at once, and changes nothing', (item) => {
    const queue = new PriorityQueue<unknown>()
    for (const put of [() => queue.put(item), () => queue.tryPut(item), () => queue.putMany([1, item])])
      expect(put).toThrow(/must be a number .* compare/)
    expect(queue.statistics()).toMatchObject({ size: 0, unfinished: 0, putters: 0 })
  })
})

test('among equals the first that was put comes first, whatever came between', () => {
  const queue = new PriorityQueue<{ rank: number; turn: number }>({ compare: (a, b) => a.rank - b.rank })
  let seed = 7
  const random = (n: number): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n
  const last = new Map<number, number>()
  let lowest = 0
  for (let turn = 0; turn < 3000; turn++) {
    queue.tryPut({ rank: random(5), turn })
    if (random(3) > 0) continue
    const { rank, turn: taken } = queue.tryGet()!
    expect(taken).toBeGreaterThan(last.get(rank) ?? -1)
    last.set(rank, taken)
  }
  for (const { rank, turn } of drained(queue)) {
    expect(rank).toBeGreaterThanOrEqual(lowest)
    expect(turn).toBeGreaterThan(last.get(rank) ?? -1)
    lowest = rank
    last.set(rank, turn)
  }
})

describe('a compare', () => {
  test('that throws fails the put or the get that called it, and changes nothing', async () => {
    let broken = false
    const queue = new PriorityQueue<number>({
      compare: (a, b) => {
        if (broken) throw new Error('broken')
        return a - b
      },
    })
    await queue.putMany([5, 3, 4, 1, 2])
    broken = true
    expect(() => queue.tryPut(0)).toThrow('broken')
    await expect(queue.put(0)).rejects.toThrow('broken')
    await expect(queue.putMany([0])).rejects.toThrow('broken')
    expect(() => queue.tryGet()).toThrow('broken')
    await expect(queue.get()).rejects.toThrow('broken')
    broken = false
    expect(queue.statistics()).toMatchObject({ size: 5, unfinished: 5 })
    expect(drained(queue)).toEqual([1, 2, 3, 4, 5])
  })

  test('that throws in the midst of a batch puts none of it', async () => {
    const queue = new PriorityQueue<number>({
      compare: (a, b) => {
        if (a === 13 || b === 13) throw new Error('unlucky')
        return a - b
      },
    })
    queue.tryPut(7)
    await expect(queue.putMany([1, 9, 13, 2])).rejects.toThrow('unlucky')
    expect(queue.statistics()).toMatchObject({ size: 1, unfinished: 1 })
    expect(drained(queue)).toEqual([7])
  })

  test('that throws for one who waits for room fails only him', async () => {
    const queue = new PriorityQueue<number>({
      capacity: 2,
      compare: (a, b) => {
        if (a === 13 || b === 13) throw new Error('unlucky')
        return a - b
      },
    })
    await queue.putMany([1, 2])
    const waits = [watch(queue.put(13)), watch(queue.put(3))]
    queue.tryGet()
    await settle()
    expect(waits.map(({ state }) => state)).toEqual(['error', 'value'])
    expect(drained(queue)).toEqual([2, 3])
  })

  test.each([NaN, undefined, true, 1n])('that gives %s is told so', (answer) => {
    const queue = new PriorityQueue<number>({ compare: () => answer as number })
    queue.tryPut(1)
    expect(() => queue.tryPut(2)).toThrow(/compare must return a number/)
    expect(queue.size).toBe(1)
  })

  test('must be a function', () => {
    expect(() => new PriorityQueue({ compare: 'up' as never })).toThrow(/compare must be a function/)
  })
})

test('putting and taking make some log n comparisons', () => {
  let comparisons = 0
  const heap = new Heap<number>((a, b) => {
    comparisons++
    return a - b
  })
  const n = 1 << 14
  for (let i = 0; i < n; i++) heap.push((i * 7919) % n)
  for (let i = 0; i < n; i++) expect(heap.take()).toBe(i)
  expect(comparisons).toBeLessThan(n * 3 * 14)
})

test('takes a capacity alone', () => {
  const queue = new PriorityQueue<number>(1)
  expect([queue.tryPut(1), queue.tryPut(2), queue.capacity]).toEqual([true, false, 1])
})
