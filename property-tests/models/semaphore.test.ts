/** Semaphores against a plain model: a number of permits, and a queue of requests that is served in order. */
import { expect, test } from 'vitest'
import { BoundedSemaphore, type Held, OverReleaseError, Semaphore } from '../../src/index.ts'
import { checkModel, type Step } from './steps.ts'

const LIMIT = 4

interface Wait {
  readonly n: number
  readonly abort: AbortController
  held: Held | undefined
  state: 'pending' | 'value' | 'error'
  expected: 'pending' | 'value' | 'error'
}

interface System {
  readonly semaphore: Semaphore | BoundedSemaphore
  readonly waits: Wait[]
  readonly out: Wait[]
  readonly queue: Wait[]
  free: number
  limit: number
}

function begin({ waits }: System, n: number): Wait {
  const abort = new AbortController()
  const wait: Wait = { n, abort, held: undefined, state: 'pending', expected: 'pending' }
  waits.push(wait)
  return wait
}

/** In order: whoever wants many is not overtaken. */
function serve(system: System): void {
  for (let next = system.queue[0]; next !== undefined && next.n <= system.free; next = system.queue[0]) {
    system.queue.shift()
    system.free -= next.n
    next.expected = 'value'
    system.out.push(next)
  }
}

/** Whether so many may come back. */
function fits({ semaphore, free, limit }: System, n: number): boolean {
  return !(semaphore instanceof BoundedSemaphore) || free + n <= limit
}

const steps: Record<string, Step<System>> = {
  acquire: (system, argument) => {
    const wait = begin(system, 1 + (argument % LIMIT))
    void system.semaphore.acquire(wait.n, { signal: wait.abort.signal }).then(
      (held) => {
        wait.state = 'value'
        wait.held = held
      },
      (): void => void (wait.state = 'error'),
    )
    system.queue.push(wait)
    serve(system)
    return wait.expected === 'value' ? 'acquire' : 'acquire later'
  },
  poll: (system, argument) => {
    const n = 1 + (argument % LIMIT)
    const wait = begin(system, n)
    void system.semaphore.acquire(n, { timeout: 0 }).then(
      (held) => {
        wait.state = 'value'
        wait.held = held
      },
      (): void => void (wait.state = 'error'),
    )
    const can = system.queue.length === 0 && n <= system.free
    wait.expected = can ? 'value' : 'error'
    if (!can) return 'poll refused'
    system.free -= n
    system.out.push(wait)
    return 'poll'
  },
  tryAcquire: (system, argument) => {
    const n = 1 + (argument % LIMIT)
    const held = system.semaphore.tryAcquire(n)
    const can = system.queue.length === 0 && n <= system.free
    expect(held !== undefined).toBe(can)
    if (!can) return 'tryAcquire refused'
    const wait = begin(system, n)
    wait.held = held
    wait.state = wait.expected = 'value'
    system.free -= n
    system.out.push(wait)
    return 'tryAcquire'
  },
  token: (system, argument) => {
    const [wait] = system.out.splice(argument % Math.max(1, system.out.length), 1)
    if (wait === undefined) return undefined
    if (!fits(system, wait.n)) {
      expect(() => wait.held!.release()).toThrow(OverReleaseError)
      return 'token refused'
    }
    wait.held!.release()
    wait.held!.release() // the second time does nothing
    system.free += wait.n
    serve(system)
    return 'token'
  },
  release: (system, argument) => {
    const n = 1 + (argument % 2)
    if (!fits(system, n)) {
      expect(() => system.semaphore.release(n)).toThrow(OverReleaseError)
      return 'release refused'
    }
    system.semaphore.release(n)
    system.free += n
    serve(system)
    return 'release'
  },
  resize: (system, argument) => {
    if (argument > LIMIT || system.semaphore instanceof BoundedSemaphore) return undefined
    system.semaphore.resize(argument)
    system.free += argument - system.limit
    system.limit = argument
    serve(system)
    return 'resize'
  },
  abort: (system, argument) => {
    const [wait] = system.queue.splice(argument % Math.max(1, system.queue.length), 1)
    if (wait === undefined) return undefined
    wait.abort.abort()
    wait.expected = 'error'
    serve(system)
    return 'abort'
  },
  cancelWaiters: (system, argument) => {
    if (argument > 1) return undefined
    system.semaphore.cancelWaiters()
    for (const wait of system.queue.splice(0)) wait.expected = 'error'
    return 'cancelWaiters'
  },
  share: ({ semaphore }) => {
    void semaphore.handle
    return 'share'
  },
}

test.each([
  ['Semaphore', Semaphore, 12],
  ['BoundedSemaphore', BoundedSemaphore, 13],
] as const)('%s does what a model of permits and a queue does', async (name, Kind, commands) => {
  const coverage = await checkModel<System>(
    name,
    (shared) => {
      const semaphore = new Kind(LIMIT)
      if (shared) void semaphore.handle
      return { semaphore, waits: [], out: [], queue: [], free: LIMIT, limit: LIMIT }
    },
    steps,
    ({ semaphore, waits, queue, free, limit }) => {
      expect(semaphore.statistics()).toEqual({ value: free, limit, waiters: queue.length, abandoned: 0 })
      for (const { state, expected } of waits) expect(state).toBe(expected)
    },
  )
  expect(coverage.size).toBe(commands)
})
