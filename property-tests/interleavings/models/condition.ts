/** Conditions between threads: who was told, and who acts on it. */
import {
  type Env,
  type ExploreOptions,
  type Json,
  modelAtomics,
  type Program,
  type View,
} from '../../../src/testing/explorer/index.ts'
import { named } from '../support/build.ts'
import type { Model } from '../support/model.ts'
import { noSecondLook, type Place, type Shipped, world, type World } from '../support/world.ts'

type Condition = InstanceType<Shipped['Condition']>
type Lock = InstanceType<Shipped['Lock']>
type RLock = InstanceType<Shipped['RLock']>
type Held = InstanceType<Shipped['Held']>
type Wait = InstanceType<Shipped['Wait']>
type Steps<T> = Generator<Wait, T, unknown>

/** Begins when a wait has been parked: what comes before is explored elsewhere. */
const onceParked =
  (run: (env: Env) => unknown): Program =>
  (env) => {
    env.until(env.memory['condition']!, 8, (hints) => hints !== 0)
    return run(env)
  }

/** A death that nobody learns of before the thread of `slot` waits: until then there is nobody to go in its place. */
const foundDead =
  (w: World, victim: number, slot: number): Program =>
  (env) => {
    const condition = env.memory['condition']!
    env.until(
      condition,
      condition.length - LOCK_WORDS - SHARED_WORDS + WORDS * slot + OWNER,
      (id) => id !== 0,
    )
    return w.undertaker(victim)(env)
  }

const attached = new WeakMap<Place, Condition>()

function conditionOf(place: Place): Condition {
  place.env.mark('id', place.id)
  let condition = attached.get(place)
  if (condition === undefined) {
    const { Lock, RLock } = place.shipped
    const lock = place.attach<Lock | RLock>('lock', () =>
      place.env.memory['rlock'] ? new RLock() : new Lock(),
    )
    condition = place.attach('condition', () => new place.shipped.Condition(lock))
    attached.set(place, condition)
    forget(place, condition)
  }
  return condition
}

/**
 * What was read before a wait is parked, or before its thread looks, matters no more: how a wait goes on depends on
 * which it is, whether it waits to be told or for the lock, and what for. Only where one wait goes on at a time.
 */
function forget(place: Place, { lock }: Condition): void {
  const condition = attached.get(place)!
  const { seat } = place
  let began = 0
  let wakeup: { got?: number } = {}
  let at = 0
  const noted = (primitive: Condition | Lock | RLock, number: (operation: object) => number): void => {
    const enqueue = primitive.enqueue.bind(primitive)
    primitive.enqueue = (waiter) => {
      at = number(waiter.operation)
      if (!several.has(place)) place.round(at)
      enqueue(waiter)
    }
  }
  noted(condition, (operation) => {
    began++
    wakeup = operation
    return 100 * began
  })
  noted(
    lock,
    ({ constructor: { name } }) => 100 * began + 10 + (name === 'Resume' ? 1 + (wakeup.got ?? 0) : 0),
  )
  const look = seat.look.bind(seat)
  seat.look = () => {
    if (seat.size > 0 && !several.has(place)) place.round(at + 50)
    look()
  }
}

/** Who waits in several places at once. */
const several = new WeakSet<Place>()

const steps = <T>(waited: { [Symbol.iterator](): Iterator<unknown, T> }): Steps<T> =>
  waited[Symbol.iterator]() as unknown as Steps<T>

/** The lock is held: nobody else may be here. */
function inside(place: Place): void {
  if (!conditionOf(place).lock.locked) throw new Error('the lock is not held')
  place.env.mark('in', true)
  place.env.pause('holds the lock')
  place.env.mark('in', null)
}

/** Begins when the others begin to wait: they have the lock until then. */
function after(place: Place, ...others: readonly number[]): void {
  place.env.mark('starts', false)
  for (const other of others)
    place.env.until(
      place.env.memory['condition']!,
      place.shipped.OWN + WORDS * other + OWNER,
      (id) => id !== 0,
    )
  place.env.mark('starts', null)
}

interface Waiting {
  timeout?: number
  times?: number
  /** Whose wait has begun before. */
  behind?: readonly number[]
  depth?: number
}

/** Waits as a thread that sleeps. */
const waits =
  ({ timeout = Infinity, times = 1, behind = [], depth = 1 }: Waiting = {}) =>
  (place: Place): Json => {
    after(place, ...behind)
    const condition = conditionOf(place)
    place.round(0)
    const helds: Held[] = []
    for (let i = 0; i < depth; i++) helds.push(place.block<Held>(condition.lock.acquire()))
    let end = 'told'
    for (let i = 0; i < times; i++) {
      place.env.mark('time', i)
      try {
        place.block(condition.wait({ timeout }) as never)
      } catch (error) {
        end = (error as Error).name
      }
    }
    place.env.mark('end', end)
    inside(place)
    for (const held of helds) held.release()
    return condition.lock.locked && (condition.lock as RLock).depth > 0 ? 'still held' : end
  }

