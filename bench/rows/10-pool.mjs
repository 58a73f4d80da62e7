/** Pools of two threads: many tiny calls, one at a time, arrays of numbers, calls of a millisecond, the start. */
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { Tinypool } from 'tinypool'
import workerpool from 'workerpool'
import { entry } from '../support/heddle.mjs'
import { millisecond, plusOne } from '../support/pool/calls.mjs'

const { Pool } = await entry('threads')

export const subject = 'Pools'

const file = (name) => new URL(`../support/pool/${name}.mjs`, import.meta.url)
const BURST = 20_000
const SINGLE = 2_000
const NUMBERS = 1_000_000

const makers = {
  Heddle: () => {
    const pool = new Pool({ workers: 2 })
    const { executor } = pool
    return { role: 'heddle', call: (i) => executor.submit(plusOne, i), close: () => pool.terminate() }
  },
  piscina: () => {
    const pool = new Piscina({ filename: file('peer').href, minThreads: 2, maxThreads: 2 })
    return { role: 'peer', call: (i) => pool.run(i), close: () => pool.destroy() }
  },
  tinypool: () => {
    const pool = new Tinypool({ filename: file('peer').href, minThreads: 2, maxThreads: 2 })
    return { role: 'peer', call: (i) => pool.run(i), close: () => pool.destroy() }
  },
  workerpool: () => {
    const pool = workerpool.pool(fileURLToPath(file('workerpool')), {
      minWorkers: 2,
      maxWorkers: 2,
      workerType: 'thread',
    })
    return { role: 'peer', call: (i) => pool.exec('plusOne', [i]), close: () => pool.terminate(true) }
  },
}

/** Sends all at once, and waits for each. */
async function burst(call, count) {
  const pending = []
  for (let i = 0; i < count; i++) pending.push(call(i))
  let sum = 0
  for (const each of pending) sum += await each
  if (sum !== (count * (count + 1)) / 2) throw new Error(`the sum is ${sum}`)
}

const pools = async (count, act, names = Object.keys(makers)) => {
  const made = names.map((name) => ({ name, ...makers[name]() }))
  const contestants = made.map(({ name, role, call }) => ({
    name,
    role,
    sample: async () => {
      globalThis.gc()
      const start = performance.now()
      await act(call, count)
      return ((performance.now() - start) * 1000) / count
    },
  }))
  for (const { sample } of contestants) for (let i = 0; i < 5; i++) await sample()
  return { contestants, close: () => Promise.all(made.map(({ close }) => close())) }
}

async function singly(call, count) {
  for (let i = 0; i < count; i++) await call(i)
}

function bareWorker() {
  const worker = new Worker(file('bare'))
  let resolve
  worker.on('message', (message) => resolve(message))
  const call = (message, transfer) =>
    new Promise((done) => {
      resolve = done
      worker.postMessage(message, transfer)
    })
  return { worker, call }
}

const roundTrip = async () => {
  const { contestants, close } = await pools(SINGLE, singly)
  const { worker, call } = bareWorker()
  const sample = async () => {
    const start = performance.now()
    await singly(call, SINGLE)
    return ((performance.now() - start) * 1000) / SINGLE
  }
  for (let i = 0; i < 5; i++) await sample()
  contestants.push({ name: 'bare postMessage', role: 'floor', sample })
  return { contestants, close: () => Promise.all([close(), worker.terminate()]) }
}

const timed = async (act) => {
  globalThis.gc()
  const start = performance.now()
  await act()
  return performance.now() - start
}

const numbers = (typed) => async () => {
  const pool = new Pool({ workers: 2 })
  const bare = [bareWorker(), bareWorker()]
  const peers = ['piscina', 'tinypool'].map((name) => ({ name, ...makers[name]() }))
  const items = Float64Array.from({ length: NUMBERS }, (_, i) => i)
  const given = typed ? items : Array.from(items)
  const halves = async () => {
    const parts = [items.slice(0, NUMBERS / 2), items.slice(NUMBERS / 2)]
    await Promise.all(parts.map((part, i) => bare[i].call(part, [part.buffer])))
  }
  const contestants = [
    { name: 'Heddle, map', role: 'heddle', sample: () => timed(() => pool.map(plusOne, given)) },
    { name: 'two bare workers, half each', role: 'floor', sample: () => timed(halves) },
    // A tenth of the items: all of them at once take gigabytes.
    ...peers.map(({ name, call }) => ({
      name: `${name}, a call an item`,
      role: 'peer',
      sample: async () => 10 * (await timed(() => burst(call, NUMBERS / 10))),
    })),
  ]
  for (const { sample } of contestants.slice(0, 2)) for (let i = 0; i < 5; i++) await sample()
  const close = () =>
    Promise.all([
      pool.terminate(),
      ...bare.map(({ worker }) => worker.terminate()),
      ...peers.map((p) => p.close()),
    ])
  return { contestants, close }
}

const milliseconds = async () => {
  const pool = new Pool({ workers: 2 })
  const items = Array.from({ length: 2000 }, (_, i) => i)
  await pool.map(millisecond, items.slice(0, 20))
  const contestants = [
    {
      name: 'Heddle, map on 2 threads',
      role: 'heddle',
      sample: () => timed(() => pool.map(millisecond, items)),
    },
    { name: 'one thread', role: 'floor', sample: () => timed(async () => items.forEach(millisecond)) },
  ]
  return { contestants, close: () => pool.terminate() }
}

const start = async () => {
  const heddle = async () => {
    const pool = new Pool({ workers: 2 })
    const time = await timed(() => pool.apply(plusOne, [1]))
    await pool.terminate()
    return time
  }
  const bare = async () => {
    let workers
    const time = await timed(async () => {
      workers = [new Worker(file('bare')), new Worker(file('bare'))]
      workers[0].postMessage(1)
      await once(workers[0], 'message')
    })
    await Promise.all(workers.map((worker) => worker.terminate()))
    return time
  }
  return {
    contestants: [
      { name: 'Heddle', role: 'heddle', sample: () => heddle() },
      { name: 'two bare workers', role: 'floor', sample: () => bare() },
    ],
  }
}

export const rows = [
  {
    operation: '2·10^4 tiny calls at once, a call',
    unit: 'µs',
    goals: [{ atMost: 1 / 3, over: 'peer' }],
    setup: () => pools(BURST, burst),
  },
  {
    operation: 'one call at a time',
    unit: 'µs',
    goals: [{ atMost: 1.3, over: 'floor' }],
    setup: roundTrip,
  },
  {
    operation: 'map of x => x + 1 over an array of 10^6 numbers',
    unit: 'ms',
    goals: [
      { atMost: 1.5, over: 'floor' },
      { atMost: 1 / 20, over: 'peer' },
    ],
    setup: numbers(false),
  },
  {
    operation: 'the same over a Float64Array',
    unit: 'ms',
    goals: [{ atMost: 1.5, over: 'floor' }],
    setup: numbers(true),
  },
  {
    operation: 'map of a function of 1 ms over 2,000 items',
    unit: 'ms',
    goals: [{ atMost: 1 / 1.9, over: 'floor' }],
    setup: milliseconds,
  },
  {
    operation: 'start of a pool of 2 until its first result',
    unit: 'ms',
    goals: [{ atMost: 1.3, over: 'floor' }],
    setup: start,
  },
]
