/** What is reported when a future is collected: each case runs in a process of its own, with forced collections. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let folder: string
let library: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-futures-'))
  const outfile = join(folder, 'heddle.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('../../src/index.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'neutral',
    target: 'es2022',
    logLevel: 'error',
  })
  library = pathToFileURL(outfile).href
})

afterAll(() => rmSync(folder, { recursive: true }))

/** Runs `body`, collects garbage, and gives what the hook was told, and what was written to stderr. */
function run(body: string, prelude = ''): { told: string[]; errors: string } {
  const file = join(folder, 'case.mjs')
  writeFileSync(
    file,
    `import { asCompleted, Future, InlineExecutor, select, setDebug, setUnhandledExceptionHook, sleep, TaskExecutor, wait } from '${library}'
const told = []
setUnhandledExceptionHook(({ error, made }) => told.push(error.message + (made?.includes('case.mjs') ? ' made' : '')))
const failed = (message = 'lost') => { const future = new Future(); future.setException(new Error(message)); return future }
${prelude}
await (async () => { ${body} })()
for (let i = 0; i < 5; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 0)) }
process.stdout.write(JSON.stringify(told))
`,
  )
  const errors = join(folder, 'errors')
  const { NODE_ENV: _, ...env } = process.env
  const flags = 'Deno' in globalThis ? 'run -A --v8-flags=--expose-gc' : '--expose-gc'
  const command = ['-c', `exec "$0" ${flags} "$1" 2> "$2"`, process.execPath, file, errors]
  const output = execFileSync('/bin/sh', command, { encoding: 'utf8', env })
  return { told: JSON.parse(output) as string[], errors: readFileSync(errors, 'utf8') }
}

describe('reported once, when it is collected', () => {
  test.each([
    ['an exception that nobody asked for', `failed()`],
    ['of a submission', `new TaskExecutor().submit(async () => { throw new Error('lost') })`],
    ['of an inline one', `new InlineExecutor().submit(() => { throw new Error('lost') })`],
    ['one that was only waited for by wait()', `await wait([failed()])`],
    ['one that was only given by asCompleted()', `for await (const _ of asCompleted([failed()]));`],
    ['one that a done callback did not look at', `failed().addDoneCallback(() => 0)`],
    [
      'one whose wait was given up',
      `const f = new Future(); await f.result({ timeout: 0 }).catch?.(() => 0) ?? await f.result({ timeout: 0 }).start().catch(() => 0); f.setException(new Error('lost'))`,
    ],
    ['of a started operation', `sleep(0).map(() => { throw new Error('lost') }).start(); await sleep(5)`],
  ])('%s', (_, body) => {
    const { told, errors } = run(body)
    expect(told).toEqual(['lost'])
    expect(errors).toBe('')
  })

  test('with the place that made the future, while debugging', () => {
    expect(run(`setDebug(true); failed()`).told).toEqual(['lost made'])
  })

  test('many in one turn, each once', () => {
    expect(run(`for (let i = 0; i < 5000; i++) failed()`).told).toHaveLength(5000)
  })
})

describe('not reported', () => {
  test.each([
    ['awaited', `await failed().then(() => 0, () => 0)`],
    [
      'awaited before',
      `const f = new Future(); const p = f.catch(() => 0); f.setException(new Error('no')); await p`,
    ],
    ['asked for later', `const f = failed(); await sleep(5); await f.exception()`],
    ['polled', `try { failed().poll() } catch {}`],
    [
      'asked for by exception()',
      `const f = new Future(); const p = f.exception().start(); f.setException(new Error('no')); await p`,
    ],
    ['an arm of select', `await select({ f: failed() }).start().catch(() => 0)`],
    ['asked for in a done callback', `failed().addDoneCallback((f) => f.exception().poll())`],
    ['cancelled', `const f = new Future(); f.cancel(); f.setRunningOrNotifyCancel()`],
    [
      'aborted',
      `const c = new AbortController(); new TaskExecutor().with({ signal: c.signal }).submit(() => new Promise(() => 0)); c.abort(new Error('no'))`,
    ],
    [
      'in a map that was left',
      `const m = new TaskExecutor().map(async () => { throw new Error('no') }, [1, 2]); m.close(); await sleep(5)`,
    ],
    [
      'behind the exception of a map',
      `const m = new TaskExecutor().map(async (e) => { await sleep(e); throw new Error('no') }, [1, 2, 3]); await m.next().start().catch(() => 0); await sleep(9)`,
    ],
    ['still reachable', `globalThis.kept = failed()`],
  ])('%s', (_, body) => {
    const { told, errors } = run(body)
    expect(told).toEqual([])
    expect(errors).toBe('')
  })
})

describe('the hook', () => {
  test('at first writes to the console; the process goes on', () => {
    const { told, errors } = run(`failed()`, `setUnhandledExceptionHook(undefined)`)
    expect(told).toEqual([])
    expect(errors).toMatch(/^Unhandled exception of a Future: Error: lost\n {4}at /)
  })

  test('one that throws is only logged', () => {
    const { errors } = run(`failed()`, `setUnhandledExceptionHook(() => { throw new Error('hook') })`)
    expect(errors).toContain('A hook of Future threw Error: hook')
  })
})

test('10^5 races, waits and submissions against one long-lived future leave the heap flat', () => {
  const { told } = run(
    `const long = new Future(), executor = new TaskExecutor({ concurrency: 2 }), { signal } = new AbortController()
     const heap = () => { gc(); gc(); return process.memoryUsage().heapUsed }
     const round = async (n) => {
       for (let i = 0; i < n; i++) {
         const short = new Future()
         const race = select({ long, short }).start()
         const first = wait([long, short], { returnWhen: 'FIRST_COMPLETED' }).start()
         const completed = asCompleted([long, short])
         const next = completed.next().start()
         short.setResult(i)
         await race
         await first
         await next
         completed.close()
         await executor.with({ signal, timeout: 1e6 }).submit(async () => i)
       }
     }
     await round(2000)
     const before = heap()
     await round(1e5)
     told.push(String((heap() - before) / 1e5))
     long.setResult(1)`,
  )
  expect(Number(told[0])).toBeLessThan(4)
}, 60_000)
