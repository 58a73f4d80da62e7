/** Semaphores between threads: the books of `ledger.ts`, and who may take and who is rung by `permits.ts`. */
import {
  type ExploreOptions,
  type Json,
  modelAtomics,
  type ThreadView,
  type View,
} from '../../../src/testing/explorer/index.ts'
import type { Model } from '../support/model.ts'
import { noSecondLook, type Place, type Shipped, world, type World } from '../support/world.ts'

type Semaphore = InstanceType<Shipped['Semaphore']>
type Held = InstanceType<Shipped['Held']>

const attached = new WeakMap<Place, Semaphore>()

function attach(place: Place, make: () => Semaphore): Semaphore {
  place.env.mark('id', place.id)
  let semaphore = attached.get(place)
  if (semaphore === undefined) attached.set(place, (semaphore = place.attach('semaphore', make)))
  return semaphore
}

const semaphoreOf = (place: Place): Semaphore => attach(place, () => new place.shipped.Semaphore(0))

const boundedOf = (place: Place): Semaphore =>
  attach(place, () => new place.shipped.BoundedSemaphore(0) as unknown as Semaphore)

/** How many permits this thread has out, at least and at most. */
const out = (place: Place, least: number, most = least): void => place.env.mark('out', [least, most])

/** Uses `n` permits, and gives them back as often as it likes: a token gives back once. */
function use(place: Place, held: Held, n: number, round = 0): string {
  out(place, n)
  place.env.mark('in', n)
  place.round(round + 1)
  place.env.pause('in')
  place.env.mark('in', null)
  out(place, 0, n)
  held.release()
  out(place, 0)
  place.round(round + 2)
  held.release()
  return 'done'
}

/** Goes on once so many others have said that they wait: what happened before they came is of no interest. */
function whenAwaited(place: Place, others: number): void {
  place.env.mark('starts', false)
  place.env.until(place.env.memory['semaphore']!, HINTS, (hints) => bits(hints) >= others)
  place.env.mark('starts', null)
}

function bits(set: number): number {
  let count = 0
  for (let rest = set; rest !== 0; rest &= rest - 1) count++
  return count
}

const fire = (place: Place): number => modelAtomics.store(place.env.memory['gun']!, 0, 1)

/** Begins when another thread says so. */
const atTheShot =
  (run: (place: Place) => Json) =>
  (place: Place): Json => {
    place.env.until(place.env.memory['gun']!, 0, (fired) => fired === 1)
    return run(place)
  }

interface Taking {
  n?: number
  rounds?: number
  how?: 'block' | 'loop'
  of?: (place: Place) => Semaphore
  /** What this thread has out besides. */
  base?: number
  /** How often it was rung in vain before. */
  missed?: number
}

const takes =
  ({ n = 1, rounds = 1, how = 'block', of = semaphoreOf, base = 0, missed = 0 }: Taking = {}) =>
  (place: Place): Json => {
    place.env.mark('base', base)
    const semaphore = of(place)
    semaphore.site!.missed = missed
    for (let i = 0; i < rounds; i++) {
      out(place, 0, n)
      place.round(3 * i)
      const held = how === 'block' ? place.block(semaphore.acquire(n)) : place.loop(semaphore.acquire(n))
      if (held === 'cancelled') {
        out(place, 0)
        return held
      }
      use(place, held, n, 3 * i)
    }
    return 'done'
  }

/** Has what it has, and does nothing. */
const holdsOn = (place: Place): Json => {
  place.env.mark('id', place.id)
  out(place, 1)
  place.env.pause('holds')
  return 'holds'
}

/** Takes one and keeps it. */
const keeps = (place: Place): Json => {
  const semaphore = semaphoreOf(place)
  out(place, 0, 1)
  place.round(0)
  place.block(semaphore.acquire())
  out(place, 1)
  place.env.mark('in', 1)
  place.env.pause('keeps it')
  return 'kept'
}

const timesOut = (place: Place): Json => {
  const semaphore = semaphoreOf(place)
  out(place, 0, 1)
  try {
    return use(place, place.block(semaphore.acquire({ timeout: 50 })), 1)
  } catch (error) {
    out(place, 0)
    return (error as Error).name
  }
}

