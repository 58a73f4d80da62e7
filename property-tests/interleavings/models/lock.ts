/** The lock between threads, and with it the wait layer: its table, bells, sites and reservations. */
import {
  type ExploreOptions,
  type Json,
  modelAtomics,
  type View,
} from '../../../src/testing/explorer/index.ts'
import type { Model } from '../support/model.ts'
import { noSecondLook, type Place, type Shipped, world, type World } from '../support/world.ts'

type Lock = InstanceType<Shipped['Lock']>
type Held = InstanceType<Shipped['Held']>

/** Where the hints of a site begin in the memory of its primitive. */
const HINTS = 8

/** The bit of the lock's word that says that others wait. */
const WANTED = 1 << 9

const lockOf = (place: Place, name = 'lock'): Lock => place.attach(name, () => new place.shipped.Lock())

/** The critical section of `name`: nobody else may be inside. */
function inside(place: Place, held: Held, name = 'lock'): string {
  place.env.mark(name, true)
  place.env.pause(`in ${name}`)
  place.env.mark(name, null)
  held.release()
  return held.abandoned ? 'abandoned' : 'done'
}

const blocks =
  (rounds = 1) =>
  (place: Place): string => {
    const lock = lockOf(place)
    let last = ''
    for (let i = 0; i < rounds; i++) {
      place.round(i)
      last = inside(place, place.block(lock.acquire()))
    }
    return last
  }

const loops =
  (rounds = 1) =>
  (place: Place): Json => {
    const lock = lockOf(place)
    let last = ''
    for (let i = 0; i < rounds; i++) {
      place.round(i)
      const held = place.loop(lock.acquire())
      if (held === 'cancelled') return held
      last = inside(place, held)
    }
    return last
  }

/** Holds it from the start, and releases it. */
const releases = (place: Place): Json => {
  lockOf(place).release()
  return 'released'
}

/** Holds it from the start, raises a flag when thread 1 waits, and releases it. */
const releasesWithFlag = (place: Place): Json => {
  place.env.until(place.env.memory['lock']!, HINTS, (hints) => hints !== 0)
  modelAtomics.store(place.env.memory['flag']!, 0, 1)
  return releases(place)
}

/** Holds it from the start, releases it, and takes it once more if it can. */
const releasesAndTakes = (place: Place): Json => {
  const lock = lockOf(place)
  lock.release()
  const held = lock.tryAcquire()
  if (held === undefined) return 'refused'
  inside(place, held)
  return 'took'
}

/** Begins when the thread of `slot` waits for `lock`: what comes before is explored elsewhere. */
const after =
  (slot: number, lock: string, program: (place: Place) => Json) =>
  (place: Place): Json => {
    place.env.until(place.env.memory[lock]!, HINTS, (hints) => (hints & (1 << slot)) !== 0)
    return program(place)
  }

/** An event loop that waits once, and raises a flag when it does. */
const loopsWithFlag = (place: Place): Json => {
  const held = place.loop(lockOf(place).acquire(), () => modelAtomics.store(place.env.memory['flag']!, 0, 1))
  return held === 'cancelled' ? held : inside(place, held)
}

/** Begins when the flag is up. */
const afterFlag =
  (program: (place: Place) => Json) =>
  (place: Place): Json => {
    place.env.until(place.env.memory['flag']!, 0, (flag) => flag === 1)
    return program(place)
  }

/** The lock is reserved for it from the start, but it leaves. */
const leaves = (place: Place): Json => {
  const lock = lockOf(place)
  lock.site!.withdraw()
  lock.passOn()
  return 'left'
}

/** Holds it from the start, releases it, barges, and in the end waits for it. */
const bargesThenBlocks =
  (times: number) =>
  (place: Place): Json => {
    const lock = lockOf(place)
    lock.release()
    for (let i = 0; i < times; i++) {
      place.round(i)
      const held = lock.tryAcquire()
      if (held !== undefined) inside(place, held)
    }
    place.round(times)
    return inside(place, place.block(lock.acquire()))
  }

