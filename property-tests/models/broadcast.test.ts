/** A broadcast against a plain model: a list of messages and a line of receivers for each subscriber, one line of senders. */
import { expect, test } from 'vitest'
import {
  Broadcast,
  ChannelClosedError,
  choose,
  never,
  type Operation,
  type Subscription,
} from '../../src/index.ts'
import { thread } from '../../src/wait/thread.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { checkModel, type Step } from './steps.ts'

interface Wait {
  readonly verb: 'send' | 'receive' | 'next'
  readonly message: number
  readonly abort: AbortController
  readonly deadline: number
  actual: unknown
  expected: unknown
}

interface Listener {
  readonly subscription: Subscription<number>
  readonly slow: 'wait' | 'drop oldest' | 'drop newest'
  readonly capacity: number
  readonly items: number[]
  receivers: Wait[]
  dropped: number
  closed: boolean
}

interface System {
  readonly clock: ManualClock
  readonly broadcast: Broadcast<number>
  /** Those that were closed too. */
  readonly listeners: Listener[]
  readonly waits: Wait[]
  senders: Wait[]
  closed: boolean
  turn: number
}

const PENDING = 'pending'
const CLOSED = 'ChannelClosedError'
const MOST = 5

const open = ({ listeners }: System): Listener[] => listeners.filter(({ closed }) => !closed)
const ended = ({ verb }: Wait): unknown => (verb === 'next' ? { done: true, value: undefined } : CLOSED)
const received = ({ verb }: Wait, value: number): unknown =>
  verb === 'next' ? { done: false, value } : value

/** Puts a message into every list, or into none. */
function deliver(system: System, message: number): boolean {
  const listeners = open(system)
  if (listeners.some(({ slow, items, capacity }) => slow === 'wait' && items.length === capacity))
    return false
  for (const listener of listeners) {
    const isFull = listener.items.length === listener.capacity
    if (isFull) listener.dropped++
    if (isFull && listener.slow === 'drop newest') continue
    if (isFull) listener.items.shift()
    listener.items.push(message)
  }
  return true
}

function serve(system: System): void {
  for (;;) {
    for (const listener of system.listeners) {
      const { items, closed } = listener
      while (listener.receivers.length > 0 && (items.length > 0 || closed || system.closed)) {
        const wait = listener.receivers.shift()!
        wait.expected = items.length > 0 ? received(wait, items.shift()!) : ended(wait)
      }
    }
    const [sender] = system.senders
    if (sender === undefined || (!system.closed && !deliver(system, sender.message))) return
    sender.expected = system.closed ? CLOSED : undefined
    system.senders.shift()
  }
}

function begin(
  system: System,
  verb: Wait['verb'],
  operation: (options: object) => Operation<unknown>,
  line: Wait[],
  timeout = Infinity,
): string {
  const abort = new AbortController()
  const deadline = system.clock.now() + timeout
  const wait: Wait = { verb, message: system.turn, abort, deadline, actual: PENDING, expected: PENDING }
  system.waits.push(wait)
  void operation({ signal: abort.signal, timeout }).then(
    (value) => (wait.actual = value),
    (error) => (wait.actual = (error as Error).name),
  )
  line.push(wait)
  serve(system)
  if (wait.expected !== PENDING) return `${verb} ${wait.expected === CLOSED ? 'refused' : 'at once'}`
  if (timeout > 0) return `${verb} waits`
  wait.expected = 'TimeoutError'
  line.pop()
  return `${verb} late at once`
}

function leave(system: System, wait: Wait, reason: string): void {
  wait.expected = reason
  system.senders = system.senders.filter((other) => other !== wait)
  for (const listener of system.listeners)
    listener.receivers = listener.receivers.filter((other) => other !== wait)
}

const pick = ({ listeners }: System, n: number): Listener | undefined =>
  listeners[n % Math.max(1, listeners.length)]

const send =
  (timeout: (n: number) => number): Step<System> =>
  (system, n) => {
    const message = ++system.turn
    const { broadcast, senders } = system
    return begin(system, 'send', (options) => broadcast.send(message, options), senders, timeout(n))
  }

const receive =
  (verb: 'receive' | 'next', timeout: (n: number) => number, chosen = false): Step<System> =>
  (system, n) => {
    const listener = pick(system, n)
    if (listener === undefined) return undefined
    const { subscription, receivers } = listener
    const operation = (options: object): Operation<unknown> =>
      chosen ? choose([never, subscription[verb]()], options) : subscription[verb](options)
    return begin(system, verb, operation, receivers, timeout(n))
  }

