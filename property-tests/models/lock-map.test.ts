/** LockMap against a plain model: for each key a holder and a queue, and nothing where nobody holds. */
import { expect, test } from 'vitest'
import { choose, type Held, LockMap } from '../../src/index.ts'
import { checkModel, type Step } from './steps.ts'

interface Wait {
  /** Two keys: whichever comes first. */
  readonly keys: readonly number[]
  readonly abort: AbortController
  held: Held | undefined
  state: 'pending' | 'value' | 'error'
  expected: 'pending' | 'value' | 'error'
}

interface System {
  readonly map: LockMap<number>
  readonly waits: Wait[]
  readonly holders: Map<number, Wait>
  /** All that wait, the eldest first. */
  queue: Wait[]
}

function begin({ waits }: System, ...keys: number[]): Wait {
  const abort = new AbortController()
  const wait: Wait = { keys, abort, held: undefined, state: 'pending', expected: 'pending' }
  waits.push(wait)
  return wait
}

function follow(wait: Wait, outcome: PromiseLike<Held>): void {
  void outcome.then(
    (held) => {
      wait.state = 'value'
      wait.held = held
    },
    (): void => void (wait.state = 'error'),
  )
}

function take({ holders }: System, key: number, wait: Wait): void {
  holders.set(key, wait)
  wait.expected = 'value'
}

function pass(system: System, key: number): void {
  const next = system.queue.find(({ keys }) => keys.includes(key))
  if (next === undefined) {
    system.holders.delete(key)
    return
  }
  system.queue = system.queue.filter((wait) => wait !== next)
  take(system, key, next)
}

const steps: Record<string, Step<System>> = {
  acquire: (system, n) => {
    const key = n % 3
    const wait = begin(system, key)
    follow(wait, system.map.acquire(key, { signal: wait.abort.signal }))
    if (system.holders.has(key)) {
      system.queue.push(wait)
      return 'acquire later'
    }
    take(system, key, wait)
    return 'acquire'
  },
  choose: (system, n) => {
    const keys = [n % 3, (n + 1) % 3]
    // Which of two free keys it takes is its own affair.
    if (keys.every((key) => !system.holders.has(key))) return undefined
    const wait = begin(system, ...keys)
    const arms = keys.map((key) => system.map.acquire(key))
    follow(wait, choose(arms, { signal: wait.abort.signal }))
    const free = keys.find((key) => !system.holders.has(key))
    if (free === undefined) {
      system.queue.push(wait)
      return 'choose later'
    }
    take(system, free, wait)
    return 'choose'
  },
  poll: (system, n) => {
    const key = n % 3
    const wait = begin(system, key)
    follow(wait, system.map.acquire(key, { timeout: 0 }))
    if (system.holders.has(key)) {
      wait.expected = 'error'
      return 'poll refused'
    }
    take(system, key, wait)
    return 'poll'
  },
  tryAcquire: (system, n) => {
    const key = n % 3
    const held = system.map.tryAcquire(key)
    expect(held === undefined).toBe(system.holders.has(key))
    if (held === undefined) return 'tryAcquire refused'
    const wait = begin(system, key)
    wait.held = held
    wait.state = 'value'
    take(system, key, wait)
    return 'tryAcquire'
  },
  release: (system, n) => {
    const [key, wait] = [...system.holders][n % Math.max(1, system.holders.size)] ?? []
    if (key === undefined) return undefined
    wait!.held!.release()
    wait!.held!.release() // the second time does nothing
    pass(system, key)
    return 'release'
  },
  abort: (system, n) => {
    const [wait] = system.queue.splice(n % Math.max(1, system.queue.length), 1)
    if (wait === undefined) return undefined
    wait.abort.abort()
    wait.expected = 'error'
    return 'abort'
  },
  cancelWaiters: (system, n) => {
    if (n > 1) return undefined
    system.map.cancelWaiters()
    for (const wait of system.queue) wait.expected = 'error'
    system.queue = []
    return 'cancelWaiters'
  },
}

test('does what a model of holders and queues does', async () => {
  const coverage = await checkModel<System>(
    'LockMap',
    () => ({ map: new LockMap(), waits: [], holders: new Map(), queue: [] }),
    steps,
    ({ map, waits, holders, queue }) => {
      expect(map.size).toBe(holders.size)
      expect([0, 1, 2].map((key) => map.locked(key))).toEqual([0, 1, 2].map((key) => holders.has(key)))
      expect(map.statistics().waiters > 0).toBe(queue.length > 0)
      for (const { state, expected } of waits) expect(state).toBe(expected)
    },
  )
  expect(coverage.size).toBe(11)
})
