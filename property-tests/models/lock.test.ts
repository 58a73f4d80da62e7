/** Lock against a plain model: one holding, and a queue. */
import { expect, test } from 'vitest'
import { choose, type Held, Lock, NotHeldError } from '../../src/index.ts'
import { checkModel, type Step } from './steps.ts'

interface Wait {
  readonly abort: AbortController
  held: Held | undefined
  state: 'pending' | 'value' | 'error'
  expected: 'pending' | 'value' | 'error'
}

interface System {
  readonly lock: Lock
  readonly waits: Wait[]
  readonly tokens: Held[]
  queue: Wait[]
  holder: Wait | undefined
}

function begin(system: System): Wait {
  const wait: Wait = { abort: new AbortController(), held: undefined, state: 'pending', expected: 'pending' }
  system.waits.push(wait)
  return wait
}

function follow({ tokens }: System, wait: Wait, outcome: PromiseLike<Held>): void {
  void outcome.then(
    (held) => {
      wait.state = 'value'
      wait.held = held
      tokens.push(held)
    },
    (): void => void (wait.state = 'error'),
  )
}

/** The holder gives it back: the first in the queue has it. */
function pass(system: System): void {
  system.holder = system.queue.shift()
  if (system.holder !== undefined) system.holder.expected = 'value'
}

function take(system: System, wait: Wait): boolean {
  if (system.holder !== undefined) return false
  system.holder = wait
  wait.expected = 'value'
  return true
}

const waiting =
  (verb: string, operation: (lock: Lock, wait: Wait) => PromiseLike<Held>): Step<System> =>
  (system) => {
    const wait = begin(system)
    follow(system, wait, operation(system.lock, wait))
    if (take(system, wait)) return verb
    system.queue.push(wait)
    return `${verb} later`
  }

const steps: Record<string, Step<System>> = {
  acquire: waiting('acquire', (lock, { abort }) => lock.acquire({ signal: abort.signal })),
  choose: waiting('choose', (lock, { abort }) =>
    choose([lock.acquire(), lock.acquire()], { signal: abort.signal }),
  ),
  poll: (system) => {
    const wait = begin(system)
    follow(system, wait, system.lock.acquire({ timeout: 0 }))
    if (take(system, wait)) return 'poll'
    wait.expected = 'error'
    return 'poll refused'
  },
  block: (system) => {
    const can = system.holder === undefined
    if (!can) {
      // Only this thread could release it, and it would sleep; between threads too.
      expect(() => system.lock.acquire().block()).toThrow('only this thread')
      return 'block refused'
    }
    const wait = begin(system)
    wait.held = system.lock.acquire().block()
    wait.state = 'value'
    system.tokens.push(wait.held)
    take(system, wait)
    return 'block'
  },
  tryAcquire: (system) => {
    const held = system.lock.tryAcquire()
    const can = system.holder === undefined
    expect(held !== undefined).toBe(can)
    if (!can) return 'tryAcquire refused'
    const wait = begin(system)
    wait.held = held
    wait.state = 'value'
    system.tokens.push(held!)
    take(system, wait)
    return 'tryAcquire'
  },
  release: (system) => {
    if (system.holder === undefined) {
      expect(() => system.lock.release()).toThrow(NotHeldError)
      return 'release refused'
    }
    system.lock.release()
    pass(system)
    return 'release'
  },
  token: (system, n) => {
    const token = system.tokens[n % Math.max(1, system.tokens.length)]
    if (token === undefined) return undefined
    token.release()
    if (token !== system.holder?.held) return 'stale token'
    pass(system)
    return 'token'
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
    system.lock.cancelWaiters()
    for (const wait of system.queue) wait.expected = 'error'
    system.queue = []
    return 'cancelWaiters'
  },
  share: ({ lock }) => {
    expect(Lock.attach(lock.handle)).toBe(lock)
    return 'share'
  },
}

test('does what a model of one holder and a queue does', async () => {
  const coverage = await checkModel<System>(
    'Lock',
    (shared) => {
      const lock = new Lock()
      if (shared) void lock.handle
      return { lock, waits: [], tokens: [], queue: [], holder: undefined }
    },
    steps,
    ({ lock, waits, queue, holder }) => {
      const { locked, waiters } = lock.statistics()
      expect(locked).toBe(holder !== undefined)
      expect(waiters > 0).toBe(queue.length > 0)
      for (const { state, expected } of waits) expect(state).toBe(expected)
    },
  )
  expect(coverage.size).toBe(17)
})