/** Gives back `n` permits that were taken by somebody else, one by one, or by this thread in the beginning. */
const gives =
  (n: number, had: number, others: number, of = semaphoreOf) =>
  (place: Place): Json => {
    out(place, had)
    place.env.mark('id', place.id)
    whenAwaited(place, others)
    const semaphore = of(place)
    for (let i = 1; i <= n; i++) {
      out(place, had - i, had - i + 1)
      semaphore.release()
      out(place, had - i)
      place.round(i)
    }
    return 'gave'
  }

/** Gives back all that it had in the beginning. */
const givesAtOnce =
  (n: number) =>
  (place: Place): Json => {
    out(place, n)
    place.env.mark('id', place.id)
    whenAwaited(place, 2)
    const semaphore = semaphoreOf(place)
    out(place, 0, n)
    semaphore.release(n)
    out(place, 0)
    return 'gave'
  }

/** Gives its permit back, and takes it again if it can: barging in front of those that wake. */
const givesAndBarges =
  (times: number) =>
  (place: Place): Json => {
    out(place, 1)
    place.env.mark('id', place.id)
    whenAwaited(place, 1)
    const semaphore = semaphoreOf(place)
    out(place, 0, 1)
    semaphore.release()
    out(place, 0)
    let got = 0
    for (let i = 0; i < times; i++) {
      out(place, 0, 1)
      place.round(3 * i)
      const held = semaphore.tryAcquire()
      out(place, 0)
      if (held === undefined) continue
      place.env.mark('got', ++got)
      use(place, held, 1, 3 * i)
    }
    return got
  }

/** Takes what is free, never waits. */
const barges = (place: Place): Json => bargesFrom(place, 0)

function bargesFrom(place: Place, round: number): string {
  const semaphore = semaphoreOf(place)
  out(place, 0, 1)
  place.round(round)
  const held = semaphore.tryAcquire()
  if (held !== undefined) return use(place, held, 1, round)
  out(place, 0)
  return 'refused'
}

const bargesAndKeeps = (place: Place): Json => {
  const semaphore = semaphoreOf(place)
  out(place, 0, 1)
  const held = semaphore.tryAcquire()
  out(place, held === undefined ? 0 : 1)
  return held === undefined ? 'refused' : 'kept'
}

/** Takes what is free, if nobody gave back what it has taken meanwhile. */
const bargesBounded = (place: Place): Json => {
  const held = boundedOf(place).tryAcquire()
  if (held === undefined) return 'refused'
  try {
    return use(place, held, 1)
  } catch (error) {
    return (error as Error).name
  }
}

/** Gives back what thread 0 has, and takes once that is dead: what it gave back is there twice until then. */
const givesAndOutlives = (place: Place): Json => {
  try {
    gives(1, 0, 0, boundedOf)(place)
  } catch {
    fire(place)
    return 'too many'
  }
  fire(place)
  place.env.until(place.env.memory['table']!, 16, (generation) => generation !== 1)
  return bargesBounded(place)
}

/** Gives back what thread 0 has, and takes it. */
const givesAndTakes = (place: Place): Json => {
  try {
    gives(1, 0, 0, boundedOf)(place)
    fire(place)
    return takes({ of: boundedOf })(place)
  } catch (error) {
    fire(place)
    return (error as Error).name
  }
}

const resizes =
  (limit: number) =>
  (place: Place): Json => {
    out(place, 0)
    semaphoreOf(place).resize(limit)
    return 'resized'
  }

/** A big request and a small one behind it, in one event loop; the big one may be cancelled while it waits. */
const bigThenSmall = (place: Place): Json => {
  const semaphore = semaphoreOf(place)
  out(place, 0, 3)
  place.round(0)
  const big = semaphore.acquire(2)[Symbol.iterator]() as Iterator<unknown, Held>
  const small = semaphore.acquire(1)[Symbol.iterator]() as Iterator<unknown, Held>
  return place.drive(function* () {
    let first = big.next()
    const second = small.next()
    const parked = first.done ? 0 : 1
    place.round(second.done ? 1 : 2 + parked)
    if (!first.done && place.env.choose(2, 'cancel the big one') === 1) {
      const cancelled = (first.value as { cancel(): boolean }).cancel()
      place.round(cancelled ? 4 : 5)
      if (!cancelled) (big.next().value as Held).release()
    } else {
      if (!first.done) {
        yield first.value
        first = big.next()
      }
      place.round(6)
      ;(first.value as Held).release()
    }
    if (!second.done) yield second.value
    place.round(7)
    ;((second.done ? second : small.next()).value as Held).release()
    out(place, 0)
    return 'done'
  } as () => Generator<unknown, Json, unknown>)
}