/**
 * Holds it from the start, releases it, and takes it again if it can: in front of thread 1, where that one waits, and
 * then it keeps the lock until that one has woken and found it taken. Tells how often it overtook.
 */
const releasesAndBarges =
  (times: number) =>
  (place: Place): Json => {
    const lock = lockOf(place)
    const words = place.env.memory['lock']!
    lock.release()
    let overtook = 0
    for (let i = 0; i < times; i++) {
      place.env.mark('overtook', overtook)
      place.round(i)
      const held = lock.tryAcquire()
      if (held === undefined) continue
      if ((modelAtomics.load(words, HINTS) & 0b10) !== 0) {
        place.env.until(words, words.length - 1, (word) => (word & WANTED) !== 0)
        overtook++
      }
      inside(place, held)
    }
    return overtook
  }

const timesOut = (place: Place): Json => {
  try {
    return inside(place, place.block(lockOf(place).acquire({ timeout: 50 })))
  } catch (error) {
    return (error as Error).name
  }
}

/** Takes whichever of two locks it gets, waiting as a thread or as an event loop. */
const chooses =
  (order: readonly string[], how: 'block' | 'loop') =>
  (place: Place): Json => {
    const arms = order.map((name) =>
      lockOf(place, name)
        .acquire()
        .map((held) => ({ name, held })),
    )
    const choice = place.shipped.choose.biased(arms)
    const got = how === 'block' ? place.block(choice) : place.loop(choice)
    return got === 'cancelled' ? got : `${got.name} ${inside(place, got.held, got.name)}`
  }

/** One async waiter on `a`, left behind while the thread sleeps for `b`. */
const sleepsElsewhere = (place: Place): Json => {
  const a = lockOf(place, 'a')
  const b = lockOf(place, 'b')
  let first: Held | undefined
  return place.drive(function* () {
    const parked = a.acquire().map((held) => (first = held))
    const waiting = parked[Symbol.iterator]()
    const step = waiting.next()
    inside(place, place.block(b.acquire()), 'b')
    if (!step.done) {
      yield step.value
      waiting.next()
    }
    return inside(place, first!, 'a')
  } as () => Generator<unknown, Json, unknown>)
}

/** Two async waiters of one thread, against other threads. */
const twoWaiters = (place: Place): Json => {
  const lock = lockOf(place)
  return place.drive(function* () {
    const second = lock.acquire()[Symbol.iterator]()
    const held = yield* lock.acquire() as never as Generator<unknown, Held>
    const step = second.next()
    inside(place, held)
    if (!step.done) yield step.value
    const { value } = step.done ? step : second.next()
    return inside(place, value as Held)
  } as () => Generator<unknown, Json, unknown>)
}

function exclusive(...names: string[]) {
  return (view: View): boolean | string => {
    for (const name of names) {
      const holders = view.threads.filter(({ status, marks }) => status !== 'killed' && marks[name] === true)
      if (holders.length > 1) return `${holders.length} threads are inside ${name}`
    }
    return true
  }
}

const results = (view: View): string =>
  view.threads.map(({ result, status }) => (result === undefined ? status : String(result))).join(', ')

/** At the end nobody holds a lock and nobody waits for it. */
function nothingLeft(w: World, names: readonly string[]) {
  return (view: View): boolean | string => {
    for (const name of names) {
      const word = view.read(name, (w.memory[name] as { cells: Int32Array }).cells.length - 1)
      const held = (word & (3 << 30)) === 2 << 30
      if (view.threads.some(({ status }) => status !== 'done')) continue
      if (held) return `${name} is held at the end`
      if (view.read(name, HINTS) !== 0) return `somebody still waits for ${name} at the end`
    }
    return true
  }
}

type Programs = (w: World) => ExploreOptions['threads']

