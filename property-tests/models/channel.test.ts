/** Two channels against a plain model: lists of messages, and performs with an arm on each line that they wait in. */
import { expect, test } from 'vitest'
import { Channel, ChannelClosedError, type Operation, select } from '../../src/index.ts'
import { thread } from '../../src/wait/thread.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { checkModel, type Step } from './steps.ts'

type Verb = 'send' | 'receive' | 'next'

interface Arm {
  readonly key: string
  readonly on: Model
  readonly verb: Verb
  readonly message: number
}

/** One wait, of one arm or of several. */
interface Perform {
  readonly arms: readonly Arm[]
  readonly named: boolean
  readonly abort: AbortController
  readonly deadline: number
  actual: unknown
  expected: unknown
}

interface Waiting {
  readonly perform: Perform
  readonly arm: Arm
}

interface Model {
  readonly channel: Channel<number>
  readonly items: number[]
  closed: boolean
  senders: Waiting[]
  receivers: Waiting[]
}

interface System {
  readonly clock: ManualClock
  readonly channels: readonly [Model, Model]
  readonly performs: Perform[]
  turn: number
}

/** For each pair of capacities. */
const RUNS = 400

const PENDING = 'pending'
const CLOSED = 'ChannelClosedError'

/** Lets a wait that was ready go on. */
async function turn(): Promise<void> {
  for (let i = 0; i < 10; i++) await undefined
}

const line = ({ on, verb }: Arm): Waiting[] => (verb === 'send' ? on.senders : on.receivers)
const isOver = ({ items, closed }: Model): boolean => closed && items.length === 0

/** What a perform gives when this arm of it committed with `value`; an error has no name. */
const given = ({ named }: Perform, { key }: Arm, value: unknown): unknown =>
  named && value !== CLOSED ? { key, value } : value

const received = ({ verb }: Arm, value: number): unknown => (verb === 'next' ? { done: false, value } : value)
const ended = ({ verb }: Arm): unknown => (verb === 'next' ? { done: true, value: undefined } : CLOSED)

function leave(system: System, perform: Perform): void {
  for (const channel of system.channels)
    for (const side of ['senders', 'receivers'] as const)
      channel[side] = channel[side].filter((other) => other.perform !== perform)
}

function finish(system: System, { perform, arm }: Waiting, value: unknown): void {
  perform.expected = given(perform, arm, value)
  leave(system, perform)
}

/** The outcome of an arm that nobody waits before, and that can commit now; commits it. */
function commit(system: System, { perform, arm }: Waiting, really: boolean): { value: unknown } | undefined {
  const { on, verb, message } = arm
  const capacity = on.channel.capacity
  if (verb === 'send') {
    if (on.closed) return { value: CLOSED }
    if (capacity > 0) {
      if (on.senders.length > 0 || on.items.length >= capacity) return undefined
      if (really) on.items.push(message)
      return { value: undefined }
    }
    const partner = on.receivers.find((other) => other.perform !== perform)
    if (partner !== undefined && really) finish(system, partner, received(partner.arm, message))
    return partner && { value: undefined }
  }
  if (isOver(on)) return { value: ended(arm) }
  if (capacity > 0) {
    if (on.receivers.length > 0 || on.items.length === 0) return undefined
    return { value: received(arm, really ? on.items.shift()! : 0) }
  }
  const partner = on.senders.find((other) => other.perform !== perform)
  if (partner !== undefined && really) finish(system, partner, undefined)
  return partner && { value: received(arm, partner.arm.message) }
}

/** Serves who waits: a buffer's messages to receivers, its room to senders, and the end to all. */
function settle(system: System): void {
  for (let again = true; again;) {
    again = false
    for (const on of system.channels) {
      const [receiver] = on.receivers
      if (receiver !== undefined && (on.items.length > 0 || on.closed)) {
        const value = on.items.length > 0 ? received(receiver.arm, on.items.shift()!) : ended(receiver.arm)
        finish(system, receiver, value)
        again = true
      }
      const [sender] = on.senders
      if (sender === undefined) continue
      if (on.closed) finish(system, sender, CLOSED)
      else if (on.items.length < on.channel.capacity) {
        on.items.push(sender.arm.message)
        finish(system, sender, undefined)
      } else continue
      again = true
    }
  }
}

