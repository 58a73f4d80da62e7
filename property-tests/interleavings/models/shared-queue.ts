/** Queues between threads: the lock that commits, the books behind it, and who is rung after each change. */
import {
  type Env,
  type ExploreOptions,
  type Json,
  modelAtomics,
  type View,
} from '../../../src/testing/explorer/index.ts'
import type { Model } from '../support/model.ts'
import { noSecondLook, type Place, type Shipped, world, type World } from '../support/world.ts'

type Queue = InstanceType<Shipped['SharedQueue']>

/** One byte an item. */
const codec = {
  encode: (value: unknown): Uint8Array => new Uint8Array([value as number]),
  decode: (bytes: Uint8Array): unknown => bytes[0],
}

interface Limits {
  capacity: number
  bytes: number
  hands: number
}

const layoutOf = (shipped: Shipped, limits: Limits) => shipped.sharedLayout.layoutOf({ code: 4, ...limits })

const queues = new WeakMap<Place, Queue>()

function queueIn(place: Place, limits: Limits): Queue {
  let queue = queues.get(place)
  if (queue === undefined) {
    const { shipped } = place
    const words = place.env.memory['queue']!
    const core = place.attach(
      'queue',
      () => new shipped.SharedCore(layoutOf(shipped, limits), shipped.freightOf(codec), words),
    )
    queue = new shipped.SharedQueue(core as never)
    queues.set(place, queue)
  }
  return queue
}

/** What one thread does with the queue, step by step; what it gives is its result. */
type Act = (queue: Queue, place: Place) => Json | void

const put =
  (item: number): Act =>
  (queue, place) =>
    place.block(queue.put(item))
const putMany =
  (...items: number[]): Act =>
  (queue, place) =>
    place.block(queue.putMany(items))
const get: Act = (queue, place) => place.block(queue.get()) as number
const getMany: Act = (queue, place) => place.block(queue.getMany(9)) as number[]
const peek: Act = (queue, place) => {
  place.block(queue.peek())
}
const loopGet: Act = (queue, place) => place.loop(queue.get()) as number
const tryPut =
  (item: number): Act =>
  (queue) =>
    void queue.tryPut(item)
const next: Act = (queue, place) => {
  const { done, value } = place.block(queue.next())
  return done ? 'end' : (value as number)
}
/** Takes one, if one comes, and says that it is done. */
const work: Act = (queue, place) => {
  const taken = next(queue, place)
  if (taken !== 'end') queue.taskDone()
  return taken as Json
}
const done: Act = (queue) => queue.taskDone()
const join: Act = (queue, place) => place.block(queue.join())
const tryGet: Act = (queue) => (queue.tryGet('none') ?? null) as Json
const shutdown: Act = (queue) => queue.shutdown()
const drop: Act = (queue) => queue.shutdown({ immediate: true })
const ended =
  (act: Act): Act =>
  (queue, place) => {
    try {
      return act(queue, place)
    } catch (error) {
      return (error as Error).name
    }
  }
/** Was rung in vain so often before that it starves at once. */
const starved =
  (act: Act): Act =>
  (queue, place) => {
    for (const line of (queue as never as { lines(): { site: { missed: number } }[] }).lines())
      line.site.missed = 5
    return act(queue, place)
  }

interface Scene extends Partial<Limits> {
  /** One list of acts for each thread. */
  threads: readonly (readonly Act[])[]
  /** The threads that may be killed. */
  mortal?: readonly number[]
  /** What a new thread in the slot of the dead one does. */
  heirs?: readonly (readonly Act[])[]
  cancels?: readonly number[]
  expected: readonly string[]
  /** How often items may be seen twice, once from a dead thread. */
  check?: (view: View, w: World) => string | void
}

function scene(
  shipped: Shipped,
  {
    capacity = 2,
    bytes = 100,
    hands = 0,
    threads,
    mortal = [],
    heirs = [],
    cancels = [],
    expected,
    check = onlyOnce,
  }: Scene,
): ExploreOptions {
  const limits = { capacity, bytes: Math.min(bytes, capacity), hands }
  const layout = layoutOf(shipped, limits)
  const w = world(shipped, {
    primitives: { queue: layout.length },
    seats: threads.length,
    fill: (_, own) => shipped.sharedLayout.begin(own, 0, layout),
  })
  const playing =
    (acts: readonly Act[]) =>
    (place: Place): Json => {
      const queue = queueIn(place, limits)
      const results: Json[] = []
      acts.forEach((act, i) => {
        place.round(numberOf(results, i))
        results.push(act(queue, place) ?? null)
        place.env.mark('so far', [...results])
      })
      return results
    }
  /**
   * Declares a thread dead, and stands in for the slices in which its lock is slept for: a thread that was killed wakes
   * nobody. As any thread would that found the lock with a dead one, it frees it, and wakes who sleeps.
   */
  const bury = (env: Env, victim: number): string => {
    const words = env.memory['queue']!
    const lock = shipped.OWN + shipped.sharedLayout.LOCK
    shipped.died(env.memory['table']!, w.ids[victim]!)
    const word = modelAtomics.load(words, lock)
    if ((word & shipped.ID_MASK) === w.ids[victim]!)
      modelAtomics.compareExchange(words, lock, word, word & (1 << 30))
    modelAtomics.notify(words, lock)
    return 'buried'
  }
  return {
    memory: w.memory,
    before: w.before,
    // Who sleeps for the lock stands in the middle of something.
    sleepKey: (sleep) => (sleep.milliseconds === 1 ? undefined : w.sleepKey()),
    threads: threads.map((acts, slot) => w.program(slot, playing(acts))),
    timeouts: noSecondLook(-1),
    maxStates: 8_000_000,
    ...(mortal.length > 0 && {
      kills: {
        most: 1,
        threads: mortal,
        starts: (victim) => [
          (env) => bury(env, victim),
          ...heirs.map((acts) => w.reborn(victim, playing(acts))),
        ],
      },
    }),
    ...(cancels.length > 0 && { cancels: { most: 1, threads: cancels } }),
    atEnd: (view) => check(view, w),
    outcome: (view) =>
      view.threads.map(({ status, result }) => (status === 'killed' ? 'dead' : told(result))).join(' | '),
    expected,
    onlyExpected: mortal.length === 0 && cancels.length === 0,
  }
}