/** Two requests in one event loop: the second waits for the first, which may be there at once. */
const waitsTwice = (place: Place): Json => {
  const semaphore = semaphoreOf(place)
  out(place, 0, 2)
  place.round(0)
  return place.drive(function* () {
    const [first, second] = [0, 1].map(
      () => semaphore.acquire()[Symbol.iterator]() as Iterator<unknown, Held>,
    ) as [Iterator<unknown, Held>, Iterator<unknown, Held>]
    let a = first.next()
    let b = second.next()
    place.round((a.done ? 1 : 0) + (b.done ? 2 : 0) + 1)
    if (!a.done) {
      yield a.value
      a = first.next()
    }
    place.round(5)
    ;(a.value as Held).release()
    if (!b.done) {
      yield b.value
      b = second.next()
    }
    place.round(6)
    ;(b.value as Held).release()
    out(place, 0)
    return 'done'
  } as () => Generator<unknown, Json, unknown>)
}

/** Where a site's hint bits and waiter words begin. */
const HINTS = 8
const WAITERS = 12
const STARVING = 1 << 30

// The books, as the header of ledger.ts lays them out.
const GATE = 1
const WORDS_OF_ALL = 2
const WORDS_OF_ONE = 11
const [SEEN, WANT, RECORDS, RECORD] = [1, 2, 3, 4]
const [OWNER, HELD, SHARE, LOST] = [0, 1, 2, 3]

interface Books {
  version: number
  commits: number
  free: number
  limit: number
  lost: number
}

const own = (view: View, shipped: Shipped, at: number): number => view.read('semaphore', shipped.OWN + at)
const generation = (view: View, slot: number): number => view.read('table', 16 + 16 * slot)

function lives(view: View, id: number): boolean {
  const now = generation(view, id & 1023)
  return (now & 1) === 1 && id === ((now << 10) | (id & 1023))
}

function books(view: View, shipped: Shipped): Books {
  const log = own(view, shipped, 0)
  let [commits, free, limit, lost] = [0, 0, 0, 0]
  for (let slot = 0; slot < view.read('table', 3); slot++) {
    const account = WORDS_OF_ALL + slot * WORDS_OF_ONE
    const count = own(view, shipped, account)
    const last = ((log >>> 1) & 127) === slot
    const parity = (last ? log : count) & 1
    commits += last && ((log ^ count) & 1) === 1 ? count + 1 : count
    const [owner, held, share, gone] = [OWNER, HELD, SHARE, LOST].map((i) =>
      own(view, shipped, account + RECORDS + parity * RECORD + i),
    ) as [number, number, number, number]
    limit += share
    free += share - (held > 0 && !lives(view, owner) ? 0 : held)
    lost += gone
  }
  return { version: (log >>> 8) & 0xffff, commits, free, limit, lost }
}

const isDead = (view: View, { marks, status }: ThreadView): boolean =>
  status === 'killed' && (marks['id'] === undefined || !lives(view, marks['id'] as number))

/** What must hold in every state. */
function sound(shipped: Shipped, bounded: boolean, first: number, sleepers: readonly number[]) {
  return (view: View): boolean | string => {
    const { version, commits, free, limit } = books(view, shipped)
    if (((version - first) & 0xffff) !== commits)
      return `${commits} commits are counted at version ${version}`
    let [used, least, most] = [0, 0, 0]
    for (const thread of view.threads) {
      const { status, marks } = thread
      if (status !== 'killed') used += (marks['in'] as number | null) ?? 0
      const base = (marks['base'] ?? 0) as number
      let [from, to] = ((marks['out'] ?? [0, 0]) as [number, number]).map((n) => n + base) as [number, number]
      if (isDead(view, thread)) [from, to] = [Math.min(0, from), Math.min(0, to)]
      least += from
      most += to
    }
    if (used > limit) return `${used} permits are used, there are ${limit}`
    if (!bounded && (free < limit - most || free > limit - least))
      return `${free} of ${limit} permits are free, while ${least} to ${most} are out`
    return noneForgotten(view, shipped, Math.min(free, bounded ? limit : Infinity), sleepers)
  }
}

