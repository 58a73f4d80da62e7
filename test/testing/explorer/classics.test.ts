import { describe, expect, test } from 'vitest'
import { explore, verify } from '../../../src/testing/explorer/index.ts'
import { counter, dekker, futex, peterson, testThenSet, ticket } from './programs.ts'

describe('right algorithms pass', () => {
  test.each([
    ['peterson', peterson(false)],
    ['dekker', dekker(true)],
    ['futex mutex, 2 threads', futex(2, 'none')],
    ['futex mutex, 3 threads', futex(3, 'none')],
    ['ticket lock, 3 threads', ticket(3, false)],
  ])('%s', (_, options) => {
    expect(verify(options).violation).toBeUndefined()
  })

  test('an atomic counter loses nothing', () => {
    expect(verify({ ...counter(3, true), expected: ['3'], onlyExpected: true }).outcomes).toEqual({ '3': 1 })
  })
})

describe('wrong algorithms fail', () => {
  test.each([
    ['peterson with its writes swapped', peterson(true), 'invariant'],
    ['dekker that never gives way', dekker(false), 'livelock'],
    ['test, then set', testThenSet, 'invariant'],
    ['futex mutex without a second look', futex(2, 'no re-check'), 'deadlock'],
    ['futex mutex that loses a wake', futex(2, 'lost wake'), 'deadlock'],
    ['ticket lock that draws in two steps', ticket(2, true), 'invariant'],
  ])('%s', (_, options, kind) => {
    const { violation } = explore(options)
    expect(violation?.kind).toBe(kind)
    expect(violation?.trace.length).toBeGreaterThan(0)
  })

  test('a counter that loads and stores loses updates', () => {
    const report = explore(counter(3, false))
    expect(Object.keys(report.outcomes).sort()).toEqual(['1', '2', '3'])
    expect(explore({ ...counter(2, false), expected: ['2'], onlyExpected: true }).violation).toEqual({
      kind: 'unexpected outcome',
      message: '1',
      trace: [
        '  1  A  load count = 0',
        '  2  B  load count = 0',
        '  3  A  store count := 1   · done',
        '  4  B  store count := 1   · done',
      ],
    })
  })
})

test('a trace is as short as can be', () => {
  expect(explore(testThenSet).violation?.trace).toEqual([
    '  1  A  load lock = 0',
    '  2  B  load lock = 0',
    '  3  A  store lock := 1   · inside: true',
    '  4  B  store lock := 1   · inside: true',
  ])
})
