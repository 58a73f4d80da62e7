/** Condition against a plain model: who holds the lock, who queues for it, who waits to be told. */
import { expect, test } from 'vitest'
import { Condition, type Held, Lock, RLock } from '../../src/index.ts'
import { checkModel, type Step } from './steps.ts'

/** One async flow: takes the lock, waits, and holds the lock until it is told to leave. */
interface Flow {
  readonly abort: AbortController
  leave: () => void
  state: 'before' | 'waits' | 'woken' | 'aborted' | 'gone'
  expected: Flow['state']
}

interface Queued {
  readonly flow: Flow | 'outsider'
  readonly as: Flow['state']
}

interface System {
  readonly condition: Condition
  readonly owner: object
  readonly flows: Flow[]
  queue: Queued[]
  waiting: Flow[]
  holder: Flow | 'outsider' | undefined
  /** The token of code that only holds the lock and notifies. */
  outsider: Held | undefined
}

function acquire({ condition }: System, owner: object): PromiseLike<Held> {
  return condition.lock instanceof RLock ? condition.lock.acquire({ owner }) : condition.lock.acquire()
}

async function live(system: System, flow: Flow): Promise<void> {
  const owner = {}
  using held = await acquire(system, owner)
  const again = system.condition.lock instanceof RLock ? await acquire(system, owner) : undefined
  flow.state = 'waits'
  try {
    await system.condition.wait({ signal: flow.abort.signal, owner })
    flow.state = 'woken'
  } catch {
    flow.state = 'aborted'
  }
  if (system.condition.lock instanceof RLock) expect(system.condition.lock.depth).toBe(2)
  await new Promise<void>((leave) => (flow.leave = leave))
  again?.release()
  held.release()
  flow.state = 'gone'
}

/** The lock goes to whoever queues first; who has just come waits at once. */
function advance(system: System): void {
  while (system.holder === undefined && system.queue.length > 0) {
    const { flow, as } = system.queue.shift()!
    if (flow !== 'outsider') flow.expected = as
    if (as === 'waits') system.waiting.push(flow as Flow)
    else system.holder = flow
  }
}

const steps: Record<string, Step<System>> = {
  begin: (system) => {
    const flow: Flow = { abort: new AbortController(), leave: () => {}, state: 'before', expected: 'before' }
    system.flows.push(flow)
    void live(system, flow)
    system.queue.push({ flow, as: 'waits' })
    advance(system)
    return 'begin'
  },
  hold: (system) => {
    if (system.holder === 'outsider' || system.queue.some(({ flow }) => flow === 'outsider')) return undefined
    void acquire(system, system.owner).then((held): void => void (system.outsider = held))
    system.queue.push({ flow: 'outsider', as: 'gone' })
    advance(system)
    return 'hold'
  },
  notify: (system, n) => {
    const { condition, holder, owner } = system
    if (holder === undefined) {
      expect(() => condition.notify(1, { owner })).toThrow(/nobody holds it/)
      return 'notify refused'
    }
    if (holder !== 'outsider') return undefined
    if (n === 7) condition.notifyAll({ owner })
    else condition.notify(n + 1, { owner })
    const woken = system.waiting.splice(0, n === 7 ? Infinity : n + 1)
    system.queue.push(...woken.map((flow): Queued => ({ flow, as: 'woken' })))
    return n === 7 ? 'notify all' : woken.length === 0 ? 'notify nobody' : 'notify'
  },
  abort: (system, n) => {
    const [flow] = system.waiting.splice(n % Math.max(1, system.waiting.length), 1)
    if (flow === undefined) return undefined
    flow.abort.abort()
    system.queue.push({ flow, as: 'aborted' })
    advance(system)
    return 'abort'
  },
  leave: (system) => {
    const { holder } = system
    if (holder === undefined) return undefined
    if (holder === 'outsider') system.outsider!.release()
    else {
      holder.leave()
      holder.expected = 'gone'
    }
    system.holder = undefined
    advance(system)
    return holder === 'outsider' ? 'outsider leaves' : 'flow leaves'
  },
  share: ({ condition }) => {
    expect(Condition.attach(condition.handle)).toBe(condition)
    return 'share'
  },
}

test.each([
  ['Lock', () => new Lock()],
  ['RLock', () => new RLock()],
] as const)('on a %s does what a model with two queues does', async (name, lock) => {
  const coverage = await checkModel<System>(
    `Condition on ${name}`,
    (shared) => {
      const condition = new Condition(lock())
      if (shared) void condition.handle
      return {
        condition,
        owner: {},
        flows: [],
        queue: [],
        waiting: [],
        holder: undefined,
        outsider: undefined,
      }
    },
    steps,
    ({ condition, flows, waiting, holder, queue }) => {
      expect(condition.statistics()).toEqual({ waiting: waiting.length, waiters: waiting.length })
      expect(condition.lock.statistics()).toMatchObject({
        locked: holder !== undefined,
        waiters: queue.length,
      })
      for (const { state, expected } of flows) expect(state).toBe(expected)
    },
  )
  expect(coverage.size).toBe(10)
})