/** A round and what came of those before, as one number. */
function numberOf(results: readonly Json[], round: number): number {
  const digits = results.flat().map((each) => (typeof each === 'number' ? each : each === null ? 8 : 9))
  return Number(`${round}${digits.join('')}`)
}

function told(result: unknown): string {
  return Array.isArray(result)
    ? result
        .filter((each) => each !== null)
        .flat()
        .join(' ')
    : String(result)
}

/** No item is given to two threads. */
function onlyOnce(view: View): string | void {
  const taken = view.threads
    .flatMap(({ status, result, marks }) => (status === 'done' ? result : (marks['so far'] ?? [])))
    .flat()
    .filter((each) => typeof each === 'number')
  if (new Set(taken).size !== taken.length) return `given twice: ${taken.join(' ')}`
}

const covers = [
  'src/queue/shared-lock.ts',
  'src/queue/shared-books.ts',
  'src/queue/shared-core.ts',
  'src/queue/shared-line.ts',
  'src/queue/shared-turn.ts',
  'src/queue/shared-arena.ts',
]

const model = (name: string, scenery: Scene, long = false): Model => ({
  name: `shared queue: ${name}`,
  covers,
  long,
  options: (shipped) => scene(shipped, scenery),
})

const gone = 'dead'

export const models: readonly Model[] = [
  model('a put and a get', { threads: [[put(1)], [get]], expected: [' | 1'] }),
  model(
    'two puts, two gets',
    {
      threads: [
        [put(1), put(2)],
        [get, get],
      ],
      expected: [' | 1 2'],
    },
    true,
  ),
  model(
    'room for one',
    {
      capacity: 1,
      threads: [
        [put(1), put(2)],
        [get, get],
      ],
      expected: [' | 1 2'],
    },
    true,
  ),
  model('a batch comes as one', { threads: [[putMany(1, 2)], [getMany]], expected: [' | 1 2'] }),
  model(
    'a batch waits for room for all',
    {
      threads: [
        [put(1), putMany(2, 3)],
        [get, get, get],
      ],
      expected: [' | 1 2 3'],
    },
    true,
  ),
  model('a look without waiting', {
    threads: [[put(1)], [tryGet, tryGet]],
    expected: [' | 1 none', ' | none 1', ' | none none'],
  }),
  model('a look, then a take', {
    threads: [[put(1)], [peek, tryGet]],
    expected: [' | 1'],
  }),
  model(
    'work is done',
    {
      threads: [
        [put(1), join],
        [get, done],
      ],
      expected: [' | 1'],
    },
    true,
  ),
  model('a join waits for work', { threads: [[tryPut(1), join], [work]], expected: [' | 1'] }, true),
  model('a shutdown ends who waits', {
    threads: [[ended(get)], [shutdown]],
    expected: ['QueueShutDownError | '],
  }),
  model(
    'a shutdown ends who waits for room',
    {
      capacity: 1,
      threads: [[ended(put(1)), ended(put(2))], [shutdown]],
      expected: ['QueueShutDownError | ', 'QueueShutDownError QueueShutDownError | '],
    },
    true,
  ),
  model(
    'an immediate shutdown ends a join',
    {
      threads: [[ended(put(1)), join], [drop]],
      expected: [' | ', 'QueueShutDownError | '],
    },
    true,
  ),
  model('a putter dies', {
    threads: [[tryPut(1)], [tryPut(2), get]],
    mortal: [0],
    expected: [`${gone} | 1 | buried`, `${gone} | 2 | buried`],
  }),
  model(
    'a taker dies, and its work counts as done',
    {
      capacity: 1,
      threads: [
        [next, done],
        [put(1), shutdown, join],
      ],
      mortal: [0],
      expected: ['1 | ', `${gone} |  | buried`],
    },
    true,
  ),
  model(
    'a taker dies, and its item is given again',
    {
      capacity: 2,
      hands: 1,
      threads: [
        [get, tryPut(2)],
        [tryPut(1), get],
      ],
      mortal: [0],
      expected: [`${gone} | 1 | buried`],
      check: () => undefined,
    },
    true,
  ),
  model(
    'two takers, one cancelled',
    {
      threads: [[loopGet], [get], [putMany(1, 2)]],
      cancels: [0],
      expected: ['cancelled | 1 | ', '1 | 2 | '],
    },
    true,
  ),
  model(
    'who starves goes first',
    {
      threads: [[starved(get)], [tryPut(1), tryPut(2), tryGet]],
      expected: [],
    },
    true,
  ),
]
