import { mapReduce, Pool, type Portable } from 'heddle/threads'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const { add, countLater, countLetters, joinAll, spin, wrong, yields }: Record<string, Portable> =
  await import('./fixtures/actors.mjs' as string)

let pool: Pool
beforeAll(() => void (pool = new Pool({ workers: 2 })))
afterAll(() => pool.terminate())

const sum = (_: unknown, values: number[]): number => values.reduce((a, b) => a + b)
const texts = Array.from({ length: 200 }, (_, i) => 'abcdefgh'.slice(i % 5, 1 + (i % 8)))

function expected(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const letter of texts.join('')) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  return counts
}

describe('mapReduce', () => {
  test.each([
    ['an array', texts],
    ['a set', new Set(texts.map((text, i) => `${text}${' '.repeat(i)}`))],
  ])('counts %s, with a combiner and without', async (_, inputs) => {
    const plain = await mapReduce(inputs, countLetters!, sum, { pool })
    plain.delete(' ')
    expect([...plain]).toEqual([...expected()])
    const combined = await mapReduce(inputs, countLetters!, sum, { pool, combine: add as never })
    combined.delete(' ')
    expect([...combined]).toEqual([...expected()])
  })

  test('takes a Map, a promise of one, a generator; the values come in the order of the inputs', async () => {
    expect(
      await mapReduce(['ab', 'c', 'de'], countLater!, (_, v) => v.join(), { pool, partWeight: 1 }),
    ).toEqual(
      new Map([
        [2, 'ab,de'],
        [1, 'c'],
      ]),
    )
    expect([
      ...(await mapReduce(['ba', 'ab'], yields!, (k, v) => `${String(k)}:${v.join()}`, {
        pool,
        partWeight: 1,
      })),
    ]).toEqual([
      ['b', 'b:ba,ab'],
      ['a', 'a:ba,ab'],
    ])
  })

  test('gives the same parts, and so the same result, in every run and with any number of workers', async () => {
    const run = (options: object): Promise<unknown> =>
      mapReduce(texts, countLetters!, (_, values) => values.join('|'), {
        combine: joinAll as never,
        partWeight: 50,
        weigh: (text: string) => text.length,
        ...options,
      }).then((result) => [...result])
    const first = await run({ pool })
    expect(await run({ pool })).toEqual(first)
    expect(await run({ workers: 1 })).toEqual(first)
    expect(JSON.stringify(first)).toContain('|')
  })

  test('combines in the worker, also a value that is there very often', async () => {
    const result = await mapReduce(['a'.repeat(1000)], countLetters!, (_, values) => values, {
      pool,
      combine: add as never,
    })
    expect(result).toEqual(new Map([['a', [1000]]]))
  })

  test('draws an endless asynchronous source no further than two parts a worker ahead', async () => {
    let drawn = 0
    let merged = 0
    let ahead = 0
    let closed = false
    async function* source(): AsyncGenerator<string> {
      try {
        for (; drawn < 100;) {
          drawn++
          ahead = Math.max(ahead, drawn - merged)
          yield 'ab'
        }
      } finally {
        closed = true
      }
    }
    const result = await mapReduce(source(), countLetters!, sum, {
      pool,
      partWeight: 5,
      onProgress: ({ done }) => void (merged = done),
    })
    expect(result.get('a')).toBe(100)
    expect(ahead).toBeLessThanOrEqual(4 * 5 + 1)
    expect(closed).toBe(true)
  })

  test('tells how far it is', async () => {
    const told: unknown[] = []
    const weigh = (text: string): number => text.length
    const onProgress = (progress: unknown): void => void told.push(progress)
    await mapReduce(['aa', 'bb', 'cccc'], countLetters!, sum, { pool, weigh, partWeight: 4, onProgress })
    expect(told).toEqual([
      { done: 2, weight: 4 },
      { done: 3, weight: 8 },
    ])
  })

  test('of nothing is nothing', async () => {
    expect(await mapReduce([], countLetters!, sum, { workers: 1 })).toEqual(new Map())
  })
})

describe('mapReduce fails', () => {
  test('with what map threw, and closes the inputs', async () => {
    let closed = false
    function* source(): Generator<string> {
      try {
        for (let i = 0; ; i++) yield i === 7 ? 'bad' : 'good'
      } finally {
        closed = true
      }
    }
    await expect(mapReduce(source(), countLetters!, sum, { pool, partWeight: 3 })).rejects.toThrow(
      new RangeError('a bad text'),
    )
    expect(closed).toBe(true)
  })

  test('though its source never goes on', async () => {
    async function* source(): AsyncGenerator<string> {
      yield 'bad'
      await new Promise(() => {})
    }
    await expect(mapReduce(source(), countLetters!, sum, { pool, partWeight: 1 })).rejects.toThrow(
      'a bad text',
    )
  })

  test('with what the source or reduce threw', async () => {
    function* source(): Generator<string> {
      yield 'a'
      throw new RangeError('no more')
    }
    await expect(mapReduce(source(), countLetters!, sum, { pool })).rejects.toThrow('no more')
    const reduce = (): never => {
      throw new RangeError('cannot reduce')
    }
    await expect(mapReduce(['a'], countLetters!, reduce, { workers: 1 })).rejects.toThrow('cannot reduce')
  })

  test('when map gives something else, and when an input cannot travel, with its place', async () => {
    await expect(mapReduce([1], wrong!, sum, { pool })).rejects.toThrow(
      'map must give a Map, or an iterable of [key, value], got 7',
    )
    const inputs = ['a', 'b', { f() {} }]
    await expect(mapReduce(inputs, countLetters!, sum, { pool, partWeight: 2 })).rejects.toThrow(
      /inputs\[2\]\.f/,
    )
  })

  test('with the reason of its signal', async () => {
    const controller = new AbortController()
    const future = mapReduce([1, 2], spin!, sum, { workers: 1, signal: controller.signal })
    controller.abort(new RangeError('enough'))
    await expect(future).rejects.toThrow('enough')
    const aborted = mapReduce(['a'], countLetters!, sum, {
      pool,
      signal: AbortSignal.abort(new Error('before')),
    })
    await expect(aborted).rejects.toThrow('before')
  })

  test('at once for arguments that are wrong', () => {
    const refused = (inputs: unknown, map: unknown, reduce: unknown, options?: unknown) => () =>
      mapReduce(inputs as [], map as never, reduce as never, options as never)
    expect(refused(7, countLetters, sum, { pool })).toThrow('inputs must be iterable, got 7')
    expect(refused([], 7, sum)).toThrow('map must be a function, got 7')
    expect(refused([], countLetters, 7)).toThrow('reduce must be a function, got 7')
    expect(refused([], () => texts, sum)).toThrow(/texts/)
    expect(refused([], countLetters, sum, { pool: 7 })).toThrow('pool must be a Pool, got 7')
    expect(refused([], countLetters, sum, { pool, workers: 2 })).toThrow('give either pool or workers')
    expect(refused([], countLetters, sum, { workers: 0 })).toThrow('workers must be an integer of at least 1')
    expect(refused([], countLetters, sum, { pool, partWeight: 0 })).toThrow(
      'partWeight must be a number above 0',
    )
    expect(refused([], countLetters, sum, { pool, combine: 7 })).toThrow('combine must be a function, got 7')
    expect(refused([], countLetters, sum, { pool, signal: 7 })).toThrow(
      'signal must be an AbortSignal, got 7',
    )
  })
})