/** Waits as an event loop does; a cancellation may come at any moment of the wait. */
const waitsInLoop =
  ({ behind = [] }: Waiting = {}) =>
  (place: Place): Json => {
    after(place, ...behind)
    const condition = conditionOf(place)
    place.round(0)
    return drive(place, function* (begin) {
      const held = yield* steps<Held>(condition.lock.acquire())
      let end = 'told'
      begin()
      place.env.mark('waits', true)
      try {
        yield* steps(condition.wait())
      } catch (error) {
        end = error as string
      }
      place.env.mark('waits', null)
      place.env.mark('end', end)
      inside(place)
      held.release()
      return end
    })
  }

/** Two waits in one event loop. */
const waitsTwice = (place: Place): Json => {
  const condition = conditionOf(place)
  several.add(place)
  place.round(0)
  const body = (name: string) =>
    function* (): Steps<string> {
      const held = yield* steps<Held>(condition.lock.acquire())
      yield* steps(condition.wait())
      place.env.mark(name, true)
      inside(place)
      held.release()
      return 'told'
    }
  const [first, second] = [body('first')(), body('second')()]
  const stepper = stepperOf()
  const step = (generator: Steps<string>): IteratorResult<Wait, string> => {
    place.shipped.thread.running = stepper as never
    try {
      return generator.next()
    } finally {
      place.shipped.thread.running = null
    }
  }
  let [a, b] = [step(first), step(second)]
  while (!a.done || !b.done) {
    if (!a.done && a.value.state !== place.shipped.PARKED) a = step(first)
    else if (!b.done && b.value.state !== place.shipped.PARKED) b = step(second)
    else {
      place.env.wait(place.seat.table, place.seat.bell, 0)
      place.seat.look()
    }
  }
  return 'told twice'
}

const stepperOf = () => ({
  blocking: false,
  admits: () => true,
  name: 'event loop',
  clock: { now: () => 0, after: () => ({}), cancel: () => {} },
  resume: () => {},
})

/** Steps a body as a task: once it has begun, a cancellation may be thrown into it at any moment, once. */
function drive<T>(place: Place, body: (begin: () => void) => Steps<T>): T {
  const { env, seat, shipped } = place
  const stepper = stepperOf()
  let begun = false
  const generator = body(() => (begun = true))
  const run = (next: () => IteratorResult<Wait, T>): IteratorResult<Wait, T> => {
    shipped.thread.running = stepper as never
    try {
      return next()
    } finally {
      shipped.thread.running = null
    }
  }
  let cancelled = false
  let step = run(() => generator.next())
  while (!step.done) {
    const wait = step.value
    if (wait.state !== shipped.PARKED) step = run(() => generator.next())
    else if (env.wait(seat.table, seat.bell, 0, { cancellable: begun && !cancelled }) === 'cancelled') {
      cancelled = true
      env.mark('cancelled', true)
      step = run(() => generator.throw('cancelled'))
    } else seat.look()
  }
  return step.value
}

/** Tells `n` waits, so many times. */
const notifies =
  (n: number, behind: readonly number[], times = 1) =>
  (place: Place): Json => {
    after(place, ...behind)
    const condition = conditionOf(place)
    for (let i = 0; i < times; i++) {
      place.round(i)
      const held = place.block<Held>(condition.lock.acquire())
      place.env.mark('in', true)
      if (n === Infinity) condition.notifyAll()
      else condition.notify(n)
      place.env.mark('in', null)
      held.release()
    }
    return 'notified'
  }

/** Tells twice, beginning at the first slot each time, as two threads would. */
const notifiesFromTheFirst = (place: Place): Json => {
  const condition = conditionOf(place)
  for (let i = 0; i < 2; i++) {
    place.round(i)
    const held = place.block<Held>(condition.lock.acquire())
    ;(condition as unknown as { turn: number }).turn = 0
    condition.notify()
    held.release()
  }
  return 'notified'
}

const notifiesUnheld = (place: Place): Json => {
  after(place, 0)
  place.round(0)
  return named(() => {
    conditionOf(place).notify()
    return 'notified'
  })
}

