/** The read-write lock between threads: one writer or many readers, in phases. */
import {
  type ExploreOptions,
  type Json,
  modelAtomics,
  type View,
} from '../../../src/testing/explorer/index.ts'
import { forgetAtServe, waitBy } from '../support/build.ts'
import type { Model } from '../support/model.ts'
import { noSecondLook, type Place, type Shipped, world, type World } from '../support/world.ts'

type RWLock = InstanceType<Shipped['RWLock']>
type Held = InstanceType<Shipped['Held']>
type Kind = 'read' | 'write'

const attached = new WeakMap<Place, RWLock>()

function lockOf(place: Place, several = false): RWLock {
  place.env.mark('id', place.id)
  let lock = attached.get(place)
  if (lock === undefined) {
    lock = place.attach('rwlock', () => new place.shipped.RWLock())
    attached.set(place, lock)
    if (!several) forgetAtServe(place, lock)
  }
  return lock
}

/** Reads or writes, and leaves as often as it likes: a token leaves once. */
function inside(place: Place, held: Held, kind: Kind, round = 0): string {
  place.env.mark('wants', null)
  place.env.mark('in', kind)
  place.env.mark('abandoned', held.abandoned)
  place.round(round + 1)
  place.env.pause(`in to ${kind}`)
  place.env.mark('in', null)
  held.release()
  place.round(round + 2)
  held.release()
  return held.abandoned ? 'abandoned' : kind
}

const enters =
  (kind: Kind, { rounds = 1, how = 'block' }: { rounds?: number; how?: 'block' | 'loop' } = {}) =>
  (place: Place): string => {
    const lock = lockOf(place)
    let last = ''
    for (let i = 0; i < rounds; i++) {
      place.env.mark('wants', kind)
      place.env.mark('last', last)
      place.round(3 * i)
      const held = waitBy(place, how, lock[kind]())
      if (held === 'cancelled') {
        place.env.mark('wants', null)
        return held
      }
      last = inside(place, held, kind, 3 * i)
    }
    return last
  }

const timesOut =
  (kind: Kind) =>
  (place: Place): Json => {
    place.env.mark('wants', kind)
    try {
      return inside(place, waitBy(place, 'block', lockOf(place)[kind]({ timeout: 50 })) as Held, kind)
    } catch (error) {
      place.env.mark('wants', null)
      return (error as Error).name
    }
  }

const tries = (place: Place, kind: Kind): Held | undefined =>
  kind === 'read' ? lockOf(place).tryRead() : lockOf(place).tryWrite()

/** Goes in if it can, never waits. */
const barges =
  (kind: Kind) =>
  (place: Place): Json => {
    const held = tries(place, kind)
    return held === undefined ? 'refused' : inside(place, held, kind)
  }

/** Is inside from the start until so many others wait, then leaves, and tries to come in again. */
const holds =
  (kind: Kind, others: number, again?: Kind) =>
  (place: Place): Json => {
    const held = tries(place, kind)!
    place.env.mark('in', kind)
    modelAtomics.store(place.env.memory['inside']!, 0, 1)
    place.env.mark('starts', false)
    place.env.until(place.env.memory['rwlock']!, HINTS, (hints) => bits(hints) >= others)
    place.env.mark('starts', null)
    place.env.mark('in', null)
    place.round(0)
    held.release()
    place.round(1)
    if (again === undefined) return 'left'
    const second = tries(place, again)
    return second === undefined ? 'refused' : inside(place, second, again, 2)
  }

/** Is inside from the start until another one waits, leaves, and waits to come in again. */
const holdsAndReturns =
  (kind: Kind) =>
  (place: Place): Json => {
    if (holds(kind, 1)(place) !== 'left') return null
    place.env.mark('wants', kind)
    place.round(4)
    return inside(place, waitBy(place, 'block', lockOf(place)[kind]()) as Held, kind, 4)
  }

/** Writes twice, and lets go of the first token while it writes for the second time. */
const oldToken = (place: Place): Json => {
  const first = tries(place, 'write')
  first?.release()
  const second = tries(place, 'write')
  if (second === undefined) return 'refused'
  first?.release()
  return inside(place, second, 'write')
}

/**
 * Two waits in one event loop, of which the first may be cancelled. Its thread may be rung in the place of a sleeper
 * when it has what it wants, or wants it no more.
 */
