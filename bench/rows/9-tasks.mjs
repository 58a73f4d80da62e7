/** Tasks: a switch, a spawn with its join, a million that are parked, cancellation, and how late the host's timers are. */
import { setImmediate } from 'node:timers/promises'
import { Effect, Fiber } from 'effect'
import { action, run as runEffection } from 'effection'
import { entry } from '../support/heddle.mjs'
import { linear } from '../support/linear.mjs'

const { Event, run, sleep, spawn, yieldNow } = await entry('index')

export const subject = 'Tasks'

const generator = (function* () {
  for (;;) yield undefined
})()

const switches = [
  {
    name: 'Heddle',
    role: 'heddle',
    run: (n) =>
      run(function* () {
        for (let i = 0; i < n; i++) yield* yieldNow()
      }),
  },
  {
    name: 'bare generator step',
    role: 'floor',
    run: (n) => {
      for (let i = 0; i < n; i++) generator.next()
    },
  },
  {
    name: 'effect, yieldNow',
    role: 'peer',
    run: (n) =>
      Effect.runPromise(
        Effect.gen(function* () {
          for (let i = 0; i < n; i++) yield* Effect.yieldNow
        }),
      ),
  },
  {
    name: 'effection, action',
    role: 'peer',
    run: (n) =>
      runEffection(function* () {
        for (let i = 0; i < n; i++)
          yield* action((resolve) => {
            resolve()
            return () => {}
          })
      }),
  },
]

const one = function* () {
  return 1
}

const joins = [
  {
    name: 'Heddle',
    role: 'heddle',
    run: (n) =>
      run(function* () {
        for (let i = 0; i < n; i++) yield* spawn(one)
      }),
  },
  {
    name: 'effect, forkChild and join',
    role: 'peer',
    run: (n) =>
      Effect.runPromise(
        Effect.gen(function* () {
          for (let i = 0; i < n; i++) yield* Fiber.join(yield* Effect.forkChild(Effect.succeed(1)))
        }),
      ),
  },
]

/** Spawns n tasks that wait for one event; `parked` is awaited while all wait, then all are woken and joined. */
const parkAll = (n, parked) =>
  run(function* () {
    const event = new Event()
    const body = function* () {
      yield* event.wait()
    }
    const start = performance.now()
    for (let i = 0; i < n; i++) spawn(body)
    while (event.statistics().waiters < n) yield* yieldNow()
    const waiting = performance.now()
    yield* parked()
    const woken = performance.now()
    event.set()
    yield* yieldNow()
    const over = performance.now()
    return { spawn: waiting - start, wake: over - woken }
  })

function used() {
  for (let i = 0; i < 3; i++) globalThis.gc()
  return process.memoryUsage().heapUsed
}

const MILLION = 1_000_000

/** Bytes on the heap for each of a million parked tasks, all included. */
async function bytesParked() {
  await setImmediate()
  const before = used()
  let after = 0
  const { spawn, wake } = await parkAll(MILLION, function* () {
    after = used()
  })
  const each = (ms) => `${Math.round((ms * 1e6) / MILLION)} ns`
  return {
    value: (after - before) / MILLION,
    note: `spawn and park ${each(spawn)}, wake and end ${each(wake)}`,
  }
}

/** The same for what a parked task cannot do without: its suspended generators. */
async function bytesOf(make) {
  const kept = Array.from({ length: MILLION }, () => null)
  const before = used()
  for (let i = 0; i < MILLION; i++) kept[i] = make()
  const bytes = (used() - before) / MILLION
  kept.fill(null)
  await setImmediate()
  return bytes
}

const waits = function* () {
  yield* quiet
}

const shut = new Event()
const suspended = { done: false, value: undefined }
const silent = { next: () => suspended }
const quiet = { [Symbol.iterator]: () => silent }

const parts = [
  { name: 'Heddle', role: 'heddle', sample: bytesParked },
  {
    name: 'of it the suspended generator',
    role: 'other',
    sample: () =>
      bytesOf(() => {
        const it = waits()
        it.next()
        return it
      }),
  },
  { name: 'of it the operation', role: 'other', sample: () => bytesOf(() => shut.wait()) },
  {
    name: 'of it the operation and its wait',
    role: 'other',
    sample: () => bytesOf(() => shut.wait()[Symbol.iterator]()),
  },
]

/** How late a host timer of 5 ms is at the worst, while ten tasks give up their turn for 300 ms on end. */
async function worstLateness() {
  let over = false
  let worst = 0
  const tick = (due) => {
    worst = Math.max(worst, performance.now() - due)
    if (!over) setTimeout(tick, 5, performance.now() + 5)
  }
  setTimeout(tick, 5, performance.now() + 5)
  await run(function* () {
    for (let i = 0; i < 10; i++)
      spawn(function* () {
        for (;;) yield* yieldNow()
      })
    yield* sleep(300)
  })
  over = true
  await sleep(10)
  return worst
}

export const rows = [
  {
    operation: 'task switch',
    goals: [
      { atMost: 8, over: 'floor' },
      { atMost: 1 / 15, over: 'effect, yieldNow' },
      { atMost: 1 / 15, over: 'effection, action' },
    ],
    setup: () => ({ contestants: switches }),
  },
  {
    operation: 'spawn and join',
    goals: [{ atMost: 1 / 10, over: 'peer' }],
    setup: () => ({ contestants: joins }),
  },
  {
    operation: 'a parked task, of 10^6',
    unit: 'B',
    goals: [{ atMost: 700 }],
    setup: () => ({ contestants: parts }),
  },
  linear(
    'spawn n tasks that wait for one event, wake and end them',
    (n) => () => parkAll(n, function* () {}),
    100_000,
  ),
  linear('cancel n parked tasks', async (n) => {
    const event = new Event()
    const tasks = Array.from({ length: n }, () =>
      spawn(function* () {
        yield* event.wait()
      }),
    )
    while (event.statistics().waiters < n) await setImmediate()
    return async () => {
      for (const task of tasks) task.cancel()
      await tasks[n - 1].join().then(undefined, () => {})
    }
  }),
  {
    operation: 'the worst lateness of a host timer beside busy tasks',
    unit: 'ms',
    goals: [{ atMost: 10 }],
    setup: () => ({ contestants: [{ name: 'Heddle', role: 'heddle', sample: worstLateness }] }),
  },
]
