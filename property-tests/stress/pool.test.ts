import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

function program(name: string, args: readonly (number | string)[], flags: readonly string[] = []): string {
  const file = fileURLToPath(new URL(`programs/${name}.mjs`, import.meta.url))
  return execFileSync(process.execPath, [...flags, file, ...args.map(String)], {
    encoding: 'utf8',
    timeout: 60_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

test('every future of a pool ends as it may, and no thread is left, whatever happens to its workers', () => {
  expect(program('pool', [1, 15, 60])).toBe('15 seeds\n')
})

test('10^4 calls leave nothing behind', () => {
  const { heap, open } = JSON.parse(program('pool-heap', [], ['--expose-gc'])) as {
    heap: number
    open: number
  }
  expect(heap).toBeLessThan(500_000)
  expect(open).toBeLessThanOrEqual(2)
})
