import { describe, expect, test } from 'vitest'
import {
  Broadcast,
  CancelledError,
  Channel,
  ChannelClosedError,
  choose,
  DeadlockError,
  Event,
  Lock,
  type Operation,
  Procedure,
  Queue,
  run,
  select,
  Semaphore,
  sleep,
  TimeoutError,
  until,
} from '../../src/index.ts'
import { settle, states, watch } from '../support/watch.ts'

const never = () => new Promise<never>(() => {})

/** Nobody waits. */
function expectIdle(...channels: Channel<any>[]): void {
  for (const channel of channels)
    expect(channel.statistics()).toMatchObject({ senders: 0, receivers: 0, size: 0 })
}

describe('a rendezvous', () => {
  test.each(['send first', 'receive first'])('ends both sides with one message: %s', async (first) => {
    const channel = new Channel<number>()
    const [send, receive] =
      first === 'send first'
        ? [watch(channel.send(1)), watch(channel.receive())]
        : [watch(channel.receive()), watch(channel.send(1))].toReversed()
    await settle()
    expect([send!.state, receive!.value]).toEqual(['value', 1])
    expectIdle(channel)
  })

  test('holds back the sender until somebody receives', async () => {
    const channel = new Channel<number>()
    const sends = [watch(channel.send(1)), watch(channel.send(2))]
    await settle()
    expect([states(sends), channel.size, channel.trySend(3)]).toEqual([['pending', 'pending'], 0, false])
    expect(channel.tryReceive()).toBe(1)
    await settle()
    expect(states(sends)).toEqual(['undefined', 'pending'])
    expect(await channel.receive()).toBe(2)
    expectIdle(channel)
  })

  test('serves senders and receivers first in, first out', async () => {
    const channel = new Channel<number>()
    const got = [watch(channel.receive()), watch(channel.next()), watch(channel.receive())]
    for (let i = 0; i < 3; i++) expect(channel.trySend(i)).toBe(true)
    await settle()
    expect(got.map(({ value }) => value)).toEqual([0, { done: false, value: 1 }, 2])
  })

  test('is used in tasks', async () => {
    const channel = new Channel<number>()
    const sum = run(function* () {
      let sum = 0
      for (let i = 0; i < 100; i++) sum += yield* channel.receive()
      return sum
    })
    await run(function* () {
      for (let i = 0; i < 100; i++) yield* channel.send(i)
    })
    expect(await sum).toBe(4950)
  })

  test('a message that may be undefined is told from none', () => {
    const channel = new Channel<undefined>(1)
    channel.trySend(undefined)
    expect([channel.tryReceive('none'), channel.tryReceive('none')]).toEqual([undefined, 'none'])
  })

  test('a wait that is given up leaves no trace, on either side', async () => {
    const channel = new Channel<number>()
    await expect(channel.send(1, { timeout: 0 })).rejects.toBeInstanceOf(TimeoutError)
    await expect(channel.receive({ timeout: 1 })).rejects.toBeInstanceOf(TimeoutError)
    const controller = new AbortController()
    const waits = [
      watch(channel.send(1, { signal: controller.signal })),
      watch(channel.send(2)),
      watch(channel.send(3)),
    ]
    controller.abort(new Error('left'))
    await settle()
    expect([await channel.receive(), waits[0]!.state]).toEqual([2, 'error'])
    channel.cancelWaiters()
    await settle()
    expect(waits[2]!.error).toBeInstanceOf(CancelledError)
    expectIdle(channel)
  })

  test('a thread that sleeps can be served by nobody, so it is refused; a message for one that waits goes through', async () => {
    const channel = new Channel<number>()
    expect(() => channel.receive().block()).toThrow(DeadlockError)
    const wait = watch(channel.receive())
    channel.send(7).block()
    await settle()
    expect(wait.value).toBe(7)
    expect(choose([channel.receive(), sleep(1).map(() => 'late')]).block()).toBe('late')
    expectIdle(channel)
  })
})

