import { execFile, execFileSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const path = (name: string): string =>
  fileURLToPath(new URL(`../../examples/pool/${name}.mjs`, import.meta.url))

function output(name: string): string[] {
  return execFileSync(process.execPath, [path(name)], { encoding: 'utf8', timeout: 30_000 })
    .trimEnd()
    .split('\n')
}

test('rows 27 and 34: squares and primes in pools, and the process ends by itself', () => {
  expect(output('squares')).toEqual(['[ 1, 4, 9 ]', '1229 primes below 10000'])
})

test('row 1: URLs fetched in threads, results in order', () => {
  const lines = output('urls')
  expect(lines.filter((line) => line.startsWith('GET http://127.0.0.1:'))).toHaveLength(3)
  expect(lines.filter((line) => line.startsWith('FIN http://127.0.0.1:'))).toHaveLength(3)
  expect(lines.filter((line) => line.startsWith('/'))).toEqual([
    '/3: status 200, 15 characters',
    '/1: status 200, 5 characters',
    '/2: status 200, 10 characters',
  ])
})

test('row 1: URLs of the command line', async () => {
  const server = createServer((_, response) => response.writeHead(404).end('none'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`
  const { stdout } = await promisify(execFile)(process.execPath, [path('urls'), url])
  server.close()
  expect(stdout.trimEnd().split('\n')).toEqual([`GET ${url}`, `FIN ${url}`, '/x: status 404, 4 characters'])
})

test('rows 19 and 29: futures on threads, and statistics before and after', () => {
  expect(output('futures')).toEqual([
    "{ executed: 0, failures: 0, cancelled: 0, took: 'no time' }",
    '49',
    '[ 1, 4, 9 ]',
    'RangeError: 1 cannot be divided by 0',
    'true',
    '2 0 2',
    'true',
    "{ executed: 6, failures: 1, cancelled: 1, took: 'some time' }",
  ])
})
