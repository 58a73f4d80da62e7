import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** What an example prints; it must end by itself, without an error. */
function output(name: string, ...flags: string[]): Promise<string[]> {
  const file = fileURLToPath(new URL(`../../examples/${name}.mjs`, import.meta.url))
  return new Promise((resolve, reject) => {
    // The development aid would note where each of some millions of operations was made.
    const env = { ...process.env, NODE_ENV: 'production' }
    execFile(process.execPath, [...flags, file], { timeout: 50_000, env }, (error, stdout, stderr) => {
      if (error !== null || stderr !== '') reject(error ?? new Error(stderr))
      else resolve(stdout.trimEnd().split('\n'))
    })
  })
}

test('row 18: what is not found is made, what fails otherwise is told', async () => {
  expect(await output('deferred-get-or-create')).toEqual([
    'ada: visit 2',
    'grace is made',
    'grace: visit 1',
    'grace: visit 2',
    'no user: a user has a name',
  ])
}, 60_000)

test('row 19: submit, result, asCompleted, wait, cancel', async () => {
  expect(await output('futures')).toEqual([
    '323² = 104329',
    'three: 5 letters',
    'two: two is no page',
    'one: 3 letters',
    'done 1, not done 1',
    'done 2, not done 0',
    'running: false, waiting: true, 0 left',
    'the future was cancelled',
  ])
}, 60_000)

test('row 24: a file of 24 MB goes through a heap of 16 MB, read once', async () => {
  const [sums, memory] = await output('word-lengths', '--max-old-space-size=16')
  expect(sums).toBe('764064 words, 24450048 letters, 32.000 a word')
  expect(Number(/24 MB with a heap of (\d+) MB/.exec(memory!)?.[1])).toBeLessThan(20)
}, 60_000)
