/** A thread dies while it holds, waits or was offered something. */
import { describe, expect, test } from 'vitest'
import { printed, program } from './programs.ts'

const ways = [
  ['exit', 'process.exit()'],
  ['throw', 'an uncaught error'],
  ['end', 'its normal end'],
  ['terminate', 'terminate()'],
  ['memory', 'running out of memory'],
] as const

describe.each([
  ['awaits', 'while the main thread awaits'],
  ['blocked', 'while the main thread, its parent, is blocked'],
  ['all-blocked', 'while every other thread is blocked, its parent too'],
])('%s: %s', (where) => {
  test.each(ways)(
    'the holder dies by %s (%s): the next one gets the lock, abandoned, within a second',
    async (how) => {
      const { status, printed } = await program('death.mjs', [how, where])
      expect({ status, printed }).toEqual({
        status: 0,
        printed: [{ abandoned: true, soon: true }, { abandoned: false }],
      })
    },
    30_000,
  )
})

describe('offers', () => {
  test.each([
    ['a dead waiter is skipped', false],
    ['what a dead thread was offered is offered on', false],
    ['a sleeping thread passes on what its async waiters are offered', false, false, 'served'],
    ['a busy thread is not dead', 'TimeoutError', 'TimeoutError', false],
    ['poison', true, true, false],
    ['slots are used again', false, true, false, true, false, true],
  ])(
    '%s',
    async (name, ...prints) => {
      expect(await program('offers.mjs', [name])).toEqual(printed(...prints))
    },
    30_000,
  )
})
