import { expect, test } from 'vitest'
import { generation, isOver, isRaised, lower, raise, take } from '../../src/sync/event-word.ts'

test('a waiter that slept through set and clear is done; one that came afterwards is not', () => {
  const words = new Int32Array(new SharedArrayBuffer(4))
  const before = generation(words, 0)
  expect(isOver(words, 0, before)).toBe(false)
  expect([raise(words, 0), raise(words, 0), lower(words, 0), lower(words, 0)]).toEqual([
    true,
    false,
    true,
    false,
  ])
  expect([isRaised(words, 0), isOver(words, 0, before), isOver(words, 0, generation(words, 0))]).toEqual([
    false,
    true,
    false,
  ])
})

test('one take for each raise', () => {
  const words = new Int32Array(new SharedArrayBuffer(4))
  expect([take(words, 0), raise(words, 0), take(words, 0), take(words, 0)]).toEqual([
    false,
    true,
    true,
    false,
  ])
})

test('the generation goes round', () => {
  const words = Int32Array.of(-2)
  const before = generation(words, 0)
  raise(words, 0)
  lower(words, 0)
  expect([before, generation(words, 0), isOver(words, 0, before)]).toEqual([2 ** 31 - 1, 0, true])
})
