// The published types with the oldest TypeScript that is supported, which npm test does not install. test/consumers.test.ts has the others.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { here } from './runtimes.mjs'

const program = `
import * as core from 'heddle'
import * as threads from 'heddle/threads'
import * as deferred from 'heddle/deferred'
import { Lock, select, sleep, type Held } from 'heddle'

export const modules = [core, threads, deferred]
export async function waits(lock: Lock, signal: AbortSignal): Promise<Held | string> {
  const got = await select({ late: sleep(5), lock: lock.acquire({ timeout: 3, signal }) })
  return got.key === 'lock' ? got.value : got.key
}
// @ts-expect-error: milliseconds are a number
void new Lock().acquire({ timeout: 'soon' })
`

/** What the compiler says of a program in the workplace, by how it resolves; empty where it is content. */
export function typeProblems(folder) {
  const place = join(folder, 'types')
  mkdirSync(place)
  writeFileSync(join(place, 'program.ts'), program)
  return [
    ['node16', 'node16'],
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ].flatMap(([module, moduleResolution]) => {
    const compilerOptions = {
      target: 'ES2022',
      lib: ['ES2022'],
      types: [],
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      module,
      moduleResolution,
    }
    writeFileSync(join(place, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }))
    const compiler = join(here, 'node_modules/typescript50/bin/tsc')
    const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', place], { encoding: 'utf8' })
    return status === 0 ? [] : [`TypeScript 5.0, ${moduleResolution}: ${stdout}`]
  })
}