const forEver = (): number => Infinity
const shortly = (n: number): number => 5 * (n >> 2)

const steps: Record<string, Step<System>> = {
  subscribe: (system, n) => {
    if (system.closed) {
      expect(() => system.broadcast.subscribe()).toThrow(ChannelClosedError)
      return 'subscribe refused'
    }
    if (system.listeners.length >= MOST) return undefined
    const slow = (['wait', 'drop oldest', 'drop newest'] as const)[n % 3]!
    const capacity = 1 + (n >> 2)
    const subscription = system.broadcast.subscribe({ slow, capacity })
    const rest = { items: [], receivers: [], dropped: 0, closed: false }
    system.listeners.push({ subscription, slow, capacity, ...rest })
    return `subscribe: ${slow}`
  },
  send: send(forEver),
  'limited send': send(shortly),
  receive: receive('receive', forEver),
  'limited receive': receive('receive', shortly),
  'receive in a choice': receive('receive', forEver, true),
  next: receive('next', forEver),
  trySend: (system) => {
    const message = ++system.turn
    if (system.closed) {
      expect(() => system.broadcast.trySend(message)).toThrow(ChannelClosedError)
      return 'trySend refused'
    }
    const sent = system.senders.length === 0 && deliver(system, message)
    expect(system.broadcast.trySend(message)).toBe(sent)
    serve(system)
    return sent ? 'trySend' : 'trySend in vain'
  },
  tryReceive: (system, n) => {
    const listener = pick(system, n)
    if (listener === undefined) return undefined
    const { subscription, items, closed } = listener
    if (items.length > 0) {
      expect(subscription.tryReceive()).toBe(items.shift())
      serve(system)
      return 'tryReceive'
    }
    if (closed || system.closed) expect(() => subscription.tryReceive()).toThrow(ChannelClosedError)
    else expect(subscription.tryReceive('none')).toBe('none')
    return 'tryReceive of none'
  },
  unsubscribe: (system, n) => {
    const listener = n > 1 ? undefined : pick(system, system.turn)
    if (listener === undefined) return undefined
    listener.subscription.close()
    listener.closed = true
    listener.items.length = 0
    serve(system)
    return 'unsubscribe'
  },
  close: (system, n) => {
    if (n > 0) return undefined
    system.broadcast.close()
    system.closed = true
    serve(system)
    return 'close'
  },
  abort: (system, n) => {
    const pending = system.waits.filter(({ expected }) => expected === PENDING)
    const wait = pending[n % Math.max(1, pending.length)]
    if (wait === undefined) return undefined
    wait.abort.abort()
    leave(system, wait, 'AbortError')
    return `abort ${wait.verb}`
  },
  advance: (system) => {
    system.clock.advance(5)
    const late = system.waits.filter(
      ({ expected, deadline }) => expected === PENDING && deadline <= system.clock.now(),
    )
    for (const wait of late) leave(system, wait, 'TimeoutError')
    return late.length > 0 ? 'timeout' : undefined
  },
  cancelWaiters: (system, n) => {
    const listener = pick(system, n)
    if (n > 1 || listener === undefined) return undefined
    const all = n === 0
    const waits = all
      ? [...system.senders, ...open(system).flatMap(({ receivers }) => receivers)]
      : listener.receivers
    if (all) system.broadcast.cancelWaiters()
    else listener.subscription.cancelWaiters()
    for (const wait of waits) leave(system, wait, 'CancelledError')
    return all ? 'cancelWaiters of all' : 'cancelWaiters of one'
  },
}

test('a broadcast does what a model of lists and lines does', async () => {
  const host = thread.clock
  try {
    const coverage = await checkModel<System>(
      'Broadcast',
      () => {
        const clock = new ManualClock()
        thread.clock = clock
        const broadcast = new Broadcast<number>()
        return { clock, broadcast, listeners: [], waits: [], senders: [], closed: false, turn: 0 }
      },
      steps,
      (system) => {
        const { broadcast, listeners, waits, senders, closed: isClosed } = system
        expect(broadcast.statistics()).toEqual({
          subscribers: open(system).length,
          isClosed,
          senders: senders.length,
        })
        for (const { subscription, capacity, items, receivers, dropped, closed } of listeners)
          expect(subscription.statistics()).toEqual({
            size: items.length,
            capacity,
            dropped,
            isClosed: closed || isClosed,
            receivers: receivers.length,
          })
        for (const { actual, expected } of waits) expect(actual).toEqual(expected)
      },
    )
    expect(coverage.size).toBe(27)
  } finally {
    thread.clock = host
  }
})
