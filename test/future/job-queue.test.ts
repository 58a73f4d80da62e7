/** The queue of jobs against a list that is sorted anew each time; and what cancelled jobs leave behind. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { Job, JobQueue, TaskExecutor } from '../../src/index.ts'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

async function collect(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    gc()
    await new Promise((resolve) => void setImmediate(resolve))
  }
}

const nothing = (): void => undefined

test('whatever is cancelled, and in what order: the rest comes by priority, first in, first out', () => {
  let seed = 1
  const random = (n: number): number => (seed = (seed * 48271) % 2147483647) % n
  for (let round = 0; round < 300; round++) {
    const out: Job[] = []
    const queue = new JobQueue((job) => {
      expect([queue.size, job.state, job.level]).toEqual([waiting.length, 'CANCELLED', null])
      out.push(job)
    })
    let waiting: Job[] = []
    const next = (): Job | undefined => waiting.toSorted((a, b) => b.priority - a.priority)[0]
    for (let step = 0; step < 60; step++) {
      const what = random(10)
      if (what < 6) {
        const job = new Job(nothing, [], random(7) - 3, step)
        waiting.push(job)
        queue.push(job)
      } else if (what < 9 && waiting.length > 0) {
        const job = waiting[random(waiting.length)]!
        waiting = waiting.filter((each) => each !== job)
        expect(job.cancel()).toBe(true)
        expect(out.pop()).toBe(job)
      } else {
        const job = next()
        waiting = waiting.filter((each) => each !== job)
        expect(queue.shift()).toBe(job)
      }
      expect(queue.size).toBe(waiting.length)
      expect(queue.head).toBe(next())
    }
    while (waiting.length > 0) {
      const job = next()
      waiting = waiting.filter((each) => each !== job)
      expect(queue.shift()).toBe(job)
    }
    expect(queue.shift()).toBe(undefined)
  }
})

test('cancelled jobs leave no memory with an executor that is paused', async () => {
  const executor = new TaskExecutor({ concurrency: 1 })
  executor.pause()
  void executor.submit(nothing)
  const cancelled = (jobs: number, priorities: number): void => {
    const futures = Array.from({ length: jobs }, (_, i) =>
      executor.with({ priority: i % priorities }).submit(nothing),
    )
    expect(executor.pendingCount).toBe(jobs + 1)
    for (const future of futures) future.cancel()
    expect(executor.pendingCount).toBe(1)
  }
  cancelled(100_000, 5000)
  await collect()
  const before = process.memoryUsage().heapUsed
  cancelled(100_000, 5000)
  await collect()
  expect((process.memoryUsage().heapUsed - before) / 100_000).toBeLessThan(3)
})
