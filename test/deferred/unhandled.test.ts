/** What is reported when a Deferred is collected: each case runs in a process of its own, with forced collections. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Failure, setUnhandledFailureHook } from '../../src/deferred/index.ts'

let folder: string
let library: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-unhandled-'))
  const outfile = join(folder, 'deferred.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('../../src/deferred/index.ts', import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
  })
  library = pathToFileURL(outfile).href
})

afterAll(() => rmSync(folder, { recursive: true }))

/** Runs `body`, collects garbage, and gives the messages that the hook was told, and what was written to stderr. */
function run(body: string, prelude = ''): { told: string[]; errors: string } {
  const file = join(folder, 'case.mjs')
  writeFileSync(
    file,
    `import { Deferred, DeferredList, Failure, fail, inlineCallbacks, race, setUnhandledFailureHook, succeed } from '${library}'
const told = []
setUnhandledFailureHook(({ failure, made }) => told.push(failure.getErrorMessage() + (made ? ' made' : '')))
${prelude}
await (async () => { ${body} })()
for (let i = 0; i < 5; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 0)) }
process.stdout.write(JSON.stringify(told))
`,
  )
  const errors = join(folder, 'errors')
  const output = execFileSync(
    '/bin/sh',
    ['-c', `exec "$0" --expose-gc "$1" 2> "$2"`, process.execPath, file, errors],
    {
      encoding: 'utf8',
    },
  )
  return { told: JSON.parse(output) as string[], errors: execFileSync('cat', [errors], { encoding: 'utf8' }) }
}
const told = (body: string, prelude?: string): string[] => run(body, prelude).told

describe('reported once, when it is collected', () => {
  test.each([
    ['a failure with no errback', `fail(new Error('lost'))`],
    ['one that passed an errback that failed too', `fail(1).addErrback(() => { throw new Error('lost') })`],
    ['one that came after a value', `succeed(1).addCallback(() => { throw new Error('lost') })`],
    ['one that was paused', `const d = new Deferred(); d.pause(); d.errback(new Error('lost'))`],
    [
      'one that was handed to an outer Deferred',
      `const d = new Deferred(); succeed(0).addCallback(() => d); d.errback(new Error('lost'))`,
    ],
    ['a member of a list that does not consume', `new DeferredList([fail(new Error('lost'))])`],
    [
      'an inlineCallbacks function',
      `inlineCallbacks(function* () { yield* succeed(1); throw new Error('lost') })()`,
    ],
    [
      'a promise that nobody looked at',
      `const d = new Deferred(); d.toPromise(); d.errback(new Error('lost'))`,
    ],
    ['a rejection behind it', `Deferred.from(Promise.reject(new Error('lost'))); await null`],
  ])('%s', (_, body) => {
    const { told, errors } = run(body)
    expect(told).toEqual(['lost'])
    expect(errors).toBe('')
  })

  test('with the place of making, while debugging', () => {
    expect(told(`Deferred.setDebugging(true); fail(new Error('lost'))`)).toEqual(['lost made'])
  })

  test('many in one turn, each once', () => {
    const messages = told(`for (let i = 0; i < 5000; i++) fail(new Error('lost'))`)
    expect(messages).toHaveLength(5000)
  })
})

describe('not reported', () => {
  test.each([
    ['handled at once', `fail(1).addErrback(() => 0)`],
    ['handled later', `const d = fail(1); await new Promise((r) => setTimeout(r, 5)); d.addErrback(() => 0)`],
    ['awaited', `await fail(1).result().start().catch(() => 0)`],
    [
      'awaited before it failed',
      `const d = new Deferred(); const p = d.result().start(); d.errback(1); await p.catch(() => 0)`,
    ],
    [
      'a promise that somebody caught',
      `const d = new Deferred(); const p = d.toPromise(); d.errback(1); await p.catch(() => 0)`,
    ],
    [
      'thrown into a generator that caught it',
      `inlineCallbacks(function* () { try { yield* fail(1) } catch {} })()`,
    ],
    ['consumed by a list', `new DeferredList([fail(1)], { consumeErrors: true })`],
    ['a loser of a race', `race([fail(1), succeed(1), new Deferred()])`],
    [
      'taken by an outer one that handled it',
      `const d = fail(1); succeed(0).addCallback(() => d).addErrback(() => 0)`,
    ],
    ['cancelled and handled', `const d = new Deferred(); d.addErrback(() => 0); d.cancel(); d.errback(2)`],
    ['still reachable', `globalThis.kept = fail(1)`],
  ])('%s', (_, body) => {
    const { told, errors } = run(body)
    expect(told).toEqual([])
    expect(errors).toBe('')
  })
})

describe('the hook', () => {
  test('at first writes the traceback to the console; the process goes on', () => {
    const { told, errors } = run(
      `fail(new TypeError('lost', { cause: new Error('deep') }))`,
      `setUnhandledFailureHook(undefined)`,
    )
    expect(told).toEqual([])
    expect(errors).toMatch(
      /^Unhandled error in a Deferred:\nTypeError: lost\n    at [^]*caused by:\nError: deep\n/,
    )
  })

  test('one that throws is only logged', () => {
    const { errors } = run(`fail(1)`, `setUnhandledFailureHook(() => { throw new Error('hook') })`)
    expect(errors).toContain('The hook for unhandled failures threw Error: hook')
  })

  test('is replaced, and given back', () => {
    const mine = vi.fn<(unhandled: { failure: Failure }) => void>()
    const first = setUnhandledFailureHook(mine)
    expect(setUnhandledFailureHook(first)).toBe(mine)
  })
})

describe('memory', () => {
  test('10^5 races against one long-lived promise, and 10^5 waits on one long-lived Deferred, leave the heap flat', () => {
    const [grown] = told(
      `const long = new Promise(() => {}), kept = new Deferred()
       const heap = () => { gc(); gc(); return process.memoryUsage().heapUsed }
       const round = async (n) => {
         for (let i = 0; i < n; i++) {
           race([Deferred.from(long), succeed(i)])
           race([Deferred.from(kept.result()), succeed(i)])
           if (i % 1000 === 0) await new Promise((resolve) => setImmediate(resolve))
         }
         await new Promise((resolve) => setImmediate(resolve))
       }
       await round(2000)
       const before = heap()
       await round(1e5)
       told.push(String((heap() - before) / 1e5))
       kept.callback(1); void long`,
    )
    expect(Number(grown)).toBeLessThan(4)
  }, 30_000)
})