const waitsTwice =
  (first: Kind, second: Kind) =>
  (place: Place): Json => {
    const lock = lockOf(place, true)
    const at = (number: number): void => place.round(number)
    const uses = (kind: Kind, held: Held): void => {
      place.env.mark('in', kind)
      place.env.pause(`in to ${kind}`)
      place.env.mark('in', null)
      held.release()
    }
    return place.drive(function* () {
      const [one, two] = [first, second].map(
        (kind) => lock[kind]()[Symbol.iterator]() as Iterator<unknown, Held>,
      ) as [Iterator<unknown, Held>, Iterator<unknown, Held>]
      at(10)
      let a = one.next()
      at(a.done ? 21 : 20)
      let b = two.next()
      const there = (a.done ? 1 : 0) + (b.done ? 2 : 0)
      place.env.mark('wants', a.done ? second : first)
      at(30 + there)
      let cancelled = false
      if (!a.done && place.env.choose(2, 'cancel the first') === 1) {
        at(40 + there)
        cancelled = (a.value as { cancel(): boolean }).cancel()
      } else if (!a.done) {
        at(50 + there)
        yield a.value
      }
      if (!cancelled) {
        if (!a.done) a = one.next()
        at(60 + there)
        uses(first, a.value as Held)
      }
      place.env.mark('wants', b.done ? null : second)
      at((cancelled ? 80 : 70) + there)
      if (!b.done) {
        yield b.value
        b = two.next()
      }
      place.env.mark('wants', null)
      uses(second, b.value as Held)
      return cancelled ? 'one' : 'both'
    } as () => Generator<unknown, Json, unknown>)
  }

/** Begins when thread 0 is inside. */
const afterwards =
  (run: (place: Place) => Json) =>
  (place: Place): Json => {
    place.env.until(place.env.memory['inside']!, 0, (count) => count === 1)
    return run(place)
  }

/** Reads, and tells whether somebody else did so at the same time. */
const together = (place: Place): Json => {
  const lock = lockOf(place)
  place.env.mark('wants', 'read')
  place.round(0)
  const held = waitBy(place, 'block', lock.read()) as Held
  place.env.mark('wants', null)
  place.env.mark('in', 'read')
  place.round(1)
  const others = modelAtomics.add(place.env.memory['inside']!, 0, 1)
  place.env.pause('in to read')
  modelAtomics.add(place.env.memory['inside']!, 0, -1)
  place.env.mark('in', null)
  held.release()
  return others === 0 ? 'alone' : 'together'
}

function bits(set: number): number {
  let count = 0
  for (let rest = set; rest !== 0; rest &= rest - 1) count++
  return count
}

/** Where a site's hint bits and waiter words begin. */
const HINTS = 8
const WAITERS = 12
// The words as rwlock-state.ts lays them out: after the word OWNER and COUNT of each slot.
const OWNERS = 1
const COUNTS = 2
const KIND = 3 << 30
const ID = (1 << 30) - 1

const own = (view: View, shipped: Shipped, at: number): number => view.read('rwlock', shipped.OWN + at)

function lives(view: View, id: number): boolean {
  const generation = view.read('table', 16 + 16 * (id & 1023))
  return (generation & 1) === 1 && id === ((generation << 10) | (id & 1023))
}

/** Never a writer with anybody else; and nobody sleeps while it could go in. */
function sound(shipped: Shipped, sleepers: readonly { id: number; wants: Kind }[]) {
  return (view: View): boolean | string => {
    const living = view.threads.filter(({ status }) => status !== 'killed')
    const writers = living.filter(({ marks }) => marks['in'] === 'write').length
    const readers = living.filter(({ marks }) => marks['in'] === 'read').length
    if (writers > 1 || (writers === 1 && readers > 0)) return `${writers} write and ${readers} read`
    return noneForgotten(view, shipped, sleepers)
  }
}

function noneForgotten(
  view: View,
  shipped: Shipped,
  sleepers: readonly { id: number; wants: Kind }[],
): boolean | string {
  const asleep = [...sleepers]
  for (const { status, marks } of view.threads) {
    const id = (marks['id'] ?? 0) as number
    if (status === 'asleep') asleep.push({ id, wants: marks['wants'] as Kind })
    else if (status === 'running' && (marks['in'] ?? null) === null) return true
    else if (status === 'killed' && (id === 0 || lives(view, id))) return true
  }
  if (asleep.length === 0) return true
  const word = own(view, shipped, 0)
  const id = word & ID
  let reading = 0
  for (let slot = 0; slot < view.read('table', 3); slot++)
    if (lives(view, own(view, shipped, OWNERS + 2 * slot)))
      reading += own(view, shipped, COUNTS + 2 * slot) >> 1
  if ((word & KIND) === 2 << 30 && lives(view, id)) return true
  // PENDING or RESERVED for one that waits.
  const reserved = asleep.some((each) => each.id === id)
  const readersWait = asleep.some(({ wants }) => wants === 'read')
  const may = asleep.filter((each) => {
    if (reserved && each.id !== id) return false
    if (each.wants === 'read') return true
    return reading === 0 && !(word === 1 << 30 && readersWait)
  })
  if (may.length === 0 || may.some((each) => view.read('table', 17 + 16 * (each.id & 1023)) === 1))
    return true
  return `${may.length} threads sleep though they could go in`
}

