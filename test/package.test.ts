import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { entries } from '../scripts/entries.ts'
import { violations } from './support/import-rules.ts'
import { publicNames, repeated } from './support/public-names.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const subpaths = Object.keys(entries)
  .filter((name) => name !== 'worker')
  .map((name) => (name === 'index' ? 'heddle' : `heddle/${name}`))

describe('imports go one way', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => path.endsWith('.ts'))

  test('in every file of src', () => {
    expect(files).toContain('index.ts')
    expect(files.flatMap((path) => violations(path, readFileSync(join(root, 'src', path), 'utf8')))).toEqual(
      [],
    )
  })

  test.each([
    ['operation/a.ts', `import { x } from '../errors.ts'\nimport { y } from './b.ts'`],
    ['sync/a.ts', `export { x } from '../wait/x.ts'\nimport type { W } from 'node:worker_threads'`],
    ['perform/a.ts', `import { x } from '../operation/x.ts'`],
    ['thread/deep/a.ts', `import { Lock } from '../../index.ts'`],
    ['testing/a.ts', `import fc from 'fast-check'`],
    ['index.ts', `export * from './task/spawn.ts'`],
  ])('%s may: %s', (path, source) => {
    expect(violations(path, source)).toEqual([])
  })

  test.each([
    ['operation/a.ts', `import { x } from '../wait/x.ts'`, 'operation may not import wait'],
    ['wait/a.ts', `import type { Lock } from '../sync/lock.ts'`, 'wait may not import sync'],
    ['queue/a.ts', `export * from '../sync/lock.ts'`, 'queue may not import sync'],
    ['sync/a.ts', `import { Lock } from '../index.ts'`, 'sync may not import index'],
    ['thread/a.ts', `import { x } from '../wait/x.ts'`, 'thread may not import wait'],
    ['testing/a.ts', `const x = await import('../thread/index.ts')`, 'testing may not import thread'],
    ['task/a.ts', `let x: import('../future/f.ts').F`, 'task may not import future'],
    ['wait/a.ts', `import { Worker } from 'node:worker_threads'`, 'wait may not import packages'],
    ['sync/a.ts', `import { x } from './b'`, 'the extension .ts is missing'],
    ['wait/a.ts', `import { x } from '../../test/x.ts'`, 'it lies outside src'],
    ['novelty/a.ts', ``, 'no rule for the room "novelty"'],
  ])('%s may not: %s', (path, source, problem) => {
    expect(violations(path, source)).toEqual([expect.stringContaining(problem)])
  })
})

describe('public names', () => {
  const names = publicNames(
    Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(root, file)])),
  )

  test('each is exported in one place', () => {
    expect(names.length).toBeGreaterThan(0)
    expect(repeated(names, 'name')).toEqual([])
  })

  test('each thing has one name', () => {
    expect(repeated(names, 'declared')).toEqual([])
  })

  test('a repetition is seen, of types too', () => {
    const fixture = (name: string): string => join(root, 'test/fixtures/names', name)
    const twice = publicNames({ one: fixture('one.ts'), two: fixture('two.ts') })
    expect(repeated(twice, 'name')).toEqual([['one Shape', 'two Shape']])
    expect(repeated(twice, 'declared')).toEqual([
      ['one Shape', 'two Shape'],
      ['one make', 'two build'],
    ])
  })
})

describe('the built package', () => {
  const load = (program: string, ...flags: string[]): string[] => {
    if (!existsSync(join(root, 'dist/index.js')))
      throw new Error('dist is missing: run `npm run build` first')
    return JSON.parse(
      execFileSync(process.execPath, [...flags, '-e', program], { cwd: root, encoding: 'utf8' }),
    )
  }

  test.each(subpaths)('%s loads by import and by require, with the same names', (name) => {
    const required = load(`console.log(JSON.stringify(Object.keys(require('${name}'))))`)
    const imported = load(
      `import * as it from '${name}'; console.log(JSON.stringify(Object.keys(it)))`,
      '--input-type=module',
    )
    expect(required.length).toBeGreaterThan(0)
    expect(required.filter((each) => each !== '__esModule')).toEqual(imported)
  })

  test('comes with the licence of every package whose code is in it', () => {
    const dist = join(root, 'dist')
    const sources = readdirSync(dist)
      .filter((file) => file.endsWith('.js.map'))
      .flatMap(
        (file) => (JSON.parse(readFileSync(join(dist, file), 'utf8')) as { sources: string[] }).sources,
      )
    const bundled = new Set(
      sources.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
    )
    expect(bundled).toContain('msgpackr')
    const lines = (path: string): string =>
      readFileSync(join(root, path), 'utf8').replaceAll('\r\n', '\n').trim()
    for (const name of bundled)
      expect(lines('THIRD-PARTY-LICENSES')).toContain(lines(`node_modules/${name}/LICENSE`))
  })

  test('holds only what a user needs', () => {
    const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
      shell: process.platform === 'win32',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [{ files }] = JSON.parse(output) as [{ files: { path: string }[] }]
    const paths = files.map((file) => file.path)
    expect(paths).toContain('dist/index.js')
    expect(paths).toContain('dist/index.d.ts')
    expect(paths.filter((path) => !/^dist\/[^/]+\.(js|js\.map|d\.ts)$/.test(path)).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'THIRD-PARTY-LICENSES',
      'dist/self-contained.cjs',
      'package.json',
    ])
  })
})
