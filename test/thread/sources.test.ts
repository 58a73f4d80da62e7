import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { portable, Thread } from 'heddle/threads'
import { afterEach, describe, expect, test } from 'vitest'
import { describe as describes } from './fixtures/typed.ts'

const work = await import('./fixtures/work.mjs' as string)
const running: Thread[] = []

function started<T extends Thread>(thread: T): T {
  running.push(thread.start())
  return thread
}

afterEach(() => {
  for (const thread of running.splice(0)) thread.terminate()
})

/** The built package, and not the source that the paths of this repository's tsconfig.json lead to. */
const env = {
  ...process.env,
  TSX_TSCONFIG_PATH: fileURLToPath(new URL('./fixtures/tsconfig.json', import.meta.url)),
}

describe('TypeScript', () => {
  test('is loaded in a thread although the test runner, which transforms it, is not there', async () => {
    expect(await started(new Thread(describes, { args: ['it'], env })).join()).toBe('it low plain')
  })

  test('works under tsx', () => {
    const main = fileURLToPath(new URL('./fixtures/typed-main.ts', import.meta.url))
    const flags = ['--import', 'tsx', main]
    const { stdout, stderr } = spawnSync(process.execPath, flags, { env, encoding: 'utf8', timeout: 30_000 })
    expect({ stdout, stderr }).toEqual({ stdout: 'name high plain\n', stderr: '' })
  })

  test('that is wrong tells what is wrong with it', async () => {
    const module = new URL('./fixtures/absent.ts', import.meta.url).href
    const thread = started(
      new Thread(
        portable(module, 'f', () => 1),
        { env },
      ),
    )
    await expect(thread.join().start()).rejects.toThrow(/absent\.ts/)
  })
})

describe('a worker that a factory makes', () => {
  const entry = new URL('./fixtures/entry.mjs', import.meta.url)

  test('finds functions by their names, whatever the URL of their module is there', async () => {
    const worker = (): Worker => new Worker(entry)
    expect(await started(new Thread(work.add, { args: [20, 22], worker })).join()).toBe(42)
    expect(
      started(new Thread(work.add, { args: [1, 2], worker }))
        .join()
        .block(),
    ).toBe(3)
    const bundled = portable('https://example.org/assets/page-1a2b.js', 'later', async (x: string) => x)
    expect(await started(new Thread(bundled, { args: ['x'], worker })).join()).toBe('x')
    expect(await started(new Thread((x: number) => x + 1, { args: [1], worker })).join()).toBe(2)
  })

  test('that does not know the function tells so', async () => {
    const absent = portable('https://example.org/page.js', 'nowhere', () => 1)
    const thread = started(new Thread(absent, { worker: () => new Worker(entry) }))
    await expect(thread.join().start()).rejects.toThrow(/did not call portable\(import\.meta\.url, "nowhere"/)
  })

  test('that dies, or cannot be made, tells so', async () => {
    const gone = started(new Thread(work.exits, { args: [4], worker: () => new Worker(entry) }))
    await expect(gone.join().start()).rejects.toThrow(/it exited with status 4/)
    const missing = started(new Thread(work.add, { args: [1, 2], worker: () => new Worker('/no/such.mjs') }))
    await expect(missing.join().start()).rejects.toThrow(/no\/such\.mjs/)
    const none = new Thread(work.add, { args: [1, 2], worker: () => ({}) })
    expect(() => none.start()).toThrow(/worker must give a worker: \(\) => new Worker\(new URL/)
    expect(() => new Thread(work.add, { args: [1, 2], worker: () => ({}), env: {} })).toThrow(
      /factory itself/,
    )
  })

  test('heddle/worker is for workers only', async () => {
    const file = fileURLToPath(new URL('./fixtures/no-worker.mjs', import.meta.url))
    const { stdout } = spawnSync(process.execPath, [file], { encoding: 'utf8' })
    expect(stdout).toMatch(/^heddle\/worker is for the entry file of a worker/)
  })
})
