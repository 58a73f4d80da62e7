import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const here = fileURLToPath(new URL('.', import.meta.url))

/** Runs a program that has `Thread` and the fixtures, `work`, in a process of its own. */
function run(
  program: string,
  ...options: string[]
): { stdout: string; stderr: string; status: number | null } {
  const head = `import { Thread } from 'heddle/threads'; import * as work from './fixtures/work.mjs'; import * as out from './fixtures/out.mjs';`
  const input = `${head}\n${program}`
  // Deno has the names of its own for the same, and reads a module that imports from its input only.
  const flags =
    'Deno' in globalThis
      ? ['run', '-A', ...options.map((option) => `--v8-flags=${option}`), '-']
      : [...options, '--input-type=module', '-e', input]
  return spawnSync(process.execPath, flags, { cwd: here, encoding: 'utf8', timeout: 30_000, input })
}

test('a thread holds the process until it ends, and what it prints arrives', () => {
  expect(run(`new Thread(work.logs).start()`)).toMatchObject({
    stdout: 'from the thread\n',
    stderr: '',
    status: 0,
  })
})

test('a daemon does not hold the process', () => {
  const program = `
    const words = new Int32Array(new SharedArrayBuffer(4))
    new Thread(work.spins, { args: [words], daemon: true }).start()
    Atomics.wait(words, 0, 0)
    console.log('the end')`
  expect(run(program)).toMatchObject({ stdout: 'the end\n', stderr: '', status: 0 })
})

test('waiting for a daemon does hold it', () => {
  const program = `console.log(await new Thread(work.later, { args: ['x'], daemon: true }).start().join())`
  expect(run(program)).toMatchObject({ stdout: 'x\n', stderr: '', status: 0 })
})

test('a failure that nobody joins is told as the process ends', () => {
  const { stderr, status } = run(`new Thread(work.fails).start()`)
  expect(stderr).toMatch(/^Thread-1 failed, and nobody joined it: OrderError: no such order/)
  expect(status).toBe(0)
})

test('a failure that was joined is not told again', () => {
  const program = `await new Thread(work.fails).start().join().then(undefined, () => console.log('caught'))`
  expect(run(program)).toMatchObject({ stdout: 'caught\n', stderr: '' })
})

test('nor is a thread that was terminated', () => {
  const program = `const thread = new Thread(work.neverSettles).start(); thread.terminate(); console.log(thread.isAlive)`
  expect(run(program)).toMatchObject({ stdout: 'false\n', stderr: '', status: 0 })
})

test('nor is one that was terminated when its work was done', () => {
  const program = `
    const thread = new Thread(work.add, { args: [1, 2] }).start()
    console.log(thread.join().block())
    thread.terminate()
    console.log(thread.result)`
  expect(run(program)).toMatchObject({ stdout: '3\n3\n', stderr: '', status: 0 })
})

describe('what a thread prints arrives whole, in order, and before its end,', () => {
  const even = Array.from({ length: 100 }, (_, i) => `line ${2 * i}\n`).join('')
  const odd = even.replace(/\d+/g, (n) => `${Number(n) + 1}`)

  test.each([
    ['when it returns', `await new Thread(out.prints, { args: ['return'] }).start().join()`],
    [
      'when it exits',
      `await new Thread(out.prints, { args: ['exit'] }).start().join().start().catch(() => {})`,
    ],
    ['when its starter sleeps', `new Thread(out.prints, { args: ['return'] }).start().join().block()`],
    [
      'when its starter sleeps and exits',
      `new Thread(out.prints, { args: ['return'] }).start().join().block(); process.exit()`,
    ],
    [
      'when it is terminated',
      `const words = new Int32Array(new SharedArrayBuffer(4))
       const thread = new Thread(out.printsAndSpins, { args: [words] }).start()
       Atomics.wait(words, 0, 0)
       thread.terminate()`,
    ],
    [
      'when the process ends before it',
      `const words = new Int32Array(new SharedArrayBuffer(4))
       new Thread(out.printsAndSpins, { args: [words], daemon: true }).start()
       Atomics.wait(words, 0, 0)`,
    ],
  ])('%s', (_, program) => {
    const { stdout, stderr } = run(program)
    expect(stdout).toBe(even)
    expect(stderr.startsWith(odd)).toBe(true)
  })

  test('and from a thread in a thread', () => {
    const { stdout, stderr } = run(`await new Thread(out.prints, { args: ['nested'] }).start().join()`)
    expect(stdout).toBe(even + even)
    expect(stderr).toBe(odd + odd)
  })

  test('and before what is printed of its result', () => {
    const program = `new Thread(out.prints, { args: ['return'] }).start().join().block(); console.log('done')`
    expect(run(program).stdout).toBe(`${even}done\n`)
  })

  test('and in one piece, however big', () => {
    const program = `await Promise.all([1, 2].map(() => new Thread(out.big).start().join()))`
    const whole = `${'x'.repeat(300_000)}\n`.repeat(2)
    expect(run(program).stdout === whole).toBe(true)
  })
})

test('a thread that runs out of memory is told, and nothing else is harmed', () => {
  const program = `
    const eats = new Thread(out.eats, { resourceLimits: { maxOldGenerationSizeMb: 24 } }).start()
    const error = await eats.join().start().catch((error) => error)
    console.log(error.name, error.message, error.cause.code)`
  const { stdout, status } = run(program)
  expect(stdout).toBe(
    'WorkerDiedError Thread-1 ended before its work was done: it ran out of memory ERR_WORKER_OUT_OF_MEMORY\n',
  )
  expect(status).toBe(0)
})

test('a thread that runs out of memory while its starter sleeps is told, too', () => {
  const program = `
    const eats = new Thread(out.eats, { resourceLimits: { maxOldGenerationSizeMb: 24 } }).start()
    try {
      eats.join({ timeout: 20_000 }).block()
    } catch (error) {
      console.log(error.name)
    }`
  expect(run(program).stdout).toBe('WorkerDiedError\n')
})

test('a thread that dies before anything of it runs is told to a starter that sleeps', () => {
  const program = `
    import { Worker } from 'node:worker_threads'
    const worker = () => new Worker(new URL('file:///no/such/entry.mjs'))
    const thread = new Thread(work.add, { args: [1, 2], worker }).start()
    try {
      thread.join({ timeout: 20_000 }).block()
    } catch (error) {
      console.log(error.name)
    }`
  expect(run(program).stdout).toBe('WorkerDiedError\n')
})

test('environment variables are a copy, or given, or shared', () => {
  const program = `
    import { SHARE_ENV } from 'node:worker_threads'
    process.env.HERE = 'main'
    const read = (env) => new Thread(out.environment, { args: ['HERE'], env }).start().join()
    console.log(await read(undefined), await read({ HERE: 'own' }), await read(SHARE_ENV), await read({}))`
  expect(run(program).stdout).toBe('main own main undefined\n')
})

test('where no code may be made of text, a function that travels as text shows the portable form', () => {
  const program = `
    const error = await new Thread((x) => x, { args: [1] }).start().join().start().catch((error) => error)
    console.log(error.name, error.message)
    console.log(await new Thread(work.add, { args: [1, 2] }).start().join())`
  const { stdout } = run(program, '--disallow-code-generation-from-strings')
  expect(stdout).toMatch(
    /^HeddleError f cannot be made of its text in this thread, where that is forbidden .*portable\(import\.meta\.url.*\n3\n$/,
  )
})
