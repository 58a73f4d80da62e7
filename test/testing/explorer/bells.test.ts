import { describe, expect, test } from 'vitest'
import { explore, verify } from '../../../src/testing/explorer/index.ts'
import { bells, type BellFault, type BellOptions } from './bells.ts'

/** The number of states, which must not shrink unnoticed. */
const RIGHT: [string, BellOptions, string[], number][] = [
  ['2 threads', { threads: 2 }, ['held,held'], 569],
  ['2 threads and a cancel', { threads: 2, bound: 0, cancels: 1 }, ['held,held', 'held,cancelled'], 900],
  [
    '2 threads, a cancel and a death',
    { threads: 2, cancels: 1, kill: 'alone' },
    [
      'held,held,dormant',
      'held,cancelled,dormant',
      'killed,held,done',
      'killed,cancelled,done',
      'held,killed,done',
    ],
    4485,
  ],
  [
    '2 threads, a cancel, a death and a new thread in the slot',
    { threads: 2, bound: 0, cancels: 1, kill: 'and a new thread' },
    ['held,killed,held', 'held,killed,cancelled', 'killed,held,held'],
    42523,
  ],
  ['3 threads', { threads: 3 }, ['held,held,held'], 224400],
  ['3 threads and a cancel', { threads: 3, cancels: 1 }, ['held,held,held', 'held,cancelled,held'], 352200],
]

const TWO: BellOptions = { threads: 2, bound: 0, cancels: 1, kill: 'and a new thread' }
const THREE: BellOptions = { threads: 3, bound: 0, cancels: 1 }

const WRONG: [BellFault, BellOptions][] = [
  ['look before publish', TWO],
  ['bell cleared after the poll', TWO],
  ['leaver does not pass on', TWO],
  ['no ring-all at a death', TWO],
  ['ring-all skips a bell that is set', TWO],
  ['reservation honoured though its target left', TWO],
  ['waiter word without generation', TWO],
  ['only the target of a reservation is rung', THREE],
]

describe('a lock with doorbells', () => {
  test.each(RIGHT)('is right: %s', (_, options, expected, states) => {
    expect(verify({ ...bells(options), expected }).states).toBeGreaterThanOrEqual(states)
  })

  test.each(WRONG)('fails with %s', (fault, options) => {
    const { violation } = explore({ ...bells({ ...options, fault }), shortest: false })
    expect(violation?.kind).toBe('deadlock')
    expect(violation?.message).toMatch(/asleep at bell/)
  })

  test('the shortest way to lose the ring of a dying thread', () => {
    const { violation } = explore(
      bells({ threads: 2, kill: 'alone', fault: 'ring-all skips a bell that is set' }),
    )
    expect(violation?.message).toBe('A killed, B asleep at bell[1], C done')
    expect(violation?.trace).toHaveLength(21)
    expect(violation?.trace.slice(-7)).toEqual([
      ' 15  B  wait bell[1] while 0, falls asleep',
      ' 16  A  exchange bell[1] := 1 = 0',
      ' 17  A  is killed',
      ' 18  C  compareExchange gen[0] 1 -> 2 succeeds',
      ' 19  C  exchange bell[0] := 1 = 0',
      ' 20  C  notify bell[0], nobody sleeps',
      ' 21  C  exchange bell[1] := 1 = 1   · done',
    ])
  })
})
