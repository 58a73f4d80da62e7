/** The truth tables of docs/queues.md, tried. `HEDDLE_UPDATE_DOCS=1` writes them. */
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Broadcast, Channel, LifoQueue, PriorityQueue, Queue, type QueueLike } from '../../src/index.ts'
import { partOf, type States, truthTable, type Verbs, withPart } from '../support/truth-table.ts'
import { watch } from '../support/watch.ts'

const page = new URL('../../docs/queues.md', import.meta.url)

const queueStates = (make: () => QueueLike<number>): States<QueueLike<number>> => {
  const holding = (count: number) => () => {
    const queue = make()
    for (let i = 0; i < count; i++) queue.tryPut(1)
    return queue
  }
  const shut = (count: number) => () => {
    const queue = holding(count)()
    queue.shutdown()
    return queue
  }
  return {
    empty: holding(0),
    'some items': holding(1),
    full: holding(2),
    'shut down, some items': shut(1),
    'shut down, empty': shut(0),
  }
}

const queueVerbs: Verbs<QueueLike<number>> = {
  'put(1)': (queue) => queue.put(1),
  'putMany([1, 1])': (queue) => queue.putMany([1, 1]),
  'tryPut(1)': (queue) => queue.tryPut(1),
  'get()': (queue) => queue.get(),
  'getMany(2)': (queue) => queue.getMany(2),
  'peek()': (queue) => queue.peek(),
  'next()': (queue) => queue.next(),
  'tryGet()': (queue) => queue.tryGet(),
  'taskDone()': (queue) => (queue.taskDone(), 'done'),
  'join()': (queue) => queue.join(),
  'clear()': (queue) => queue.clear(),
  'shutdown()': (queue) => (queue.shutdown(), 'done'),
  size: (queue) => queue.size,
}

const channelStates = (capacity: number): States<Channel<number>> => {
  const with_ = (prepare: (channel: Channel<number>) => void) => () => {
    const channel = new Channel<number>(capacity)
    prepare(channel)
    return channel
  }
  const sending = with_((channel) => void watch(channel.send(1)))
  const closed = with_((channel) => channel.close())
  if (capacity === 0)
    return {
      'nobody waits': with_(() => {}),
      'a sender waits': sending,
      'a receiver waits': with_((channel) => void watch(channel.receive())),
      closed,
    }
  return {
    empty: with_(() => {}),
    full: sending,
    'closed, a message left': with_((channel) => {
      channel.trySend(1)
      channel.close()
    }),
    'closed, empty': closed,
  }
}

const channelVerbs: Verbs<Channel<number>> = {
  'send(2)': (channel) => channel.send(2),
  'trySend(2)': (channel) => channel.trySend(2),
  'receive()': (channel) => channel.receive(),
  'next()': (channel) => channel.next(),
  'tryReceive()': (channel) => channel.tryReceive(),
  'close()': (channel) => (channel.close(), 'done'),
}

/** The last subscription that was made. */
let subscription: ReturnType<Broadcast<number>['subscribe']>

const broadcastStates: States<Broadcast<number>> = {
  'no subscriber': () => {
    const broadcast = new Broadcast<number>()
    subscription = broadcast.subscribe()
    subscription.close()
    return broadcast
  },
  ...Object.fromEntries(
    (['wait', 'drop oldest', 'drop newest'] as const).map((slow) => [
      `'${slow}'`,
      () => {
        const broadcast = new Broadcast<number>({ capacity: 1, slow })
        subscription = broadcast.subscribe()
        broadcast.trySend(1)
        return broadcast
      },
    ]),
  ),
  closed: () => {
    const broadcast = new Broadcast<number>()
    subscription = broadcast.subscribe()
    broadcast.trySend(1)
    broadcast.close()
    return broadcast
  },
}

const broadcastVerbs: Verbs<Broadcast<number>> = {
  'send(2)': (broadcast) => broadcast.send(2),
  'trySend(2)': (broadcast) => broadcast.trySend(2),
  'what is received first': () => subscription.tryReceive(),
  '... after send(2)': (broadcast) => {
    void watch(broadcast.send(2))
    return subscription.tryReceive()
  },
  'subscribe()': (broadcast) => (broadcast.subscribe(), 'done'),
}

const tables: Record<string, () => Promise<string>> = {
  queue: () =>
    truthTable(
      queueStates(() => new Queue(2)),
      queueVerbs,
    ),
  rendezvous: () => truthTable(channelStates(0), channelVerbs),
  channel: () => truthTable(channelStates(1), channelVerbs),
  broadcast: () => truthTable(broadcastStates, broadcastVerbs),
}

test.each(Object.keys(tables))('the page shows the table "%s" as it is', async (name) => {
  const table = await tables[name]!()
  if (process.env['HEDDLE_UPDATE_DOCS'] === '1')
    writeFileSync(page, withPart(readFileSync(page, 'utf8'), name, table))
  expect(squeezed(partOf(readFileSync(page, 'utf8'), name))).toBe(squeezed(table))
})

test.each([
  ['LifoQueue', () => new LifoQueue<number>(2)],
  ['PriorityQueue', () => new PriorityQueue<number>(2)],
])('%s has the same table', async (_, make) => {
  expect(await truthTable(queueStates(make), queueVerbs)).toBe(await tables['queue']!())
})

/** A formatter may pad the columns. */
function squeezed(table: string): string {
  return table.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---')
}
