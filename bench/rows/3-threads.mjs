/** Two threads that want the same lock, and the time a wake-up takes. */
import { Lock } from '../support/heddle.mjs'
import { work } from '../support/contend.mjs'
import { twoThreads } from '../support/two-threads.mjs'

export const subject = 'Two threads'

const module = (name) => new URL(`../support/${name}.mjs`, import.meta.url).href

/** How long a contended block lasts, in milliseconds. */
const BLOCK = 100
/** How many times a block of ping-pong goes there and back. */
const STEPS = 500
/** The same before anything is measured, so that the compiler is done with both sides. */
const WARM_UP = 10_000

/** Turns of `work` that last 100 ns. */
function turnsFor(nanoseconds) {
  const words = new Int32Array(1)
  const turns = 1000
  let best = Infinity
  for (let i = 0; i < 2000; i++) {
    const start = performance.now()
    for (let j = 0; j < 10; j++) work(words, turns)
    best = Math.min(best, (performance.now() - start) * 1e5)
  }
  return Math.round((nanoseconds / best) * turns)
}

const contended = async () => {
  const lock = new Lock()
  const words = new Int32Array(new SharedArrayBuffer(256))
  const turns = turnsFor(100)
  const pair = await twoThreads(module('contend'), { handle: lock.handle, words, turns })
  const sample = (name) => async () => {
    const counts = await pair.run(name, BLOCK)
    const sum = counts[0] + counts[1]
    const shares = counts.map((count) => `${Math.round((100 * count) / sum)} %`)
    return { value: (BLOCK * 1e6) / sum, note: `shares ${shares.join(' and ')}` }
  }
  const contestants = [
    { name: 'Heddle', role: 'heddle', sample: sample('heddle') },
    { name: 'futex of three states', role: 'floor', sample: sample('futex') },
  ]
  for (const { sample } of contestants) await sample()
  return { contestants, close: pair.close }
}

/** `rest` is for how many milliseconds each side is busy before it hands over; it is not counted. */
const handOver = (heddle, bare, name, rest) => async () => {
  const locks = [new Lock(), new Lock(), new Lock()]
  const words = new Int32Array(new SharedArrayBuffer(256))
  const handles = locks.map(({ handle }) => handle)
  const pair = await twoThreads(module('hand-over'), { handles, words })
  const sample = (routine) => async () => {
    const [time] = await pair.run(routine, { steps: STEPS, rest })
    return (time / STEPS - 2 * rest) * 1000
  }
  const contestants = [
    { name: 'Heddle', role: 'heddle', sample: sample(heddle) },
    { name, role: 'floor', sample: sample(bare) },
  ]
  for (const routine of [heddle, bare, heddle]) await pair.run(routine, { steps: WARM_UP, rest: 0 })
  return { contestants, close: pair.close }
}

export const rows = [
  {
    operation: 'block() on a critical section of 100 ns',
    goals: [{ atMost: 2, over: 'floor' }],
    setup: contended,
  },
  {
    operation: 'wake-up of block(), there and back, each side asleep',
    unit: 'µs',
    goals: [{ atMost: 1.2, over: 'floor' }],
    setup: handOver('blockHeddle', 'blockBare', 'bare wait/notify', 0.1),
  },
  {
    operation: 'hand-over by block(), there and back, at once',
    unit: 'µs',
    goals: [],
    setup: handOver('blockHeddle', 'blockBare', 'bare wait/notify', 0),
  },
  {
    operation: 'wake-up of an event loop, there and back',
    unit: 'µs',
    goals: [{ atMost: 1.2, over: 'floor' }],
    setup: handOver('loopHeddle', 'loopBare', 'bare waitAsync', 0),
  },
]
