import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** What an example prints; it must end by itself, without an error. */
function run(name: string, ...args: string[]): Promise<string[]> {
  const file = fileURLToPath(new URL(`../../examples/${name}.mjs`, import.meta.url))
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [file, ...args], { timeout: 30_000 }, (error, stdout, stderr) => {
      if (error !== null || stderr !== '') reject(error ?? new Error(stderr))
      else resolve(stdout.split('\n').slice(0, -1))
    })
  })
}

test('thread-decorator', async () => {
  expect(await run('thread-decorator')).toEqual([
    '4 threads are at work',
    '2147483647 = 2147483647',
    '600851475143 = 71 · 839 · 1471 · 6857',
    '1001 = 7 · 11 · 13',
    `1048576 = ${Array.from({ length: 20 }, () => 2).join(' · ')}`,
    'RangeError: nothing has no factors',
  ])
})

test('actor', async () => {
  expect(await run('actor')).toEqual([
    'Got in the main thread: Hello',
    'Got in the main thread: World',
    'It has got 2 messages, and ended.',
    'Got in a thread of its own: Hello',
    'Got in a thread of its own: World',
    'It has got 2 messages, and ended.',
  ])
})

test('ten-threads', async () => {
  const lines = await run('ten-threads', '--seconds', '0.05')
  const names = Array.from({ length: 10 }, (_, i) => `MyThread-${i + 1}`)
  expect(lines.filter((line) => line.endsWith('is running')).sort()).toEqual(
    names.map((name) => `${name} is running`).sort(),
  )
  expect(lines.filter((line) => line.endsWith('is done')).sort()).toEqual(
    names.map((name) => `${name} is done`).sort(),
  )
  expect(lines.at(-1)).toBe(`joined ${names.join(', ')}`)
  expect(lines).toHaveLength(21)
  for (const name of names)
    expect(lines.indexOf(`${name} is running`)).toBeLessThan(lines.indexOf(`${name} is done`))
})

test('counting-thread', async () => {
  expect(await run('counting-thread')).toEqual([
    'counter goes on counting (1)',
    'counter goes on counting (2)',
    'counter goes on counting (3)',
    'counted to the end',
    'and stopped',
  ])
})

test('random-sums', async () => {
  const lines = await run('random-sums', '--numbers', '20000')
  expect(lines).toHaveLength(11)
  for (const [i, line] of lines.slice(0, 8).entries())
    expect(line).toMatch(
      new RegExp(`^Thread ${i + 1}: 20000 numbers, \\d+\\.\\d{3} in all, 0\\.(49|50)\\d\\d on average$`),
    )
  expect(new Set(lines.slice(0, 8).map((line) => /(\S+) in all/.exec(line)?.[1])).size).toBe(8)
  expect(lines[8]).toBe('Both ways agree.')
  expect(lines[9]).toMatch(/^8 threads: \d+\.\d\d s, one thread: \d+\.\d\d s$/)
  expect(lines[10]).toMatch(/^\d+\.\d\d times as fast$/)
})

test('shared-state', async () => {
  expect(await run('shared-state')).toEqual([
    'Queue: 1² = 1, 2² = 4, 3² = 9, 4² = 16, 5² = 25',
    'Value without its lock: 2 threads added 1, and it is 1',
    'Value with its lock: 2 threads added 1 10000 times, and it is 20000',
    'Array: 1 4 9 16 4000',
  ])
})
