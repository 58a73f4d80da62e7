import { HeddleError, Lock, RejectedSubmissionError, WorkerDiedError } from 'heddle'
import { Pool, transfer } from 'heddle/threads'
import { describe, expect, test } from 'vitest'
import { functions, letGo, reaches, words } from './functions.ts'

const { add, describe: shown, echo, exits, fail, givesFunction, hold, late, plusOne } = functions
const { square, thread, throwsLater, uncloneable } = functions

describe('Pool', () => {
  test('map, starmap and apply give futures of the results', async () => {
    await using pool = new Pool({ workers: 2 })
    expect(pool.workerCount).toBe(2)
    expect(await pool.map(square, [1, 2, 3])).toEqual([1, 4, 9])
    expect(
      await pool.starmap(add, [
        [1, 2],
        [3, 4],
      ]),
    ).toEqual([3, 7])
    expect(await pool.apply(add, [1, 2])).toBe(3)
    expect(await pool.apply(echo)).toEqual([])
    expect(await pool.map(square, [])).toEqual([])
    expect(await pool.map((x: number) => x + 2, new Set([1, 2]))).toEqual([3, 4])
  })

  test.each([1, 2, 7, 100, 5000])('map over %i items of every kind', async (length) => {
    await using pool = new Pool({ workers: 2 })
    const items = Array.from({ length }, (_, i) => i)
    expect(await pool.map(plusOne, items)).toEqual(items.map((i) => i + 1))
    expect(await pool.map(plusOne, Float64Array.from(items))).toEqual(
      Float64Array.from(items.map((i) => i + 1)),
    )
    // Numbers in, something else out, from some item on.
    expect(await pool.map(shown, items)).toEqual(items.map((i) => (i === 3 ? 'three' : i)))
    const objects = items.map((i) => ({ i }))
    expect(await pool.map(echo, objects)).toEqual(objects)
    expect(await pool.map(echo, items, { chunkSize: 3 })).toEqual(items)
    expect(
      await pool.starmap(
        add,
        items.map((i) => [i, i] as const),
      ),
    ).toEqual(items.map((i) => 2 * i))
  })

  test('numbers keep what they are, and the given array is left alone', async () => {
    await using pool = new Pool({ workers: 1 })
    const odd = [Number.NaN, -0, Infinity, 2 ** 53, 0.1]
    expect(await pool.map(echo, odd)).toEqual(odd)
    const shared = new Float64Array(new SharedArrayBuffer(16)).fill(1)
    expect(await pool.map(plusOne, shared)).toEqual(Float64Array.of(2, 2))
    expect([...shared]).toEqual([1, 1])
  })

  test('map of async functions, of tasks, and of what waits only sometimes', async () => {
    await using pool = new Pool({ workers: 2 })
    expect(await pool.map(late, [5, 1, 3])).toEqual([5, 1, 3])
    expect(await pool.map(functions.asTask, [2, 1])).toEqual([2, 1])
    expect(await pool.map(late, [1, 1, 1, 1], { chunkSize: 4 })).toEqual([1, 1, 1, 1])
  })

  test('map fails with the exception, and the pool goes on', async () => {
    await using pool = new Pool({ workers: 2 })
    await expect(pool.map(fail, ['a'])).rejects.toThrow(new RangeError('a'))
    await expect(pool.map(functions.setsUpAtLast, [[]])).rejects.toThrow(TypeError)
    expect(await pool.map(square, [2])).toEqual([4])
  })

  test('map tells how far it is', async () => {
    await using pool = new Pool({ workers: 2 })
    const told: number[] = []
    const mapping = pool.map(square, [1, 2, 3, 4], {
      chunkSize: 1,
      onProgress: ({ done, total }) => told.push(done / total),
    })
    const seen: number[] = []
    for await (const { done } of mapping.progress()) seen.push(done)
    expect(await mapping).toEqual([1, 4, 9, 16])
    expect(told).toEqual([0.25, 0.5, 0.75, 1])
    expect(seen.at(-1)).toBe(4)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect([mapping.completed, mapping.total]).toEqual([4, 4])
    for await (const { done } of mapping.progress()) expect(done).toBe(4)
  })

  test('imap draws items as results are taken, endless ones too', async () => {
    await using pool = new Pool({ workers: 2 })
    let drawn = 0
    let closed = false
    const items = function* (): Generator<number> {
      try {
        for (;;) yield drawn++
      } finally {
        closed = true
      }
    }
    const results: unknown[] = []
    for await (const result of pool.imap(square, items(), { bufferSize: 4 })) {
      expect(drawn).toBeLessThanOrEqual(results.length + 5)
      if (results.push(result) === 20) break
    }
    expect(results).toEqual(Array.from({ length: 20 }, (_, i) => i * i))
    expect(closed).toBe(true)
  })

  test('imapUnordered gives each result as soon as it is there', async () => {
    await using pool = new Pool({ workers: 2 })
    const w = words()
    const results: unknown[] = []
    for await (const result of pool.imapUnordered(
      (word: Int32Array | number) => {
        if (typeof word !== 'number') Atomics.wait(word, 1, 0)
        return typeof word
      },
      [w, 1, 2],
    )) {
      results.push(result)
      if (results.length === 2) letGo(w)
    }
    expect(results).toEqual(['number', 'number', 'object'])
    const failing = pool.imapUnordered(fail, ['no', 'no'])
    await expect(failing.next()).rejects.toThrow('no')
    expect((await failing.next()).done).toBe(true)
  })

  test('imapUnordered is bounded, and leaving it cancels the rest', async () => {
    await using pool = new Pool({ workers: 1 })
    let drawn = 0
    const items = function* (): Generator<number> {
      for (;;) yield drawn++
    }
    for await (const _ of pool.imapUnordered(square, items(), { bufferSize: 3 })) {
      expect(drawn).toBeLessThanOrEqual(7)
      if (drawn > 5) break
    }
    const broken = pool.imapUnordered(
      square,
      (function* () {
        yield 2
        throw new Error('items')
      })(),
    )
    expect((await broken.next()).value).toBe(4)
    await expect(broken.next()).rejects.toThrow('items')
  })

  test('primitives, errors and moved buffers travel both ways', async () => {
    await using pool = new Pool({ workers: 1 })
    const lock = new Lock()
    const cause = new RangeError('cause')
    const [sameLock, error] = (await pool.apply(echo, [lock, new TypeError('e', { cause })])) as [Lock, Error]
    expect(sameLock).toBe(lock)
    expect(error).toBeInstanceOf(TypeError)
    expect(error.cause).toEqual(cause)
    const buffer = new ArrayBuffer(8)
    expect(await pool.apply(echo, [transfer(buffer)])).toHaveProperty('byteLength', 8)
    expect(buffer.byteLength).toBe(0)
    const other = new ArrayBuffer(8)
    await pool.apply(echo, [other], { transfer: [other] })
    expect(other.byteLength).toBe(0)
  })

  test('what cannot travel is refused, with the path to it', async () => {
    await using pool = new Pool({ workers: 1 })
    expect(() => pool.apply(echo, [{ f() {} }])).toThrow(/args\[0\]\.f is a function/)
    expect(() => pool.map(echo, [1, { f() {} }])).toThrow(/items\[1\]\.f is a function/)
    expect(() => pool.apply(echo, [pool])).toThrow(TypeError)
    await expect(pool.apply(uncloneable)).rejects.toThrow(/the result\.deep\[0\] is a WeakMap/)
    await expect(pool.apply(givesFunction)).rejects.toThrow(/the result\.f is a function/)
    const outer = 1
    expect(() => pool.map((x: number) => x + outer, [1])).toThrow(/outer/)
    expect(await pool.map(square, [3])).toEqual([9])
  })

  test('a worker that dies fails its call, and is replaced', async () => {
    await using pool = new Pool({ workers: 2 })
    const w = words()
    const other = pool.apply(hold, [w])
    await reaches(w, 0, 1)
    await expect(pool.apply(exits, [3])).rejects.toThrow(WorkerDiedError)
    await expect(pool.apply(exits, [3])).rejects.toThrow(/exited with status 3/)
    await expect(pool.apply(throwsLater)).rejects.toThrow(new RangeError('nobody catches this'))
    letGo(w)
    expect(await other).toBe('held')
    expect(await pool.map(square, [1, 2, 3])).toEqual([1, 4, 9])
    expect(pool.workerCount).toBe(2)
  })

  test('what a dead worker had not begun is made elsewhere', async () => {
    await using pool = new Pool({ workers: 1 })
    await pool.apply(square, [1])
    const futures = [1, 2, 3].map((x) => pool.apply(square, [x]))
    const dead = pool.apply(exits, [1])
    const more = [4, 5, 6].map((x) => pool.apply(square, [x]))
    await expect(dead).rejects.toThrow(WorkerDiedError)
    expect(await Promise.all([...futures, ...more])).toEqual([1, 4, 9, 16, 25, 36])
  })

  test('out of memory fails its call alone', async () => {
    await using pool = new Pool({ workers: 1, resourceLimits: { maxOldGenerationSizeMb: 24 } })
    const [before, dead, after] = [
      pool.apply(square, [2]),
      pool.apply(functions.memory),
      pool.apply(square, [3]),
    ]
    await expect(dead).rejects.toThrow(/out of memory/)
    expect(await before).toBe(4)
    expect(await after).toBe(9)
  })

  test('join waits for the end; terminate does not wait for calls', async () => {
    const pool = new Pool({ workers: 2 })
    expect(() => pool.join()).toThrow(HeddleError)
    const last = pool.map(square, [1, 2])
    pool.close()
    expect(() => pool.map(square, [1])).toThrow(RejectedSubmissionError)
    expect(() => pool.apply(square, [1])).toThrow(RejectedSubmissionError)
    await pool.join()
    expect(last.poll()).toEqual([1, 4])

    const other = new Pool({ workers: 1 })
    const w = words()
    const running = other.apply(functions.spins, [w])
    const waiting = other.apply(square, [1])
    await reaches(w, 0, 1)
    const gone = other.terminate()
    await expect(running).rejects.toThrow(WorkerDiedError)
    await expect(waiting).rejects.toHaveProperty('name', 'CancelledError')
    await gone
    expect(other.workerCount).toBe(0)
    await other.join()
  })

  test('a map that was begun is finished though the pool is closed', async () => {
    const pool = new Pool({ workers: 1 })
    const mapping = pool.map(square, [1, 2, 3, 4], { chunkSize: 1 })
    await pool[Symbol.asyncDispose]()
    expect(mapping.poll()).toEqual([1, 4, 9, 16])
  })

  test('calls of higher priority go first', async () => {
    await using pool = new Pool({ workers: 1 })
    const w = words()
    const order: string[] = []
    const held = pool.apply(hold, [w])
    await reaches(w, 0, 1)
    for (const [name, priority] of [
      ['low', -1],
      ['plain', 0],
      ['high', 1],
    ] as const)
      pool.apply(echo, [name], { priority }).addDoneCallback(() => order.push(name))
    letGo(w)
    await held
    await pool.executor.whenIdle()
    expect(order).toEqual(['high', 'plain', 'low'])
  })

  test('wrong options are named', () => {
    const make = (options: object) => () => new Pool(options)
    expect(make({ workers: 0 })).toThrow(/workers must be an integer of at least 1, got 0/)
    expect(make({ workers: 1, maxWorkers: 2 })).toThrow(/either workers, or/)
    expect(make({ minWorkers: 3, maxWorkers: 2 })).toThrow(/minWorkers must be at most maxWorkers/)
    expect(make({ workers: 1, initializer: 1 })).toThrow(/initializer must be a function/)
    expect(make({ workers: 1, initargs: 1 })).toThrow(/initargs must be an array/)
    expect(make({ workers: 1, grace: -1 })).toThrow(/grace must be zero or more milliseconds/)
    expect(make({ workers: 1, idleTimeout: 'x' })).toThrow(/idleTimeout/)
    expect(make({ workers: 1, growThreshold: 2 })).toThrow(/growThreshold must be above 0/)
    expect(make({ workers: 1, shrinkThreshold: 0.9 })).toThrow(/less than growThreshold/)
    expect(make({ workers: 1, maxTasksPerWorker: 0 })).toThrow(/maxTasksPerWorker/)
    expect(() => new Pool(1 as never)).toThrow(/options must be an object/)
  })

  test('wrong arguments are named', async () => {
    await using pool = new Pool({ workers: 1 })
    expect(() => pool.map(1 as never, [])).toThrow(/f must be a function, got 1/)
    expect(() => pool.map(square, 1 as never)).toThrow(/items must be iterable, got 1/)
    expect(() => pool.map(square, [1], { chunkSize: 0 })).toThrow(/chunkSize/)
    expect(() => pool.map(square, [1], { chunkSize: 2, timeout: 1 })).toThrow(/chunkSize must be 1/)
    expect(() => pool.apply(square, 1 as never)).toThrow(/args must be an array/)
    expect(() => pool.imap(square, [1], { bufferSize: 0 })).toThrow(/bufferSize/)
    expect(() => pool.imapUnordered(square, 1 as never)).toThrow(/items must be iterable/)
    expect(pool.statistics.executed).toBe(0)
  })

  test('the threads have names of their own, and differ', async () => {
    await using pool = new Pool({ workers: 2, name: 'workshop' })
    const w = words()
    const held = pool.apply(hold, [w])
    await reaches(w, 0, 1)
    const one = await pool.apply(thread)
    letGo(w)
    await held
    expect(one).toBeTypeOf('number')
    await expect(pool.apply(exits, [1])).rejects.toThrow(/workshop-worker-\d ended/)
  })
})
