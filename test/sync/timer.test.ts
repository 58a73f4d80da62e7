import { afterEach, beforeEach, expect, test } from 'vitest'
import { DeadlockError, HeddleError, Timer } from '../../src/index.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { settle, states, watch } from '../support/watch.ts'

let clock: ManualClock
let restore: () => void
beforeEach(() => ({ clock, restore } = ManualClock.install()))
afterEach(() => restore())

test('calls its function once, after its time', async () => {
  let calls = 0
  const timer = new Timer(100, () => calls++)
  clock.advance(1000)
  expect(timer.statistics()).toEqual({ state: 'idle', waiters: 0 })
  const join = watch(timer.join())
  timer.start()
  clock.advance(99)
  await settle()
  expect([calls, join.state]).toEqual([0, 'pending'])
  clock.advance(1)
  await settle()
  expect([calls, join.value]).toEqual([1, true])
  clock.advance(1000)
  expect(calls).toBe(1)
  expect(timer.cancel()).toBe(false)
  expect(timer.join().block()).toBe(true)
  expect(timer.statistics().state).toBe('fired')
})

test('cancel keeps it from being called', async () => {
  let calls = 0
  const timer = new Timer(100, () => calls++)
  timer.start()
  const join = watch(timer.join())
  clock.advance(50)
  expect(timer.cancel()).toBe(true)
  expect(timer.cancel()).toBe(false)
  expect(clock.pending).toEqual([])
  clock.advance(100)
  await settle()
  expect([calls, join.value]).toEqual([0, false])
})

test('cancel before start: start does nothing', () => {
  const timer = new Timer(0, () => expect.unreachable())
  expect(timer.cancel()).toBe(true)
  timer.start()
  expect(clock.pending).toEqual([])
  expect(timer.join().block()).toBe(false)
})

test('cancel from within is too late', () => {
  const answers: boolean[] = []
  const timer: Timer = new Timer(1, () => answers.push(timer.cancel()))
  timer.start()
  clock.advance(1)
  expect(answers).toEqual([false])
})

test('join ends after the function, also if that throws', async () => {
  const order: string[] = []
  const timer = new Timer(1, () => {
    order.push('called')
    throw new Error('from fn')
  })
  timer.start()
  void timer.join().then((fired) => order.push(`joined ${fired}`))
  expect(() => clock.advance(1)).toThrow('from fn')
  await settle()
  expect(order).toEqual(['called', 'joined true'])
})

test('a second start is refused', () => {
  const timer = new Timer(1, () => {})
  timer.start()
  expect(() => timer.start()).toThrow(HeddleError)
  clock.advance(1)
  expect(() => timer.start()).toThrow(/started before/)
})

test('ref is handed to the clock', () => {
  new Timer(1, () => {}).start()
  new Timer(1, () => {}, { ref: false }).start()
  expect(clock.pending.map(({ ref }) => ref)).toEqual([true, false])
})

test('waits: limits, cancelWaiters, block', async () => {
  const timer = new Timer(100, () => {})
  timer.start()
  const [late, cancelled] = [watch(timer.join({ timeout: 50 })), watch(timer.join())]
  await settle()
  expect(timer.inspect()).toMatchObject({ kind: 'Timer', waiters: [{}, {}] })
  clock.advance(50)
  timer.cancelWaiters()
  await settle()
  expect(states([late, cancelled])).toEqual(['TimeoutError', 'CancelledError'])
  expect(() => timer.join().block()).toThrow(DeadlockError)
  expect(timer.statistics().state).toBe('started')
})

test.each([
  ['ms', () => new Timer(-1, () => {}), /ms must be zero or more/],
  ['ms', () => new Timer('1' as never, () => {}), /ms must be a number/],
  ['fn', () => new Timer(1, undefined as never), /fn must be a function/],
  ['ref', () => new Timer(1, () => {}, { ref: 'no' as never }), /ref must be a boolean/],
  ['options', () => new Timer(1, () => {}, null as never), /options must be an object/],
])('misuse: %s', (_, misuse, message) => {
  expect(misuse).toThrow(message)
})
