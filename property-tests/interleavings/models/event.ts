/** Events between threads: nobody sleeps on who waited before a raise, and each pass is taken once. */
import type { Json, View } from '../../../src/testing/explorer/index.ts'
import { type How, model, named, ownWord, untilAwaited, waitBy } from '../support/build.ts'
import type { Model } from '../support/model.ts'
import { noSecondLook, type Place, type Shipped } from '../support/world.ts'

type Event = InstanceType<Shipped['Event']>
type Run = (place: Place) => Json

const COVERS = ['src/sync/event', 'src/sync/gate', 'src/wait/', 'src/operation/', 'src/perform/']

const eventOf = (place: Place, name = 'event'): Event =>
  place.attach(name, () => new place.shipped.Event({ autoReset: place.env.memory[name]!.at(-1) === 1 }))

const manual = () => ({ event: [0, 0] })
const auto = () => ({ event: [0, 1] })
const two = () => ({ a: [0, 1], b: [0, 1] })

const waits =
  (how: How): Run =>
  (place) => {
    const end = waitBy(place, how, eventOf(place).wait())
    if (end === 'cancelled') return end
    place.env.mark('got', 1)
    return 'done'
  }

const sets: Run = (place) => {
  eventOf(place).set()
  return 'set'
}

/** Nobody who waits by then may miss it. */
const setsAndClears: Run = (place) => {
  const event = eventOf(place)
  untilAwaited(place, 'event')
  event.set()
  event.clear()
  return 'set'
}

const setsAndClearsTwice: Run = (place) => {
  const event = eventOf(place)
  event.set()
  event.clear()
  event.set()
  event.clear()
  event.set()
  return 'set'
}

/** Takes the pass and gives it on. */
const relays =
  (how: How): Run =>
  (place) => {
    const event = eventOf(place)
    if (waitBy(place, how, event.wait()) === 'cancelled') return 'cancelled'
    place.env.mark('got', 1)
    event.set()
    return 'done'
  }

/** Sets it, takes whatever pass there is, and gives it on. */
const setsAndRelays =
  (how: How): Run =>
  (place) => {
    const event = eventOf(place)
    event.set()
    if (waitBy(place, how, event.wait()) === 'cancelled') return 'cancelled'
    place.env.mark('got', 1)
    event.set()
    return 'done'
  }

/** Sets it as soon as it is clear, so many times. */
const setsOften =
  (times: number): Run =>
  (place) => {
    const event = eventOf(place)
    for (let i = 0; i < times; i++) {
      place.round(i)
      if (i > 0) place.env.until(place.env.memory['event']!, place.shipped.OWN, (word) => (word & 1) === 0)
      event.set()
    }
    return 'set'
  }

/** Two async waiters of one thread, one pass for each. */
const waitsTwice: Run = (place) => {
  const event = eventOf(place)
  return place.drive(function* () {
    const second = event.wait()[Symbol.iterator]()
    const step = second.next()
    yield* event.wait() as never as Generator<unknown, void>
    if (!step.done) yield step.value
    place.env.mark('got', 2)
    return 'done'
  } as () => Generator<unknown, Json, unknown>)
}

const timesOut: Run = (place) =>
  named(() => {
    const event = eventOf(place)
    place.shipped.thread.spin = 0
    place.block(event.wait({ timeout: 50 }))
    place.env.mark('got', 1)
    return 'done'
  })

/** Sets an event, perhaps, and waits for whichever comes first. */
const chooses =
  (how: How, names: readonly string[], sets?: string): Run =>
  (place) => {
    const events = new Map(['a', 'b'].map((name) => [name, eventOf(place, name)]))
    if (sets !== undefined) events.get(sets)!.set()
    const arms = names.map((name) =>
      events
        .get(name)!
        .wait()
        .map(() => name),
    )
    const got = waitBy(place, how, place.shipped.choose.biased(arms))
    if (got !== 'cancelled') place.env.mark(got, 1)
    return got
  }

const setsBoth =
  (...names: string[]): Run =>
  (place) => {
    for (const event of names.map((name) => eventOf(place, name))) event.set()
    return 'set'
  }

/** One async wait is left behind while the thread sleeps for the other event. */
const sleepsElsewhere: Run = (place) => {
  const a = eventOf(place, 'a')
  const b = eventOf(place, 'b')
  return place.drive(function* () {
    const first = a.wait()[Symbol.iterator]()
    const step = first.next()
    waitBy(place, 'block', b.wait())
    if (!step.done) yield step.value
    return 'done'
  } as () => Generator<unknown, Json, unknown>)
}

/** Nobody goes on before the first raise. */
const raisedFirst = (view: View): boolean | string =>
  ownWord(view, 'event') >>> 1 > 0 || view.threads.every(({ marks }) => !marks['got']) || 'nobody has set it'

