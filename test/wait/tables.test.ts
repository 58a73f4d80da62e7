/** Plain workers and several tables of threads in one process. */
import { expect, test } from 'vitest'
import { printed, program } from './programs.ts'

test.each([
  ['a worker started before any primitive was made', false],
  ['a worker started afterwards', false],
  ['a worker that finds the table in the environment data', true],
  ['a thread joins the second table it meets', false, true, true, false],
  ['block() over two tables', true, true, [0, 0], 'theirs', [0, 0]],
  ['asleep at one table, offered something at the other', false],
  ['an exit listener a thread, however many tables', false, 0],
])(
  '%s',
  async (name, ...prints) => {
    expect(await program('tables.mjs', [name])).toEqual(printed(...prints))
  },
  30_000,
)
