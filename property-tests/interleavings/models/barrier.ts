/** Barriers between threads: who passes, passes with all the others of its round, or with nobody. */
import type { Env, Json, Phase, Program, View } from '../../../src/testing/explorer/index.ts'
import {
  BROKEN,
  FAILED,
  faults,
  FILLING,
  phaseOf,
  REFUSED,
  SEATS,
  STAYS,
} from '../../../src/sync/barrier-state.ts'
import { forgetAtServe, type How, model, named, ownWord, type Parts, waitBy } from '../support/build.ts'
import type { Model } from '../support/model.ts'
import { noSecondLook, type Place, type Shipped, type World } from '../support/world.ts'

type Barrier = InstanceType<Shipped['Barrier']>
type Run = (place: Place) => Json

const COVERS = ['src/sync/barrier', 'src/operation/choose']
const ID = (1 << 30) - 1
const WAITING = 1 << 30

const of = (parties: number) => () => ({
  barrier: [parties, 0, -1, ...Array.from({ length: parties }, () => 0)],
})

const barrierOf = (place: Place, action?: () => void): Barrier => {
  const parties = place.env.memory['barrier']![place.shipped.OWN]!
  const barrier = place.attach('barrier', () => new place.shipped.Barrier(parties, action))
  forgetAtServe(place, barrier)
  return barrier
}

const passes =
  (how: How, rounds = 1): Run =>
  (place) =>
    named(() => {
      const barrier = barrierOf(place)
      for (let i = 0; i < rounds; i++) {
        place.round(i)
        const seat = waitBy(place, how, barrier.wait())
        if (seat === 'cancelled') return seat
        place.env.mark(`seat ${i}`, seat)
      }
      return 'passed'
    })

/** Breaks it when its wait was cancelled. */
const abortsLater =
  (action?: (place: Place) => void): Run =>
  (place) =>
    named(() => {
      const barrier = barrierOf(place, action && (() => action(place)))
      const seat = waitBy(place, 'loop', barrier.wait())
      if (seat !== 'cancelled') return 'passed'
      barrier.abort()
      return seat
    })

const acts = (place: Place): void => {
  place.env.mark('acts', true)
  place.env.pause('in the action')
  place.env.mark('acts', null)
}

const fails = (place: Place): void => {
  acts(place)
  throw new RangeError('from the action')
}

const passesActing =
  (how: How, action: (place: Place) => void): Run =>
  (place) =>
    named(() => {
      const barrier = barrierOf(place, () => action(place))
      const seat = waitBy(place, how, barrier.wait())
      if (seat === 'cancelled') return seat
      place.env.mark('seat 0', seat)
      return 'passed'
    })

const timesOut: Run = (place) =>
  named(() => {
    const barrier = barrierOf(place)
    place.shipped.thread.spin = 0
    place.env.mark('seat 0', place.block(barrier.wait({ timeout: 50 })))
    return 'passed'
  })

/** Comes when the other one has its seat. */
const completes =
  (then?: (place: Place) => void): Run =>
  (place) => {
    const barrier = barrierOf(place)
    untilSeated(place)
    place.env.mark('seat 0', waitBy(place, 'block', barrier.wait()))
    then?.(place)
    return 'passed'
  }

const untilSeated = ({ env, shipped }: Place): void => {
  env.until(env.memory['barrier']!, shipped.OWN + SEATS, (word) => (word & WAITING) !== 0)
}

/** The only party of its barrier; its action sees whether it has been broken meanwhile. */
const actsAlone: Run = (place) =>
  named(() => {
    const barrier = barrierOf(place, () => {
      place.env.pause('in the action')
      place.env.mark('saw', barrier.broken)
    })
    waitBy(place, 'loop', barrier.wait())
    return 'passed'
  })

const chooses: Run = (place) => {
  const event = place.attach('event', () => new place.shipped.Event())
  const barrier = place.attach('barrier', () => new place.shipped.Barrier(2))
  const choice = place.shipped.choose.biased([
    event.wait().map(() => 'event'),
    barrier.wait().map(() => 'passed'),
  ])
  return waitBy(place, 'loop', choice)
}