function lockModel(
  name: string,
  programs: Programs,
  more: Partial<ExploreOptions> & {
    locks?: readonly string[]
    heldBy?: number
    /** For whom the lock is reserved from the start, waiting and starving. */
    reservedFor?: number
    holders?: { readonly [lock: string]: number }
  } = {},
  killed?: { starts?: (w: World, victim: number) => ExploreOptions['threads']; threads?: readonly number[] },
  long = false,
): Model {
  const { locks = ['lock'], heldBy, reservedFor, holders = {}, ...options } = more
  return {
    name: `Lock: ${name}`,
    covers: ['src/sync/lock', 'src/wait/', 'src/perform/', 'src/operation/'],
    long,
    options(shipped) {
      const count = programs(world(shipped, { primitives: { lock: 1 }, seats: 3 })).length
      const w = world(shipped, {
        primitives: Object.fromEntries(locks.map((lock) => [lock, 1])),
        seats: count,
        fill: (name, own, ids) => {
          const holder = holders[name] ?? heldBy
          if (holder !== undefined) own[0] = (2 << 30) | ids[holder]!
          if (reservedFor !== undefined) own[0] = (1 << 30) | ids[reservedFor]!
        },
      })
      return {
        memory: { ...w.memory, flag: 1 },
        setup: (memory) => {
          if (reservedFor === undefined) return
          memory['lock']![HINTS] = 1 << reservedFor
          memory['lock']![HINTS + 4 + reservedFor] = w.ids[reservedFor]! | (1 << 30)
        },
        before: w.before,
        threads: programs(w),
        invariant: exclusive(...locks),
        atEnd: nothingLeft(w, locks),
        outcome: results,
        timeouts: { fires: () => false },
        unobserved: (op) => op === 'notify' || op === 'or' || op === 'and',
        sleepKey: w.sleepKey,
        maxStates: 20_000_000,
        ...(killed && {
          kills: {
            most: 1,
            ...(killed.threads && { threads: killed.threads }),
            starts: (victim: number) => killed.starts?.(w, victim) ?? [w.undertaker(victim)],
          },
        }),
        ...options,
      }
    },
  }
}

