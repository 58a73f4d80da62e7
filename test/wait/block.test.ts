/** What block() refuses, and what a thread does while it sleeps there. */
import { expect, test } from 'vitest'
import { printed, program } from './programs.ts'

const refused = ['DeadlockError', 0, 'DeadlockError', 0]

test.each([
  ['a deadlock is refused at once', ...refused, ...refused, 'DeadlockError', true, 'time', 0, 'lock'],
  [
    'timeouts end in time',
    'TimeoutError',
    'in time',
    'TimeoutError',
    'in time',
    'TimeoutError',
    'in time',
    0,
    false,
  ],
  ['a signal', ['TypeError', true, true], 'RangeError', 0, false],
  ['own async waiters are served afterwards', [[], 2], [1, 2]],
  ['waiting asleep for what was left asleep', 'asleep', 'async'],
  ['what it leaves to its own async waiters', 'served'],
])(
  '%s',
  async (name, ...prints) => {
    expect(await program('block.mjs', [name as string])).toEqual(printed(...prints))
  },
  30_000,
)