function operationOf({ on: { channel }, verb, message }: Arm, options?: object): Operation<unknown> {
  return verb === 'send' ? channel.send(message, options) : channel[verb](options)
}

/** Whether it may be what the perform gave: an error has no name. */
function isChosen(system: System, waiting: Waiting): boolean {
  const { perform, arm } = waiting
  if (!perform.named) return true
  if (perform.actual === CLOSED) return commit(system, waiting, false)?.value === CLOSED
  return (perform.actual as { key?: string }).key === arm.key
}

/** Performs on both sides; gives what came of it. Among ready arms any may commit. */
async function begin(system: System, arms: readonly Arm[], timeout = Infinity): Promise<string> {
  const verb = arms.length > 1 ? 'select' : arms[0]!.verb
  const abort = new AbortController()
  const named = arms.length > 1
  const deadline = system.clock.now() + timeout
  const perform: Perform = { arms, named, abort, deadline, actual: PENDING, expected: PENDING }
  const waitings = arms.map((arm) => ({ perform, arm }))
  const ready = waitings.filter((waiting) => commit(system, waiting, false) !== undefined)
  const options = { timeout, signal: abort.signal }
  const operation: Operation<unknown> = named
    ? select(Object.fromEntries(arms.map((arm) => [arm.key, operationOf(arm)])), options)
    : operationOf(arms[0]!, options)
  system.performs.push(perform)
  void operation.then(
    (value) => (perform.actual = value),
    (error) => (perform.actual = (error as Error).name),
  )
  await turn()
  if (ready.length > 0) {
    const chosen = ready.find((waiting) => isChosen(system, waiting))
    expect(chosen, 'an arm that was ready').toBeDefined()
    perform.expected = given(perform, chosen!.arm, commit(system, chosen!, true)!.value)
    settle(system)
    if (ready.length > 1) return 'one of several'
    return `${verb} ${perform.actual === CLOSED ? 'refused' : 'at once'}`
  }
  if (timeout === 0) {
    perform.expected = 'TimeoutError'
    return 'late at once'
  }
  for (const waiting of waitings) line(waiting.arm).push(waiting)
  return timeout === Infinity ? `${verb} waits` : 'waits for a while'
}

const pick = ({ channels }: System, n: number): Model => channels[n % 2]!
const arm = (system: System, key: string, on: number, verb: Verb): Arm => ({
  key,
  on: system.channels[on]!,
  verb,
  message: ++system.turn,
})

const CHOICES: readonly (readonly (readonly [number, Verb])[])[] = [
  [
    [0, 'send'],
    [1, 'receive'],
  ],
  [
    [0, 'receive'],
    [1, 'send'],
  ],
  [
    [0, 'send'],
    [0, 'receive'],
  ],
  [
    [1, 'next'],
    [1, 'send'],
  ],
  [
    [0, 'next'],
    [1, 'receive'],
  ],
  [
    [0, 'send'],
    [1, 'send'],
  ],
  [
    [0, 'send'],
    [0, 'receive'],
    [1, 'send'],
    [1, 'receive'],
  ],
  [
    [1, 'receive'],
    [0, 'receive'],
  ],
]

const choice = (system: System, n: number): Arm[] =>
  CHOICES[n]!.map(([on, verb], i) => arm(system, `${i}`, on, verb))

const alone =
  (verb: Verb): Step<System> =>
  (system, n) =>
    begin(system, [arm(system, verb, n % 2, verb)])

