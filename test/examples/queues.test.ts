import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const example = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url))
const isPrime = (n: number): boolean =>
  n > 1 && !Array.from({ length: n }, (_, i) => i).some((d) => d > 1 && n % d === 0)

test('the sieve prints the first hundred primes and stops by itself', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [example('prime-sieve.mjs')], {
    timeout: 20_000,
  })
  const primes = Array.from({ length: 542 }, (_, n) => n).filter(isPrime)
  expect(primes).toHaveLength(100)
  expect([stdout, stderr]).toEqual([`${primes.join(' ')}\n`, ''])
}, 25_000)
