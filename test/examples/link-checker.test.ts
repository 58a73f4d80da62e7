import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const example = fileURLToPath(new URL('../../examples/link-checker/main.mjs', import.meta.url))

interface Ran {
  readonly status: unknown
  readonly stderr: string
  readonly lines: string[]
}

function run(...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(process.execPath, [example, ...args], { timeout: 30_000 }, (error, stdout, stderr) =>
      resolve({ status: error?.code ?? 0, stderr, lines: stdout.split('\n').slice(0, -1) }),
    )
  })
}

/** The site's address differs at each run. */
const plain = (line: string): string => line.replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, '')

const planted = Array.from({ length: 400 }, (_, page) => [
  ...(page % 50 === 3 ? [`/page/${page} -> /error: 500 Internal Server Error`] : []),
  ...(page === 10 ? [`/page/10 -> /loop: redirect count exceeded`] : []),
  ...(page === 11 ? [`/page/11 -> /: ECONNREFUSED`] : []),
  ...(page === 12 ? [`/page/12 -> http://[: not an address`] : []),
  ...(page % 20 === 7 ? [`/page/${page} -> /missing/${page}: 404 Not Found`] : []),
]).flat()

test.each([['10'], ['1'], ['100']])(
  '%s workers find exactly the links that were planted',
  async (workers) => {
    const { status, stderr, lines } = await run('--workers', workers)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(planted).toHaveLength(31)
    expect(lines.slice(0, -1).map(plain)).toEqual(planted)
    expect(lines.at(-1)).toMatch(/^400 pages, \d+ links, 31 broken$/)
  },
)

const site: Record<string, string> = {
  '/': `<a href="b?x=1&amp;y=2">b</a> <a class=x href='/c#there'>c</a> <a href="/gone">gone</a>`,
  '/b?x=1&y=2': '<a href="/">back</a> <a href="/d">d</a> <a href="/gone">gone</a>',
  '/c': '<a href="/text">text</a>',
  '/d': '<a href="/gone too">gone too</a>',
}

let server: Server
let origin: string

beforeEach(async () => {
  server = createServer(({ url }, response) => {
    const html = site[url ?? '']
    if (html !== undefined) response.writeHead(200, { 'content-type': 'text/html' }).end(html)
    else if (url === '/text')
      response.writeHead(200, { 'content-type': 'text/plain' }).end('<a href="/never">')
    else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

test.each([
  ['0', ['/ -> /gone: 404 Not Found', '1 pages, 3 links, 1 broken']],
  [
    '1',
    [
      '/ -> /gone: 404 Not Found',
      '/b?x=1&y=2 -> /gone: 404 Not Found',
      '3 pages, 7 links, 2 broken', //
    ],
  ],
  [
    '2',
    [
      '/ -> /gone: 404 Not Found',
      '/b?x=1&y=2 -> /gone: 404 Not Found',
      '/d -> /gone%20too: 404 Not Found',
      '5 pages, 8 links, 3 broken',
    ],
  ],
])('a site of the user, %s clicks deep', async (depth, expected) => {
  const { status, stderr, lines } = await run('--depth', depth, `${origin}/#top`)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(lines.map(plain)).toEqual(expected)
})

test('a first page that is not there', async () => {
  const { status, lines } = await run(`${origin}/nowhere`)
  expect([status, lines.map(plain)]).toEqual([
    0,
    ['the command line -> /nowhere: 404 Not Found', '0 pages, 0 links, 1 broken'],
  ])
})

test.each([
  [['--workers', '0'], '--workers must be a whole number from 1 to 100, got "0"'],
  [['--depth', '-1'], "Option '--depth' argument is ambiguous."],
  [['--depth', 'deep'], '--depth must be a whole number from 0 to 1000, got "deep"'],
  [['example.org'], 'the URL must be one of http or https, got "example.org"'],
  [['http://a', 'http://b'], 'one URL at most, got 2'],
  [['--works'], "Unknown option '--works'"],
])('refuses %s', async (args, problem) => {
  const { status, stderr } = await run(...args)
  expect(status).toBe(2)
  expect(stderr).toContain(`link-checker: ${problem}`)
})

test('--help tells all options', async () => {
  const { status, lines } = await run('--help')
  expect(status).toBe(0)
  expect(lines.join('\n')).toMatch(/--workers n[^]*--depth n[^]*--help/)
})