describe('a rendezvous of choices', () => {
  const either = (channel: Channel<string>, message: string) =>
    choose([channel.send(message).map(() => 'sent'), channel.receive()])

  test('two that hold a send and a receive of one channel meet once, both ways at once', async () => {
    const channel = new Channel<string>()
    const waits = [watch(either(channel, 'a')), watch(either(channel, 'b'))]
    await settle()
    expect([
      ['sent', 'a'],
      ['b', 'sent'],
    ]).toContainEqual(states(waits))
    expectIdle(channel)
  })

  test('one that holds a send and a receive never meets itself, however deep its arms lie', async () => {
    const channel = new Channel<string>()
    const alone = watch(
      choose([
        choose([
          choose([channel.send('self').map(() => 'sent')]),
          channel.send('self too').map(() => 'sent'),
        ]),
        select({ it: channel.receive() }, { timeout: 1e6, ref: false }).map(({ value }) => value),
        channel.receive({ timeout: 1e6, ref: false }),
      ]),
    )
    await settle()
    expect(alone.state).toBe('pending')
    expect(channel.statistics()).toMatchObject({ senders: 2, receivers: 2 })
    expect(await channel.receive()).toMatch(/^self/)
    await settle()
    expect(alone.value).toBe('sent')
    expectIdle(channel)
  })

  test('one operation that is performed twice meets the other perform', async () => {
    const channel = new Channel<string>()
    const operation = either(channel, 'x')
    const waits = [watch(operation), watch(operation)]
    await settle()
    expect(states(waits).toSorted()).toEqual(['sent', 'x'])
    expectIdle(channel)
  })

  test('a third takes what two of the same kind cannot give each other', async () => {
    const channel = new Channel<string>()
    const both = watch(either(channel, 'both'))
    const send = watch(channel.send('third'))
    await settle()
    expect([both.value, send.state]).toEqual(['third', 'value'])
    expectIdle(channel)
  })

  test('two choices over two channels, crosswise, commit one of them', async () => {
    const [a, b] = [new Channel<number>(), new Channel<number>()]
    const one = watch(select({ send: a.send(1), receive: b.receive() }))
    const other = watch(select({ receive: a.receive(), send: b.send(2) }))
    await settle()
    expect([one.ends, other.ends]).toEqual([1, 1])
    expect([one.value!.key, other.value!.key].toSorted()).toEqual(['receive', 'send'])
    const received = one.value!.key === 'receive' ? one.value! : other.value!
    expect(received.value).toBe(one.value!.key === 'receive' ? 2 : 1)
    expectIdle(a, b)
  })

  test('stands beside locks, sleeps, events and queues', async () => {
    const [channel, lock, event, queue] = [
      new Channel<number>(),
      new Lock(),
      new Event(),
      new Queue<number>(),
    ]
    using _held = lock.tryAcquire()!
    const any = () =>
      select({
        sent: channel.send(1),
        received: channel.receive(),
        lock: lock.acquire(),
        event: event.wait(),
        item: queue.get(),
        late: sleep(1e6, { ref: false }),
      })
    const waits = [watch(any())]
    queue.tryPut(5)
    await settle()
    expect(waits[0]!.value).toEqual({ key: 'item', value: 5 })
    waits.push(watch(any()))
    event.set()
    await settle()
    expect(waits[1]!.value!.key).toBe('event')
    event.clear()
    waits.push(watch(any()), watch(any()))
    await settle()
    expect([waits[2]!.value!.key, waits[3]!.value!.key].toSorted()).toEqual(['received', 'sent'])
    expectIdle(channel)
    expect([lock.statistics().waiters, event.statistics().waiters, queue.statistics().getters]).toEqual([
      0, 0, 0,
    ])
  })

  // A partner that comes while the choice is parking its arms is met by an arm that is parked later. Withdrawing the
  // partner's arms lets a semaphore look, where an arm of the first choice is next.
  test.each(['sends', 'receives'])(
    'both commit once where the one that %s finds the other as it parks',
    async (what) => {
      const channel = new Channel<string>()
      const permits = new Semaphore(0)
      let partner!: ReturnType<typeof watch<unknown>>
      const [mine, theirs] =
        what === 'sends'
          ? [() => channel.send('x').map(() => 'sent'), () => channel.receive()]
          : [() => channel.receive(), () => channel.send('x').map(() => 'sent')]
      const first = watch(
        choose.biased([
          until(() => {
            partner = watch(choose.biased([permits.acquire(5), theirs()]))
            permits.release(1)
            return never()
          }),
          permits.acquire(1),
          mine(),
        ]),
      )
      await settle()
      expect(states([first, partner])).toEqual(what === 'sends' ? ['sent', 'x'] : ['x', 'sent'])
      expect([first.ends, partner.ends, permits.value]).toEqual([1, 1, 1])
      expectIdle(channel)
    },
  )
})

