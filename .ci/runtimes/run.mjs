// Runs the suites on the packed package in every runtime and prints one table, runtime x suite, of passed tests.
// Names as arguments choose runtimes: `npm run test:runtimes -- node24 bun`; `--only <part of a path>` chooses files.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { judged } from './differences.mjs'
import { judge } from './judge.mjs'
import { install, isBrowser, runtimes } from './runtimes.mjs'
import { testFiles } from './suites.mjs'
import { typeProblems } from './types.mjs'
import { workplace } from './workplace.mjs'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { only: { type: 'string' } } })
const unknown = positionals.filter((name) => !(name in runtimes))
if (unknown.length > 0) {
  console.error(`no such runtime: ${unknown.join(', ')}; there are ${Object.keys(runtimes).join(', ')}`)
  process.exit(1)
}
const names = positionals.length > 0 ? positionals : Object.keys(runtimes)

const files = testFiles()
const outside = files.filter((file) => file.here === undefined)
const chosen = (name) =>
  outside
    .filter((file) => !(file.node && isBrowser(name)) && file.path.includes(values.only ?? ''))
    .map((file) => file.path)

install(names)
// Of its own, so that two runs at a time do not disturb each other; it stays when something failed.
const reports = mkdtempSync(join(tmpdir(), 'heddle-runtimes-logs-'))
const place = workplace()

const results = []
let oldest = []
try {
  oldest = typeProblems(place.folder)
  console.log(oldest.length === 0 ? 'The published types compile with TypeScript 5.0.' : oldest.join('\n'))
  for (const name of names) {
    const start = performance.now()
    const outcomes = await judge(name, chosen(name), { folder: place.folder, reports })
    const seconds = Math.round((performance.now() - start) / 1000)
    const { files: counted, gone } = judged(name, outcomes)
    const problems = [...counted.flatMap((file) => file.problems), ...(values.only ? [] : gone)]
    console.log(`${name}: ${problems.length === 0 ? 'passed' : 'FAILED'} in ${seconds} s`)
    for (const problem of problems) console.log(`  ${problem.replaceAll('\n', '\n    ')}`)
    results.push({ name, counted, problems, seconds })
  }
} finally {
  place.remove()
}

console.log(`\n${table()}\n`)
console.log(
  'n+d: n passed, d fail as differences.mjs says of the runtime. -: the suite needs what only a server has.',
)
for (const [reason, count] of whyNot())
  console.log(`${count} of ${files.length} test files are not run here: ${reason}.`)
report()
if (oldest.length > 0 || results.some(({ problems }) => problems.length > 0)) {
  console.log(`What the runners said is in ${reports}.`)
  process.exitCode = 1
} else rmSync(reports, { recursive: true, force: true })

function table() {
  const suites = [...new Set(outside.map(({ suite }) => suite))].sort()
  const rows = [
    ['runtime', ...suites, 'all', 'seconds'],
    ...results.map(({ name, counted, seconds }) => {
      const cell = (of) => {
        if (of.length === 0) return '-'
        const sum = (pick) => of.reduce((total, file) => total + pick(file), 0)
        const differs = sum((file) => file.differs)
        const failed = sum((file) => file.problems.length)
        return `${sum((file) => file.passed)}${differs ? `+${differs}` : ''}${failed ? ` (${failed} failed)` : ''}`
      }
      return [
        name,
        ...suites.map((suite) => cell(counted.filter(({ file }) => file.split('/')[1] === suite))),
        cell(counted),
        String(seconds),
      ]
    }),
  ]
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)))
  const line = (row) => row.map((text, i) => text.padEnd(widths[i])).join('  ')
  return rows.map((row) => line(row).trimEnd()).join('\n')
}

function whyNot() {
  const counts = new Map()
  for (const { here } of files) if (here !== undefined) counts.set(here, (counts.get(here) ?? 0) + 1)
  return counts
}

/** What the summary of the whole verification counts, in the shape of the other reports. */
function report() {
  const folder = process.env.HEDDLE_REPORTS
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  const all = results.flatMap(({ counted }) => counted)
  const numPassedTests = all.reduce((sum, { passed }) => sum + passed, 0)
  const numFailedTests = results.reduce((sum, { problems }) => sum + problems.length, oldest.length)
  writeFileSync(
    join(folder, 'runtimes.json'),
    JSON.stringify({ numPassedTests, numFailedTests, testResults: [] }),
  )
}
