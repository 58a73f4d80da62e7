import { describe, expect, test } from 'vitest'
import {
  attach,
  CodecError,
  HandleError,
  OverReleaseError,
  QueueShutDownError,
  run,
  select,
  SharedQueue,
  sleep,
  TimeoutError,
} from '../../src/index.ts'

type Options = ConstructorParameters<typeof SharedQueue<unknown>>[0]

/** Every test of what one thread sees runs before and after the queue was shared. */
describe.each([
  ['unshared', false, false],
  ['shared', true, false],
  ['unshared, redelivering', false, true],
  ['shared, redelivering', true, true],
])('%s', (_, isShared, redeliver) => {
  const make = <T>(options: Partial<Options> = {}): SharedQueue<T> => {
    const queue = new SharedQueue<T>({ capacity: 3, redeliver, ...(options as object) })
    if (isShared) void queue.handle
    return queue
  }

  test('gives what was put, in order, as copies', async () => {
    const queue = make<unknown>()
    const item = { id: 1, tags: ['a', 'b'], at: new Date(5) }
    await queue.put(item)
    expect(queue.tryPut('two')).toBe(true)
    expect(queue.size).toBe(2)
    const first = await queue.get()
    expect(first).toEqual(item)
    expect(first).not.toBe(item)
    expect(queue.tryGet()).toBe('two')
    expect(queue.tryGet()).toBeUndefined()
    expect(queue.tryGet('none')).toBe('none')
  })

  test('bounded by count: a full queue waits, in order', async () => {
    const queue = make<number>({ capacity: 2 })
    const puts = [1, 2, 3, 4].map((item) => queue.put(item).start())
    expect(queue.size).toBe(2)
    expect(queue.tryPut(9)).toBe(false)
    expect(queue.statistics().putters).toBe(2)
    const got = [await queue.get(), await queue.get(), await queue.get(), await queue.get()]
    expect(got).toEqual([1, 2, 3, 4])
    await Promise.all(puts)
  })

  test('bounded by bytes: what does not fit waits, what never fits is refused with both sizes', async () => {
    const queue = make<Uint8Array>({ capacity: 100, bytes: 10, codec: 'bytes' })
    await queue.put(new Uint8Array(6))
    const waiting = queue.put(new Uint8Array(5)).start()
    expect(queue.tryPut(new Uint8Array(1))).toBe(false) // behind who waits
    expect(queue.size).toBe(1)
    expect((await queue.get()).length).toBe(6)
    await waiting
    expect(queue.size).toBe(1)
    expect(() => queue.put(new Uint8Array(11))).toThrow(/item has 11 bytes, SharedQueue#\d+ holds 10 bytes/)
    expect(() => queue.tryPut(new Uint8Array(11))).toThrow(RangeError)
    expect(() => queue.putMany([new Uint8Array(6), new Uint8Array(5)])).toThrow(
      /10 bytes at most.*they have 11 bytes/,
    )
    expect(queue.size).toBe(1)
  })

  test('an item as large as the queue fits whenever it is empty', async () => {
    const queue = make<Uint8Array>({ capacity: 3, bytes: 100, codec: 'bytes' })
    for (const length of [1, 33, 100, 99, 98, 97, 100]) {
      const item = Uint8Array.from({ length }, (_, i) => i + length)
      await queue.put(item)
      expect(await queue.get()).toEqual(item)
      queue.taskDone()
    }
  })

  test('every length, around every end of the ring', async () => {
    const queue = make<Uint8Array>({ capacity: 4, bytes: 150, codec: 'bytes' })
    const expected: Uint8Array[] = []
    for (let i = 0; i < 500; i++) {
      const item = Uint8Array.from({ length: (i * 7) % 75 }, (_, j) => i + j)
      if (queue.tryPut(item)) expected.push(item)
      if (i % 2 === 0 || !queue.tryPut(new Uint8Array())) {
        expect(await queue.get()).toEqual(expected.shift())
        queue.taskDone()
      } else expected.push(new Uint8Array())
    }
  })

  test('numbers', async () => {
    const queue = make<number>({ codec: 'numbers', capacity: 1000 })
    const numbers = [0, -0, 1.5, NaN, -Infinity, 2 ** 53, 1e-320]
    await queue.putMany(numbers)
    expect(await queue.getMany(1000)).toStrictEqual(numbers)
    expect(() => queue.tryPut('1' as never)).toThrow(/item must be a number.*got "1"/)
    expect(() => queue.putMany([1, '2' as never])).toThrow(/items\[1\]/)
  })

  test('into a buffer of the caller', async () => {
    const queue = make<Uint8Array>({ codec: 'bytes' })
    await queue.putMany([new Uint8Array([1, 2, 3]), new Uint8Array(50).fill(7)])
    const buffer = new Uint8Array(4)
    expect(await queue.getInto(buffer)).toBe(3)
    expect(buffer).toEqual(new Uint8Array([1, 2, 3, 0]))
    await expect(queue.getInto(buffer)).rejects.toThrow(/50 bytes; it holds 4 bytes/)
    expect(() => queue.tryGetInto(buffer)).toThrow(RangeError)
    expect(queue.size).toBe(1)
    const large = new Uint8Array(64)
    expect(queue.tryGetInto(large)).toBe(50)
    expect(queue.tryGetInto(large)).toBeUndefined()
    expect(large.subarray(0, 51)).toEqual(new Uint8Array(51).fill(7, 0, 50))
    expect(() => make().getInto(large)).toThrow(/only a queue with codec 'bytes'/)
    expect(() => queue.getInto([] as never)).toThrow(/buffer must be a Uint8Array/)
  })

  test('putMany puts all together or none', async () => {
    const queue = make<number>()
    await queue.put(0)
    const many = queue.putMany([1, 2, 3]).start()
    expect(queue.size).toBe(1)
    expect(await queue.get()).toBe(0)
    await many
    expect(await queue.getMany(2)).toEqual([1, 2])
    expect(await queue.getMany(9)).toEqual([3])
    expect(() => queue.putMany([1, 2, 3, 4])).toThrow(RangeError)
    await queue.putMany([])
    expect(queue.size).toBe(0)
  })

  test('peek leaves the item there, and lets others look', async () => {
    const queue = make<number>()
    const [peeked, got] = [queue.peek().start(), queue.get().start()]
    queue.tryPut(1)
    expect([await peeked, await got]).toEqual([1, 1])
    expect(queue.size).toBe(0)
  })

  test('join waits until everything put is done', async () => {
    const queue = make<number>()
    await queue.join()
    await queue.putMany([1, 2])
    const joined = queue.join().start()
    await queue.getMany(2)
    queue.taskDone()
    expect(queue.statistics()).toMatchObject({ unfinished: 1, joiners: 1 })
    expect(() => queue.taskDone(2)).toThrow(OverReleaseError)
    expect(queue.statistics().unfinished).toBe(1)
    queue.taskDone()
    await joined
    expect(() => queue.taskDone()).toThrow(/called more often than items were put; 0 are unfinished/)
  })

  test('shutdown: puts throw, the rest is drained, then gets throw and iteration ends', async () => {
    const queue = make<number>({ capacity: 1 })
    await queue.put(1)
    const waiting = queue.put(2).start()
    queue.shutdown()
    queue.shutdown()
    await expect(waiting).rejects.toThrow(QueueShutDownError)
    expect(() => queue.tryPut(2)).toThrow(QueueShutDownError)
    await expect(queue.put(2)).rejects.toThrow(QueueShutDownError)
    expect(queue.isShutDown).toBe(true)
    const items: number[] = []
    for await (const item of queue) items.push(item)
    expect(items).toEqual([1])
    await expect(queue.get()).rejects.toThrow(/no item is left/)
    expect(() => queue.tryGet()).toThrow(QueueShutDownError)
    expect(await queue.next()).toEqual({ done: true, value: undefined })
    queue.taskDone()
    await queue.join()
  })

  test('shutdown wakes who waits for an item', async () => {
    const queue = make<number>()
    const [got, next] = [queue.get().start(), queue.next().start()]
    queue.shutdown()
    await expect(got).rejects.toThrow(QueueShutDownError)
    expect(await next).toEqual({ done: true, value: undefined })
  })

  test('an immediate shutdown drops what lies there; what was taken still holds join', async () => {
    const queue = make<number>()
    await queue.putMany([1, 2, 3])
    await queue.get()
    queue.shutdown({ immediate: true })
    expect(queue.statistics()).toMatchObject({ size: 0, unfinished: 1 })
    const joined = queue.join().start()
    queue.taskDone()
    await joined
    expect(() => queue.shutdown({ immediate: 1 as never })).toThrow(/immediate must be a boolean/)
  })

  test('clear drops and counts', async () => {
    const queue = make<number>({ capacity: 2 })
    await queue.putMany([1, 2])
    const waiting = queue.put(3).start()
    expect(queue.clear()).toBe(2)
    await waiting
    expect(queue.statistics()).toMatchObject({ size: 1, unfinished: 1 })
  })

  test('a wait that ends otherwise takes nothing', async () => {
    const queue = make<number>()
    await expect(queue.get({ timeout: 0 })).rejects.toThrow(TimeoutError)
    const abort = new AbortController()
    const got = queue.get({ signal: abort.signal }).start()
    abort.abort(new Error('enough'))
    await expect(got).rejects.toThrow('enough')
    const { key } = await select({ item: queue.get(), late: sleep(1) })
    expect(key).toBe('late')
    const cancelled = queue.get().start()
    queue.cancelWaiters(new Error('all'))
    await expect(cancelled).rejects.toThrow('all')
    queue.tryPut(1)
    expect(queue.size).toBe(1)
  })

  test('a choice between two queues takes from one', async () => {
    const [a, b] = [make<string>(), make<string>()]
    const chosen = select({ a: a.get(), b: b.get() }).start()
    b.tryPut('b')
    a.tryPut('a')
    expect(await chosen).toEqual({ key: 'b', value: 'b' })
    expect([a.size, b.size]).toEqual([1, 0])
  })

  test('by tasks', async () => {
    const queue = make<number>()
    await run(function* () {
      yield* queue.put(1)
      expect(yield* queue.get()).toBe(1)
    })
  })

  test('by block(), where it is ready', () => {
    const queue = make<number>()
    queue.put(1).block()
    expect(queue.get().block()).toBe(1)
  })

  test('as a stream', async () => {
    const queue = make<number>()
    await queue.putMany([1, 2])
    queue.shutdown()
    const items: number[] = []
    for await (const item of queue.toReadableStream() as never as AsyncIterable<number>) items.push(item)
    expect(items).toEqual([1, 2])
  })

  test('an item that cannot travel is refused with the path to it', () => {
    const queue = make<unknown>()
    expect(() => queue.put({ f: () => 1 })).toThrow(/value\.f is function f/)
    expect(queue.size).toBe(0)
  })

  test('a codec of ones own, whose bytes may be written over', async () => {
    const bytes = new Uint8Array(1)
    const codec = {
      encode: (value: number) => (bytes.fill(value), bytes),
      decode: (coded: Uint8Array) => coded[0]!,
    }
    const queue = make<number>({ codec: codec as never })
    await queue.putMany([1, 2, 3])
    expect(await queue.getMany(3)).toEqual([1, 2, 3])
  })

  test('bytes that its codec cannot read are an error for who takes them', async () => {
    const codec = {
      encode: () => new Uint8Array(1),
      decode: () => {
        throw new CodecError('damaged')
      },
    }
    const queue = make({ capacity: 1, codec })
    await queue.put(1)
    const waiting = queue.put(2).start()
    await expect(queue.get()).rejects.toThrow(CodecError)
    await waiting // what was taken, was taken
    const got = queue.get().start()
    await expect(got).rejects.toThrow(CodecError)
  })

  test('survives being shared with items, waiters and unfinished work', async () => {
    const queue = make<number>({ capacity: 2 })
    await queue.putMany([1, 2])
    expect(await queue.get()).toBe(1)
    await queue.put(3)
    const [put, join] = [queue.put(4).start(), queue.join().start()]
    const other = SharedQueue.attach<number>(queue.handle)
    expect(other).toBe(queue)
    expect(await queue.get()).toBe(2)
    await put
    expect(await queue.getMany(9)).toEqual([3, 4])
    queue.taskDone(4)
    await join
    expect(queue.statistics()).toMatchObject({ unfinished: 0, lost: 0, redelivered: 0 })
  })

  test('posting it by mistake fails', () => {
    expect(() => structuredClone(make())).toThrow(/send_the_handle/)
  })

  test('tells what it is', () => {
    const queue = make()
    const waiting = queue.get().start()
    expect(queue.inspect()).toMatchObject({ kind: 'SharedQueue' })
    expect(queue.inspect().waiters.length).toBe(1)
    queue.cancelWaiters()
    return expect(waiting).rejects.toThrow(/waiting for SharedQueue#\d+ was cancelled/)
  })
})

describe('arguments', () => {
  test.each<[unknown, RegExp]>([
    [undefined, /options must be an object \{ capacity/],
    [{}, /capacity must be an integer of at least 1/],
    [{ capacity: 0 }, /capacity must be at least 1, got 0/],
    [{ capacity: Infinity }, /capacity must be an integer from 1/],
    [{ capacity: 1, bytes: 0 }, /bytes must be an integer from 1/],
    [{ capacity: 1, codec: 'json' }, /codec must be 'structured', 'bytes', 'numbers'/],
    [{ capacity: 1, redeliver: 1 }, /redeliver must be a boolean/],
    [{ capacity: 1, onAbandoned: 1 }, /onAbandoned must be a function/],
  ])('%j', (options, message) => {
    expect(() => new SharedQueue(options as never)).toThrow(message)
  })

  test('a codec of ones own has to be given where it is attached', () => {
    const codec = { encode: () => new Uint8Array(1), decode: () => 1 }
    const queue = new SharedQueue({ capacity: 1, codec })
    const copy = { ...queue.handle, memory: copyOf(queue.handle.memory) }
    expect(() => SharedQueue.attach(copy)).toThrow(/give it to SharedQueue.attach\(handle, \{ codec \}\)/)
    expect(() => attach(copy)).toThrow(HandleError)
    expect(() => SharedQueue.attach(copy, { codec: 'bytes' })).toThrow(/not the one that .* made with/)
    expect(SharedQueue.attach(copy, { codec }).capacity).toBe(1)
  })

  test('a damaged handle is refused', () => {
    const { handle } = new SharedQueue({ capacity: 1 })
    const words = new Int32Array(copyOf(handle.memory))
    const own = words.indexOf(0x4864_7132)
    for (const [at, value] of [
      [own, 1],
      [own + 1, 0],
      [own + 1, 2],
      [own + 2, -1],
      [own + 4, 7],
    ] as const) {
      const damaged = words.slice()
      damaged[at] = value
      const memory = new SharedArrayBuffer(damaged.byteLength)
      new Int32Array(memory).set(damaged)
      expect(() => SharedQueue.attach({ ...handle, memory })).toThrow(HandleError)
    }
  })
})

/** The same words under another name, as if it were another queue. */
function copyOf(memory: SharedArrayBuffer): SharedArrayBuffer {
  const copy = new SharedArrayBuffer(memory.byteLength)
  const words = new Int32Array(copy)
  words.set(new Int32Array(memory))
  words[4] = words[4]! ^ 1
  return copy
}
