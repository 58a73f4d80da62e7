/** What is put and taken: items, room, messages. */
import {
  Broadcast,
  Channel,
  LifoQueue,
  type Operation,
  PriorityQueue,
  Queue,
  type QueueLike,
} from '../../src/index.ts'
import type { NamedSubject, Subject } from './subject.ts'

/** A value that cannot be given back is counted when nobody gets it: an item that is disposed counts as lying there. */
function counted(take: (options?: object) => Operation<unknown>) {
  let returned = 0
  return {
    operation: (options?: object) =>
      take(options).map((item) => ({ item, [Symbol.dispose]: () => void returned++ })),
    returned: () => returned,
  }
}

function source(
  take: (options?: object) => Operation<unknown>,
  supply: () => void,
  size: () => number,
): Subject {
  const { operation, returned } = counted(take)
  return {
    operation,
    canSupply: () => true,
    supply,
    available: () => size() + returned(),
    delivered: () => {},
  }
}

type Make = () => QueueLike<number>

const taking = (make: Make, verb: 'get' | 'next' | 'getMany') => () => {
  const queue = make()
  return source(
    (options) => (verb === 'getMany' ? queue.getMany(1, options) : queue[verb](options)),
    () => void queue.tryPut(1),
    () => queue.size,
  )
}

/** Room for items: a full queue, which has some when an item is taken. */
const putting = (many: boolean) => (): Subject => {
  const queue = new Queue<number>(60)
  for (let i = 0; i < 60; i++) queue.tryPut(i)
  return {
    operation: (options) => (many ? queue.putMany([1], options) : queue.put(1, options)),
    gone: true,
    canSupply: () => queue.size > 0,
    supply: () => void queue.tryGet(),
    available: () => queue.capacity - queue.size,
    delivered: () => {},
  }
}

/** Once there, for everybody. */
const peeking = (): Subject => {
  const queue = new Queue<number>()
  return {
    operation: (options) => queue.peek(options),
    canSupply: () => queue.size === 0,
    supply: () => void queue.tryPut(1),
    available: () => (queue.size > 0 ? Infinity : 0),
    delivered: () => {},
  }
}

const joining = (): Subject => {
  const queue = new Queue<number>()
  queue.tryPut(1)
  return {
    operation: (options) => queue.join(options),
    canSupply: () => queue.statistics().unfinished > 0,
    supply: () => queue.taskDone(),
    available: () => (queue.statistics().unfinished === 0 ? Infinity : 0),
    delivered: () => {},
  }
}

/** A partner that waits is what there is; it takes or gives one message. */
const receiving = (verb: 'receive' | 'next', capacity: number) => () => {
  const channel = new Channel<number>(capacity)
  return source(
    (options) => channel[verb](options),
    () => void channel.send(1).start(),
    () => channel.size + channel.statistics().senders,
  )
}

const sending = (): Subject => {
  const channel = new Channel<number>()
  return {
    operation: (options) => channel.send(1, options),
    gone: true,
    canSupply: () => true,
    supply: () => void channel.receive().start(),
    available: () => channel.statistics().receivers,
    delivered: () => {},
  }
}

const subscribing = (verb: 'receive' | 'next') => () => {
  const broadcast = new Broadcast<number>({ capacity: Infinity })
  const subscription = broadcast.subscribe()
  return source(
    (options) => subscription[verb](options),
    () => void broadcast.trySend(1),
    () => subscription.size,
  )
}

const broadcasting = (): Subject => {
  const broadcast = new Broadcast<number>({ capacity: 60 })
  const subscription = broadcast.subscribe()
  for (let i = 0; i < 60; i++) broadcast.trySend(i)
  return {
    operation: (options) => broadcast.send(1, options),
    gone: true,
    canSupply: () => subscription.size > 0,
    supply: () => void subscription.tryReceive(),
    available: () => subscription.capacity - subscription.size,
    delivered: () => {},
  }
}

export const queues: readonly NamedSubject[] = [
  { name: 'Queue.get', make: taking(() => new Queue(), 'get') },
  { name: 'Queue.getMany', make: taking(() => new Queue(), 'getMany') },
  { name: 'Queue.next', make: taking(() => new Queue(), 'next') },
  { name: 'LifoQueue.get', make: taking(() => new LifoQueue(), 'get') },
  { name: 'PriorityQueue.get', make: taking(() => new PriorityQueue(), 'get') },
  { name: 'Queue.put', make: putting(false) },
  { name: 'Queue.putMany', make: putting(true) },
  { name: 'Queue.peek', make: peeking },
  { name: 'Queue.join', make: joining },
  { name: 'Channel.receive', make: receiving('receive', 0) },
  { name: 'Channel.next', make: receiving('next', 0) },
  { name: 'Channel.receive, buffered', make: receiving('receive', 3) },
  { name: 'Channel.send', make: sending },
  { name: 'Subscription.receive', make: subscribing('receive') },
  { name: 'Subscription.next', make: subscribing('next') },
  { name: 'Broadcast.send', make: broadcasting },
]