/** When nobody is at work on the semaphore, whoever could be served is rung, or another one who could be. */
function noneForgotten(
  view: View,
  shipped: Shipped,
  free: number,
  sleepers: readonly number[],
): boolean | string {
  const asleep = [...sleepers]
  for (const thread of view.threads) {
    const { status, marks } = thread
    if (status === 'asleep') asleep.push(marks['id'] as number)
    else if (status === 'running' && ((marks['in'] as number | null) ?? 0) === 0) return true
    else if (status === 'killed' && !isDead(view, thread)) return true
  }
  const wants = (id: number): number => own(view, shipped, WORDS_OF_ALL + (id & 1023) * WORDS_OF_ONE + WANT)
  const gate = own(view, shipped, GATE)
  const gated = asleep.includes(gate)
  const servable = asleep.filter((id) => wants(id) <= free && (!gated || gate === id))
  if (servable.length === 0 || servable.some((id) => view.read('table', 17 + 16 * (id & 1023)) === 1))
    return true
  return `${servable.length} threads sleep though ${free} permits are free for them`
}

const results = (view: View): string =>
  view.threads.map(({ result, status }) => (result === undefined ? status : String(result))).join(', ')

interface Setting {
  programs: (w: World) => ExploreOptions['threads']
  limit: number
  /** Permits that the thread of slot 0 has out in the beginning. */
  held?: number
  bounded?: boolean
  /** The version in the log at first. */
  version?: number
  /** What is free at the end. */
  left?: number
  /** Threads that sleep and never look, behind those with programs: what each waits for. It must be rung in time. */
  sleepers?: readonly number[]
  /** Whether those starve. */
  starving?: boolean
  /** What stands in the accounts of those: the block of versions that they have seen. */
  seen?: number
  /** The block of versions that the log is in at the end. */
  lastBlock?: number
  /** Whether somebody may sleep for ever if none is free. */
  scarce?: boolean
  long?: boolean
  more?: Partial<ExploreOptions>
  starts?: (w: World, victim: number) => ExploreOptions['threads']
  dies?: readonly number[]
}

function model(name: string, setting: Setting): Model {
  const {
    programs,
    limit,
    held = 0,
    bounded = false,
    version = 0,
    left = limit,
    sleepers = [],
    starving = false,
    seen = 0,
    lastBlock,
    scarce = false,
    long,
    more,
    starts,
    dies,
  } = setting
  return {
    name: `Semaphore: ${name}`,
    covers: ['src/sync/ledger', 'src/sync/permits', 'src/sync/semaphore', 'src/sync/token'],
    long,
    options(shipped) {
      const { begin, SHARED_WORDS } = shipped.ledger
      const primitives = { semaphore: SHARED_WORDS }
      const count = programs(world(shipped, { primitives, seats: 3 })).length
      const seats = count + sleepers.length
      const w = world(shipped, {
        primitives,
        seats,
        fill: (_, words, ids) => {
          begin(words, 0, ids[0]!, limit, held)
          words[0]! |= version << 8
          const all = new Int32Array(words.buffer)
          sleepers.forEach((n, i) => {
            all[HINTS]! |= 1 << (count + i)
            all[WAITERS + count + i] = ids[count + i]! | (starving ? STARVING : 0)
            words[WORDS_OF_ALL + WORDS_OF_ONE * (count + i) + WANT] = n
            words[WORDS_OF_ALL + WORDS_OF_ONE * (count + i) + SEEN] = seen
          })
        },
      })
      return {
        memory: { ...w.memory, gun: 1 },
        before: w.before,
        threads: programs(w),
        privateMemory: true,
        invariant: sound(shipped, bounded, version, w.ids.slice(count)),
        atEnd(view) {
          if (neverAwaited(view)) return true
          const block = own(view, shipped, 0) >>> 24
          if (lastBlock !== undefined && block !== lastBlock) return `the log ends in block ${block}`
          const { free, limit: last } = books(view, shipped)
          const value = bounded ? Math.min(free, last) : free
          return value === left || `${value} permits are free at the end`
        },
        outcome: results,
        timeouts: { fires: () => false },
        unobserved: (op) => op === 'notify' || op === 'or' || op === 'and',
        sleepKey: w.sleepKey,
        maxStates: long ? 20_000_000 : 4_000_000,
        ...(scarce && { allowDeadlock: (view: View) => books(view, shipped).free <= 0 }),
        ...((starts || dies) && {
          kills: {
            most: 1,
            ...(dies && { threads: dies }),
            starts: (victim: number) => starts?.(w, victim) ?? [w.undertaker(victim)],
          },
        }),
        ...more,
      }
    },
  }
}

