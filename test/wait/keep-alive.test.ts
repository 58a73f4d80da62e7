/** What holds a process or a worker, judged from outside: it prints and ends, or it ends without a word. */
import { describe, expect, test } from 'vitest'
import { printed, program } from './programs.ts'

const cases: [name: string, ...prints: unknown[]][] = [
  ['lone', 'acquired'],
  ['ref false'],
  ['ref false with a timeout'],
  ['ref false but the process lives', 'acquired'],
  ['sleep with ref false'],
  ['after a timeout', 'TimeoutError'],
  ['after an abort', 'stop'],
  ['nothing pending', 'done'],
  ['unshared'],
  ['shared while it waits', 'acquired'],
]

describe.each(['main', 'worker'])('in a %s thread', (where) => {
  test.each(cases)(
    '%s',
    async (name, ...prints) => {
      const ends = where === 'worker' ? ['worker 0'] : []
      expect(await program('keep-alive.mjs', [name, where])).toEqual(printed(...prints, ...ends))
    },
    30_000,
  )
})
