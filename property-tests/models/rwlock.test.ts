/** RWLock against a plain model: who is in, and a queue in which neighbouring readers go together. */
import { expect, test } from 'vitest'
import { type Held, RWLock } from '../../src/index.ts'
import { checkModel, type Step } from './steps.ts'

type Kind = 'read' | 'write'

interface Wait {
  readonly kind: Kind
  readonly abort: AbortController
  held: Held | undefined
  state: 'pending' | 'value' | 'error'
  expected: 'pending' | 'value' | 'error'
}

interface System {
  readonly lock: RWLock
  readonly waits: Wait[]
  readonly inside: Wait[]
  readonly queue: Wait[]
}

function fits({ inside }: System, kind: Kind): boolean {
  return inside.length === 0 || (kind === 'read' && inside[0]!.kind === 'read')
}

function serve(system: System): void {
  for (let next = system.queue[0]; next !== undefined && fits(system, next.kind); next = system.queue[0]) {
    system.queue.shift()
    next.expected = 'value'
    system.inside.push(next)
  }
}

const begin =
  (kind: Kind): Step<System> =>
  (system) => {
    const abort = new AbortController()
    const wait: Wait = { kind, abort, held: undefined, state: 'pending', expected: 'pending' }
    system.waits.push(wait)
    void system.lock[kind]({ signal: abort.signal }).then(
      (held) => {
        wait.state = 'value'
        wait.held = held
      },
      (): void => void (wait.state = 'error'),
    )
    system.queue.push(wait)
    serve(system)
    return wait.expected === 'value' ? kind : `${kind} later`
  }

const tryIt =
  (kind: Kind): Step<System> =>
  (system) => {
    const held = kind === 'read' ? system.lock.tryRead() : system.lock.tryWrite()
    const can = system.queue.length === 0 && fits(system, kind)
    expect(held !== undefined).toBe(can)
    if (!can) return `try ${kind} refused`
    const wait: Wait = { kind, abort: new AbortController(), held, state: 'value', expected: 'value' }
    system.inside.push(wait)
    return `try ${kind}`
  }

const steps: Record<string, Step<System>> = {
  read: begin('read'),
  write: begin('write'),
  tryRead: tryIt('read'),
  tryWrite: tryIt('write'),
  release: (system, n) => {
    const [wait] = system.inside.splice(n % Math.max(1, system.inside.length), 1)
    if (wait === undefined) return undefined
    wait.held!.release()
    wait.held!.release() // the second time does nothing
    serve(system)
    return `release ${wait.kind}`
  },
  abort: (system, n) => {
    const [wait] = system.queue.splice(n % Math.max(1, system.queue.length), 1)
    if (wait === undefined) return undefined
    wait.abort.abort()
    wait.expected = 'error'
    serve(system)
    return `abort ${wait.kind}`
  },
  share: ({ lock }) => {
    expect(RWLock.attach(lock.handle)).toBe(lock)
    return 'share'
  },
}

test('does what a model with a queue does', async () => {
  const coverage = await checkModel<System>(
    'RWLock',
    (shared) => {
      const lock = new RWLock()
      if (shared) void lock.handle
      return { lock, waits: [], inside: [], queue: [] }
    },
    steps,
    ({ lock, waits, inside, queue }) => {
      expect(lock.statistics()).toEqual({
        writing: inside[0]?.kind === 'write',
        reading: inside[0]?.kind === 'read' ? inside.length : 0,
        waiters: queue.length,
      })
      for (const { state, expected } of waits) expect(state).toBe(expected)
    },
  )
  expect(coverage.size).toBe(13)
})
