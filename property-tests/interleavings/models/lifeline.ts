/** Lifelines between threads: every end is told, however the thread ended, and all are told the same. */
import type { Json, View } from '../../../src/testing/explorer/index.ts'
import { type How, model, named, ownWord, waitBy } from '../support/build.ts'
import type { Model } from '../support/model.ts'
import { noSecondLook, type Place, type Shipped } from '../support/world.ts'

type Lifeline = InstanceType<Shipped['Lifeline']>
type Run = (place: Place) => Json

const COVERS = ['src/sync/lifeline', 'src/wait/table']
const HELD = 1 << 30
const ENDED = 2 << 30

const lifelineOf = (place: Place): Lifeline => place.attach('line', () => new place.shipped.Lifeline())

const open = () => ({ line: [0] })
const heldByFirst = (ids: readonly number[]) => ({ line: [HELD | ids[0]!] })

/** Binds itself, and ends it. */
const works: Run = (place) => {
  const line = lifelineOf(place)
  const bound = line.bind()
  place.env.mark('bound', bound)
  if (!bound) return 'refused'
  return line.end() ? 'worked' : 'was ended'
}

const ends: Run = (place) => (lifelineOf(place).end() ? 'worked' : 'was ended')

const waits =
  (how: How): Run =>
  (place) =>
    waitBy(place, how, lifelineOf(place).wait())

const timesOut: Run = (place) =>
  named(() => {
    const line = lifelineOf(place)
    place.shipped.thread.spin = 0
    return place.block(line.wait({ timeout: 50 }))
  })

const looks: Run = (place) => {
  const line = lifelineOf(place)
  const first = line.outcome
  const second = line.outcome
  if (first !== undefined && first !== second) throw new Error(`first it ${first}, then it ${String(second)}`)
  return second ?? 'goes on'
}

const told = (view: View): Set<string> =>
  new Set(view.threads.map(({ result }) => String(result)).filter((it) => it === 'ended' || it === 'died'))

/** Who has been told that it died was told the truth, and nobody else is told otherwise. */
const agreed = (view: View): boolean | string => {
  const word = ownWord(view, 'line')
  const answers = told(view)
  if (answers.has('ended') && word !== ENDED) return 'somebody was told of an end that has not come'
  if (answers.has('died') && view.threads.every(({ status }) => status !== 'killed'))
    return 'somebody was told of a death that has not come'
  return answers.size < 2 || 'it ended in two ways'
}

const once = (view: View): boolean | string =>
  view.threads.filter(({ result }) => result === 'worked').length < 2 || 'two have ended it first'

const one = (view: View): boolean | string => {
  const bound = view.threads.filter(({ marks }) => marks['bound'] === true).length
  return bound < 2 ? once(view) : 'two are bound'
}

const line = (name: string, parts: Parameters<typeof model>[2]): Model =>
  model(`Lifeline: ${name}`, COVERS, { invariant: agreed, atEnd: one, ...parts })

export const models: readonly Model[] = [
  line('one that works, one that sleeps, an event loop that is cancelled at any moment', {
    own: open,
    programs: (w) => [w.program(0, works), w.program(1, waits('block')), w.program(2, waits('loop'))],
    cancels: { most: 1 },
    expected: ['worked, ended, ended', 'worked, ended, cancelled'],
    onlyExpected: true,
  }),
  line('two that want to bind themselves, one that sleeps', {
    own: open,
    programs: (w) => [w.program(0, works), w.program(1, works), w.program(2, waits('block'))],
    expected: ['worked, refused, ended', 'refused, worked, ended'],
    onlyExpected: true,
  }),
  line('two that end it', {
    own: heldByFirst,
    programs: (w) => [w.program(0, ends), w.program(1, ends), w.program(2, waits('block'))],
    expected: ['worked, was ended, ended', 'was ended, worked, ended'],
    onlyExpected: true,
  }),
  line('the wait has a timeout', {
    own: heldByFirst,
    programs: (w) => [w.program(0, ends), w.program(1, timesOut)],
    timeouts: noSecondLook(50),
    clock: [0, 100],
    expected: ['worked, ended', 'worked, TimeoutError'],
    onlyExpected: true,
  }),
  line('who holds it dies at any step', {
    own: heldByFirst,
    programs: (w) => [w.program(0, ends), w.program(1, waits('block')), w.program(2, waits('loop'))],
    dies: { threads: [0] },
    expected: [
      'worked, ended, ended, dormant',
      'killed, ended, ended, undertaker',
      'killed, died, died, undertaker',
    ],
    onlyExpected: true,
  }),
  line('who holds it dies at any step, one looks, one is cancelled at any moment', {
    own: heldByFirst,
    programs: (w) => [w.program(0, ends), w.program(1, looks), w.program(2, waits('loop'))],
    dies: { threads: [0] },
    cancels: { most: 1 },
    expected: [
      'worked, goes on, ended, dormant',
      'killed, ended, ended, undertaker',
      'killed, died, died, undertaker',
      'killed, goes on, died, undertaker',
      'killed, died, cancelled, undertaker',
    ],
  }),
  line('who holds it dies at any step, and a new thread takes its slot', {
    own: open,
    programs: (w) => [w.program(0, works), w.program(1, waits('block'))],
    dies: { threads: [0], starts: (w, victim) => w.reborn(victim, works) },
    atEnd: once,
    expected: [
      'worked, ended, dormant',
      'killed, died, refused',
      'killed, ended, refused',
      'killed, ended, worked',
    ],
    onlyExpected: true,
  }),
]
