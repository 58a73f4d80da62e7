/** What a user's bundle grows by: an import, built for production, minified and gzipped, against what was recorded. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Bytes when it was last recorded. A change that needs more says why in its commit, and records it here. */
const recorded: [names: string, entry: string, bytes: number][] = [
  ['Lock', 'index', 12_783],
  ['Queue', 'index', 11_291],
  ['SharedQueue', 'index', 33_169],
  ['spawn', 'index', 14_106],
  ['TaskExecutor', 'index', 13_786],
  ['Deferred', 'deferred', 14_091],
  ['Thread', 'threads', 58_468],
]
/** How far above that a build may be. */
const ROOM = 1.05

async function bundled(program: string): Promise<{ bytes: number; inputs: string[] }> {
  if (!existsSync(join(root, 'dist/index.js'))) throw new Error('dist is missing: run `npm run build` first')
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: join(root, 'dist') },
    // Not the repository's own, whose paths lead to the sources.
    tsconfigRaw: {},
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    define: { 'process.env.NODE_ENV': '"production"' },
    // What is imported when it is needed is loaded then, and not counted.
    splitting: true,
    outdir: join(root, 'dist'),
  })
  const entry = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === '<stdin>')
  if (entry === undefined) throw new Error('no output for the program')
  const loaded = new Set<string>()
  const load = (path: string): void => {
    if (loaded.has(path)) return
    loaded.add(path)
    for (const each of metafile.outputs[path]!.imports) if (each.kind === 'import-statement') load(each.path)
  }
  load(entry[0])
  const files = outputFiles.filter(({ path }) => [...loaded].some((name) => path.endsWith(name)))
  return {
    bytes: files.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0),
    inputs: [...loaded].flatMap((path) => Object.keys(metafile.outputs[path]!.inputs)),
  }
}

describe('a production bundle', () => {
  test.each(recorded)(
    'of { %s } from %s is no larger than recorded: %i bytes',
    async (names, entry, bytes) => {
      const is = await bundled(`import { ${names} } from './${entry}.js'\nconsole.log(${names})`)
      expect(is.bytes).toBeLessThanOrEqual(Math.round(bytes * ROOM))
    },
  )

  test('holds nothing of what it does not use', async () => {
    const nothing = await bundled(`import {} from './index.js'`)
    const lock = await bundled(`import { Lock } from './index.js'\nconsole.log(Lock)`)
    const everything = await bundled(`import * as all from './index.js'\nconsole.log(all)`)
    expect(nothing.bytes).toBeLessThan(lock.bytes)
    expect(lock.bytes).toBeLessThan(everything.bytes / 2)
  })
})