const taken = (view: View, mark: string): number =>
  view.threads.reduce((sum, { marks }) => sum + Number(marks[mark] ?? 0), 0)

/** No generation of an auto-reset event lets two through. */
const oncePerRaise =
  (name = 'event', mark = 'got') =>
  (view: View): boolean | string => {
    const word = ownWord(view, name)
    const gone = (word >>> 1) - (word & 1)
    return taken(view, mark) <= gone || `${taken(view, mark)} have passed ${name}, ${gone} could`
  }

/** No pass is lost either, unless somebody died with it. */
const noneLost =
  (name = 'event', mark = 'got') =>
  (view: View): boolean | string => {
    const word = ownWord(view, name)
    const gone = (word >>> 1) - (word & 1)
    return taken(view, mark) === gone || `${taken(view, mark)} have passed ${name}, ${gone} had to`
  }

const bothOf = (...checks: ((view: View) => boolean | string)[]) => ({
  check: (view: View): boolean | string => {
    for (const check of checks) {
      const found = check(view)
      if (found !== true) return found
    }
    return true
  },
})

const eachOnce = bothOf(oncePerRaise('a', 'a'), oncePerRaise('b', 'b')).check
const noneOfBothLost = bothOf(noneLost('a', 'a'), noneLost('b', 'b')).check

const event = (name: string, parts: Parameters<typeof model>[2]): Model =>
  model(`Event: ${name}`, COVERS, parts)

