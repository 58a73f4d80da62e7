import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const here = fileURLToPath(new URL('.', import.meta.url))

/** Runs a program that has `Thread` and the fixtures, `work`, in a process of its own. */
function run(program: string): { stdout: string; stderr: string; status: number | null } {
  const head = `import { Thread } from 'heddle/threads'; import * as work from './fixtures/work.mjs';`
  const flags = ['--input-type=module', '-e', `${head}\n${program}`]
  return spawnSync(process.execPath, flags, { cwd: here, encoding: 'utf8', timeout: 30_000 })
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
