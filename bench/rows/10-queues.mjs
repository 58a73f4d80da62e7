/** Queues in one thread: one task, two tasks, two async functions, and a choice between four of them. */
import { Effect, Fiber, Queue as EffectQueue } from 'effect'
import fastq from 'fastq'
import PQueue from 'p-queue'
import { always, entry } from '../support/heddle.mjs'

const { choose, Queue, run, select, spawn, yieldNow } = await entry('index')

export const subject = 'Queue, in one thread'

const CAPACITY = 64

const pairs = () => {
  const queue = new Queue(CAPACITY)
  return {
    name: 'Heddle',
    role: 'heddle',
    run: (n) =>
      run(function* () {
        for (let i = 0; i < n; i++) {
          yield* queue.put(i)
          yield* queue.get()
        }
      }),
  }
}

const twoAlways = {
  name: 'two yield* of always',
  role: 'floor',
  run: (n) =>
    run(function* () {
      for (let i = 0; i < n; i++) {
        yield* always(i)
        yield* always(i)
      }
    }),
}

const effectPairs = {
  name: 'effect Queue',
  role: 'peer',
  run: (n) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const queue = yield* EffectQueue.bounded(CAPACITY)
        for (let i = 0; i < n; i++) {
          yield* EffectQueue.offer(queue, i)
          yield* EffectQueue.take(queue)
        }
      }),
    ),
}

const tasks = () => ({
  name: 'Heddle',
  role: 'heddle',
  run: (n) =>
    run(function* () {
      const queue = new Queue(CAPACITY)
      spawn(function* () {
        for (let i = 0; i < n; i++) yield* queue.put(i)
      })
      for (let i = 0; i < n; i++) yield* queue.get()
    }),
})

const fibers = {
  name: 'effect Queue, two fibers',
  role: 'peer',
  run: (n) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const queue = yield* EffectQueue.bounded(CAPACITY)
        const producer = yield* Effect.forkChild(
          Effect.gen(function* () {
            for (let i = 0; i < n; i++) yield* EffectQueue.offer(queue, i)
          }),
        )
        for (let i = 0; i < n; i++) yield* EffectQueue.take(queue)
        yield* Fiber.join(producer)
      }),
    ),
}

let sum = 0

const asyncFunctions = () => ({
  name: 'Heddle',
  role: 'heddle',
  run: (n) => {
    const queue = new Queue(CAPACITY)
    const produce = async () => {
      for (let i = 0; i < n; i++) await queue.put(i)
    }
    const consume = async () => {
      for (let i = 0; i < n; i++) sum += await queue.get()
    }
    return Promise.all([produce(), consume()])
  },
})

const consume = async (item) => {
  sum += item
}

/** One consumer; the producer waits for it whenever the queue is full. */
const fastqPromise = {
  name: 'fastq, promises',
  role: 'peer',
  run: async (n) => {
    const queue = fastq.promise(consume, 1)
    for (let i = 0; i < n; i++) {
      void queue.push(i)
      if (queue.length() >= CAPACITY) await queue.drained()
    }
    await queue.drained()
  },
}

const pQueue = {
  name: 'p-queue',
  role: 'peer',
  run: async (n) => {
    const queue = new PQueue({ concurrency: 1 })
    for (let i = 0; i < n; i++) {
      void queue.add(() => consume(i))
      if (queue.size >= CAPACITY) await queue.onSizeLessThan(CAPACITY)
    }
    await queue.onIdle()
  },
}

const ARMS = 4
const HELD = 50_000

/** Takes what lies there already: only the taking is timed. */
const taken = (name, role, take) => ({
  name,
  role,
  sample: async () => {
    const queues = Array.from({ length: ARMS }, () => new Queue())
    for (let i = 0; i < HELD; i++) for (const queue of queues) queue.tryPut(i)
    globalThis.gc?.({ type: 'minor' })
    const start = performance.now()
    await run(() => take(queues))
    return ((performance.now() - start) * 1e6) / HELD
  },
})

const fourOf = ([a, b, c, d]) => select({ a: a.get(), b: b.get(), c: c.get(), d: d.get() })

const selected = taken('Heddle, select', 'heddle', function* (queues) {
  for (let i = 0; i < HELD; i++) yield* fourOf(queues)
})

const chosen = taken('choose, without names', 'other', function* ([a, b, c, d]) {
  for (let i = 0; i < HELD; i++) yield* choose([a.get(), b.get(), c.get(), d.get()])
})

const got = taken('one get', 'floor', function* ([queue]) {
  for (let i = 0; i < HELD; i++) yield* queue.get()
})

/** Every take waits first: whoever produces puts one item at a time, in turns, and gives up its own turn. */
const waited = (name, role, take) => ({
  name,
  role,
  run: (n) =>
    run(function* () {
      const queues = Array.from({ length: ARMS }, () => new Queue())
      const consumer = spawn(function* () {
        for (let i = 0; i < n; i++) yield* take(queues, i)
      })
      for (let i = 0; i < n; i++) {
        yield* yieldNow()
        queues[i % ARMS].tryPut(i)
      }
      yield* consumer
    }),
})

const selectWaits = waited('Heddle, select', 'heddle', fourOf)
const getWaits = waited('one get', 'floor', (queues, i) => queues[i % ARMS].get())

export const rows = [
  {
    operation: 'put and get in one task',
    goals: [
      { atMost: 1 / 5, over: 'effect Queue' },
      { atMost: 2.5, over: 'floor' },
    ],
    setup: () => ({ contestants: [pairs(), twoAlways, effectPairs] }),
  },
  {
    operation: `a producer and a consumer task, capacity ${CAPACITY}`,
    goals: [{ atMost: 1 / 10, over: 'peer' }],
    setup: () => ({ contestants: [tasks(), fibers] }),
  },
  {
    operation: `a producer and a consumer async function, capacity ${CAPACITY}`,
    goals: [{ atMost: 1 / 3, over: 'peer' }],
    setup: () => ({ contestants: [asyncFunctions(), fastqPromise, pQueue, fibers] }),
  },
  {
    operation: 'select over 4 queues that hold items',
    goals: [{ atMost: 3, over: 'floor' }],
    setup: () => ({ contestants: [selected, got, chosen] }),
  },
  {
    operation: 'select over 4 empty queues, which waits',
    goals: [{ atMost: 3, over: 'floor' }],
    setup: () => ({ contestants: [selectWaits, getWaits] }),
  },
]
