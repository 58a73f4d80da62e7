/** Latches between threads: never negative, and nobody sleeps on once it is open. */
import type { Json, View } from '../../../src/testing/explorer/index.ts'
import { type How, model, named, ownWord, waitBy } from '../support/build.ts'
import type { Model } from '../support/model.ts'
import { noSecondLook, type Place, type Shipped } from '../support/world.ts'

type Latch = InstanceType<Shipped['Latch']>
type Run = (place: Place) => Json

const COVERS = ['src/sync/latch', 'src/sync/gate']

const latchOf = (place: Place): Latch => place.attach('latch', () => new place.shipped.Latch(0))

const of = (count: number) => () => ({ latch: [count] })

const counts =
  (...steps: number[]): Run =>
  (place) =>
    named(() => {
      const latch = latchOf(place)
      for (const step of steps) latch.countDown(step)
      return 'counted'
    })

/** Counts off what is left, however often others count meanwhile. */
const opens: Run = (place) => {
  const latch = latchOf(place)
  while (latch.count > 0) named(() => latch.countDown() as never)
  return 'opened'
}

const waits =
  (how: How): Run =>
  (place) =>
    waitBy(place, how, latchOf(place).wait()) === 'cancelled' ? 'cancelled' : 'done'

const countsAndWaits =
  (how: How): Run =>
  (place) => {
    const latch = latchOf(place)
    latch.countDown()
    return waitBy(place, how, latch.wait()) === 'cancelled' ? 'cancelled' : 'done'
  }

const timesOut: Run = (place) =>
  named(() => {
    const latch = latchOf(place)
    place.shipped.thread.spin = 0
    place.block(latch.wait({ timeout: 50 }))
    return 'done'
  })

const sound = (view: View): boolean | string => {
  const count = ownWord(view, 'latch')
  if (count < 0 || count > 3) return `the count is ${count}`
  return count === 0 || view.threads.every(({ result }) => result !== 'done') || 'somebody went on too soon'
}

const open = (view: View): boolean | string => ownWord(view, 'latch') === 0 || 'it is not open'

const latch = (name: string, parts: Parameters<typeof model>[2]): Model =>
  model(`Latch: ${name}`, COVERS, { invariant: sound, atEnd: open, ...parts })

export const models: readonly Model[] = [
  latch('two that count and one that sleeps', {
    own: of(2),
    programs: (w) => [w.program(0, counts(1)), w.program(1, counts(1)), w.program(2, waits('block'))],
    expected: ['counted, counted, done'],
  }),
  latch('one that counts, one that sleeps, an event loop that is cancelled at any moment', {
    own: of(1),
    programs: (w) => [w.program(0, counts(1)), w.program(1, waits('block')), w.program(2, waits('loop'))],
    cancels: { most: 1 },
    expected: ['counted, done, done', 'counted, done, cancelled'],
  }),
  latch('three that count and wait for each other', {
    own: of(3),
    programs: (w) => [
      w.program(0, countsAndWaits('block')),
      w.program(1, countsAndWaits('loop')),
      w.program(2, countsAndWaits('block')),
    ],
    expected: ['done, done, done'],
  }),
  latch('one counts too often', {
    own: of(3),
    programs: (w) => [w.program(0, counts(2)), w.program(1, counts(2)), w.program(2, opens)],
    expected: ['counted, OverReleaseError, opened', 'OverReleaseError, counted, opened'],
  }),
  latch('the wait has a timeout', {
    own: of(2),
    programs: (w) => [w.program(0, counts(1, 1)), w.program(1, timesOut)],
    timeouts: noSecondLook(50),
    clock: [0, 100],
    expected: ['counted, done', 'counted, TimeoutError'],
  }),
  latch('who counts dies at any step', {
    own: of(2),
    programs: (w) => [w.program(0, counts(1, 1)), w.program(1, waits('block')), w.program(2, waits('loop'))],
    dies: { threads: [0], starts: (w, victim) => w.reborn(victim, opens) },
    expected: ['counted, done, done, dormant', 'killed, done, done, opened'],
  }),
  latch('who opens it dies at any step, and nobody counts after', {
    own: of(1),
    programs: (w) => [w.program(0, counts(1)), w.program(1, waits('block'))],
    dies: { threads: [0] },
    atEnd: () => true,
    allowDeadlock: (view) => ownWord(view, 'latch') === 1,
    expected: ['counted, done, dormant', 'killed, done, undertaker'],
  }),
  latch('one that waits dies at any step, and its slot is used again', {
    own: of(1),
    programs: (w) => [w.program(0, counts(1)), w.program(1, waits('block')), w.program(2, waits('block'))],
    dies: { threads: [1], starts: (w, victim) => w.reborn(victim, waits('block')) },
    expected: ['counted, done, done, dormant', 'counted, killed, done, done'],
  }),
]
