/** The report of operations that were never performed, in processes of their own, judged by what they print. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'

const program = fileURLToPath(new URL('../fixtures/debug/programs.mjs', import.meta.url))

function run(
  name: string,
  mode: string | undefined,
): { status: number | null; stdout: string; stderr: string } {
  const { NODE_ENV: _, ...env } = process.env
  return spawnSync(process.execPath, ['--expose-gc', program, name], {
    encoding: 'utf8',
    env: mode === undefined ? env : { ...env, NODE_ENV: mode },
  })
}

describe('in development', () => {
  test('a dropped operation is reported once, with the place that made it', () => {
    const { stderr, stdout } = run('dropped', 'development')
    expect(stderr.match(/never performed/g)).toHaveLength(1)
    expect(stderr).toMatch(/Acquire was made but never performed/)
    expect(stderr).toMatch(/at forgetful .*programs\.mjs/)
    expect(stdout).toBe('done\n')
  })

  test.each(['performed', 'started', 'blocked', 'selected', 'all', 'guarded', 'kept'])(
    '%s: no report',
    (name) => {
      expect(run(name, 'development')).toMatchObject({ status: 0, stdout: 'done\n', stderr: '' })
    },
  )

  test('a process that ends with unshared waits pending says who waits for what', () => {
    const { stderr } = run('pending', 'test')
    expect(stderr).toMatch(
      /something still waits:\nLock#1, held by async code\n {2}async code waits in Lock#1\.acquire\(\)/,
    )
  })
})

describe('elsewhere', () => {
  test.each([undefined, 'production'])('nothing is reported with NODE_ENV %s', (mode) => {
    expect(run('dropped', mode)).toMatchObject({ stdout: 'done\n', stderr: '' })
    expect(run('pending', mode).stderr).toBe('')
  })

  test('setDebug(true) turns it on, and its hook replaces the report', () => {
    expect(run('setDebugOn', undefined)).toMatchObject({ stdout: 'hook: Acquire\ndone\n', stderr: '' })
  })

  test('a production build ignores setDebug', () => {
    expect(run('setDebugOn', 'production')).toMatchObject({ stdout: 'done\n', stderr: '' })
  })
})

describe('a bundle', () => {
  const bundle = async (mode: string): Promise<string> => {
    const { outputFiles } = await build({
      stdin: {
        contents: "export { Lock } from 'heddle'",
        resolveDir: fileURLToPath(new URL('.', import.meta.url)),
      },
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
      define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
    })
    return outputFiles[0]!.text
  }

  test('for production has no trace of it', async () => {
    const text = await bundle('production')
    expect(text).not.toMatch(/never performed|still waits|captureStackTrace|NODE_ENV/)
    expect(await bundle('development')).toMatch(/never performed/)
  })
})
