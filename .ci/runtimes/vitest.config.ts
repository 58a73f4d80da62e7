/** Runs the tests of the workplace (workplace.mjs) in one runtime; a runtime's name that ends in `-alone` is a page without isolation. */
import { join } from 'node:path'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig, type TestProjectConfiguration } from 'vitest/config'

const workplace = process.env['HEDDLE_WORKPLACE']
const runtime = process.env['HEDDLE_RUNTIME'] ?? ''
if (workplace === undefined)
  throw new Error('HEDDLE_WORKPLACE must name the folder with the tests and the package')

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
const shared = { name: runtime, include: ['test/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 30_000 }

const server: TestProjectConfiguration = { test: { ...shared, pool: 'forks' } }

const browser: TestProjectConfiguration = {
  server: { headers: runtime.endsWith('-alone') ? {} : isolation },
  define: { 'process.env.NODE_ENV': '"test"' },
  optimizeDeps: { exclude: ['heddle'] },
  test: {
    ...shared,
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
  root: workplace,
  cacheDir: join(workplace, '.vite'),
  server: { fs: { strict: false } },
  test: {
    reporters: [['default', { summary: false }], join(import.meta.dirname, 'reporter.mjs')],
    projects: [/^(chromium|firefox)/.test(runtime) ? browser : server],
  },
})
