/** Queues between two threads, beside a MessagePort and a copy of memory. */
import { Worker } from 'node:worker_threads'
import { entry } from '../support/heddle.mjs'
import { twoThreads } from '../support/two-threads.mjs'

const { SharedQueue, SharedRing } = await entry('index')

export const subject = 'Queues between threads'

const module = new URL('../support/shared-queue.mjs', import.meta.url).href
const COUNT = 20_000

/** The routine of ours, and those of others; a goal as a ratio to the first of them. */
function row(operation, routine, { message, floor, goals }) {
  return {
    operation,
    unit: 'ns',
    goals,
    async setup() {
      const queues = [
        new SharedQueue({ capacity: 1_000 }),
        new SharedQueue({ capacity: 10_000, codec: 'numbers' }),
        new SharedQueue({ capacity: 1_000, codec: 'bytes' }),
        new SharedRing({ capacity: 128 * 256 }),
      ]
      const handles = queues.map(({ handle }) => handle)
      const pair = await twoThreads(module, { handles })
      const sample = (name) => async () => ((await pair.run(name, COUNT))[0] * 1e6) / COUNT
      const port = message === undefined ? undefined : posting(message)
      const contestants = [
        { name: 'Heddle', role: 'heddle', sample: sample(routine) },
        ...(port === undefined ? [] : [{ name: 'MessagePort', role: 'peer', sample: port.sample }]),
        ...(floor === undefined ? [] : [{ name: 'memcpy, twice', role: 'floor', sample: () => floor() }]),
      ]
      for (const { sample } of contestants) await sample()
      return {
        contestants,
        close: () => {
          void port?.close()
          return pair.close()
        },
      }
    },
  }
}

/** Nanoseconds to copy `bytes` into shared memory and out again, with two atomic operations. */
function copying(bytes) {
  const [from, to] = [new Uint8Array(bytes), new Uint8Array(bytes)]
  const shared = new Uint8Array(new SharedArrayBuffer(bytes))
  const word = new Int32Array(new SharedArrayBuffer(4))
  return () => {
    const start = performance.now()
    for (let i = 0; i < COUNT; i++) {
      shared.set(from)
      Atomics.add(word, 0, 1)
      to.set(shared)
      Atomics.add(word, 0, -1)
    }
    return ((performance.now() - start) * 1e6) / COUNT
  }
}

/** A MessagePort that sends `message` one by one. */
function posting(message) {
  const code = `const { parentPort } = require('node:worker_threads')
    parentPort.on('message', ({ message, n }) => { for (let i = 0; i < n; i++) parentPort.postMessage(message) })`
  const worker = new Worker(code, { eval: true })
  const sample = () =>
    new Promise((resolve) => {
      const start = performance.now()
      let left = COUNT
      worker.on('message', function told() {
        if (--left > 0) return
        worker.off('message', told)
        resolve(((performance.now() - start) * 1e6) / COUNT)
      })
      worker.postMessage({ message, n: COUNT })
    })
  return { sample, close: () => worker.terminate() }
}

const OBJECT = { id: 1, name: 'a name', tags: ['one', 'two'], ok: true }

export const rows = [
  row('SharedQueue: a small object', 'objects', {
    message: OBJECT,
    goals: [{ atMost: 1 / 1.5, over: 'MessagePort' }],
  }),
  row('SharedQueue: numbers, 500 at once', 'numbers', {
    message: 0.5,
    goals: [{ atMost: 0.1, over: 'MessagePort' }],
  }),
  row('SharedQueue: 1 kB into a buffer', 'bytes', {
    floor: copying(1024),
    goals: [{ atMost: 3, over: 'floor' }],
  }),
  row('SharedRing: Float64 in blocks of 128', 'ring', {
    floor: copying(1024),
    goals: [{ atMost: 1.5, over: 'floor' }],
  }),
]
