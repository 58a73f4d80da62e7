import { describe, expect, test } from 'vitest'
import {
  DeadlockError,
  Event,
  HandleError,
  Latch,
  OverReleaseError,
  run,
  TimeoutError,
} from '../../src/index.ts'
import { settle, states, watch } from '../support/watch.ts'

describe.each([
  ['unshared', false],
  ['shared', true],
])('a latch, %s', (_, shared) => {
  const make = (count: number): Latch => {
    const latch = new Latch(count)
    if (shared) void latch.handle
    return latch
  }

  test('opens at zero, for ever', async () => {
    const latch = make(3)
    const waits = [watch(latch.wait()), watch(latch.wait())]
    await settle()
    latch.countDown()
    expect(latch.count).toBe(2)
    await settle()
    expect(states(waits)).toEqual(['pending', 'pending'])
    latch.countDown(2)
    await settle()
    expect(states(waits)).toEqual(['undefined', 'undefined'])
    await latch.wait()
    latch.wait().block()
    await run(function* () {
      yield* latch.wait()
    })
    expect(latch.statistics()).toEqual({ count: 0, waiters: 0 })
  })

  test('counts nothing when more is counted off than is to come', async () => {
    const latch = make(2)
    const wait = watch(latch.wait())
    expect(() => latch.countDown(3)).toThrow(OverReleaseError)
    expect(latch.count).toBe(2)
    await settle()
    expect(wait.state).toBe('pending')
    latch.countDown(2)
    expect(() => latch.countDown()).toThrow(/only 0 are still to come/)
    expect(latch.count).toBe(0)
  })

  test('a timeout and an abort leave it as it was', async () => {
    const latch = make(1)
    const controller = new AbortController()
    const aborted = watch(latch.wait({ signal: controller.signal }))
    await settle()
    controller.abort(new Error('enough'))
    await expect(latch.wait({ timeout: 0 }).start()).rejects.toThrow(TimeoutError)
    await settle()
    expect(states([aborted])).toEqual(['Error'])
    expect(latch.statistics()).toEqual({ count: 1, waiters: 0 })
  })
})

test('a latch of zero is open', () => {
  expect(new Latch(0).wait().block()).toBeUndefined()
})

test('block() where only this thread could count is refused', () => {
  expect(() => new Latch(1).wait().block()).toThrow(DeadlockError)
})

test('taking the handle keeps count and waiters', async () => {
  const latch = new Latch(2)
  const wait = watch(latch.wait())
  await settle()
  latch.countDown()
  expect(Latch.attach(latch.handle)).toBe(latch)
  expect(latch.count).toBe(1)
  latch.countDown()
  await settle()
  expect(wait.state).toBe('value')
})

test('cancelWaiters and inspect', async () => {
  const latch = new Latch(1)
  const wait = watch(latch.wait())
  await settle()
  expect(latch.inspect()).toMatchObject({ kind: 'Latch', waiters: [{ operation: `${latch.id}.wait()` }] })
  latch.cancelWaiters()
  await settle()
  expect(states([wait])).toEqual(['CancelledError'])
})

test.each([
  ['count', () => new Latch(-1), RangeError, /count must be an integer from 0/],
  ['count', () => new Latch(1.5), RangeError, /count/],
  ['count', () => new Latch('1' as never), TypeError, /count must be an integer/],
  ['n', () => new Latch(1).countDown(0), RangeError, /n must be an integer from 1/],
  ['n', () => new Latch(1).countDown(Number.NaN), RangeError, /n must be/],
  ['handle', () => Latch.attach(new Event().handle as never), HandleError, /of a Event, not of a Latch/],
])('misuse: %s', (_, misuse, type, message) => {
  expect(misuse).toThrow(type)
  expect(misuse).toThrow(message)
})
