import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const file = fileURLToPath(new URL('programs/pool.mjs', import.meta.url))

test.each([0, 1, 2, 3, 4, 5])('chaos in a pool, 50 of 300 seeds, part %i', (part) => {
  const output = execFileSync(process.execPath, [file, String(part * 50 + 1), '50', '60'], {
    encoding: 'utf8',
    timeout: 300_000,
  })
  expect(output).toBe('50 seeds\n')
})
