/** Bounded concurrency in one loop, and futures in the order in which they are done. */
import fastq from 'fastq'
import pLimit from 'p-limit'
import PQueue from 'p-queue'
import { entry } from '../support/heddle.mjs'
import { linear } from '../support/linear.mjs'

const { asCompleted, Future, TaskExecutor, wait } = await entry('index')

export const subject = 'Futures'

const JOBS = 100_000
const CONCURRENCY = 10

let sum = 0
const job = async (value) => {
  sum += value
}

/** Runs all jobs; `submit` keeps what it is given for each, and `finish` waits for the end of all. */
const contestant = (name, role, make) => ({
  name,
  role,
  sample: async () => {
    const { submit, finish } = make()
    const kept = Array.from({ length: JOBS }, () => null)
    globalThis.gc()
    const start = performance.now()
    for (let i = 0; i < JOBS; i++) kept[i] = submit(i)
    await finish(kept)
    return ((performance.now() - start) * 1e6) / JOBS
  },
})

const all = (promises) => Promise.all(promises)

const heddle = (name, finish) =>
  contestant(name, 'heddle', () => {
    const executor = new TaskExecutor({ concurrency: CONCURRENCY })
    return { submit: (i) => executor.submit(job, i), finish: (futures) => finish(executor, futures) }
  })

const limited = () =>
  contestant('p-limit', 'peer', () => {
    const limit = pLimit(CONCURRENCY)
    return { submit: (i) => limit(job, i), finish: all }
  })

const pQueue = (finish) =>
  contestant('p-queue', 'p-queue', () => {
    const queue = new PQueue({ concurrency: CONCURRENCY })
    return { submit: (i) => queue.add(() => job(i)), finish: (promises) => finish(queue, promises) }
  })

const fast = (finish) =>
  contestant('fastq.promise', 'peer', () => {
    const queue = fastq.promise(job, CONCURRENCY)
    return { submit: (i) => queue.push(i), finish: (promises) => finish(queue, promises) }
  })

const goals = [
  { atMost: 1 / 3, over: 'p-queue' },
  { atMost: 1 / 2, over: 'fastq.promise' },
  { atMost: 1 / 2, over: 'p-limit' },
]

export const rows = [
  {
    operation: '10^5 jobs at concurrency 10, until idle',
    goals,
    setup: () => ({
      contestants: [
        heddle('Heddle', (executor) => executor.whenIdle()),
        pQueue((queue) => queue.onIdle()),
        fast((queue) => queue.drained()),
        limited(),
      ],
    }),
  },
  {
    operation: '10^5 jobs at concurrency 10, waiting for each outcome',
    goals,
    setup: () => ({
      contestants: [
        heddle('Heddle', (_, futures) => wait(futures)),
        pQueue((_, promises) => all(promises)),
        fast((_, promises) => all(promises)),
        limited(),
      ],
    }),
  },
  linear('asCompleted over n futures', (n) => {
    const futures = Array.from({ length: n }, () => new Future())
    return async () => {
      const completed = asCompleted(futures)
      for (let i = n; i-- > 0;) futures[i].setResult(i)
      let count = 0
      for await (const future of completed) if (future.done) count++
      if (count !== n) throw new Error(`asCompleted gave ${count} of ${n}`)
    }
  }),
]
