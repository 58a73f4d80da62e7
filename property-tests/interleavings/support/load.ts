/**
 * Loads shipped source for the explorer: bundled as it is, but for the one module through which it reaches `Atomics`.
 *
 * Module state is per load: load twice for two copies. State that the modules keep from run to run of a program has to
 * be reset by the model (`before`).
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { relative, resolve, sep } from 'node:path'
import { compileFunction } from 'node:vm'
import { build, type Plugin } from 'esbuild'
// Sets up the gate that the stand-in finds under its symbol.
import '../../../src/testing/explorer/index.ts'

/** The module that the explorer stands in for. */
const SEAM = /[\\/]src[\\/]wait[\\/]atomics\.ts$/
const SOURCE = /\.ts$/

const STAND_IN = `
  const gate = globalThis[Symbol.for('heddle.explorer.atomics')]
  export const { load, store, compareExchange, exchange, add, or, and, notify, wait, now } = gate
  export { load as readHeld, store as writeHeld }
`

export interface LoadOptions {
  /** Changes the source of a module before it is bundled. `path` is relative to the working directory, with slashes. */
  patch?: (path: string, source: string) => string
}

/** The exports of `entryFile`. Throws if `patch` is given and changes nothing: a fault that is no longer planted. */
export async function loadShipped<T = Record<string, unknown>>(
  entryFile: string,
  { patch }: LoadOptions = {},
): Promise<T> {
  let patched = false
  const seam: Plugin = {
    name: 'explorer',
    setup({ onLoad }) {
      onLoad({ filter: SEAM }, () => ({ contents: STAND_IN, loader: 'js' }))
      if (patch === undefined) return
      onLoad({ filter: SOURCE }, async ({ path }) => {
        const source = await readFile(path, 'utf8')
        const contents = patch(relative(process.cwd(), path).split(sep).join('/'), source)
        patched ||= contents !== source
        return { contents, loader: 'ts' }
      })
    },
  }
  const entry = resolve(entryFile)
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'es2022',
    logLevel: 'silent',
    sourcemap: 'inline',
    // Runs are left in the middle all the time: it is no news that an operation was made and not performed.
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [seam],
  })
  if (patch !== undefined && !patched)
    throw new Error(`the patch changed nothing of what ${entryFile} imports`)
  const code = (outputFiles[0] as { text: string }).text
  const module = { exports: {} }
  const evaluate = compileFunction(code, ['module', 'exports', 'require'], { filename: entry }) as (
    module: { exports: object },
    exports: object,
    require: NodeJS.Require,
  ) => void
  evaluate(module, module.exports, createRequire(entry))
  return module.exports as T
}
