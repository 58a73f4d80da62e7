import { describe, expect, test } from 'vitest'
import { Broadcast, ChannelClosedError, choose, run, select, sleep, TimeoutError } from '../../src/index.ts'
import { settle, states, watch } from '../support/watch.ts'

test('each subscriber sees each message sent since it subscribed, in order', async () => {
  const broadcast = new Broadcast<number>()
  await broadcast.send(0)
  const first = broadcast.subscribe()
  await broadcast.send(1)
  const second = broadcast.subscribe()
  await broadcast.send(2)
  broadcast.close()
  const all = async (subscription: typeof first): Promise<number[]> => {
    const got: number[] = []
    for await (const message of subscription) got.push(message)
    return got
  }
  expect(await Promise.all([all(first), all(second)])).toEqual([[1, 2], [2]])
})

test('wakes all who wait', async () => {
  const broadcast = new Broadcast<number>()
  const subscriptions = [1, 2, 3].map(() => broadcast.subscribe())
  const waits = subscriptions.map((each) => watch(each.receive()))
  const next = watch(subscriptions[0]!.next())
  await settle()
  expect(broadcast.trySend(5)).toBe(true)
  await settle()
  expect(states(waits)).toEqual(['5', '5', '5'])
  expect(next.state).toBe('pending')
  broadcast.close()
  await settle()
  expect(next.value).toEqual({ done: true, value: undefined })
})

describe('a slow subscriber', () => {
  test('holds senders back: a message goes to all at once, or to nobody', async () => {
    const broadcast = new Broadcast<number>({ capacity: 1 })
    const [slow, quick] = [broadcast.subscribe(), broadcast.subscribe({ capacity: 5 })]
    await broadcast.send(1)
    const sends = [watch(broadcast.send(2)), watch(broadcast.send(3))]
    await settle()
    expect([states(sends), quick.size, broadcast.trySend(9)]).toEqual([['pending', 'pending'], 1, false])
    expect(await slow.receive()).toBe(1)
    await settle()
    expect([states(sends), quick.size]).toEqual([['undefined', 'pending'], 2])
    const got = await slow.receive()
    await settle()
    expect([got, slow.tryReceive(), slow.tryReceive('none'), quick.size]).toEqual([2, 3, 'none', 3])
    expect(broadcast.statistics()).toEqual({ subscribers: 2, isClosed: false, senders: 0 })
  })

  test('loses its oldest message, or the new one, where it is told to, and only it', async () => {
    const broadcast = new Broadcast<number>({ capacity: 2, slow: 'drop oldest' })
    const [oldest, newest] = [broadcast.subscribe(), broadcast.subscribe({ slow: 'drop newest' })]
    const quick = broadcast.subscribe({ capacity: Infinity, slow: 'wait' })
    for (let i = 1; i <= 5; i++) await broadcast.send(i)
    broadcast.close()
    const drain = (each: typeof oldest): number[] => {
      const got: number[] = []
      while (each.size > 0) got.push(each.tryReceive()!)
      return got
    }
    expect([drain(oldest), drain(newest), drain(quick)]).toEqual([
      [4, 5],
      [1, 2],
      [1, 2, 3, 4, 5],
    ])
    expect([oldest, newest, quick].map((each) => each.statistics().dropped)).toEqual([3, 3, 0])
  })

  test('that closes lets senders go on', async () => {
    const broadcast = new Broadcast<number>({ capacity: 1 })
    const other = broadcast.subscribe({ capacity: 9 })
    {
      using _slow = broadcast.subscribe()
      await broadcast.send(1)
      const send = watch(broadcast.send(2))
      await settle()
      expect(send.state).toBe('pending')
    }
    await settle()
    expect([other.size, broadcast.statistics().senders, broadcast.statistics().subscribers]).toEqual([
      2, 0, 1,
    ])
  })
})

