/** What a page loads for one import. */
import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

export const subject = 'Bundle'

const dist = process.env.HEDDLE_BENCH_DIST ?? fileURLToPath(new URL('../../dist', import.meta.url))

async function sizeOf(code) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: dist },
    alias: { heddle: `${dist}/index.js` },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  const { contents } = outputFiles[0]
  return { value: gzipSync(contents, { level: 9 }).length, note: `${contents.length} before gzip` }
}

export const rows = [
  {
    operation: "import { Lock } from 'heddle', minified, gzipped",
    unit: 'bytes',
    goals: [{ atMost: 6144 }],
    setup: () => ({
      contestants: [
        { name: 'Heddle', role: 'heddle', sample: () => sizeOf("export { Lock } from 'heddle'") },
      ],
    }),
  },
]