/** Ends its wait, if at all, with an error, and does not hold the lock. */
const waitsForPoison = (place: Place): Json => {
  const condition = conditionOf(place)
  place.round(0)
  place.block<Held>(condition.lock.acquire())
  return named(() => {
    place.block(condition.wait() as never)
    return 'told'
  })
}

const poisons = (place: Place): Json => {
  after(place, 0)
  const condition = conditionOf(place)
  place.round(0)
  const held = place.block<Held>(condition.lock.acquire())
  condition.notify()
  held.poison()
  return 'poisoned'
}

/** Finds a thread dead, and gives on what that was told; those behind it come first. */
const reaps =
  (w: World, victim: number, slot: number) =>
  (env: Env): Json => {
    w.undertaker(victim)(env)
    return w.program(slot, (place) => {
      const condition = conditionOf(place)
      place.round(0)
      const held = place.block<Held>(condition.lock.acquire())
      place.shipped.conditionState.reap(condition.words, condition.at, condition.site!)
      held.release()
      return 'reaped'
    })(env)
  }

/** Tells thread 0, and then waits itself. */
const notifiesAndWaits = (place: Place): Json => {
  after(place, 0)
  const condition = conditionOf(place)
  place.round(0)
  const held = place.block<Held>(condition.lock.acquire())
  condition.notify()
  const given = modelAtomics.load(place.env.memory['condition']!, place.shipped.OWN + NOTIFIED)
  place.env.mark('asleep', given > 0 ? 'gave and sleeps' : 'sleeps')
  place.block(condition.wait() as never)
  inside(place)
  held.release()
  return 'told'
}

// The words as condition-state.ts lays them out.
const WORDS = 3
const OWNER = 0
const WAITING = 1
const NOTIFIED = 2
const SHARED_WORDS = 128 * WORDS
const LOCK_WORDS = 4

function exclusive(view: View): boolean | string {
  const holders = view.threads.filter(({ status, marks }) => status !== 'killed' && marks['in'] === true)
  return holders.length <= 1 || `${holders.length} threads hold the lock`
}

/** Nobody sleeps who was told, nor while others that died were told something that nobody went for. */
function noneForgotten(shipped: Shipped) {
  return (view: View): boolean | string => {
    const word = (slot: number, at: number): number => view.read('condition', shipped.OWN + WORDS * slot + at)
    const lives = (id: number): boolean => view.read('table', 16 + 16 * (id & 1023)) === id >> 10
    let orphans = 0
    for (let slot = 0; slot < view.read('table', 3); slot++)
      if (word(slot, OWNER) !== 0 && !lives(word(slot, OWNER))) orphans += word(slot, NOTIFIED)
    for (const { status, marks } of view.threads) {
      const id = marks['id'] as number
      if (status !== 'asleep' || word(id & 1023, OWNER) !== id || word(id & 1023, WAITING) === 0) continue
      if (word(id & 1023, NOTIFIED) > 0) return 'a thread sleeps that was told'
      if (orphans > 0) return `a thread sleeps while the dead were told ${orphans} times`
    }
    return true
  }
}

const COVERS = ['src/sync/condition', 'src/sync/reacquire', 'src/sync/attempt', 'src/sync/guard']

interface Setting {
  programs: (w: World) => ExploreOptions['threads']
  /** Threads that wait and never look, behind those with programs. */
  waiting?: number
  /** The waits of the thread of slot 0, which died and was not found dead yet, and how many of those were told. */
  dead?: { readonly waits: number; readonly told: number }
  on?: 'Lock' | 'RLock'
  long?: boolean
  more?: Partial<ExploreOptions>
  starts?: (w: World, victim: number) => ExploreOptions['threads']
  dies?: readonly number[]
}

