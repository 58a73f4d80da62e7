/** Re-entrant locks between threads: who is inside, how deep, and who comes next; the word is that of the lock. */
import { type Json, modelAtomics, type View } from '../../../src/testing/explorer/index.ts'
import { type How, model, named, ownWord, type Parts, results } from '../support/build.ts'
import type { Model } from '../support/model.ts'
import { noSecondLook, type Place, type Shipped } from '../support/world.ts'

type RLock = InstanceType<Shipped['RLock']>
type Held = InstanceType<Shipped['Held']>
type Wait = InstanceType<Shipped['Wait']>
type Run = (place: Place) => Json
type Steps<T> = Generator<unknown, T, unknown>

const COVERS = ['src/sync/rlock', 'src/sync/lock-word', 'src/sync/owner', 'src/sync/keep', 'src/sync/held']
const HINTS = 8
const HELD = 2

/** What was read before a wait is parked, or before its thread looks, matters no more where it waits once at a time. */
function rlockOf(place: Place, several = false): RLock {
  const rlock = place.attach('rlock', () => new place.shipped.RLock())
  if (several) return rlock
  const enqueue = rlock.enqueue.bind(rlock)
  let waits = 0
  rlock.enqueue = (waiter) => {
    place.round(1000 + ++waits)
    enqueue(waiter)
  }
  const { seat } = place
  const look = seat.look.bind(seat)
  seat.look = () => {
    if (seat.size > 0) place.round(2000 + waits)
    look()
  }
  return rlock
}

/** Nobody else may be in. */
function inside(place: Place, what: string): void {
  place.env.mark('in', true)
  place.env.pause(what)
  place.env.mark('in', null)
}

function expectDepth({ depth, locked }: RLock, expected: number): void {
  if (depth !== expected) throw new Error(`it is held ${depth} times, not ${expected} times`)
  if (expected > 0 && !locked) throw new Error('it is held and not locked')
}

/** Holds it twice, and is still inside when it has given back one. */
function nests(place: Place, rlock: RLock, outer: Held, again: () => Held): string {
  inside(place, 'in')
  const inner = again()
  expectDepth(rlock, 2)
  inside(place, 'deep in')
  inner.release()
  inner.release()
  expectDepth(rlock, 1)
  inside(place, 'in again')
  outer.release()
  expectDepth(rlock, 0)
  return outer.abandoned ? 'abandoned' : 'done'
}

const blocks =
  (rounds = 1): Run =>
  (place) => {
    const rlock = rlockOf(place)
    let last = ''
    for (let i = 0; i < rounds; i++) {
      place.round(i)
      last = nests(place, rlock, place.block(rlock.acquire()), () => place.block(rlock.acquire()))
    }
    return last
  }

const loops: Run = (place) => {
  const rlock = rlockOf(place)
  place.round(0)
  const outer = place.loop(rlock.acquire())
  if (outer === 'cancelled') return outer
  return nests(place, rlock, outer, () => place.loop(rlock.acquire()) as Held)
}

const by: { readonly [how in How]: Run } = { block: blocks(), loop: loops }

/** Comes when it is held, and sleeps. */
const sleeps: Run = (place) => {
  const rlock = rlockOf(place)
  place.env.until(place.env.memory['rlock']!, place.shipped.OWN, (word) => word !== 0)
  const held = place.block(rlock.acquire())
  inside(place, 'in')
  held.release()
  return 'done'
}

/** Holds it from the start, and gives it back when somebody waits; then it raises a flag first. */
const givesBack: Run = (place) => {
  const held = rlockOf(place).tryAcquire({ owner: 'me' })!
  const { memory } = place.env
  place.env.until(memory['rlock']!, HINTS, (hints) => hints !== 0)
  modelAtomics.store(memory['flag']!, 0, 1)
  held.release()
  return 'released'
}

const afterFlag =
  (run: Run): Run =>
  (place) => {
    place.env.until(place.env.memory['flag']!, 0, (flag) => flag === 1)
    return run(place)
  }

const timesOut: Run = (place) =>
  named(() => {
    const rlock = rlockOf(place)
    place.block(rlock.acquire({ timeout: 50 })).release()
    return 'done'
  })