/** Thread 0 died before it was inside. */
function neverBegun(view: View): boolean {
  return view.threads[0]!.status === 'killed' && view.read('inside', 0) === 0
}

/** Whoever was to be waited for has died, or waits no more. */
function neverAwaited(view: View): boolean {
  const [first, second] = view.threads
  return first!.marks['starts'] === false && (second!.status === 'killed' || second!.status === 'done')
}

/** The word at the end, when everybody has left, lets anybody in. */
function nobodyInside(shipped: Shipped) {
  return (view: View): boolean | string => {
    const { threads } = view
    if (threads.some(({ status }) => status !== 'done' && status !== 'dormant')) return true
    for (let slot = 0; slot < view.read('table', 3); slot++)
      if (own(view, shipped, COUNTS + 2 * slot) >> 1 !== 0) return `slot ${slot} still reads at the end`
    return (own(view, shipped, 0) & KIND) !== 2 << 30 || 'somebody writes at the end'
  }
}

const results = (view: View): string =>
  view.threads.map(({ result, status }) => (result === undefined ? status : String(result))).join(', ')

interface Setting {
  programs: (w: World) => ExploreOptions['threads']
  /** Threads that sleep and never look, behind those with programs. They must be rung in time. */
  sleepers?: readonly Kind[]
  long?: boolean
  more?: Partial<ExploreOptions>
  starts?: (w: World, victim: number) => ExploreOptions['threads']
  dies?: readonly number[]
}

