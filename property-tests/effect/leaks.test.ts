/** 10^5 interrupted waits leave nothing behind: the statistics are zero, and the heap is as it was. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Effect } from 'effect'
import { expect, test } from 'vitest'
import { toEffect, withLock, withPermits } from '../../src/effect/index.ts'
import { Event, Lock, Queue, Semaphore } from '../../src/index.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

async function heapUsed(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collect()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return process.memoryUsage().heapUsed
}

test('10^5 interrupted waits', async () => {
  const [lock, semaphore, queue, event] = [new Lock(), new Semaphore(1), new Queue<number>(), new Event()]
  const shared = new Lock()
  void shared.handle
  const held = [lock.tryAcquire()!, shared.tryAcquire()!, semaphore.tryAcquire()!]
  const waits = [
    withLock(lock, Effect.void),
    withLock(shared, Effect.void, { timeout: 1_000_000 }),
    withPermits(semaphore, 1, Effect.void),
    toEffect(queue.get()),
    toEffect(event.wait({ timeout: 1_000_000 })),
  ]
  const counts = (): number[] => [
    lock.statistics().waiters,
    shared.statistics().waiters,
    semaphore.statistics().waiters,
    queue.statistics().getters,
    event.statistics().waiters,
  ]
  const interrupted = (times: number): void => {
    for (let i = 0; i < times; i += 100 * waits.length) {
      const fibers = waits.flatMap((wait) => Array.from({ length: 100 }, () => Effect.runFork(wait)))
      expect(counts()).toEqual([100, 100, 100, 100, 100])
      for (const fiber of fibers) fiber.interruptUnsafe()
      expect(counts()).toEqual([0, 0, 0, 0, 0])
    }
  }
  interrupted(10_000)
  const before = await heapUsed()
  interrupted(100_000)
  expect((await heapUsed()) - before).toBeLessThan(2_000_000)
  for (const each of held) each.release()
  expect([lock.locked, shared.locked, semaphore.value]).toEqual([false, false, 1])
})
