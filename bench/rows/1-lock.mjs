/** A lock that nobody else wants. */
import { Mutex as AsyncMutex } from 'async-mutex'
import { Effect, Semaphore as EffectSemaphore } from 'effect'
import { always, Lock, Procedure } from '../support/heddle.mjs'

export const subject = 'Lock, uncontended'

const shared = () => {
  const lock = new Lock()
  void lock.handle
  return lock
}

const barePair = () => {
  const words = new Int32Array(new SharedArrayBuffer(64))
  return {
    name: 'bare compareExchange + store',
    role: 'floor',
    run: (n) => {
      for (let i = 0; i < n; i++) {
        if (Atomics.compareExchange(words, 1, 0, 7) !== 0) throw new Error('taken')
        Atomics.store(words, 1, 0)
      }
    },
  }
}

const tried = (lock) => ({
  name: 'Heddle',
  role: 'heddle',
  run: (n) => {
    for (let i = 0; i < n; i++) {
      const held = lock.tryAcquire()
      held.release()
    }
  },
})

const awaited = (lock) => ({
  name: 'Heddle',
  role: 'heddle',
  run: async (n) => {
    for (let i = 0; i < n; i++) {
      const held = await lock.acquire()
      held.release()
    }
  },
})

const resolvedPromise = () => {
  const resolved = Promise.resolve(1)
  return {
    name: 'await of a resolved promise',
    role: 'floor',
    run: async (n) => {
      for (let i = 0; i < n; i++) await resolved
    },
  }
}

/** What any awaited object costs that is no promise: the engine calls its `then` in one microtask, and goes on in a third. */
const thenable = () => {
  const resolved = Promise.resolve()
  class Thenable {
    // oxlint-disable-next-line unicorn/no-thenable
    then(fulfilled) {
      return resolved.then(() => fulfilled(1))
    }
  }
  return {
    name: 'await of a minimal thenable',
    role: 'other',
    run: async (n) => {
      for (let i = 0; i < n; i++) await new Thenable()
    },
  }
}

const asyncMutex = () => {
  const mutex = new AsyncMutex()
  return {
    name: 'async-mutex',
    role: 'peer',
    run: async (n) => {
      for (let i = 0; i < n; i++) {
        const release = await mutex.acquire()
        release()
      }
    },
  }
}

/** It does not load on Node 20, which has no `navigator`; then it is left out. */
const threadMutex = async () => {
  const peer = await import('multithreading').catch(() => undefined)
  if (peer === undefined) return undefined
  const mutex = new peer.Mutex()
  return {
    name: 'multithreading Mutex',
    role: 'peer',
    run: async (n) => {
      for (let i = 0; i < n; i++) {
        const guard = await mutex.lock()
        guard.dispose()
      }
    },
  }
}

const effectSemaphore = () => {
  const once = EffectSemaphore.makeUnsafe(1).withPermit(Effect.void)
  return {
    name: 'effect Semaphore.withPermit',
    role: 'peer',
    run: (n) =>
      Effect.runPromise(
        Effect.gen(function* () {
          for (let i = 0; i < n; i++) yield* once
        }),
      ),
  }
}

const tasked = (lock) => ({
  name: 'Heddle',
  role: 'heddle',
  run: (n) =>
    new Procedure('bench', function* () {
      for (let i = 0; i < n; i++) {
        const held = yield* lock.acquire()
        held.release()
      }
    }).start(),
})

const bareStep = () => {
  const words = new Int32Array(new SharedArrayBuffer(64))
  return {
    name: 'bare pair + yield* always(x)',
    role: 'floor',
    run: (n) =>
      new Procedure('bench', function* () {
        for (let i = 0; i < n; i++) {
          if (Atomics.compareExchange(words, 1, 0, 7) !== 0) throw new Error('taken')
          yield* always(i)
          Atomics.store(words, 1, 0)
        }
      }).start(),
  }
}

const against = async (heddle) => {
  const all = [heddle, resolvedPromise(), thenable(), asyncMutex(), effectSemaphore(), await threadMutex()]
  return { contestants: all.filter(Boolean) }
}

const awaitGoals = [
  { atMost: 0.5, over: 'peer' },
  { atMost: 4, over: 'floor' },
]

export const rows = [
  {
    operation: 'tryAcquire + release, unshared',
    goals: [{ atMost: 1.5, over: 'floor' }],
    setup: () => ({ contestants: [tried(new Lock()), barePair()] }),
  },
  {
    operation: 'tryAcquire + release, shared',
    goals: [{ atMost: 1.5, over: 'floor' }],
    setup: () => ({ contestants: [tried(shared()), barePair()] }),
  },
  {
    operation: 'await acquire + release, unshared',
    goals: awaitGoals,
    setup: () => against(awaited(new Lock())),
  },
  {
    operation: 'await acquire + release, shared',
    goals: awaitGoals,
    setup: () => against(awaited(shared())),
  },
  {
    operation: 'yield* acquire + release in a task',
    goals: [
      { atMost: 1 / 3, over: 'peer' },
      { atMost: 2, over: 'floor' },
    ],
    setup: () => ({ contestants: [tasked(new Lock()), bareStep(), effectSemaphore()] }),
  },
]
