/** Runs a program of test/fixtures/wait against the built package, and gives what it printed. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Outcome {
  readonly status: number | string | null
  /** One value a line. */
  readonly printed: unknown[]
  readonly stderr: string
}

export function program(
  name: string,
  args: readonly string[] = [],
  flags: readonly string[] = [],
): Promise<Outcome> {
  const path = fileURLToPath(new URL(`../fixtures/wait/${name}`, import.meta.url))
  const { NODE_ENV: _, ...env } = process.env
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      [...flags, path, ...args],
      { encoding: 'utf8', env, timeout: 25_000 },
      (error, stdout, stderr) => {
        const lines = stdout.split('\n').filter((line) => line !== '')
        const status = error === null ? 0 : (error.code ?? error.signal ?? null)
        resolve({ status, printed: lines.map((line) => JSON.parse(line) as unknown), stderr })
      },
    ),
  )
}

/** What a program gives that ends well. */
export function printed(...values: unknown[]): Outcome {
  return { status: 0, printed: values, stderr: '' }
}
