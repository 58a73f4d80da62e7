import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const example = fileURLToPath(new URL('../../examples/between-threads.mjs', import.meta.url))

test('between-threads plays one scene with each primitive, and stops by itself', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [example], { timeout: 40_000 })
  expect([stderr, stdout.split('\n')]).toEqual([
    '',
    [
      'Lock: after 8000 orders the accounts hold 900, none below 0',
      'RLock: two walks of 15 nodes each, which took turns 1 time',
      'Condition: the numbers from 1 to 100 make 5050, never more than 4 lay there',
      'Queue: the numbers from 1 to 100 make 5050',
      'Semaphore: at most 2 of 6 were connected at once',
      'Event: 5 of 5 were at the line, 5 of 5 ran after the shot',
      'Timer: 2 guests came when it called for dinner',
      '',
    ],
  ])
}, 45_000)