const steps: Record<string, Step<System>> = {
  send: alone('send'),
  receive: alone('receive'),
  next: alone('next'),
  select: (system, n) => begin(system, choice(system, n)),
  'limited select': (system, n) => begin(system, choice(system, n), 5 * (n % 3)),
  'limited send': (system, n) => begin(system, [arm(system, 'send', n % 2, 'send')], 5 * (n >> 1)),
  'limited receive': (system, n) => begin(system, [arm(system, 'receive', n % 2, 'receive')], 5 * (n >> 1)),
  trySend: (system, n) => {
    const tried = arm(system, 'trySend', n % 2, 'send')
    const { channel } = tried.on
    if (tried.on.closed) {
      expect(() => channel.trySend(0)).toThrow(ChannelClosedError)
      return 'trySend refused'
    }
    const perform = { arms: [tried] } as unknown as Perform
    const outcome = commit(system, { perform, arm: tried }, true)
    expect(channel.trySend(tried.message)).toBe(outcome !== undefined)
    settle(system)
    return outcome === undefined ? 'trySend in vain' : 'trySend'
  },
  tryReceive: (system, n) => {
    const tried = arm(system, 'tryReceive', n % 2, 'receive')
    const { channel } = tried.on
    if (isOver(tried.on)) {
      expect(() => channel.tryReceive()).toThrow(ChannelClosedError)
      return 'tryReceive refused'
    }
    const perform = { arms: [tried] } as unknown as Perform
    const outcome = commit(system, { perform, arm: tried }, true)
    expect(channel.tryReceive('none')).toBe(outcome === undefined ? 'none' : outcome.value)
    settle(system)
    return outcome === undefined ? 'tryReceive in vain' : 'tryReceive'
  },
  close: (system, n) => {
    if (n > 1) return undefined
    const on = pick(system, n)
    on.channel.close()
    on.closed = true
    settle(system)
    return 'close'
  },
  abort: (system, n) => {
    const pending = system.performs.filter(({ expected }) => expected === PENDING)
    const perform = pending[n % Math.max(1, pending.length)]
    if (perform === undefined) return undefined
    perform.abort.abort()
    perform.expected = 'AbortError'
    leave(system, perform)
    return `abort ${perform.named ? 'select' : perform.arms[0]!.verb}`
  },
  advance: (system) => {
    system.clock.advance(5)
    let expired = 0
    for (const perform of system.performs) {
      if (perform.expected !== PENDING || perform.deadline > system.clock.now()) continue
      perform.expected = 'TimeoutError'
      leave(system, perform)
      expired++
    }
    return expired > 0 ? 'timeout' : undefined
  },
  cancelWaiters: (system, n) => {
    if (n > 1) return undefined
    const { channel, senders, receivers } = pick(system, n)
    channel.cancelWaiters()
    for (const { perform } of [...senders, ...receivers]) {
      perform.expected = 'CancelledError'
      leave(system, perform)
    }
    return 'cancelWaiters'
  },
}

test.each([
  [0, 0],
  [1, 0],
  [3, 2],
])('channels of capacity %i and %i do what a model does', async (first, second) => {
  const host = thread.clock
  try {
    const coverage = await checkModel<System>(
      `Channel(${first}) and Channel(${second})`,
      () => {
        const clock = new ManualClock()
        thread.clock = clock
        const make = (capacity: number): Model => ({
          channel: new Channel(capacity),
          items: [],
          closed: false,
          senders: [],
          receivers: [],
        })
        return { clock, channels: [make(first), make(second)], performs: [], turn: 0 }
      },
      steps,
      ({ channels, performs }) => {
        for (const { channel, items, closed, senders, receivers } of channels)
          expect(channel.statistics()).toEqual({
            size: items.length,
            capacity: channel.capacity,
            isClosed: closed,
            senders: senders.length,
            receivers: receivers.length,
          })
        for (const { actual, expected } of performs) expect(actual).toEqual(expected)
      },
      RUNS,
    )
    expect(coverage.size).toBe(27)
  } finally {
    thread.clock = host
  }
})