const aborts: Run = (place) => {
  barrierOf(place).abort()
  return 'aborted'
}

const resets: Run = (place) => {
  barrierOf(place).reset()
  return 'reset'
}

const wordsOf = (view: View): Int32Array => {
  const words = new Int32Array(SEATS + ownWord(view, 'barrier'))
  for (let i = 0; i < words.length; i++) words[i] = ownWord(view, 'barrier', i)
  return words
}

/** Nobody has a seat that another one of the same round has, and only one action runs. */
const seated =
  (rounds = 1) =>
  (view: View): boolean | string => {
    if (view.threads.filter(({ status, marks }) => status !== 'killed' && marks['acts'] === true).length > 1)
      return 'two actions run'
    for (let i = 0; i < rounds; i++) {
      const seats = view.threads
        .map(({ marks }) => marks[`seat ${i}`])
        .filter((seat) => typeof seat === 'number')
      if (new Set(seats).size < seats.length) return `two have the same seat in round ${i}`
    }
    return true
  }

/** It is at rest, and nobody is in a seat. */
const atRest = (view: View): boolean | string => {
  const words = wordsOf(view)
  const found = faults(words, 0)
  for (let seat = SEATS; seat < words.length; seat++)
    if (words[seat] !== 0) found.push(`seat ${seat - SEATS} is taken by nobody`)
  return found.length === 0 || found.join(', ')
}

/** The words of living threads are at rest: nobody rings the dead. */
const aliveAtRest = (view: View): boolean | string => {
  if (view.threads.every(({ status }) => status !== 'killed')) return atRest(view)
  if (view.threads.some(({ status }) => status === 'running')) return true // it waits for one that never came
  const seats = [...wordsOf(view).subarray(SEATS)]
  const phase = phaseOf(wordsOf(view), 0)
  if (phase !== FILLING && phase !== BROKEN) return `it stays in phase ${phase}`
  const taken = seats.findIndex((word) => word !== 0 && (word & 0x3ff) !== 0)
  return taken < 0 || `seat ${taken} is taken by nobody`
}

/** All have passed, or nobody. */
const together = (view: View): boolean | string => {
  const passed = view.threads.filter(({ result }) => result === 'passed').length
  if (passed !== 0 && passed !== ownWord(view, 'barrier')) return `${passed} have passed`
  return atRest(view)
}

/** Who lives waits for ever only where a dead one had not arrived: it would pass once somebody came in its place. */
const deadWasAbsent = (view: View): boolean => {
  const words = wordsOf(view)
  if (phaseOf(words, 0) !== FILLING) return false
  const waiting = [...words.subarray(SEATS)].filter((word) => (word & WAITING) !== 0)
  const own = view.threads.findIndex(({ status }) => status === 'asleep' || status === 'running')
  return waiting.every((word) => (word & ID & 0x3ff) === own)
}

/**
 * One party by the state machine alone: arrives, perhaps leaves and comes again, and waits for the others. Each step of
 * it is a phase, so that what went before is forgotten.
 */