/** Takes it, when it is free, and gives it back at depth two: all of it at once would be one release too few. */
const takes: Run = (place) => {
  const rlock = rlockOf(place)
  const owner = 'me'
  const outer = rlock.tryAcquire({ owner })
  if (outer === undefined) return 'refused'
  return nests(place, rlock, outer, () => rlock.tryAcquire({ owner })!)
}

/** Is refused. */
const meddles: Run = (place) => {
  const rlock = rlockOf(place)
  return named(() => {
    rlock.release('me')
    return 'released'
  })
}

/** Two owners in one thread: the second waits for the first, which nests. */
const twoOwners =
  (third: boolean): Run =>
  (place) => {
    const rlock = rlockOf(place, true)
    return place.drive(function* (): Steps<string> {
      const acquire = (owner: string): Iterator<unknown, Held> =>
        rlock.acquire({ owner })[Symbol.iterator]() as unknown as Iterator<unknown, Held>
      const x = (yield* rlock.acquire({ owner: 'x' }) as never as Steps<Held>) as Held
      const waiting = acquire('y')
      const step = waiting.next() as IteratorResult<Wait, Held>
      if (step.done) throw new Error('two owners hold it')
      const again = acquire('x').next() as IteratorResult<Wait, Held>
      if (!again.done) throw new Error('its owner has to wait')
      inside(place, 'x')
      if (named(() => rlock.release('y') as never) !== 'NotOwnerError')
        throw new Error('y gives back what x holds')
      x.release()
      inside(place, 'x again')
      again.value.release()
      yield step.value
      const y = waiting.next().value as Held
      expectDepth(rlock, 1)
      inside(place, 'y')
      y.release()
      const z = third ? rlock.tryAcquire({ owner: 'z' }) : undefined
      if (z === undefined) return 'done'
      inside(place, 'z')
      z.release()
      return 'done twice'
    } as () => Steps<string>)
  }

/** A choice of an event and of the lock, twice: whatever comes first, it holds the lock once or not at all. */
const chooses: Run = (place) => {
  const rlock = rlockOf(place, true)
  const event = place.attach('event', () => new place.shipped.Event({ autoReset: true }))
  place.env.until(place.env.memory['rlock']!, place.shipped.OWN, (word) => word !== 0)
  const arm = () => rlock.acquire({ owner: 'me' }).map((held) => held)
  const got = place.loop(place.shipped.choose.biased([event.wait().map(() => undefined), arm(), arm()]))
  if (got === 'cancelled') return got
  expectDepth(rlock, got === undefined ? 0 : 1)
  if (got === undefined) return 'event'
  inside(place, 'in')
  got.release()
  return 'lock'
}

/** Holds it from the start, sets the event when somebody waits for that, and gives the lock back. */
const setsAndReleases: Run = (place) => {
  const rlock = rlockOf(place)
  const event = place.attach('event', () => new place.shipped.Event({ autoReset: true }))
  const held = rlock.tryAcquire({ owner: 'me' })!
  place.env.until(place.env.memory['event']!, HINTS, (hints) => hints !== 0)
  event.set()
  held.release()
  return 'released'
}

/** Poisons it while another one waits. */
const poisons: Run = (place) => {
  const rlock = rlockOf(place)
  const outer = rlock.tryAcquire({ owner: 'me' })
  if (outer === undefined) return 'refused'
  const inner = rlock.tryAcquire({ owner: 'me' })!
  inside(place, 'in')
  inner.poison()
  outer.release()
  expectDepth(rlock, 0)
  return 'poisoned'
}

/** Heals what was poisoned, and takes it. */
const heals: Run = (place) => {
  const rlock = rlockOf(place)
  const first = named(() => by.block(place))
  if (first !== 'PoisonedError') return first
  rlock.clearPoison()
  place.round(10)
  return `healed, ${takes(place) as string}`
}

function exclusive({ threads }: View): boolean | string {
  const holders = threads.filter(({ status, marks }) => status !== 'killed' && marks['in'] === true)
  return holders.length <= 1 || `${holders.length} threads are inside`
}

/** At the end it is free and nobody waits, unless somebody died. */
function nothingLeft(view: View): boolean | string {
  if (view.threads.some(({ status }) => status === 'killed')) return true
  if (ownWord(view, 'rlock') >>> 30 === HELD) return 'it is held at the end'
  return view.read('rlock', HINTS) === 0 || 'somebody still waits at the end'
}