function model(name: string, { programs, sleepers = [], long, more, starts, dies }: Setting): Model {
  return {
    name: `RWLock: ${name}`,
    covers: ['src/sync/rwlock'],
    long,
    options(shipped) {
      const primitives = { rwlock: shipped.rwlockState.SHARED_WORDS }
      const count = programs(world(shipped, { primitives, seats: 3 })).length
      const w = world(shipped, {
        primitives,
        seats: count + sleepers.length,
        fill: (_, words, ids) => {
          const all = new Int32Array(words.buffer)
          sleepers.forEach((kind, i) => {
            const id = ids[count + i]!
            all[HINTS]! |= 1 << (count + i)
            all[WAITERS + count + i] = id
            words[OWNERS + 2 * (count + i)] = id
            words[COUNTS + 2 * (count + i)] = kind === 'read' ? 1 : 0
          })
        },
      })
      return {
        memory: { ...w.memory, inside: 1 },
        before: w.before,
        threads: programs(w),
        invariant: sound(
          shipped,
          sleepers.map((wants, i) => ({ id: w.ids[count + i]!, wants })),
        ),
        atEnd: nobodyInside(shipped),
        allowDeadlock: neverAwaited,
        outcome: results,
        timeouts: { fires: () => false },
        unobserved: (op) => op === 'notify' || op === 'or' || op === 'and',
        sleepKey: w.sleepKey,
        maxStates: long ? 4_000_000 : 4_000_000,
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
  model('two readers', {
    programs: (w) => [w.program(0, together), w.program(1, together)],
    more: { expected: ['alone, alone', 'alone, together', 'together, alone'] },
  }),
  model('a reader and a writer', {
    programs: (w) => [w.program(0, enters('read')), w.program(1, enters('write'))],
    more: { expected: ['read, write'], onlyExpected: true },
  }),
  model('a reader that comes twice, and a writer', {
    programs: (w) => [w.program(0, enters('read', { rounds: 2 })), w.program(1, enters('write'))],
    long: true,
  }),
  model('a reader and a writer that comes twice', {
    programs: (w) => [w.program(0, enters('read')), w.program(1, enters('write', { rounds: 2 }))],
    long: true,
  }),
  model('a reader and a writer in an event loop that may be cancelled', {
    programs: (w) => [w.program(0, enters('read')), w.program(1, enters('write', { how: 'loop' }))],
    more: { cancels: { most: 1 }, expected: ['read, write', 'read, cancelled'] },
  }),
  model('a writer and a reader in an event loop that may be cancelled', {
    programs: (w) => [w.program(0, enters('write')), w.program(1, enters('read', { how: 'loop' }))],
    more: { cancels: { most: 1 }, expected: ['write, read', 'write, cancelled'] },
  }),
  model('a writer with a timeout behind a reader', {
    programs: (w) => [w.program(0, holds('read', 0)), w.program(1, afterwards(timesOut('write')))],
    more: { timeouts: noSecondLook(50), clock: [0, 100], expected: ['left, write', 'left, TimeoutError'] },
  }),
  model('a reader with a timeout behind a writer', {
    programs: (w) => [w.program(0, holds('write', 0)), w.program(1, afterwards(timesOut('read')))],
    more: { timeouts: noSecondLook(50), clock: [0, 100], expected: ['left, read', 'left, TimeoutError'] },
  }),
  model('a writer waits for a reader, and keeps the next one out', {
    programs: (w) => [w.program(0, holds('read', 1, 'read')), w.program(1, afterwards(enters('write')))],
    more: { expected: ['refused, write', 'read, write'] },
  }),
  model('a writer that leaves lets the readers in that wait, before the next writer', {
    programs: (w) => [w.program(0, holds('write', 1, 'write')), w.program(1, afterwards(enters('read')))],
    more: { expected: ['refused, read', 'write, read'] },
  }),
  model('a writer that waits and may be cancelled, and a reader that sleeps behind it', {
    programs: (w) => [
      w.program(0, holds('read', 1)),
      w.program(1, afterwards(enters('write', { how: 'loop' }))),
    ],
    sleepers: ['read'],
    more: { cancels: { most: 1 }, expected: ['left, write', 'left, cancelled'] },
  }),
  model('the last of two readers lets a sleeping writer in', {
    programs: (w) => [w.program(0, enters('read')), w.program(1, enters('read'))],
    sleepers: ['write'],
  }),
  model('a writer leaves, while a reader and another writer sleep', {
    programs: (w) => [w.program(0, holds('write', 2)), w.program(1, afterwards(enters('read')))],
    sleepers: ['write'],
  }),
  model('a writer leaves, while two readers sleep', {
    programs: (w) => [w.program(0, holds('write', 2)), w.program(1, afterwards(enters('read')))],
    sleepers: ['read'],
  }),
  model('a writer leaves, while two writers sleep', {
    programs: (w) => [w.program(0, holds('write', 2)), w.program(1, afterwards(enters('write')))],
    sleepers: ['write'],
  }),
  model('a reader holds, a writer waits, another reader comes', {
    programs: (w) => [
      w.program(0, holds('read', 1)),
      w.program(1, afterwards(enters('write'))),
      w.program(2, afterwards(barges('read'))),
    ],
    more: { expected: ['left, write, read', 'left, write, refused'] },
    long: true,
  }),
  model('a writer comes while another one leaves', {
    programs: (w) => [w.program(0, holds('write', 0)), w.program(1, afterwards(enters('write')))],
    more: { expected: ['left, write'] },
  }),
  model('a writer comes while another one leaves, and may be cancelled', {
    programs: (w) => [
      w.program(0, holds('write', 0)),
      w.program(1, afterwards(enters('write', { how: 'loop' }))),
    ],
    sleepers: ['write'],
    more: { cancels: { most: 1 }, expected: ['left, write', 'left, cancelled'] },
  }),
  model('a reader that reads dies, a writer waits', {
    programs: (w) => [w.program(0, holds('read', 1)), w.program(1, afterwards(enters('write')))],
    dies: [0],
    more: { expected: ['left, write, dormant', 'killed, write, undertaker'], allowDeadlock: neverBegun },
  }),
  model('a writer that writes dies, a reader waits', {
    programs: (w) => [w.program(0, holds('write', 1)), w.program(1, afterwards(enters('read')))],
    dies: [0],
    more: {
      expected: ['left, read, dormant', 'killed, read, undertaker', 'killed, abandoned, undertaker'],
      allowDeadlock: neverBegun,
    },
  }),
  model('a writer that writes dies, another waits', {
    programs: (w) => [w.program(0, holds('write', 1)), w.program(1, afterwards(enters('write')))],
    dies: [0],
    more: {
      expected: ['left, write, dormant', 'killed, write, undertaker', 'killed, abandoned, undertaker'],
      allowDeadlock: neverBegun,
    },
  }),
  model('a reader that reads dies, and a new reader takes its slot while a writer waits', {
    programs: (w) => [w.program(0, holds('read', 1)), w.program(1, afterwards(enters('write')))],
    dies: [0],
    starts: (w, victim) => [w.reborn(victim, barges('read'))],
    more: { expected: ['killed, write, read', 'killed, write, refused'], allowDeadlock: neverBegun },
  }),
  model('a writer that writes dies, and a new writer takes its slot while a reader waits', {
    programs: (w) => [w.program(0, holds('write', 1)), w.program(1, afterwards(enters('read')))],
    dies: [0],
    starts: (w, victim) => [w.reborn(victim, barges('write'))],
    more: {
      expected: ['killed, read, write', 'killed, abandoned, refused', 'killed, read, refused'],
      allowDeadlock: neverBegun,
    },
  }),
  model('a token that was let go of lets nobody else in', {
    programs: (w) => [w.program(0, oldToken), w.program(1, barges('read'))],
    more: { expected: ['write, read', 'write, refused', 'refused, read'] },
  }),
  model('a writer keeps away while a reader from before sleeps', {
    programs: (w) => [w.program(0, holds('write', 1, 'write'))],
    sleepers: ['read'],
    more: { expected: ['refused'], onlyExpected: true },
  }),
  model('a reader from before that never looks keeps a writer away for a while', {
    programs: (w) => [
      w.program(0, (place) => {
        const first = holds('write', 1, 'write')(place) as string
        return `${first} ${barges('write')(place) as string}`
      }),
    ],
    sleepers: ['read'],
    more: { clock: [0, 100], expected: ['refused refused', 'refused write'], onlyExpected: true },
  }),
  model('a writer comes back when the reader it left the phase to is cancelled', {
    programs: (w) => [
      w.program(0, holdsAndReturns('write')),
      w.program(1, afterwards(enters('read', { how: 'loop' }))),
    ],
    more: { cancels: { most: 1 }, expected: ['write, read', 'write, cancelled'] },
  }),
  model('a reader comes back when the writer that waited for it has died', {
    programs: (w) => [w.program(0, holdsAndReturns('read')), w.program(1, afterwards(enters('write')))],
    dies: [1],
    more: { expected: ['read, write, dormant', 'read, killed, undertaker'] },
  }),
  model('a writer leaves, while a reader that never looks and another one sleep', {
    programs: (w) => [w.program(0, afterwards(enters('read'))), w.program(1, holds('write', 2))],
    sleepers: ['read'],
    more: { expected: ['read, left'] },
  }),
  model('a reservation for a writer may lapse at any moment', {
    programs: (w) => [w.program(0, holds('read', 1, 'read')), w.program(1, afterwards(enters('write')))],
    more: { clock: [0, 100], expected: ['refused, write', 'read, write'] },
  }),
  model('a phase of readers may lapse at any moment', {
    programs: (w) => [w.program(0, holds('write', 1, 'write')), w.program(1, afterwards(enters('read')))],
    more: { clock: [0, 100], expected: ['refused, read', 'write, read'] },
  }),
  // Two that wait to write from the start, or three threads, are too many states: above, one of two was there before.
  model('two waits of one event loop, to read and to write, come while a writer leaves and another sleeps', {
    programs: (w) => [w.program(0, holds('write', 1)), w.program(1, afterwards(waitsTwice('read', 'write')))],
    sleepers: ['write'],
    more: { expected: ['left, both', 'left, one'] },
    long: true,
  }),
  model('two waits of one event loop, to write and to read, come while a writer leaves and another sleeps', {
    programs: (w) => [w.program(0, holds('write', 1)), w.program(1, afterwards(waitsTwice('write', 'read')))],
    sleepers: ['write'],
    more: { expected: ['left, both', 'left, one'] },
    long: true,
  }),
  model('two waits of one event loop, to write and to write, come while a writer leaves and another sleeps', {
    programs: (w) => [
      w.program(0, holds('write', 1)),
      w.program(1, afterwards(waitsTwice('write', 'write'))),
    ],
    sleepers: ['write'],
    more: { expected: ['left, both', 'left, one'] },
    long: true,
  }),
  model('two waits of one event loop, to read and to read, come while a writer leaves and another sleeps', {
    programs: (w) => [w.program(0, holds('write', 1)), w.program(1, afterwards(waitsTwice('read', 'read')))],
    sleepers: ['write'],
    more: { expected: ['left, both', 'left, one'] },
    long: true,
  }),
  model('a writer waits for a reader and dies, and a reader sleeps behind it', {
    programs: (w) => [w.program(0, holds('read', 0)), w.program(1, afterwards(enters('write')))],
    sleepers: ['read'],
    dies: [1],
  }),
]
