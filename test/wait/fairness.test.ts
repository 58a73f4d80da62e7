/** An async waiter is served, again and again, whatever another thread does with the lock. */
import { expect, test } from 'vitest'
import { printed, program } from './programs.ts'

test.each([
  ['barges', 'takes and gives back in a tight loop'],
  ['sleeps', 'blocks for it in a tight loop'],
  ['hands', 'hands it from one of its own async waiters to the next'],
])(
  '%s: the other thread %s',
  async (how) => {
    expect(await program('fairness.mjs', [how])).toEqual(printed('bounded', true))
  },
  30_000,
)
