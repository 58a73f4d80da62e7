/** Runs the tests that see only the public entry points against the unpacked package, in one runtime. */
import { dirname, join, relative, resolve, sep } from 'node:path'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig, type Plugin, type TestProjectConfiguration } from 'vitest/config'
import { published, root, testFiles } from './suites.mjs'

const home = process.env['HEDDLE_PACKAGE']
const runtime = process.env['HEDDLE_RUNTIME'] ?? 'node'
if (home === undefined) throw new Error('HEDDLE_PACKAGE must name the folder of the unpacked package')

const entries = new Map(
  Object.entries(published).map(([source, name]) => [source, join(home, `dist/${name}.js`)]),
)

/** Imports of the sources' entry points, and of the package by its name, get the unpacked package. */
const packed: Plugin = {
  name: 'heddle:packed',
  enforce: 'pre',
  resolveId(name, importer) {
    if (/^heddle(\/|$)/.test(name)) return join(home, `dist/${name.slice(7) || 'index'}.js`)
    if (!name.startsWith('.') || importer === undefined) return undefined
    const source = relative(join(root, 'src'), resolve(dirname(importer), name))
      .split(sep)
      .join('/')
    return entries.get(source)
  },
}

const include = testFiles()
  .filter(({ inside, tools, node }) => inside.length === 0 && !tools && !(node && isBrowser()))
  .map(({ path }) => path)

function isBrowser(): boolean {
  return runtime.startsWith('chromium') || runtime.startsWith('firefox')
}

const chromium = {
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
}
const firefox = { channel: 'moz-firefox', executablePath: '/usr/bin/firefox-esr' }
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

const server: TestProjectConfiguration = {
  extends: true,
  test: { name: runtime, pool: 'forks', include, testTimeout: 60_000 },
}

const browser: TestProjectConfiguration = {
  extends: true,
  server: { headers: runtime.endsWith('alone') ? {} : isolation },
  define: { 'process.env.NODE_ENV': '"test"' },
  test: {
    name: runtime,
    include,
    testTimeout: 60_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: runtime.startsWith('firefox') ? firefox : chromium }),
      instances: [{ browser: 'chromium' as const }],
    },
  },
}

export default defineConfig({
  root,
  plugins: [packed],
  server: { fs: { allow: [root, home] } },
  test: { projects: [isBrowser() ? browser : server] },
})