const party =
  (leaves: number, acting = false, dies = false) =>
  (shipped: Shipped, w: World, slot: number): Phase[] => {
    const { arrive, ACTS, complete, depart, finishAction, free, LEFT, outcome, PASSED } = shipped.barrierState
    interface Seated {
      seat: number
      end: number
      /** Its seat is free already. */
      left?: boolean
    }
    interface Party {
      env: Env
      words: Int32Array
      me: number
      site: InstanceType<Shipped['Site']> | null
    }
    const at = shipped.OWN
    const step =
      (run: (party: Party, last: Seated) => Json | Seated): Phase =>
      (env, last: Seated) =>
        w.program(slot, (place) => {
          const words = env.memory['barrier']!
          const site = dies ? new shipped.Site(place.seat.table, words, 8, place.id, 0) : null
          return run({ env, words, me: place.id, site }, last) as Json
        })(env)
    const phases: Phase[] = []
    for (let i = 0; i <= leaves; i++)
      phases.push(
        step(({ words, me, site }, last: Seated | null) => {
          if (last !== null && last.end !== LEFT) return last
          const seat = arrive(words, at, me, site)
          return { seat, end: seat < 0 ? FAILED : STAYS }
        }),
        step(({ words, site }, last) =>
          last.end === STAYS ? { ...last, end: complete(words, at, last.seat, acting, site) } : last,
        ),
        step(({ words, me, site }, last) =>
          i === leaves || last.end !== STAYS
            ? last
            : { seat: last.seat, end: depart(words, at, me, last.seat, site), left: true },
        ),
      )
    phases.push(
      step(({ env, words }, last) => {
        if (last.end !== STAYS) return last
        env.until(words, at + 1, (state) => phase(state) > 1)
        return { ...last, end: outcome(words, at) }
      }),
      step(({ env, words, site }, { seat, end, left = false }) => {
        if (seat < 0) return seat === REFUSED ? 'refused' : 'no seat'
        env.mark('seat 0', seat)
        if (end === ACTS) {
          env.mark('acts', true)
          env.pause('in the action')
          env.mark('acts', null)
          end = finishAction(words, at, seat, true, site)
        } else if (!left) free(words, at, seat, site)
        if (end === FAILED) {
          env.mark('seat 0', null)
          return 'failed'
        }
        if (end !== PASSED) throw new Error(`it ended by ${end}`)
        return 'passed'
      }),
    )
    return phases
  }

/** Learns of a death, and looks in the name of all whom it rings. */
const mourns =
  (victim: number) =>
  (w: World, shipped: Shipped): Program =>
    w.reborn(victim, (place) => {
      const words = place.env.memory['barrier']!
      const site = new shipped.Site(place.seat.table, words, 8, place.id, 0)
      shipped.barrierState.mourn(words, shipped.OWN, site)
      shipped.barrierState.refill(words, shipped.OWN, site)
      return 'mourned'
    })

const phase = (state: number): number => state & 7

const barrier = (name: string, parts: Parameters<typeof model>[2]): Model =>
  model(`Barrier: ${name}`, COVERS, { invariant: seated(), atEnd: together, ...parts })

/** Learns of a death as well, and comes in the place of the dead one. */
const succeeds =
  (victim: number) =>
  (w: World, shipped: Shipped): Program =>
    w.reborn(victim, (place) => {
      const { env, id, seat } = place
      const { arrive, complete, free, mourn, outcome, refill } = shipped.barrierState
      const words = env.memory['barrier']!
      const at = shipped.OWN
      const site = new shipped.Site(seat.table, words, 8, id, 0)
      mourn(words, at, site)
      refill(words, at, site)
      const got = arrive(words, at, id, site)
      if (got < 0) return got === REFUSED ? 'refused' : 'no seat'
      let end = complete(words, at, got, false, site)
      if (end === STAYS) {
        env.until(words, at + 1, (state) => phase(state) > 1)
        end = outcome(words, at)
      }
      free(words, at, got, site)
      return end === FAILED ? 'failed' : 'passed'
    })

/** Programs that need the shipped modules already when they are made. */
function machine(
  name: string,
  parties: readonly ReturnType<typeof party>[],
  more: Partial<Parts> = {},
): Model {
  const make = (shipped: Shipped): Model =>
    barrier(`the state machine, ${name}`, {
      own: of(parties.length),
      programs: (w) => parties.map((one, slot) => one(shipped, w, slot)),
      atEnd: atRest,
      ...more,
      ...(more.dies && {
        dies: {
          threads: [0],
          starts: (w, victim) => (more.atEnd === aliveAtRest ? mourns : succeeds)(victim)(w, shipped),
        },
      }),
    })
  return { ...make(undefined as never), options: (shipped) => make(shipped).options(shipped) }
}

