/** Many waiters of one lock in one thread. */
import { Mutex as AsyncMutex } from 'async-mutex'
import { Effect, Semaphore as EffectSemaphore } from 'effect'
import { Lock, Procedure } from '../support/heddle.mjs'
import { linear } from '../support/linear.mjs'

export const subject = 'Lock, contended in one thread'

const FUNCTIONS = 100

const heddle = (inside) => {
  const lock = new Lock()
  return {
    name: 'Heddle',
    role: 'heddle',
    run: (n) => {
      const one = async () => {
        for (let i = 0; i < n / FUNCTIONS; i++) {
          const held = await lock.acquire()
          if (inside) await undefined
          held.release()
        }
      }
      return Promise.all(Array.from({ length: FUNCTIONS }, one))
    },
  }
}

const asyncMutex = (inside) => {
  const mutex = new AsyncMutex()
  return {
    name: 'async-mutex',
    role: 'peer',
    run: (n) => {
      const one = async () => {
        for (let i = 0; i < n / FUNCTIONS; i++) {
          const release = await mutex.acquire()
          if (inside) await undefined
          release()
        }
      }
      return Promise.all(Array.from({ length: FUNCTIONS }, one))
    },
  }
}

const effectSemaphore = () => {
  const once = EffectSemaphore.makeUnsafe(1).withPermit(Effect.void)
  return {
    name: 'effect Semaphore.withPermit',
    role: 'other',
    run: (n) => {
      const one = Effect.gen(function* () {
        for (let i = 0; i < n / FUNCTIONS; i++) yield* once
      })
      return Effect.runPromise(
        Effect.all(
          Array.from({ length: FUNCTIONS }, () => one),
          { concurrency: 'unbounded', discard: true },
        ),
      )
    },
  }
}

export const rows = [
  {
    operation: '100 async functions',
    goals: [{ atMost: 1 / 5, over: 'async-mutex' }],
    setup: () => ({ contestants: [heddle(false), asyncMutex(false), effectSemaphore()] }),
  },
  {
    operation: '100 async functions, an await while it is held',
    goals: [],
    setup: () => ({ contestants: [heddle(true), asyncMutex(true)] }),
  },
  linear('park n waiters, then serve them', (n) => {
    const lock = new Lock()
    return async () => {
      const first = lock.tryAcquire()
      let served = 0
      for (let i = 0; i < n; i++)
        lock.acquire().then((held) => {
          served++
          held.release()
        })
      first.release()
      while (served < n) await undefined
    }
  }),
  linear('park n waiters, then withdraw them from the middle', (n) => {
    const lock = new Lock()
    lock.tryAcquire()
    return () =>
      new Procedure('bench', function* () {
        const waits = Array.from({ length: n }, () => lock.acquire()[Symbol.iterator]())
        for (const wait of waits) wait.next()
        for (let i = 0; i < n; i++) waits[(i + (n >> 1)) % n].return()
      }).start()
  }),
]
