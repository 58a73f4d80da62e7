/** RLock against a plain model: one owner, a depth, and a queue. */
import { expect, test } from 'vitest'
import { type Held, NotHeldError, NotOwnerError, RLock } from '../../src/index.ts'
import { checkModel, type Step } from './steps.ts'

interface Wait {
  readonly owner: number
  readonly abort: AbortController
  state: 'pending' | 'value' | 'error'
  expected: 'pending' | 'value' | 'error'
}

interface System {
  readonly rlock: RLock
  readonly waits: Wait[]
  queue: Wait[]
  owner: number | undefined
  depth: number
}

function take(system: System, owner: number): void {
  system.owner = owner
  system.depth++
}

/** The next owner gets it, with all its waits. */
function pass(system: System): void {
  const owner = system.queue[0]?.owner
  system.owner = owner
  if (owner === undefined) return
  for (const wait of system.queue.filter((wait) => wait.owner === owner)) {
    wait.expected = 'value'
    system.depth++
  }
  system.queue = system.queue.filter((wait) => wait.owner !== owner)
}

const steps: Record<string, Step<System>> = {
  acquire: (system, n) => {
    const owner = n % 3
    const wait: Wait = { owner, abort: new AbortController(), state: 'pending', expected: 'pending' }
    system.waits.push(wait)
    void system.rlock.acquire({ owner, signal: wait.abort.signal }).then(
      (): void => void (wait.state = 'value'),
      (): void => void (wait.state = 'error'),
    )
    if (system.owner === owner || (system.owner === undefined && system.queue.length === 0)) {
      wait.expected = 'value'
      const again = system.owner === owner
      take(system, owner)
      return again ? 'acquire again' : 'acquire'
    }
    system.queue.push(wait)
    return 'acquire later'
  },
  tryAcquire: (system, n) => {
    const owner = n % 3
    const held: Held | undefined = system.rlock.tryAcquire({ owner })
    const can = system.owner === owner || system.owner === undefined
    expect(held !== undefined).toBe(can)
    if (can) take(system, owner)
    return can ? 'tryAcquire' : 'tryAcquire refused'
  },
  release: (system, n) => {
    const owner = n % 3
    if (system.owner !== owner) {
      expect(() => system.rlock.release(owner)).toThrow(
        system.owner === undefined ? NotHeldError : NotOwnerError,
      )
      return 'release refused'
    }
    system.rlock.release(owner)
    if (--system.depth === 0) pass(system)
    return 'release'
  },
  abort: (system, n) => {
    const wait = system.queue[n % Math.max(1, system.queue.length)]
    if (wait === undefined) return undefined
    wait.abort.abort()
    wait.expected = 'error'
    system.queue = system.queue.filter((other) => other !== wait)
    return 'abort'
  },
  share: ({ rlock }) => {
    expect(RLock.attach(rlock.handle)).toBe(rlock)
    return 'share'
  },
}

test('does what a model of one owner, a depth and a queue does', async () => {
  const coverage = await checkModel<System>(
    'RLock',
    (shared) => {
      const rlock = new RLock()
      if (shared) void rlock.handle
      return { rlock, waits: [], queue: [], owner: undefined, depth: 0 }
    },
    steps,
    ({ rlock, waits, queue, owner, depth }) => {
      expect(rlock.statistics()).toEqual({ locked: owner !== undefined, depth, waiters: queue.length })
      expect([0, 1, 2].filter((one) => rlock.isOwned(one))).toEqual(owner === undefined ? [] : [owner])
      for (const { state, expected } of waits) expect(state).toBe(expected)
    },
  )
  expect(coverage.size).toBe(9)
})