describe('waits that end otherwise', () => {
  test('a send that is given up was sent to nobody', async () => {
    const broadcast = new Broadcast<number>({ capacity: 1 })
    const [slow, quick] = [broadcast.subscribe(), broadcast.subscribe({ capacity: 9 })]
    await broadcast.send(1)
    await expect(broadcast.send(2, { timeout: 0 })).rejects.toBeInstanceOf(TimeoutError)
    await expect(broadcast.send(2, { timeout: 1 })).rejects.toBeInstanceOf(TimeoutError)
    expect([slow.size, quick.size, broadcast.statistics().senders]).toEqual([1, 1, 0])
  })

  test('a receive is an arm of a choice, and a send too', async () => {
    const broadcast = new Broadcast<number>({ capacity: 1 })
    const [a, b] = [broadcast.subscribe(), broadcast.subscribe()]
    const wait = watch(choose([a.receive(), b.receive(), sleep(1e6, { ref: false })]))
    await broadcast.send(1)
    await settle()
    expect([wait.value, a.size + b.size]).toEqual([1, 1])
    const sent = watch(select({ sent: broadcast.send(2), late: sleep(1e6, { ref: false }) }))
    await settle()
    expect(sent.state).toBe('pending')
    ;(a.size > 0 ? a : b).tryReceive()
    await settle()
    expect([sent.value!.key, a.size, b.size]).toEqual(['sent', 1, 1])
  })

  test('closing a subscription ends who waits there, and drops what it has not received', async () => {
    const broadcast = new Broadcast<number>()
    const subscription = broadcast.subscribe()
    const [receive, next] = [watch(subscription.receive()), watch(subscription.next())]
    subscription.close()
    subscription.close()
    await settle()
    expect(receive.error).toBeInstanceOf(ChannelClosedError)
    expect(next.value).toEqual({ done: true, value: undefined })
    expect(() => subscription.tryReceive()).toThrow(ChannelClosedError)
    expect(subscription.statistics()).toEqual({
      size: 0,
      capacity: 16,
      dropped: 0,
      isClosed: true,
      receivers: 0,
    })
  })

  test('closing the broadcast ends senders that wait; what was sent is received', async () => {
    const broadcast = new Broadcast<number>({ capacity: 1 })
    const subscription = broadcast.subscribe()
    await broadcast.send(1)
    const send = watch(broadcast.send(2))
    broadcast.close()
    broadcast.close()
    await settle()
    expect(send.error).toBeInstanceOf(ChannelClosedError)
    expect([broadcast.isClosed, subscription.isClosed, await subscription.receive()]).toEqual([true, true, 1])
    await expect(subscription.receive()).rejects.toBeInstanceOf(ChannelClosedError)
    await expect(broadcast.send(3)).rejects.toBeInstanceOf(ChannelClosedError)
    expect(() => broadcast.trySend(3)).toThrow(ChannelClosedError)
    expect(() => broadcast.subscribe()).toThrow(ChannelClosedError)
  })

  test('leaving a loop early closes its subscription', async () => {
    const broadcast = new Broadcast<number>({ capacity: 1 })
    const subscription = broadcast.subscribe()
    await broadcast.send(1)
    for await (const message of subscription) {
      expect(message).toBe(1)
      break
    }
    expect(broadcast.statistics().subscribers).toBe(0)
    await broadcast.send(2)
  })

  test('is told the reason of cancelWaiters, of all sides', async () => {
    const broadcast = new Broadcast<number>({ capacity: 1 })
    const subscription = broadcast.subscribe()
    const receive = watch(broadcast.subscribe({ capacity: 2 }).receive())
    await broadcast.send(1)
    await settle()
    expect(receive.value).toBe(1)
    const waits = [watch(broadcast.send(2)), watch(broadcast.send(3))]
    expect(broadcast.inspect().waiters).toHaveLength(2)
    broadcast.cancelWaiters(new Error('over'))
    await settle()
    expect(waits.map(({ error }) => error)).toEqual([new Error('over'), new Error('over')])
    expect(subscription.size).toBe(1)
  })
})

test('a task sends to two that receive, in step with the slower', async () => {
  const broadcast = new Broadcast<number>({ capacity: 1 })
  const [a, b] = [broadcast.subscribe(), broadcast.subscribe()]
  const sum = (subscription: typeof a) =>
    run(function* () {
      let sum = 0
      for (let i = 0; i < 100; i++) sum += yield* subscription.receive()
      return sum
    })
  const sums = Promise.all([sum(a), sum(b)])
  await run(function* () {
    for (let i = 0; i < 100; i++) yield* broadcast.send(i)
  })
  expect(await sums).toEqual([4950, 4950])
})

test.each<[unknown, RegExp]>([
  [{ capacity: 0 }, /capacity must be an integer from 1/],
  [{ capacity: '1' }, /capacity must be an integer/],
  [{ slow: 'drop' }, /slow must be 'wait', 'drop oldest' or 'drop newest'/],
  [5, /options must be an object/],
  [null, /options must be an object/],
])('refuses %s', (options, message) => {
  expect(() => new Broadcast(options as never)).toThrow(message)
  expect(() => new Broadcast().subscribe(options as never)).toThrow(message)
})