export const models: readonly Model[] = [
  model('two threads that sleep', {
    limit: 1,
    programs: (w) => [w.program(0, takes()), w.program(1, takes())],
    more: { expected: ['done, done'] },
  }),
  model('two threads that take what is free, one of them twice', {
    limit: 1,
    programs: (w) => [
      w.program(0, (place) => {
        const first = bargesFrom(place, 0)
        place.env.mark('first', first)
        return `${first} ${bargesFrom(place, 3)}`
      }),
      w.program(1, barges),
    ],
    more: { expected: ['done done, refused', 'done refused, done', 'refused done, done', 'done done, done'] },
  }),
  model('two threads that sleep, one of them twice', {
    limit: 1,
    programs: (w) => [w.program(0, takes({ rounds: 2 })), w.program(1, takes())],
    more: { expected: ['done, done'] },
    long: true,
  }),
  model('the log enters a new block of versions', {
    limit: 2,
    version: 0xfffe,
    programs: (w) => [w.program(0, takes()), w.program(1, takes())],
  }),
  model('the log passes over a block of versions that somebody has seen', {
    limit: 2,
    version: 0xffff,
    sleepers: [3],
    seen: 1,
    programs: (w) => [w.program(0, barges), w.program(1, barges)],
    more: { expected: ['done, done'] },
    lastBlock: 2,
  }),
  model('permits that are given back one by one', {
    limit: 3,
    held: 3,
    programs: (w) => [w.program(0, gives(3, 3, 0)), w.program(1, barges)],
    more: { expected: ['gave, done', 'gave, refused'] },
  }),
  model('nobody is refused while there is always one free', {
    limit: 3,
    held: 2,
    programs: (w) => [
      w.program(0, (place) => {
        gives(1, 2, 0)(place)
        fire(place)
        return gives(1, 1, 0)(place)
      }),
      w.program(1, atTheShot(bargesAndKeeps)),
      w.program(2, bargesAndKeeps),
    ],
    left: 1,
    more: { expected: ['gave, kept, kept'], onlyExpected: true },
    long: true,
  }),
  model('a sleeper and an event loop, a cancellation at any moment', {
    limit: 1,
    programs: (w) => [w.program(0, takes()), w.program(1, takes({ how: 'loop' }))],
    more: { cancels: { most: 1 }, expected: ['done, done', 'done, cancelled'] },
  }),
  model('two give back what one took, for a sleeper that wants both', {
    limit: 2,
    held: 2,
    programs: (w) => [w.program(0, gives(1, 2, 0)), w.program(1, gives(1, 0, 0))],
    sleepers: [2],
    more: { expected: ['gave, gave'] },
  }),
  model('two permits at once for two waiters', {
    limit: 2,
    held: 2,
    programs: (w) => [w.program(0, givesAtOnce(2)), w.program(1, takes())],
    sleepers: [1],
    more: { expected: ['gave, done'] },
  }),
  model('two permits one by one for two waiters', {
    limit: 2,
    held: 2,
    programs: (w) => [w.program(0, gives(2, 2, 2)), w.program(1, keeps)],
    sleepers: [1],
    left: 1,
    more: { expected: ['gave, kept'] },
    long: true,
  }),
  model('a big request, and a small one that sleeps already', {
    limit: 2,
    held: 2,
    programs: (w) => [w.program(0, gives(2, 2, 2)), w.program(1, takes({ n: 2 }))],
    sleepers: [1],
    // The small one, rung first, never takes.
    more: { expected: ['gave, done', 'gave, asleep'], allowDeadlock: onlyAsleep(1), progress: false },
    long: true,
  }),
  model('a small request, and a big one that sleeps already', {
    limit: 2,
    held: 2,
    programs: (w) => [w.program(0, gives(2, 2, 2)), w.program(1, keeps)],
    sleepers: [2],
    left: 1,
    more: { expected: ['gave, kept'] },
    long: true,
  }),
  model('a big request that cannot come true swallows no wake-up of a small one', {
    limit: 1,
    held: 1,
    programs: (w) => [w.program(0, gives(1, 1, 2)), w.program(1, takes({ n: 2 }))],
    sleepers: [1],
    more: { expected: ['gave, asleep'], allowDeadlock: onlyAsleep(1), progress: false },
  }),
  model('a big request that may be cancelled, and a small one that sleeps already', {
    limit: 2,
    held: 2,
    programs: (w) => [w.program(0, gives(1, 2, 0)), w.program(1, takes({ n: 2, how: 'loop' }))],
    sleepers: [1],
    left: 1,
    more: {
      cancels: { most: 1 },
      expected: ['gave, cancelled', 'gave, asleep'],
      allowDeadlock: onlyAsleep(1),
      progress: false,
    },
  }),
  model('a big request and a small one in one event loop, the big one may be cancelled', {
    limit: 2,
    held: 2,
    programs: (w) => [w.program(0, gives(2, 2, 1)), w.program(1, bigThenSmall)],
    more: { expected: ['gave, done'] },
    long: true,
  }),
  model('a holder and a sleeper with a timeout', {
    limit: 1,
    held: 1,
    programs: (w) => [w.program(0, gives(1, 1, 0)), w.program(1, timesOut)],
    more: { timeouts: noSecondLook(50), clock: [0, 100], expected: ['gave, done', 'gave, TimeoutError'] },
  }),
  model('a resize lets a sleeper in', {
    limit: 0,
    left: 1,
    programs: (w) => [w.program(0, resizes(1)), w.program(1, takes())],
    more: { expected: ['resized, done'] },
  }),
  model('a resize while somebody takes what is free', {
    limit: 1,
    left: 2,
    programs: (w) => [w.program(0, resizes(2)), w.program(1, barges)],
    more: { expected: ['resized, done'], onlyExpected: true },
  }),
  model('one permit, for which a big and a small request sleep', {
    limit: 1,
    held: 1,
    programs: (w) => [w.program(0, gives(1, 1, 0))],
    sleepers: [2, 1],
  }),
  model('a holder that barges in front of a sleeper until that starves', {
    limit: 1,
    held: 1,
    programs: (w) => [w.program(0, givesAndBarges(2)), w.program(1, takes({ missed: 1 }))],
    more: { expected: ['0, done', '1, done', '2, done'] },
    long: true,
  }),
  model(
    'two waits of one event loop are served in its own thread, which may be rung in the place of a sleeper',
    {
      limit: 1,
      held: 1,
      programs: (w) => [w.program(0, gives(1, 1, 1)), w.program(1, waitsTwice)],
      sleepers: [1],
      more: { expected: ['gave, done'] },
      long: true,
    },
  ),
  model('a holder that barges in front of a sleeper that starves', {
    limit: 1,
    held: 1,
    programs: (w) => [w.program(0, givesAndBarges(1)), w.program(1, takes({ missed: 2 }))],
    more: { expected: ['0, done', '1, done'] },
  }),
  model('a gate keeps others out', {
    limit: 1,
    held: 1,
    programs: (w) => [w.program(0, givesAndBarges(2))],
    sleepers: [1],
    starving: true,
    more: { expected: ['0'], onlyExpected: true },
  }),
  model('a gate lapses where its thread does not look', {
    limit: 1,
    held: 1,
    programs: (w) => [w.program(0, givesAndBarges(2))],
    sleepers: [1],
    starving: true,
    more: { clock: [0, 100], expected: ['0', '1'] },
  }),
  model('a gate may lapse at any moment', {
    limit: 1,
    held: 1,
    programs: (w) => [w.program(0, givesAndBarges(2)), w.program(1, takes({ missed: 2 }))],
    more: { clock: [0, 100], expected: ['0, done', '1, done', '2, done'] },
    long: true,
  }),
  model('a gate for a waiter that may be cancelled', {
    limit: 1,
    held: 1,
    programs: (w) => [w.program(0, givesAndBarges(1)), w.program(1, takes({ how: 'loop', missed: 2 }))],
    more: {
      cancels: { most: 1 },
      expected: ['0, done', '1, done', '0, cancelled', '1, cancelled'],
      allowDeadlock: neverAwaited,
      progress: false,
    },
  }),
  model('a gate for a waiter that may die', {
    limit: 1,
    held: 1,
    programs: (w) => [w.program(0, givesAndBarges(1)), w.program(1, takes({ missed: 2 }))],
    dies: [1],
    more: {
      expected: ['0, done, dormant', '0, killed, undertaker', '1, killed, undertaker'],
      allowDeadlock: neverAwaited,
      progress: false,
    },
  }),
  model('a gate for a waiter that leaves is no obstacle to those it kept out', {
    limit: 1,
    held: 1,
    programs: (w) => [w.program(0, givesAndBarges(0)), w.program(1, takes({ how: 'loop', missed: 2 }))],
    sleepers: [1],
    more: {
      cancels: { most: 1 },
      expected: ['0, done', '0, cancelled'],
      allowDeadlock: neverAwaited,
      progress: false,
    },
  }),
  model('two threads, one dies at any step', {
    limit: 1,
    programs: (w) => [w.program(0, takes()), w.program(1, takes())],
    dies: [0, 1],
    more: { expected: ['done, done, dormant', 'killed, done, undertaker', 'done, killed, undertaker'] },
  }),
  model('one of two dies, and a new thread takes its slot', {
    limit: 1,
    programs: (w) => [w.program(0, takes()), w.program(1, barges)],
    dies: [0],
    starts: (w, victim) => [w.reborn(victim, barges)],
    more: { expected: ['killed, done, done', 'killed, refused, done', 'done, done, dormant'] },
    long: true,
  }),
  model('a thread dies, and a new one takes its slot and waits', {
    limit: 1,
    programs: (w) => [w.program(0, takes())],
    dies: [0],
    starts: (w, victim) => [w.reborn(victim, takes())],
    more: { expected: ['killed, done', 'done, dormant'] },
  }),
  model('who gave back for another dies, and a new thread takes its slot', {
    limit: 1,
    held: 1,
    programs: (w) => [w.program(0, holdsOn), w.program(1, gives(1, 0, 0))],
    dies: [1],
    starts: (w, victim) => [w.reborn(victim, takes({ base: 0 }))],
    scarce: true,
    more: {
      atEnd: () => true,
      progress: false,
      expected: ['holds, gave, dormant', 'holds, killed, done', 'holds, killed, asleep'],
    },
  }),
  model('who gave back for another dies, a third one waits', {
    limit: 1,
    held: 1,
    programs: (w) => [w.program(0, holdsOn), w.program(1, gives(1, 0, 0)), w.program(2, takes())],
    dies: [1],
    scarce: true,
    more: {
      atEnd: () => true,
      progress: false,
      expected: [
        'holds, gave, done, dormant',
        'holds, killed, done, undertaker',
        'holds, killed, asleep, undertaker',
      ],
    },
  }),
  model('bounded: what a dead thread had out and another gave back is written off', {
    limit: 1,
    held: 1,
    bounded: true,
    programs: (w) => [w.program(0, holdsOn), w.program(1, givesAndTakes)],
    dies: [0],
    more: {
      expected: ['killed, done, undertaker', 'killed, OverReleaseError, undertaker', 'holds, done, dormant'],
    },
  }),
  model('bounded: nobody takes what was written off, and a new thread takes the slot', {
    limit: 1,
    held: 1,
    bounded: true,
    programs: (w) => [w.program(0, holdsOn), w.program(1, givesAndOutlives)],
    dies: [0],
    starts: (w, victim) => [w.reborn(victim, atTheShot(bargesBounded))],
    more: {
      allowDeadlock: ({ threads }) => threads[2]!.status === 'dormant',
      progress: false,
      atEnd: () => true,
      expected: [
        'killed, done, done',
        'killed, done, refused',
        'killed, refused, done',
        'killed, too many, done',
      ],
    },
  }),
]

/** Whoever was to be waited for has died, or waits no more. */
function neverAwaited(view: View): boolean {
  const [first, second] = view.threads
  return first!.marks['starts'] === false && (second!.status === 'killed' || second!.status === 'done')
}

/** Only the thread `index` may sleep for ever. */
function onlyAsleep(index: number) {
  return (view: View): boolean =>
    view.threads.every(({ status }, i) => (i === index ? status === 'asleep' : status !== 'asleep'))
}
