// Runs the suites on the packed package in every runtime and prints one table, runtime x suite, of passed tests.
// Names as arguments choose runtimes: `npm run test:runtimes -- node24 bun`. Needs `npm run build` before.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { unpacked } from './pack.mjs'
import { root, testFiles } from './suites.mjs'

const here = join(root, '.ci/runtimes')
const bin = (path) => join(here, 'node_modules', path)
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const config = join(here, 'vitest.config.ts')

/** How a test runner is started in each runtime. */
const runtimes = {
  node20: [process.execPath],
  node22: [bin('node22/bin/node')],
  node24: [bin('node24/bin/node')],
  node26: [bin('node26/bin/node')],
  bun: [bin('.bin/bun'), '--bun'],
  deno: [bin('.bin/deno'), 'run', '-A'],
  chromium: [process.execPath],
  'chromium-alone': [process.execPath],
  firefox: [process.execPath],
  'firefox-alone': [process.execPath],
}

const MINUTES = 6

function install() {
  const done = spawnSync('npm', ['ci', '--silent'], { cwd: here, stdio: 'inherit' })
  if (done.status !== 0) throw new Error('the runtimes could not be installed: npm ci failed in .ci/runtimes')
}

function installBrowsers() {
  if (existsSync('/usr/bin/chromium') && existsSync('/usr/bin/firefox-esr')) return
  const apt = (...options) =>
    spawnSync('apt-get', options, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
  if (
    !apt('update', '-q') ||
    !apt('install', '-q', '-y', '--no-install-recommends', 'chromium', 'firefox-esr')
  )
    throw new Error('chromium and firefox-esr are needed: apt-get could not install them')
}

/** Runs one runtime; counts of passed and failed tests by suite, and whether the runner itself ended well. */
function judge(name, home, reports) {
  const report = join(reports, `${name}.json`)
  const [command, ...options] = runtimes[name]
  const { status, signal } = spawnSync(
    command,
    [
      ...options,
      vitest,
      'run',
      '--config',
      config,
      '--reporter=dot',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: MINUTES * 60_000,
      env: { ...process.env, HEDDLE_PACKAGE: home, HEDDLE_RUNTIME: name },
    },
  )
  const counts = {}
  if (existsSync(report))
    for (const { name: file, assertionResults, status: fileStatus } of JSON.parse(
      readFileSync(report, 'utf8'),
    ).testResults) {
      const suite = relative(join(root, 'test'), file).split('/')[0]
      const count = (counts[suite] ??= { passed: 0, failed: 0 })
      for (const { status: each } of assertionResults)
        if (each === 'passed' || each === 'failed') count[each]++
      if (fileStatus === 'failed' && !assertionResults.some((each) => each.status === 'failed'))
        count.failed++
    }
  return {
    name,
    counts,
    ended: signal === null && existsSync(report) ? status === 0 : false,
    cut: signal !== null,
  }
}

function table(results) {
  const suites = [...new Set(results.flatMap(({ counts }) => Object.keys(counts)))].sort()
  const cell = (count) =>
    count === undefined
      ? '-'
      : count.failed > 0
        ? `${count.passed} (${count.failed} failed)`
        : `${count.passed}`
  const rows = [
    ['runtime', ...suites, 'all'],
    ...results.map(({ name, counts, ended, cut }) => [
      name,
      ...suites.map((suite) => cell(counts[suite])),
      cut ? `cut after ${MINUTES} minutes` : ended ? 'passed' : 'FAILED',
    ]),
  ]
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)))
  return rows
    .map((row) =>
      row
        .map((text, i) => text.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !(name in runtimes))
if (unknown.length > 0) {
  console.error(`no such runtime: ${unknown.join(', ')}; there are ${Object.keys(runtimes).join(', ')}`)
  process.exit(1)
}
const names = chosen.length > 0 ? chosen : Object.keys(runtimes)

install()
if (names.some((name) => /^(chromium|firefox)/.test(name))) installBrowsers()
const cache = join(root, 'node_modules/.cache/runtimes')
const home = unpacked(cache)
const reports = join(cache, 'reports')
rmSync(reports, { recursive: true, force: true })
mkdirSync(reports, { recursive: true })

const results = names.map((name) => {
  console.log(`\n=== ${name} ===\n`)
  return judge(name, home, reports)
})
const files = testFiles()
const inside = files.filter((file) => file.inside.length > 0 || file.tools).length
const server = files.filter((file) => file.node && file.inside.length === 0 && !file.tools).length
console.log(`\n${table(results)}\n`)
console.log(
  `${files.length} test files: ${files.length - inside} judge the package from outside, ${server} of them need a server's runtime; ` +
    `${inside} look inside or at the repository and run in npm test only.`,
)
if (results.some(({ ended }) => !ended)) process.exitCode = 1