export const models: readonly Model[] = [
  event('set against two that sleep', {
    own: manual,
    programs: (w) => [w.program(0, sets), w.program(1, waits('block')), w.program(2, waits('block'))],
    invariant: raisedFirst,
    expected: ['set, done, done'],
  }),
  event('set against an event loop that is cancelled at any moment, and one that sleeps', {
    own: manual,
    programs: (w) => [w.program(0, sets), w.program(1, waits('loop')), w.program(2, waits('block'))],
    invariant: raisedFirst,
    cancels: { most: 1 },
    expected: ['set, done, done', 'set, cancelled, done'],
  }),
  event('set and cleared at once, against a thread that sleeps', {
    own: manual,
    programs: (w) => [w.program(0, setsAndClears), w.program(1, waits('block'))],
    invariant: raisedFirst,
    expected: ['set, done'],
  }),
  event('set and cleared at once, against an event loop', {
    own: manual,
    programs: (w) => [w.program(0, setsAndClears), w.program(1, waits('loop'))],
    invariant: raisedFirst,
    expected: ['set, done'],
  }),
  event('set, cleared and set again', {
    own: manual,
    programs: (w) => [w.program(0, setsAndClearsTwice), w.program(1, waits('block'))],
    invariant: raisedFirst,
    expected: ['set, done'],
  }),
  event('two that set it, one that clears it, one that waits', {
    own: manual,
    programs: (w) => [
      w.program(0, sets),
      w.program(1, (place) => {
        const it = eventOf(place)
        it.clear()
        it.set()
        return 'set'
      }),
      w.program(2, waits('block')),
    ],
    invariant: raisedFirst,
    expected: ['set, set, done'],
  }),
  event('the wait has a timeout', {
    own: manual,
    programs: (w) => [w.program(0, sets), w.program(1, timesOut)],
    timeouts: noSecondLook(50),
    clock: [0, 100],
    expected: ['set, done', 'set, TimeoutError'],
  }),
  event('who sets it dies at any step', {
    own: manual,
    programs: (w) => [w.program(0, sets), w.program(1, waits('block')), w.program(2, waits('loop'))],
    invariant: raisedFirst,
    dies: { threads: [0], starts: (w, victim) => w.reborn(victim, sets) },
    expected: ['set, done, done, dormant', 'killed, done, done, set'],
  }),
  event('one that waits dies at any step, and its slot is used again', {
    own: manual,
    programs: (w) => [w.program(0, sets), w.program(1, waits('block'))],
    invariant: raisedFirst,
    dies: { threads: [1], starts: (w, victim) => w.reborn(victim, waits('block')) },
    expected: ['set, done, dormant', 'set, killed, done'],
  }),
  event('auto-reset, two that sleep', {
    own: auto,
    programs: (w) => [w.program(0, sets), w.program(1, relays('block')), w.program(2, relays('block'))],
    invariant: oncePerRaise(),
    atEnd: noneLost(),
    expected: ['set, done, done'],
  }),
  event('auto-reset, an event loop that is cancelled at any moment, and one that sleeps', {
    own: auto,
    programs: (w) => [w.program(0, sets), w.program(1, relays('loop')), w.program(2, relays('block'))],
    invariant: oncePerRaise(),
    atEnd: noneLost(),
    cancels: { most: 1 },
    expected: ['set, done, done', 'set, cancelled, done'],
  }),
  event('auto-reset, the wait has a timeout', {
    own: auto,
    programs: (w) => [w.program(0, sets), w.program(1, timesOut)],
    invariant: oncePerRaise(),
    atEnd: noneLost(),
    timeouts: noSecondLook(50),
    clock: [0, 100],
    expected: ['set, done', 'set, TimeoutError'],
  }),
  event('auto-reset, set twice, for two that sleep', {
    own: auto,
    programs: (w) => [w.program(0, setsOften(2)), w.program(1, waits('block')), w.program(2, waits('block'))],
    invariant: oncePerRaise(),
    atEnd: noneLost(),
    expected: ['set, done, done'],
    long: true,
  }),
  event('auto-reset, set twice once two sleep', {
    own: auto,
    programs: (w) => [
      w.program(0, (place) => {
        place.env.until(place.env.memory['event']!, 8, (hints) => hints === 6)
        return setsOften(2)(place)
      }),
      w.program(1, waits('block')),
      w.program(2, waits('loop')),
    ],
    invariant: oncePerRaise(),
    atEnd: noneLost(),
    expected: ['set, done, done'],
  }),
  event('auto-reset, two async waiters of a thread', {
    own: auto,
    programs: (w) => [w.program(0, setsOften(2)), w.program(1, waitsTwice)],
    atEnd: noneLost(),
    expected: ['set, done'],
  }),
  event('auto-reset, one that waits dies at any step', {
    own: auto,
    programs: (w) => [w.program(0, setsAndRelays('block')), w.program(1, relays('block'))],
    invariant: oncePerRaise(),
    dies: { threads: [1], starts: (w, victim) => w.reborn(victim, sets) },
    expected: ['done, done, dormant', 'done, killed, set'],
  }),
  event('auto-reset, an event loop that waits dies at any step, another one is cancelled', {
    own: auto,
    programs: (w) => [w.program(0, setsAndRelays('loop')), w.program(1, relays('loop'))],
    invariant: oncePerRaise(),
    cancels: { most: 1 },
    dies: { threads: [1], starts: (w, victim) => w.reborn(victim, sets) },
    expected: ['done, done, dormant', 'done, killed, set', 'cancelled, killed, set'],
  }),
  event('auto-reset, who sets it dies at any step', {
    own: auto,
    programs: (w) => [w.program(0, sets), w.program(1, waits('block'))],
    invariant: oncePerRaise(),
    atEnd: noneLost(),
    dies: { threads: [0], starts: (w, victim) => w.reborn(victim, sets) },
    expected: ['set, done, dormant', 'killed, done, set'],
  }),
  event('a choice of two against a choice of both in the other order', {
    own: two,
    programs: (w) => [
      w.program(0, chooses('block', ['a', 'b'], 'b')),
      w.program(1, chooses('loop', ['b', 'a'], 'a')),
    ],
    invariant: eachOnce,
    atEnd: noneOfBothLost,
    expected: ['a, b', 'b, a'],
  }),
  event('a thread that sets two, against two choices of both', {
    own: two,
    programs: (w) => [
      w.program(0, setsBoth('a', 'b')),
      w.program(1, chooses('block', ['a', 'b'])),
      w.program(2, chooses('loop', ['b', 'a'])),
    ],
    invariant: eachOnce,
    atEnd: noneOfBothLost,
    expected: ['set, a, b', 'set, b, a'],
    long: true,
  }),
  event('a choice with two arms on one event, whose other event comes first', {
    own: two,
    programs: (w) => [w.program(0, setsBoth('b', 'a')), w.program(1, chooses('loop', ['a', 'a', 'b']))],
    invariant: eachOnce,
    atEnd: noneOfBothLost,
    expected: ['set, a', 'set, b'],
  }),
  event('a choice with two arms on one event is cancelled at any moment', {
    own: () => ({ a: [0, 1], b: [0, 1] }),
    programs: (w) => [w.program(0, setsBoth('a')), w.program(1, chooses('loop', ['a', 'a', 'b']))],
    invariant: eachOnce,
    atEnd: noneOfBothLost,
    cancels: { most: 1 },
    expected: ['set, a', 'set, cancelled'],
  }),
  event('a choice with two arms on one manual event, whose other event comes first', {
    own: () => ({ a: [0, 0], b: [0, 1] }),
    programs: (w) => [w.program(0, setsBoth('b', 'a')), w.program(1, chooses('loop', ['a', 'a', 'b']))],
    invariant: oncePerRaise('b', 'b'),
    atEnd: noneLost('b', 'b'),
    expected: ['set, a', 'set, b'],
  }),
  event('an async wait is left behind while its thread sleeps for another event', {
    own: two,
    programs: (w) => [w.program(0, setsBoth('a', 'b')), w.program(1, sleepsElsewhere)],
    sleepKey: () => undefined,
    expected: ['set, done'],
  }),
]
