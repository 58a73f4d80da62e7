import { expect, test } from 'vitest'
import { closings, matrix, type Suspension } from './halt.ts'

test.each<[Suspension]>([['parked'], ['turn'], ['about']])('cancelled where it is %s, to depth 3', (how) => {
  expect(matrix(3, how, 1)).toBeGreaterThan(40_000)
})

test('a coroutine that is closed runs its finally blocks, in every nesting to depth 3', () => {
  expect(closings(3, 1).cases).toBeGreaterThan(10_000)
})
