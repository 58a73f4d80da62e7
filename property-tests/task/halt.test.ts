import { expect, test } from 'vitest'
import { closings, matrix, type Suspension } from './halt.ts'

test.each<[Suspension, number, number, number]>([
  ['parked', 1, 1, 40],
  ['parked', 2, 1, 1000],
  ['turn', 2, 1, 1000],
  ['about', 2, 1, 1000],
  // The rest of depth 3 is tried by the long test.
  ['parked', 3, 7, 5000],
])('cancelled where it is %s, to depth %i', (how, depth, step, least) => {
  expect(matrix(depth, how, step)).toBeGreaterThan(least)
})

test('a coroutine that is closed runs its finally blocks', () => {
  closings(1, 1)
  closings(2, 1)
  const { cases, stubborn } = closings(3, 7)
  expect(cases).toBeGreaterThan(1000)
  expect(stubborn).toBeGreaterThan(100)
})
