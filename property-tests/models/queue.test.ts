/** Queues against a plain model: a sorted list of items, and two lines that are served in order. */
import { expect, test } from 'vitest'
import {
  choose,
  LifoQueue,
  never,
  type Operation,
  OverReleaseError,
  PriorityQueue,
  Queue,
  type QueueLike,
  QueueShutDownError,
} from '../../src/index.ts'
import { checkModel, type Step } from './steps.ts'

interface Wait {
  readonly kind: 'put' | 'get' | 'peek' | 'next' | 'join'
  /** What is put, or how many are asked for. */
  readonly items: readonly number[]
  readonly most: number
  readonly abort: AbortController
  actual: unknown
  expected: unknown
}

interface System {
  readonly queue: QueueLike<number>
  readonly order: 'fifo' | 'lifo' | 'priority'
  readonly capacity: number
  readonly waits: Wait[]
  items: number[]
  putters: Wait[]
  getters: Wait[]
  joiners: Wait[]
  unfinished: number
  shut: boolean
  turn: number
}

const PENDING = 'pending'
const ERROR = 'error'

function begin(
  system: System,
  kind: Wait['kind'],
  operation: (options: object) => Operation<unknown>,
  items: number[] = [],
  most = 0,
): Wait {
  const abort = new AbortController()
  const wait: Wait = { kind, items, most, abort, actual: PENDING, expected: PENDING }
  system.waits.push(wait)
  void operation({ signal: abort.signal }).then(
    (value) => (wait.actual = value),
    () => (wait.actual = ERROR),
  )
  const line = kind === 'put' ? system.putters : kind === 'join' ? system.joiners : system.getters
  line.push(wait)
  serve(system)
  return wait
}

function take(system: System): number {
  const { items, order } = system
  if (order === 'lifo') return items.pop()!
  if (order === 'fifo') return items.shift()!
  const [smallest] = items.splice(items.indexOf(Math.min(...items)), 1)
  return smallest!
}

function first(system: System): number {
  const { items, order } = system
  return order === 'lifo' ? items.at(-1)! : order === 'fifo' ? items[0]! : Math.min(...items)
}

function get(system: System, { kind, most }: Wait): unknown {
  if (kind === 'peek') return first(system)
  if (kind === 'next') return { done: false, value: take(system) }
  if (most === 0) return take(system)
  const taken: number[] = []
  while (taken.length < most && system.items.length > 0) taken.push(take(system))
  return taken
}

function serve(system: System): void {
  for (let again = true; again;) {
    again = false
    const [getter] = system.getters
    if (getter !== undefined && (system.items.length > 0 || system.shut)) {
      system.getters.shift()
      if (system.items.length > 0) getter.expected = get(system, getter)
      else getter.expected = getter.kind === 'next' ? { done: true, value: undefined } : ERROR
      again = true
    }
    const [putter] = system.putters
    if (putter === undefined) continue
    if (system.shut) putter.expected = ERROR
    else if (system.items.length + putter.items.length <= system.capacity) {
      system.items.push(...putter.items)
      system.unfinished += putter.items.length
      putter.expected = undefined
    } else continue
    system.putters.shift()
    again = true
  }
  joined(system)
}

function joined(system: System): void {
  if (system.unfinished === 0) for (const join of system.joiners.splice(0)) join.expected = undefined
}

const later = (wait: Wait, name: string): string => (wait.expected === PENDING ? `${name} later` : name)

/** Items are distinct, and in no order. */
const fresh = (system: System): number => (++system.turn * 7919) % 10_007

