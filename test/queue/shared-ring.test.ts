import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { HandleError, SharedRing, TimeoutError } from 'heddle'

test.each([false, true])('gives what was written, in order, in bulk; shared: %s', async (shared) => {
  const ring = new SharedRing({ capacity: 5 })
  if (shared) void ring.handle
  const into = new Float64Array(4)
  expect(ring.tryRead(into)).toBe(0)
  let [written, read] = [0, 0]
  for (let round = 0; round < 200; round++) {
    const numbers = Float64Array.from({ length: round % 8 }, (_, i) => written + i + 0.5)
    const count = ring.tryWrite(round % 2 ? numbers : [...numbers])
    expect(count).toBe(Math.min(numbers.length, 5 - (written - read)))
    written += count
    expect(ring.size).toBe(written - read)
    const got = ring.tryRead(into)
    expect(got).toBe(Math.min(4, written - read))
    for (let i = 0; i < got; i++) expect(into[i]).toBe(read + i + 0.5)
    read += got
  }
})

test('its waits are operations', async () => {
  const ring = new SharedRing({ capacity: 2, type: 'Int16Array' })
  const into = new Int16Array(2)
  await expect(ring.read(into, { timeout: 0 })).rejects.toThrow(TimeoutError)
  const reading = ring.read(into).start()
  expect(await ring.write([1, 2, 3])).toBe(2)
  expect([await reading, ...into]).toEqual([2, 1, 2])
  await ring.write([4, 5])
  const writing = ring.write([6]).start()
  expect(ring.statistics()).toEqual({ size: 2, capacity: 2, readers: 0, writers: 1 })
  expect(ring.tryWrite([7])).toBe(0)
  expect(ring.read(into).block()).toBe(2)
  expect(await writing).toBe(1)
  const end = ring.write([1, 1, 1]).start()
  expect(await end).toBe(1)
  const cancelled = ring.write([1]).start()
  ring.cancelWaiters(new Error('enough'))
  await expect(cancelled).rejects.toThrow('enough')
})

test.each(['Float64Array', 'Float32Array', 'Int32Array', 'Uint32Array', 'Uint8Array'] as const)(
  '%s',
  (type) => {
    const ring = new SharedRing({ capacity: 3, type })
    const into = new globalThis[type](3)
    for (let round = 0; round < 5; round++) {
      ring.tryWrite([1, 250])
      expect(ring.tryRead(into as never)).toBe(2)
      expect([...into.subarray(0, 2)]).toEqual([1, 250])
    }
  },
)

test('refuses what is wrong', () => {
  expect(() => new SharedRing({ capacity: 0 })).toThrow(/capacity must be an integer from 1/)
  expect(() => new SharedRing({ capacity: 1, type: 'Array' as never })).toThrow(
    /type must be one of Float64Array/,
  )
  const ring = new SharedRing({ capacity: 1 })
  expect(() => ring.tryRead(new Float32Array(1) as never)).toThrow(/into must be a Float64Array/)
  expect(() => ring.tryWrite(1 as never)).toThrow(/numbers must be an array/)
  expect(() => structuredClone(ring)).toThrow(/send_the_handle/)
  expect(() => SharedRing.attach({ ...ring.handle, heddle: 'Lock' as never })).toThrow(HandleError)
  expect(SharedRing.attach(ring.handle)).toBe(ring)
})

test.each(['block', 'await', 'try'])('from a thread that writes by %s', async (way) => {
  const ring = new SharedRing({ capacity: 16 })
  const count = 20_000
  const file = fileURLToPath(new URL('../fixtures/queue/ring.mjs', import.meta.url))
  const worker = new Worker(file, { workerData: { handle: ring.handle, count, way } })
  const into = new Float64Array(13)
  let last = 0
  while (last < count) {
    const got = await ring.read(into, { timeout: 10_000 })
    for (let i = 0; i < got; i++) if (into[i] !== ++last) expect(into[i]).toBe(last)
  }
  expect(ring.size).toBe(0)
  await worker.terminate()
})
