import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** What an example prints; it must end by itself, without an error. */
function output(name: string, ...args: string[]): Promise<string[]> {
  const file = fileURLToPath(new URL(`../../examples/${name}.mjs`, import.meta.url))
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [file, ...args], { timeout: 30_000 }, (error, stdout, stderr) => {
      if (error !== null || stderr !== '') reject(error ?? new Error(stderr))
      else resolve(stdout.trimEnd().split('\n'))
    })
  })
}

test('row 2: those that are over in two seconds give their value, the late one says so', async () => {
  expect(await output('join-all')).toEqual([
    '2 of 3 are over',
    '/warp: Hello from /warp',
    '/late: TimeoutError, it is still waiting',
    '/weft: Hello from /weft',
  ])
}, 35_000)

test('row 22: a coroutine that takes two values and yields their sum', async () => {
  expect(await output('coroutine-sum')).toEqual(['3'])
})

test('row 23: a coroutine that is sent words', async () => {
  expect(await output('ticktock')).toEqual([
    'tick tock tick (Okay, bip not tick.) bip tock bip tock (Okay, bop not tock.) bop bip bop bip',
  ])
})

test('row 33: generators as threads, by hand and by the scheduler', async () => {
  const lines = ['A 3', 'B 1', 'C 2', 'A 2', 'B is done', 'C 1', 'A 1', 'C is done', 'A is done']
  expect(await output('round-robin')).toEqual(['By hand:', ...lines, 'By the scheduler:', ...lines])
})
