/** What is on the heap for each of 10^5 objects. */
import { heapOf } from '../support/heap.mjs'
import { Lock, Procedure } from '../support/heddle.mjs'

export const subject = 'Heap'

const heddle = (sample) => ({ name: 'Heddle', role: 'heddle', sample })

/** A task's wait that costs the task nothing: what a waiting generator weighs by itself. */
const suspended = { done: false, value: { suspended: true } }
const silent = { next: () => suspended }
const quiet = { [Symbol.iterator]: () => silent }

/** Generators that wait inside one running task, which keeps them. */
const tasks = (waiting) => (kept) => {
  const body = function* () {
    return yield* waiting()
  }
  void new Procedure('bench', function* () {
    for (let i = 0; i < kept.length; i++) {
      kept[i] = body()
      kept[i].next()
    }
  }).start()
}

const functions = (waiting) => (kept) => {
  const one = async () => await waiting()
  for (let i = 0; i < kept.length; i++) kept[i] = one()
}

/** A lock that is held, and acquired for nobody else. */
const heldLock = () => {
  const lock = new Lock()
  lock.tryAcquire()
  return lock
}

const parked = (waiters, bare) => async () => {
  let lock = heldLock()
  const all = await heapOf((kept) => {
    waiters(() => lock.acquire())(kept)
    return lock
  })
  lock = undefined
  const alone = await heapOf(waiters(bare))
  return { value: all - alone, note: `of ${Math.round(all)} in all` }
}

export const rows = [
  {
    operation: 'idle, unshared Lock',
    unit: 'bytes',
    goals: [{ atMost: 128 }],
    setup: () => ({
      contestants: [
        heddle(() =>
          heapOf((kept) => {
            for (let i = 0; i < kept.length; i++) kept[i] = new Lock()
          }),
        ),
      ],
    }),
  },
  {
    operation: 'parked task waiter, its generator aside',
    unit: 'bytes',
    goals: [{ atMost: 150 }],
    setup: () => ({ contestants: [heddle(parked(tasks, () => quiet))] }),
  },
  {
    operation: 'parked promise waiter, its async function aside',
    unit: 'bytes',
    goals: [{ atMost: 400 }],
    setup: () => {
      const pending = new Promise(() => {})
      return { contestants: [heddle(parked(functions, () => pending))] }
    },
  },
]