function model(
  name: string,
  { programs, waiting = 0, dead, on = 'Lock', long, more, starts, dies }: Setting,
): Model {
  return {
    name: `Condition: ${name}`,
    covers: [...COVERS, ...(on === 'RLock' ? ['src/sync/rlock'] : [])],
    long,
    options(shipped) {
      const words = shipped.conditionState.SHARED_WORDS
      const primitives = { condition: words + 4, lock: 1 }
      const count = programs(world(shipped, { primitives, seats: 3 })).length
      const w = world(shipped, {
        primitives,
        seats: count + waiting,
        fill: (name, own, ids) => {
          if (name !== 'condition') return
          if (dead !== undefined) own.set([ids[0]!, dead.waits, dead.told])
          for (let slot = count; slot < count + waiting; slot++) {
            own[WORDS * slot + OWNER] = ids[slot]!
            own[WORDS * slot + WAITING] = 1
          }
        },
      })
      const told = (view: View): number => {
        let sum = 0
        for (let slot = count; slot < count + waiting; slot++) {
          const notified = view.read('condition', shipped.OWN + WORDS * slot + NOTIFIED)
          if (notified > 0 && view.read('table', 17 + 16 * slot) === 0) return -1
          sum += notified
        }
        return sum
      }
      return {
        memory: { ...w.memory, ...(on === 'RLock' && { rlock: 1 }) },
        before: w.before,
        threads: programs(w),
        invariant: exclusive,
        atEnd: noneForgotten(shipped),
        outcome(view) {
          const results = view.threads.map(({ result, status, marks }) =>
            result !== undefined
              ? String(result)
              : status === 'killed' && marks['end']
                ? 'killed late'
                : status === 'asleep'
                  ? ((marks['asleep'] as string | undefined) ?? status)
                  : status,
          )
          return results.join(', ') + (waiting > 0 ? `; ${told(view)} told` : '')
        },
        timeouts: { fires: () => false },
        unobserved: (op) => op === 'notify' || op === 'or' || op === 'and',
        sleepKey: w.sleepKey,
        maxStates: long ? 20_000_000 : 4_000_000,
        ...(dies && {
          kills: {
            most: 1,
            threads: dies,
            starts: (victim: number) => starts?.(w, victim) ?? [w.undertaker(victim)],
          },
        }),
        ...more,
      }
    },
  }
}

/** What only sleeps may sleep: each case is an outcome of its own, and the outcomes are judged. */
const judged = (...expected: readonly string[]): Partial<ExploreOptions> => ({
  allowDeadlock: () => true,
  progress: false,
  expected,
  onlyExpected: true,
})