describe('with a capacity', () => {
  test('takes messages without a receiver, then holds back', async () => {
    const channel = new Channel<number>(2)
    await channel.send(1)
    await channel.send(2)
    const send = watch(channel.send(3))
    await settle()
    expect([send.state, channel.size, channel.trySend(4)]).toEqual(['pending', 2, false])
    expect([await channel.receive(), await channel.receive(), await channel.receive()]).toEqual([1, 2, 3])
    expect(send.state).toBe('value')
    expectIdle(channel)
  })

  test('a choice of both sides is always ready', async () => {
    const channel = new Channel<string>(1)
    const either = () => choose([channel.send('m').map(() => 'sent'), channel.receive()])
    expect([await either(), await either()]).toEqual(['sent', 'm'])
    expectIdle(channel)
  })
})

describe('closing', () => {
  test.each([0, 2])('ends all who wait, at capacity %s', async (capacity) => {
    const [full, empty] = [new Channel<number>(capacity), new Channel<number>(capacity)]
    while (full.trySend(0));
    const send = watch(full.send(1))
    const [receive, next] = [watch(empty.receive()), watch(empty.next())]
    await settle()
    full.close()
    empty.close()
    empty.close()
    await settle()
    expect(send.error).toBeInstanceOf(ChannelClosedError)
    expect(receive.error).toBeInstanceOf(ChannelClosedError)
    expect(next.value).toEqual({ done: true, value: undefined })
    expect([full.isClosed, full.size]).toEqual([true, capacity])
    expectIdle(empty)
    await expect(full.send(1)).rejects.toBeInstanceOf(ChannelClosedError)
    expect(() => full.trySend(1)).toThrow(ChannelClosedError)
  })

  test('what lies there is still received, then iteration ends', async () => {
    const channel = new Channel<number>(3)
    for (let i = 0; i < 3; i++) channel.trySend(i)
    channel.close()
    const got: number[] = []
    for await (const message of channel) got.push(message)
    expect(got).toEqual([0, 1, 2])
    await expect(channel.receive()).rejects.toBeInstanceOf(ChannelClosedError)
    expect(() => channel.tryReceive()).toThrow(ChannelClosedError)
  })

  test('ends the choice that waits in both directions', async () => {
    const channel = new Channel<number>()
    const wait = watch(choose([channel.send(1), channel.receive()]))
    channel.close()
    await settle()
    expect([wait.ends, wait.state]).toEqual([1, 'error'])
    expectIdle(channel)
  })
})

test.each([-1, 0.5, NaN, '1', null])('refuses a capacity of %s', (capacity) => {
  expect(() => new Channel(capacity as never)).toThrow(/capacity must be an integer/)
})

test('says who waits for what', async () => {
  const channel = new Channel<number>()
  const wait = watch(choose([channel.send(1), channel.receive()]))
  const { id, kind, waiters } = channel.inspect()
  expect(id).toMatch(/^Channel#\d+$/)
  expect([kind, waiters.map(({ operation }) => operation)]).toEqual([
    'Channel',
    [`${id}.receive()`, `${id}.send()`],
  ])
  channel.cancelWaiters(new Error('over'))
  await settle()
  expect([wait.ends, wait.error]).toEqual([1, new Error('over')])
})

test('cannot be posted', () => {
  expect(() => structuredClone(new Channel())).toThrow()
})

test('takes back what a task received that is gone: it is the next again', () => {
  const [meeting, buffered, news] = [new Channel<number>(), new Channel<number>(1), new Broadcast<number>()]
  for (const [source, send] of [
    [meeting, () => meeting.trySend(1)],
    [buffered, () => buffered.trySend(1)],
    [news.subscribe(), () => news.trySend(1)],
  ] as const)
    for (const wait of [source.receive(), source.next()]) {
      let iterator!: Iterator<unknown>
      void new Procedure('gone', function* () {
        iterator = (wait as Operation<unknown>)[Symbol.iterator]()
        iterator.next()
      }).start()
      expect(send()).toBe(true)
      expect(source.tryReceive(0)).toBe(0)
      iterator.return!(undefined)
      expect([source.tryReceive(0), source.size]).toEqual([1, 0])
    }
})
