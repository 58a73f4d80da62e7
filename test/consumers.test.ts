/** The published types, compiled as users compile them: from the built package, without DOM, Node's types or leniency. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { entries } from '../scripts/entries.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'heddle-consumer-'))
/** Entry points that are for users of a peer: this user has none. */
const ofPeers = ['effect', 'fast-check']
const subpaths = Object.keys(entries)
  .filter((name) => name !== 'worker' && !ofPeers.includes(name))
  .map((name) => (name === 'index' ? 'heddle' : `heddle/${name}`))

/** What a user writes; each subpath is imported so that all of its declarations are checked. */
const program = `
${subpaths.map((name, i) => `import * as module${i} from '${name}'`).join('\n')}
import { Lock, select, sleep, type Held } from 'heddle'

export const modules = [${subpaths.map((_, i) => `module${i}`).join(', ')}]
export async function waits(lock: Lock, signal: AbortSignal): Promise<Held | string> {
  const got = await select({ late: sleep(5), lock: lock.acquire({ timeout: 3, signal }) })
  return got.key === 'lock' ? got.value : got.key
}
// @ts-expect-error: milliseconds are a number
void new Lock().acquire({ timeout: 'soon' })
`

beforeAll(() => {
  if (!existsSync(join(root, 'dist/index.d.ts')))
    throw new Error('dist is missing: run `npm run build` first')
  const home = join(folder, 'node_modules/heddle')
  mkdirSync(home, { recursive: true })
  cpSync(join(root, 'dist'), join(home, 'dist'), { recursive: true })
  cpSync(join(root, 'package.json'), join(home, 'package.json'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  for (const file of ['program.ts', 'program.cts']) writeFileSync(join(folder, file), program)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What the compiler says of the program; nothing when it is content. */
function compiled(compiler: string, file: string, options: Record<string, unknown>): string {
  const config = join(folder, 'tsconfig.json')
  const compilerOptions = {
    target: 'ES2022',
    lib: ['ES2022'],
    types: [],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    ...options,
  }
  writeFileSync(config, JSON.stringify({ compilerOptions, files: [file] }))
  try {
    execFileSync(process.execPath, [join(root, 'node_modules', compiler, 'bin/tsc'), '-p', config])
    return ''
  } catch (error) {
    return String((error as { stdout?: Buffer }).stdout ?? error)
  }
}

describe.each(['typescript', 'typescript7'])('with %s', { timeout: 60_000 }, (compiler) => {
  test.each([
    ['node16', { module: 'node16', moduleResolution: 'node16' }],
    ['nodenext', { module: 'nodenext', moduleResolution: 'nodenext' }],
    ['a bundler', { module: 'esnext', moduleResolution: 'bundler' }],
    ['the DOM', { module: 'esnext', moduleResolution: 'bundler', lib: ['ES2022', 'DOM'] }],
    ['the newest lib', { module: 'esnext', moduleResolution: 'bundler', lib: ['ESNext', 'DOM'] }],
  ])('as %s resolves', (_, options) => {
    expect(compiled(compiler, 'program.ts', options)).toBe('')
  })

  test('from a CommonJS module', () => {
    expect(compiled(compiler, 'program.cts', { module: 'nodenext', moduleResolution: 'nodenext' })).toBe('')
  })
})
