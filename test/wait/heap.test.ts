/** What the collector takes, and what it must not. */
import { expect, test } from 'vitest'
import { printed, program } from './programs.ts'

test.each([
  ['a primitive that was shared', 100, true],
  ['a primitive that was attached', 1, true, true],
  ['a primitive that is waited for', true, 'granted', false, true, false],
  ['many shared locks', 'collected'],
])(
  '%s',
  async (name, ...prints) => {
    expect(await program('heap.mjs', [name], ['--expose-gc'])).toEqual(printed(...prints))
  },
  30_000,
)