const steps: Record<string, Step<System>> = {
  put: (system) => {
    const item = fresh(system)
    return later(
      begin(system, 'put', (options) => system.queue.put(item, options), [item]),
      'put',
    )
  },
  putMany: (system, n) => {
    const items = Array.from({ length: n % 4 }, () => fresh(system))
    return later(
      begin(system, 'put', (options) => system.queue.putMany(items, options), items),
      'putMany',
    )
  },
  get: (system) =>
    later(
      begin(system, 'get', (options) => system.queue.get(options)),
      'get',
    ),
  getMany: (system, n) => {
    const most = 1 + (n % 3)
    return later(
      begin(system, 'get', (options) => system.queue.getMany(most, options), [], most),
      'getMany',
    )
  },
  peek: (system) =>
    later(
      begin(system, 'peek', (options) => system.queue.peek(options)),
      'peek',
    ),
  next: (system) =>
    later(
      begin(system, 'next', (options) => system.queue.next(options)),
      'next',
    ),
  choose: (system) =>
    later(
      begin(system, 'get', (options) => choose([system.queue.get(), never], options)),
      'choose',
    ),
  join: (system) =>
    later(
      begin(system, 'join', (options) => system.queue.join(options)),
      'join',
    ),
  tryPut: (system) => {
    const item = fresh(system)
    if (system.shut) {
      expect(() => system.queue.tryPut(item)).toThrow(QueueShutDownError)
      return 'tryPut refused'
    }
    const can = system.putters.length === 0 && system.items.length < system.capacity
    expect(system.queue.tryPut(item)).toBe(can)
    if (!can) return 'tryPut refused'
    system.items.push(item)
    system.unfinished++
    serve(system)
    return 'tryPut'
  },
  tryGet: (system) => {
    if (system.items.length === 0) {
      if (system.shut) expect(() => system.queue.tryGet()).toThrow(QueueShutDownError)
      else expect(system.queue.tryGet('none')).toBe('none')
      return 'tryGet of none'
    }
    expect(system.queue.tryGet()).toBe(take(system))
    serve(system)
    return 'tryGet'
  },
  taskDone: (system, n) => {
    const count = 1 + (n % 2)
    if (count > system.unfinished) {
      expect(() => system.queue.taskDone(count)).toThrow(OverReleaseError)
      return 'taskDone refused'
    }
    system.unfinished -= count
    system.queue.taskDone(count)
    serve(system)
    return 'taskDone'
  },
  clear: (system, n) => {
    if (n > 1) return undefined
    expect(system.queue.clear()).toBe(system.items.length)
    system.unfinished = Math.max(0, system.unfinished - system.items.splice(0).length)
    joined(system) // before those who wait for room come in
    serve(system)
    return 'clear'
  },
  abort: (system, n) => {
    const pending = system.waits.filter(({ expected }) => expected === PENDING)
    const wait = pending[n % Math.max(1, pending.length)]
    if (wait === undefined) return undefined
    wait.abort.abort()
    wait.expected = ERROR
    for (const line of ['putters', 'getters', 'joiners'] as const)
      system[line] = system[line].filter((other) => other !== wait)
    serve(system)
    return `abort ${wait.kind}`
  },
  cancelWaiters: (system, n) => {
    if (n > 0) return undefined
    system.queue.cancelWaiters()
    for (const line of ['putters', 'getters', 'joiners'] as const)
      for (const wait of system[line].splice(0)) wait.expected = ERROR
    return 'cancelWaiters'
  },
  shutdown: (system, n) => {
    if (n > 1) return undefined
    const immediate = n === 0
    system.queue.shutdown({ immediate })
    system.shut = true
    if (immediate) system.unfinished = Math.max(0, system.unfinished - system.items.splice(0).length)
    serve(system)
    return immediate ? 'shutdown at once' : 'shutdown'
  },
}

test.each([
  ['Queue', 'fifo', () => new Queue<number>(4)],
  ['LifoQueue', 'lifo', () => new LifoQueue<number>(4)],
  ['PriorityQueue', 'priority', () => new PriorityQueue<number>(4)],
] as const)('%s does what a model of a list and two lines does', async (name, order, make) => {
  const coverage = await checkModel<System>(
    name,
    () => ({
      queue: make(),
      order,
      capacity: 4,
      waits: [],
      items: [],
      putters: [],
      getters: [],
      joiners: [],
      unfinished: 0,
      shut: false,
      turn: 0,
    }),
    steps,
    ({ queue, waits, items, getters, putters, joiners, unfinished, shut }) => {
      expect(queue.statistics()).toEqual({
        size: items.length,
        capacity: 4,
        unfinished,
        isShutDown: shut,
        getters: getters.length,
        putters: putters.length,
        joiners: joiners.length,
      })
      for (const { actual, expected } of waits) expect(actual).toEqual(expected)
    },
  )
  expect(coverage.size).toBe(31)
})