export const models: readonly Model[] = [
  barrier('two that sleep', {
    own: of(2),
    programs: (w) => [w.program(0, passes('block')), w.program(1, passes('block'))],
    expected: ['passed, passed'],
    onlyExpected: true,
    long: true,
  }),
  barrier('with an action', {
    own: of(2),
    programs: (w) => [w.program(0, passesActing('block', acts)), w.program(1, passesActing('loop', acts))],
    expected: ['passed, passed'],
    onlyExpected: true,
    long: true,
  }),
  barrier('with an action, an event loop that is cancelled at any moment and breaks it', {
    own: of(2),
    programs: (w) => [w.program(0, passesActing('block', acts)), w.program(1, abortsLater(acts))],
    cancels: { most: 1 },
    atEnd: atRest,
    expected: ['passed, passed', 'passed, cancelled', 'BrokenBarrierError, cancelled'],
    onlyExpected: true,
    long: true,
  }),
  barrier('one sleeps, the other completes it', {
    own: of(2),
    programs: (w) => [w.program(0, completes()), w.program(1, passes('block'))],
    expected: ['passed, passed'],
    onlyExpected: true,
  }),
  barrier('one waits in an event loop and may be cancelled, the other completes it', {
    own: of(2),
    programs: (w) => [w.program(0, completes()), w.program(1, passes('loop'))],
    cancels: { most: 1 },
    // Who has left was not counted in, so that the other one waits on.
    atEnd: (view) => view.threads[1]!.result === 'cancelled' || together(view),
    allowDeadlock: (view) => view.threads[1]!.result === 'cancelled',
    expected: ['passed, passed', 'asleep, cancelled', 'running, cancelled'],
    onlyExpected: true,
  }),
  barrier('one waits, the other resets it', {
    own: of(2),
    programs: (w) => [
      w.program(0, (place) => {
        untilSeated(place)
        return resets(place)
      }),
      w.program(1, passes('block')),
    ],
    atEnd: atRest,
    expected: ['reset, BrokenBarrierError'],
    onlyExpected: true,
  }),
  barrier('it is broken while the action runs', {
    own: of(1),
    programs: (w) => [w.program(0, actsAlone), w.program(1, aborts)],
    atEnd: (view) => view.threads[0]!.marks['saw'] !== true || view.threads[0]!.result !== 'passed',
    expected: ['passed, aborted', 'BrokenBarrierError, aborted'],
    onlyExpected: true,
  }),
  barrier('a choice of it and an event, and both come', {
    own: () => ({ event: [0, 0], ...of(2)() }),
    programs: (w) => [
      w.program(
        0,
        completes((place) => place.attach('event', () => new place.shipped.Event()).set()),
      ),
      w.program(1, chooses),
    ],
    atEnd: atRest,
    expected: ['passed, event', 'passed, passed'],
    onlyExpected: true,
  }),
  barrier('with an action that throws', {
    own: of(2),
    programs: (w) => [w.program(0, passesActing('block', fails)), w.program(1, passesActing('loop', fails))],
    expected: ['RangeError, BrokenBarrierError', 'BrokenBarrierError, RangeError'],
    onlyExpected: true,
  }),
  barrier('one wait has a timeout', {
    own: of(2),
    programs: (w) => [w.program(0, passes('block')), w.program(1, timesOut)],
    timeouts: noSecondLook(50),
    clock: [0, 100],
    expected: ['passed, passed', 'BrokenBarrierError, TimeoutError'],
    onlyExpected: true,
    long: true,
  }),
  barrier('one waits, the other breaks it', {
    own: of(2),
    programs: (w) => [w.program(0, passes('block')), w.program(1, aborts)],
    expected: ['BrokenBarrierError, aborted'],
    onlyExpected: true,
  }),
  barrier('one dies at any step', {
    own: of(2),
    programs: (w) => [w.program(0, passes('block')), w.program(1, passes('block'))],
    dies: { threads: [0] },
    atEnd: () => true,
    allowDeadlock: deadWasAbsent,
    expected: [
      'passed, passed, dormant',
      'killed, passed, undertaker',
      'killed, BrokenBarrierError, undertaker',
      'killed, asleep, undertaker',
    ],
    onlyExpected: true,
    long: true,
  }),
  barrier('an event loop with an action dies at any step', {
    own: of(2),
    programs: (w) => [w.program(0, passesActing('loop', acts)), w.program(1, passesActing('block', acts))],
    dies: { threads: [0] },
    atEnd: () => true,
    allowDeadlock: deadWasAbsent,
    expected: [
      'passed, passed, dormant',
      'killed, passed, undertaker',
      'killed, BrokenBarrierError, undertaker',
      'killed, asleep, undertaker',
    ],
    onlyExpected: true,
    long: true,
  }),
  barrier('one dies at any step, and a new thread takes its slot and breaks it', {
    own: of(2),
    programs: (w) => [w.program(0, passes('block')), w.program(1, passes('block'))],
    dies: { threads: [0], starts: (w, victim) => w.reborn(victim, aborts) },
    atEnd: () => true,
    expected: ['passed, passed, dormant', 'killed, passed, aborted', 'killed, BrokenBarrierError, aborted'],
    onlyExpected: true,
    long: true,
  }),
  barrier('a choice of it and an event that comes', {
    own: () => ({ ...of(2)(), event: [0, 0] }),
    programs: (w) => [
      w.program(0, (place) => {
        const event = place.attach('event', () => new place.shipped.Event())
        const it = barrierOf(place)
        event.set()
        const got = waitBy(place, 'block', it.wait({ timeout: 50 }))
        return typeof got === 'number' ? 'passed' : got
      }),
      w.program(1, chooses),
    ],
    atEnd: () => true,
    allowDeadlock: (view) => view.threads[1]!.result === 'event',
    expected: ['asleep, event', 'passed, passed'],
    long: true,
  }),
  machine('three parties', [party(0), party(0), party(0)]),
  machine('three parties, one leaves and comes again', [party(0), party(0), party(1)], { long: true }),
  machine('two parties that both leave twice and come again', [party(2), party(2)]),
  machine('two parties, one of which dies at any step', [party(0, false, true), party(0, false, true)], {
    dies: {},
    atEnd: aliveAtRest,
    allowDeadlock: deadWasAbsent,
    expected: [
      'passed, passed, dormant',
      'killed, passed, mourned',
      'killed, failed, mourned',
      'killed, refused, mourned',
    ],
  }),
  machine(
    'two parties with an action, one of which dies at any step',
    [party(0, true, true), party(0, true, true)],
    {
      dies: {},
      atEnd: aliveAtRest,
      allowDeadlock: deadWasAbsent,
      expected: [
        'passed, passed, dormant',
        'killed, passed, mourned',
        'killed, failed, mourned',
        'killed, refused, mourned',
      ],
    },
  ),
  machine(
    'two parties, one leaves and comes again, and dies at any step',
    [party(1, false, true), party(0, false, true)],
    {
      dies: {},
      atEnd: aliveAtRest,
      allowDeadlock: deadWasAbsent,
      expected: [
        'passed, passed, dormant',
        'killed, passed, mourned',
        'killed, failed, mourned',
        'killed, refused, mourned',
      ],
    },
  ),
  machine(
    'two parties, one of which dies at any step, and a new one that comes',
    [party(0, false, true), party(0, false, true)],
    {
      dies: {},
      atEnd: () => true,
      // Whoever is left over has met one that had passed with the dead one.
      allowDeadlock: (view) => view.threads[1]!.status === 'done',
      expected: [
        'passed, passed, dormant',
        'killed, passed, passed',
        'killed, passed, running',
        'killed, failed, refused',
      ],
    },
  ),
  machine('three that come where two pass', [party(0), party(0), party(0)], {
    own: of(2),
    atEnd: (view) => view.threads.filter(({ result }) => result === 'passed').length === 2,
    allowDeadlock: (view) => view.threads.filter(({ result }) => result === 'passed').length === 2,
    expected: ['passed, passed, running', 'passed, passed, no seat'],
  }),
  machine('three parties with an action', [party(0, true), party(0, true), party(0, true)]),
]