export const models: readonly Model[] = [
  lockModel('two threads that sleep, two rounds', (w) => [w.program(0, blocks(2)), w.program(1, blocks(2))]),
  lockModel(
    'a thread that sleeps and an event loop, a cancellation at any moment',
    (w) => [w.program(0, blocks(2)), w.program(1, loops(2))],
    { cancels: { most: 1 }, expected: ['done, done', 'done, cancelled'] },
  ),
  lockModel('two event loops, two cancellations', (w) => [w.program(0, loops()), w.program(1, loops())], {
    cancels: { most: 2 },
    expected: ['done, done', 'cancelled, done', 'done, cancelled'],
  }),
  lockModel(
    'a holder and two that sleep',
    (w) => [w.program(0, releases), w.program(1, blocks()), w.program(2, blocks())],
    { heldBy: 0, expected: ['released, done, done'] },
    undefined,
    true,
  ),
  lockModel(
    'a holder that releases when the last of two sleeps',
    (w) => [w.program(0, after(2, 'lock', releases)), w.program(1, blocks()), w.program(2, blocks())],
    { heldBy: 0, expected: ['released, done, done'] },
    undefined,
    true,
  ),
  lockModel(
    'a holder that releases when two wait, of whom the first is cancelled',
    (w) => [
      w.program(0, afterFlag(after(2, 'lock', releases))),
      w.program(1, loopsWithFlag),
      w.program(2, afterFlag(blocks())),
    ],
    {
      heldBy: 0,
      cancels: { most: 1 },
      expected: ['released, done, done', 'released, cancelled, done'],
    },
  ),
  lockModel(
    'a holder that releases when two wait, of whom the first is cancelled, and takes it again',
    (w) => [
      w.program(0, afterFlag(after(2, 'lock', releasesAndTakes))),
      w.program(1, loopsWithFlag),
      w.program(2, afterFlag(blocks())),
    ],
    {
      heldBy: 0,
      cancels: { most: 1 },
      expected: ['took, done, done', 'took, cancelled, done', 'refused, done, done'],
    },
    undefined,
    true,
  ),
  lockModel(
    'a holder that releases when two wait, of whom the first dies',
    (w) => [
      w.program(0, afterFlag(after(2, 'lock', releases))),
      w.program(1, loopsWithFlag),
      w.program(2, afterFlag(blocks())),
    ],
    {
      heldBy: 0,
      allowDeadlock: (view) => view.read('flag') === 0 && view.threads[1]!.status === 'killed',
      expected: ['released, killed, done, undertaker', 'released, killed, abandoned, undertaker'],
    },
    { threads: [1] },
  ),
  lockModel('a reservation for a thread that leaves', (w) => [w.program(0, blocks()), w.program(1, leaves)], {
    reservedFor: 1,
    expected: ['done, left'],
  }),
  lockModel(
    'a reservation for a thread that dies, and a new thread takes its slot and waits',
    (w) => [w.program(0, blocks()), w.program(1, leaves)],
    { reservedFor: 1, expected: ['done, left, dormant', 'done, killed, done', 'killed, left, abandoned'] },
    { starts: (w, victim) => [w.reborn(victim, blocks())] },
  ),
  lockModel(
    'one that starves is cancelled, and who barged waits',
    (w) => [w.program(0, bargesThenBlocks(3)), w.program(1, loops())],
    { heldBy: 0, cancels: { most: 1 }, expected: ['done, done', 'done, cancelled'] },
  ),
  lockModel(
    'a holder, a sleeper and an event loop that is cancelled',
    (w) => [w.program(0, releases), w.program(1, blocks()), w.program(2, loops())],
    { heldBy: 0, cancels: { most: 1 }, expected: ['released, done, done', 'released, done, cancelled'] },
    undefined,
    true,
  ),
  lockModel(
    'a holder and a sleeper with a timeout',
    (w) => [w.program(0, releases), w.program(1, timesOut)],
    {
      heldBy: 0,
      timeouts: noSecondLook(50),
      clock: [0, 100],
      expected: ['released, done', 'released, TimeoutError'],
    },
  ),
  lockModel(
    'a thread that sleeps, and one that sleeps with a timeout',
    (w) => [w.program(0, blocks()), w.program(1, timesOut)],
    { timeouts: noSecondLook(50), clock: [0, 100], expected: ['done, done', 'done, TimeoutError'] },
  ),
  lockModel(
    'a sleeper is overtaken four times at most, twice as it comes and twice when rung',
    (w) => [w.program(0, releasesAndBarges(7)), w.program(1, blocks())],
    { heldBy: 0, expected: ['0, done', '1, done', '2, done', '3, done', '4, done'], onlyExpected: true },
  ),
  lockModel(
    'an event loop is overtaken four times at most, twice as it comes and twice when rung',
    (w) => [w.program(0, releasesAndBarges(7)), w.program(1, loops())],
    { heldBy: 0, expected: ['0, done', '1, done', '2, done', '3, done', '4, done'], onlyExpected: true },
  ),
  lockModel(
    'reservations may lapse at any moment',
    (w) => [w.program(0, bargesThenBlocks(2)), w.program(1, blocks())],
    { heldBy: 0, clock: [0, 100], expected: ['done, done'] },
  ),
  lockModel(
    'two threads, one dies at any step',
    (w) => [w.program(0, blocks()), w.program(1, blocks())],
    {
      expected: [
        'done, done, dormant',
        'killed, done, undertaker',
        'killed, abandoned, undertaker',
        'done, killed, undertaker',
        'abandoned, killed, undertaker',
      ],
    },
    {},
  ),
  lockModel(
    'a sleeper and an event loop, one dies, the other may be cancelled',
    (w) => [w.program(0, blocks()), w.program(1, loops())],
    { cancels: { most: 1 }, expected: ['killed, abandoned, undertaker', 'killed, cancelled, undertaker'] },
    {},
  ),
  lockModel(
    'one of two dies, and a new thread takes its slot',
    (w) => [w.program(0, blocks()), w.program(1, blocks())],
    {
      expected: [
        'killed, done, reborn done',
        'killed, abandoned, reborn done',
        'killed, done, reborn abandoned',
        'done, done, dormant',
      ],
    },
    {
      starts: (w, victim) => [w.reborn(victim, (place) => `reborn ${blocks()(place)}`)],
      threads: [0],
    },
  ),
  lockModel(
    'a holder and two that wait, one of the three dies at any step',
    (w) => [w.program(0, releases), w.program(1, blocks()), w.program(2, loops())],
    {
      heldBy: 0,
      expected: [
        'killed, abandoned, done, undertaker',
        'killed, done, abandoned, undertaker',
        'released, killed, abandoned, undertaker',
        'released, done, killed, undertaker',
      ],
    },
    {},
    true,
  ),
  lockModel(
    'a choice of two locks against one waiter for each',
    (w) => [
      w.program(0, chooses(['a', 'b'], 'block')),
      w.program(1, (place) => inside(place, place.block(lockOf(place, 'a').acquire()), 'a')),
      w.program(2, (place) => inside(place, place.block(lockOf(place, 'b').acquire()), 'b')),
    ],
    { locks: ['a', 'b'], expected: ['a done, done, done', 'b done, done, done'] },
  ),
  lockModel(
    'three choices of two locks',
    (w) => [
      w.program(0, chooses(['a', 'b'], 'block')),
      w.program(1, chooses(['b', 'a'], 'block')),
      w.program(2, chooses(['a', 'b'], 'loop')),
    ],
    { locks: ['a', 'b'] },
  ),
  lockModel(
    'a thread that sleeps elsewhere passes on what its own async waiter is offered',
    (w) => [
      w.program(0, sleepsElsewhere),
      w.program(1, (place) => {
        const a = place.block(lockOf(place, 'a').acquire())
        inside(place, a, 'a')
        return inside(place, place.block(lockOf(place, 'b').acquire()), 'b')
      }),
    ],
    { locks: ['a', 'b'], sleepKey: () => undefined as never, expected: ['done, done'] },
  ),
  lockModel(
    'a thread that sleeps elsewhere needs the one behind it to be served first',
    (w) => [
      w.program(0, (place) => {
        place.env.until(place.env.memory['b']!, HINTS, (hints) => hints === 0b010) // now thread 1 sleeps
        place.env.until(place.env.memory['a']!, HINTS, (hints) => hints === 0b110)
        lockOf(place, 'a').release()
        return 'released'
      }),
      w.program(1, sleepsElsewhere),
      w.program(
        2,
        after(1, 'b', (place) => {
          const held = place.block(lockOf(place, 'a').acquire())
          lockOf(place, 'b').release()
          return inside(place, held, 'a')
        }),
      ),
    ],
    {
      locks: ['a', 'b'],
      holders: { a: 0, b: 2 },
      sleepKey: () => undefined as never,
      expected: ['released, done, done'],
    },
    undefined,
    true,
  ),
  lockModel(
    'a thread with two async waiters against a sleeper',
    (w) => [w.program(0, twoWaiters), w.program(1, blocks(2))],
    { expected: ['done, done'] },
  ),
  lockModel(
    'two async waiters of one thread come while another thread gives it back for a third',
    (w) => [w.program(0, afterFlag(twoWaiters)), w.program(1, blocks()), w.program(2, releasesWithFlag)],
    { heldBy: 2, expected: ['done, done, released'] },
    undefined,
    true,
  ),
]
