import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { BoundedSemaphore, type Handle, OverReleaseError, Semaphore } from 'heddle'

function start(name: string, workerData: unknown): Worker {
  return new Worker(fileURLToPath(new URL(`../fixtures/sync/${name}`, import.meta.url)), { workerData })
}

const event = (worker: Worker, name: string): Promise<unknown> =>
  new Promise((resolve, reject) => worker.once(name, resolve).once('error', reject))

/** A worker that has taken `n` permits and given back `give`. */
async function taker(handle: Handle, n: number, give = 0): Promise<Worker> {
  const worker = start('takes.mjs', { handle, n, give })
  await event(worker, 'message')
  return worker
}

describe('permits of a thread that ends', () => {
  it.each(['terminate', 'exit'] as const)('come back and are counted (%s)', async (how) => {
    const semaphore = new Semaphore(5)
    const worker = await taker(semaphore.handle, 3)
    expect([semaphore.value, semaphore.inspect().holder]).toEqual([2, 'another thread (3)'])
    const wait = semaphore.acquire(5, { timeout: 5000 }).start()
    const end = event(worker, 'exit')
    if (how === 'terminate') void worker.terminate()
    else worker.postMessage('end')
    const held = await wait
    await end
    held.release()
    expect(semaphore.statistics()).toEqual({ value: 5, limit: 5, waiters: 0, abandoned: 3 })
    // The next thread has the same slot; what it takes and leaves is counted on.
    const next = await taker(semaphore.handle, 2)
    expect(semaphore.statistics()).toMatchObject({ value: 3, abandoned: 3 })
    await next.terminate()
    await semaphore.acquire(5, { timeout: 5000 })
    expect(semaphore.statistics()).toMatchObject({ value: 0, abandoned: 5 })
  })

  it('are those it has still out: what it gave back lowers its count', async () => {
    const semaphore = new Semaphore(5)
    const worker = await taker(semaphore.handle, 4, 3)
    expect(semaphore.value).toBe(4)
    await worker.terminate()
    await semaphore.acquire(5, { timeout: 5000 })
    expect(semaphore.statistics()).toMatchObject({ value: 0, abandoned: 1 })
  })

  it('stay given where it gave what others had taken', async () => {
    const semaphore = new Semaphore(2)
    semaphore.tryAcquire(2)
    const worker = await taker(semaphore.handle, 0, 2)
    expect(semaphore.value).toBe(2)
    await worker.terminate()
    await semaphore.acquire(2, { timeout: 5000 })
    expect(semaphore.statistics()).toMatchObject({ value: 0, abandoned: 0 })
  })

  it('make a BoundedSemaphore no wider when another thread had given them back already', async () => {
    const semaphore = new BoundedSemaphore(1)
    const worker = await taker(semaphore.handle, 1)
    semaphore.release()
    expect(semaphore.value).toBe(1)
    await worker.terminate()
    const held = await semaphore.acquire({ timeout: 5000 })
    expect([semaphore.value, semaphore.tryAcquire()]).toEqual([0, undefined])
    held.release()
    expect(semaphore.value).toBe(1)
    expect(() => semaphore.release()).toThrow(OverReleaseError)
  })
})

const WORKERS = 4
const LIMIT = 5
const [STOP, FAULTS, DONE] = [0, 1, 2]
const DOOMED = DONE + 2 * WORKERS

describe('permits among threads', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'are conserved exactly, threads killed at random points (seed %d)',
    async (seed) => {
      const semaphore = seed % 2 === 0 ? new Semaphore(LIMIT) : new BoundedSemaphore(LIMIT)
      const words = new Int32Array(new SharedArrayBuffer(4 * (DOOMED + WORKERS)))
      const workers = Array.from({ length: WORKERS }, (_, me) =>
        start('permits.mjs', {
          handle: semaphore.handle,
          words,
          me,
          workers: WORKERS,
          seed: seed * 7919 + me * 104_729,
          limit: LIMIT,
        }),
      )
      const ends = workers.map((worker) => event(worker, 'exit'))
      const until = async (me: number, rounds: number): Promise<void> => {
        while (Atomics.load(words, DONE + me) < rounds) await new Promise((done) => void setImmediate(done))
      }
      for (const me of [0, 1]) {
        await until(me, 100 + ((seed * 37 + me * 211) % 300))
        Atomics.store(words, DOOMED + me, 1)
        await workers[me]!.terminate()
      }
      for (const me of [2, 3]) await until(me, Atomics.load(words, DONE + me) + 100)
      Atomics.store(words, STOP, 1)
      await Promise.all(ends)
      expect(words[FAULTS]).toBe(0)
      const held = await semaphore.acquire(LIMIT, { timeout: 5000 })
      expect([held.count, semaphore.value]).toEqual([LIMIT, 0])
      held.release()
      expect(semaphore.statistics()).toMatchObject({ value: LIMIT, limit: LIMIT, waiters: 0 })
    },
  )
})