export const models: readonly Model[] = [
  model('a sleeper is told', {
    programs: (w) => [w.program(0, waits()), w.program(1, notifies(1, [0]))],
    more: { expected: ['told, notified'], onlyExpected: true },
  }),
  model('an event loop is told', {
    programs: (w) => [w.program(0, waitsInLoop()), w.program(1, notifies(1, [0]))],
    more: { expected: ['told, notified'], onlyExpected: true },
  }),
  model('nobody is told of what came before the wait', {
    programs: (w) => [w.program(0, waits()), w.program(1, notifies(1, []))],
    more: judged('told, notified', 'asleep, notified'),
  }),
  model('what was told once does not count for a second wait', {
    programs: (w) => [w.program(0, waits({ times: 2 })), w.program(1, notifies(1, [0]))],
    more: judged('asleep, notified'),
  }),
  model('a sleeper waits twice, and is told twice', {
    programs: (w) => [w.program(0, waits({ times: 2 })), w.program(1, notifies(1, [0], 2))],
    more: judged('told, notified', 'asleep, notified'),
    long: true,
  }),
  model('one of two is told', {
    programs: (w) => [w.program(0, waits()), w.program(1, notifies(1, [0]))],
    waiting: 1,
    more: judged('told, notified; 0 told'),
  }),
  model('two of two are told, in turn', {
    programs: (w) => [w.program(0, waits()), w.program(1, notifies(1, [0], 2))],
    waiting: 1,
    more: judged('told, notified; 1 told'),
    long: true,
  }),
  model('two of three are told', {
    programs: (w) => [w.program(0, waits()), w.program(1, notifies(2, [0]))],
    waiting: 2,
    more: judged('told, notified; 1 told'),
  }),
  model('all are told', {
    programs: (w) => [w.program(0, waits()), w.program(1, notifies(Infinity, [0]))],
    waiting: 2,
    more: judged('told, notified; 2 told'),
  }),
  model('two waits of one event loop are told, one after the other', {
    programs: (w) => [w.program(0, waitsTwice), w.program(1, notifies(2, [0]))],
    more: judged('told twice, notified', 'asleep, notified'),
    long: true,
  }),
  model('a timeout swallows no notification', {
    programs: (w) => [w.program(0, waits({ timeout: 50 })), w.program(1, notifies(1, [0]))],
    waiting: 1,
    more: {
      ...judged('told, notified; 0 told', 'TimeoutError, notified; 1 told'),
      timeouts: noSecondLook(50),
      clock: [0, 100],
    },
  }),
  model('a cancellation swallows no notification', {
    programs: (w) => [w.program(0, waitsInLoop()), w.program(1, notifies(1, [0]))],
    waiting: 1,
    more: {
      ...judged('told, notified; 0 told', 'cancelled, notified; 1 told'),
      cancels: { most: 1 },
    },
  }),
  model('who was told dies, and another one who waits goes in its place', {
    programs: (w) => [w.program(0, waits()), w.program(1, notifiesAndWaits)],
    dies: [0],
    starts: (w, victim) => [foundDead(w, victim, 1)],
    more: judged(
      'told, gave and sleeps, dormant',
      'killed, told, undertaker',
      // It died before it waited, or with the lock held, and nobody has learned of it.
      'killed, running, running',
      'killed, asleep, running',
      'killed late, gave and sleeps, undertaker',
    ),
    long: true,
  }),
  model('who was told dies, and a new thread takes its slot and waits', {
    programs: (w) => [w.program(0, waits()), w.program(1, notifies(1, [0]))],
    dies: [0],
    starts: (w, victim) => [w.reborn(victim, waits())],
    more: judged(
      'told, notified, dormant',
      'killed, notified, told',
      'killed, notified, asleep',
      'killed late, notified, asleep',
    ),
    long: true,
  }),
  model('who was told has died; a new thread takes its slot and waits, and so does another one', {
    programs: (w) => [w.reborn(0, waits()), w.program(1, waits())],
    dead: { waits: 1, told: 1 },
    // Nobody is told where the new thread came before the other one waited: then nobody waited.
    more: judged('asleep, told', 'asleep, asleep'),
  }),
  model('two were told and have died; one who waits goes in the place of one of them', {
    programs: (w) => [w.undertaker(0), w.program(1, waits())],
    dead: { waits: 2, told: 2 },
    more: judged('undertaker, told', 'undertaker, asleep'),
  }),
  model('one was told and has died; who goes for that and finds that another went in its place sleeps on', {
    programs: (w) => [() => 'gone', w.program(1, waits()), onceParked(reaps(w, 0, 2))],
    dead: { waits: 1, told: 1 },
    waiting: 1,
    more: judged('gone, told, reaped; 0 told', 'gone, asleep, reaped; 1 told'),
  }),
  model('a thread died that waited; who takes its slot and waits is told once, and then another one', {
    programs: (w) => [w.reborn(0, waits()), onceParked(w.program(1, notifiesFromTheFirst))],
    dead: { waits: 1, told: 0 },
    waiting: 1,
    more: { expected: ['told, notified; 1 told'], onlyExpected: true },
  }),
  model('who tells dies at any step', {
    programs: (w) => [w.program(0, waits()), w.program(1, notifies(1, [0]))],
    dies: [1],
    more: judged('told, notified, dormant', 'told, killed, undertaker', 'asleep, killed, undertaker'),
  }),
  model('nobody tells who does not hold the lock', {
    programs: (w) => [w.program(0, waits()), w.program(1, notifiesUnheld)],
    more: judged('asleep, NotHeldError', 'asleep, NotOwnerError'),
  }),
  model('a wait ends without the lock when that is poisoned', {
    programs: (w) => [w.program(0, waitsForPoison), w.program(1, poisons)],
    more: { expected: ['PoisonedError, poisoned'], onlyExpected: true },
  }),
  model('on an RLock: a sleeper that holds it twice is told, and holds it twice', {
    on: 'RLock',
    programs: (w) => [w.program(0, waits({ depth: 2 })), w.program(1, notifies(1, [0]))],
    more: { expected: ['told, notified'], onlyExpected: true },
  }),
  model('on an RLock: an event loop is told, or a cancellation comes', {
    on: 'RLock',
    programs: (w) => [w.program(0, waitsInLoop()), w.program(1, notifies(1, [0]))],
    waiting: 1,
    more: {
      ...judged('told, notified; 0 told', 'cancelled, notified; 1 told'),
      cancels: { most: 1 },
    },
  }),
  model('on an RLock: who was told dies, and another one who waits goes in its place', {
    on: 'RLock',
    programs: (w) => [w.program(0, waits()), w.program(1, notifiesAndWaits)],
    dies: [0],
    starts: (w, victim) => [foundDead(w, victim, 1)],
    more: judged(
      'told, gave and sleeps, dormant',
      'killed, told, undertaker',
      'killed, running, running',
      'killed, asleep, running',
      'killed late, gave and sleeps, undertaker',
    ),
    long: true,
  }),
  model('on an RLock: one was told and has died; another one who waits goes in its place', {
    on: 'RLock',
    programs: (w) => [w.undertaker(0), w.program(1, waits({ depth: 2 }))],
    dead: { waits: 1, told: 1 },
    more: judged('undertaker, told', 'undertaker, asleep'),
  }),
  model('whoever is told while it is found dead goes for nobody', {
    programs: (w) => [
      onceParked(w.undertaker(0)),
      w.program(1, waits()),
      onceParked(w.program(2, notifies(1, []))),
    ],
    dead: { waits: 1, told: 0 },
    more: { expected: ['undertaker, told, notified'], onlyExpected: true },
  }),
]
