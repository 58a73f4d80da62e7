/** What only a whole process shows. Needs the built package. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const program = fileURLToPath(new URL('../fixtures/task/programs.mjs', import.meta.url))

async function outputOf(name: string) {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, name], {
    env: { ...process.env, NODE_ENV: 'production' },
    timeout: 20_000,
  })
  return { lines: stdout.trim().split('\n'), stderr }
}

test('a run that waits for what can never come fails, and says who waits for what', async () => {
  const { lines } = await outputOf('stuck')
  expect(lines).toEqual([
    'cleaned up beside plato',
    'DeadlockError: no task can ever go on:',
    '  main waits in Event.wait()',
    '  plato waits in Event.wait()',
  ])
})

test('a run that waits for time is no deadlock', async () => {
  expect((await outputOf('slow')).lines).toEqual(['in time'])
})

test('a failure that nobody waits for is written once', async () => {
  const { stderr } = await outputOf('forgotten')
  expect(stderr).toMatch(/^forgotten failed, and nobody waits for it: Error: told once/)
  expect(stderr.match(/told once/g)).toHaveLength(1)
})