const rlock = (name: string, parts: Omit<Parts, 'own'> & Partial<Pick<Parts, 'own'>>): Model =>
  model(`RLock: ${name}`, COVERS, {
    own: () => ({ rlock: [0] }),
    invariant: exclusive,
    atEnd: nothingLeft,
    outcome: results,
    ...parts,
  })

/** The event comes first where a thread looks at both. */
const withEvent = () => ({ event: [0, 1], rlock: [0] })

export const models: readonly Model[] = [
  rlock('two threads that sleep, each twice inside', {
    programs: (w) => [w.program(0, blocks()), w.program(1, blocks())],
    expected: ['done, done'],
  }),
  rlock('two threads that sleep, two rounds', {
    programs: (w) => [w.program(0, blocks(2)), w.program(1, blocks(2))],
    expected: ['done, done'],
  }),
  rlock('a sleeper and an event loop, a cancellation at any moment', {
    programs: (w) => [w.program(0, blocks()), w.program(1, loops)],
    cancels: { most: 1 },
    expected: ['done, done', 'done, cancelled'],
  }),
  rlock('a sleeper and one that takes it if it is free', {
    programs: (w) => [w.program(0, blocks()), w.program(1, takes)],
    expected: ['done, done', 'done, refused'],
  }),
  rlock('two sleepers and one that takes it if it is free', {
    programs: (w) => [w.program(0, takes), w.program(1, blocks()), w.program(2, blocks())],
    expected: ['done, done, done', 'refused, done, done'],
    long: true,
  }),
  rlock('a sleeper with a timeout', {
    programs: (w) => [w.program(0, takes), w.program(1, timesOut)],
    timeouts: noSecondLook(50),
    clock: [0, 100],
    expected: ['done, done', 'done, TimeoutError', 'refused, done'],
  }),
  rlock('nobody gives back what another thread holds', {
    programs: (w) => [w.program(0, takes), w.program(1, meddles)],
    expected: ['done, NotOwnerError', 'done, NotHeldError'],
    onlyExpected: true,
  }),
  rlock('two owners in one thread against a sleeper', {
    programs: (w) => [w.program(0, twoOwners(true)), w.program(1, blocks())],
    expected: ['done, done', 'done twice, done'],
  }),
  rlock('two owners in one thread come while another thread gives it back for a third', {
    own: () => ({ rlock: [0], flag: [0] }),
    programs: (w) => [
      w.program(0, afterFlag(twoOwners(false))),
      w.program(1, sleeps),
      w.program(2, givesBack),
    ],
    expected: ['done, done, released'],
  }),
  rlock('a choice with two arms on it, whose event comes first', {
    own: withEvent,
    programs: (w) => [w.program(0, setsAndReleases), w.program(1, chooses)],
    expected: ['released, event', 'released, lock'],
    onlyExpected: true,
  }),
  rlock('one of two dies at any step, as deep inside as it may be', {
    programs: (w) => [w.program(0, blocks()), w.program(1, blocks())],
    dies: { threads: [0] },
    expected: ['done, done, dormant', 'killed, done, undertaker', 'killed, abandoned, undertaker'],
  }),
  rlock('one of two dies at any step, and a new thread takes its slot and the lock', {
    programs: (w) => [w.program(0, blocks()), w.program(1, takes)],
    dies: { threads: [0], starts: (w, victim) => w.reborn(victim, blocks()) },
    expected: [
      'done, done, dormant',
      'killed, done, done',
      'killed, done, abandoned',
      'killed, refused, abandoned',
    ],
  }),
  rlock('who poisons it lets the other one know, which heals it', {
    programs: (w) => [w.program(0, poisons), w.program(1, heals)],
    expected: ['poisoned, healed, done', 'refused, done', 'poisoned, done'],
  }),
  rlock('who poisons it lets two others know', {
    programs: (w) => [
      w.program(0, poisons),
      w.program(1, (place) => named(() => by.block(place))),
      w.program(2, (place) => named(() => by.loop(place))),
    ],
    expected: ['poisoned, PoisonedError, PoisonedError'],
  }),
]
