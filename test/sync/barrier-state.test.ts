/** The state machine by hand: several threads' steps in an order that real threads seldom take. */
import { describe, expect, test } from 'vitest'
import {
  ACTS,
  arrive,
  breakUp,
  BROKEN,
  complete,
  depart,
  DOOMED,
  DRAINING,
  expire,
  FAILED,
  faults,
  FILLING,
  finishAction,
  free,
  LEFT,
  NO_SEAT,
  outcome,
  PASSED,
  phaseOf,
  REFUSED,
  reset,
  RESETTING,
  SEATS,
  STAYS,
} from '../../src/sync/barrier-state.ts'

const [A, B, C] = [1025, 1026, 1027]

function barrier(parties: number): Int32Array {
  const words = new Int32Array(new SharedArrayBuffer(4 * (SEATS + parties)))
  words[0] = parties
  return words
}

/** Two of two parties have arrived and passed, and nobody has looked yet. */
function drained(): Int32Array {
  const words = barrier(2)
  expect([arrive(words, 0, A, null), complete(words, 0, 0, false, null)]).toEqual([0, STAYS])
  expect([arrive(words, 0, B, null), complete(words, 0, 1, false, null)]).toEqual([1, PASSED])
  expect(phaseOf(words, 0)).toBe(DRAINING)
  return words
}

describe('while it drains', () => {
  test('a newcomer gets no seat until the last one has looked', () => {
    const words = drained()
    expect(arrive(words, 0, C, null)).toBe(NO_SEAT)
    free(words, 0, 1, null)
    expect(arrive(words, 0, C, null)).toBe(NO_SEAT)
    expect(outcome(words, 0)).toBe(PASSED)
    free(words, 0, 0, null)
    expect([phaseOf(words, 0), arrive(words, 0, C, null)]).toEqual([FILLING, 0])
  })

  test('abort: who has passed has passed, newcomers are refused, reset lets it drain on', () => {
    const words = drained()
    expect([breakUp(words, 0, null), breakUp(words, 0, null)]).toEqual([true, false])
    expect([phaseOf(words, 0), arrive(words, 0, C, null), outcome(words, 0)]).toEqual([
      DOOMED,
      REFUSED,
      PASSED,
    ])
    reset(words, 0, null)
    expect([phaseOf(words, 0), outcome(words, 0)]).toEqual([DRAINING, PASSED])
    free(words, 0, 0, null)
    free(words, 0, 1, null)
    expect([phaseOf(words, 0), faults(words, 0)]).toEqual([FILLING, []])
  })

  test('reset changes nothing', () => {
    const words = drained()
    reset(words, 0, null)
    expect([phaseOf(words, 0), outcome(words, 0)]).toEqual([DRAINING, PASSED])
  })

  test('a party that leaves, or whose time is up, has passed', () => {
    const words = drained()
    expect(expire(words, 0, 0, null)).toBe(PASSED)
    expect(phaseOf(words, 0)).toBe(DRAINING)
    expect([depart(words, 0, A, 0, null), depart(words, 0, B, 1, null)]).toEqual([PASSED, PASSED])
    expect(phaseOf(words, 0)).toBe(FILLING)
  })

  test('a party without a seat whose time is up breaks it', () => {
    const words = drained()
    expect(expire(words, 0, -1, null)).toBe(LEFT)
    expect([phaseOf(words, 0), outcome(words, 0)]).toEqual([DOOMED, PASSED])
  })
})

test('while it resets, newcomers wait until the failed have looked', () => {
  const words = barrier(2)
  expect(arrive(words, 0, A, null)).toBe(0)
  reset(words, 0, null)
  expect([phaseOf(words, 0), arrive(words, 0, B, null), outcome(words, 0)]).toEqual([
    RESETTING,
    NO_SEAT,
    FAILED,
  ])
  free(words, 0, 0, null)
  expect([phaseOf(words, 0), arrive(words, 0, B, null)]).toEqual([FILLING, 0])
})

describe('while the action runs', () => {
  function acting(): Int32Array {
    const words = barrier(2)
    arrive(words, 0, A, null)
    arrive(words, 0, B, null)
    expect(complete(words, 0, 1, true, null)).toBe(ACTS)
    return words
  }

  test('the others wait, newcomers too, until it is done', () => {
    const words = acting()
    expect([outcome(words, 0), arrive(words, 0, C, null)]).toEqual([STAYS, NO_SEAT])
    expect(finishAction(words, 0, 1, true, null)).toBe(PASSED)
    expect([phaseOf(words, 0), outcome(words, 0)]).toEqual([DRAINING, PASSED])
  })

  test('one who leaves has been counted in', () => {
    const words = acting()
    expect(depart(words, 0, A, 0, null)).toBe(LEFT)
    expect(finishAction(words, 0, 1, true, null)).toBe(PASSED)
    expect(phaseOf(words, 0)).toBe(FILLING)
  })

  test.each([
    ['abort', (words: Int32Array) => void breakUp(words, 0, null), BROKEN],
    ['reset', (words: Int32Array) => reset(words, 0, null), RESETTING],
    ['the time of another is up', (words: Int32Array) => void expire(words, 0, 0, null), BROKEN],
  ])('%s: the action was for nothing', (_, end, phase) => {
    const words = acting()
    end(words)
    expect(phaseOf(words, 0)).toBe(phase)
    expect(finishAction(words, 0, 1, true, null)).toBe(FAILED)
    expect(outcome(words, 0)).toBe(FAILED)
  })
})
