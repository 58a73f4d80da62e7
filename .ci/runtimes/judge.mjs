// Runs test files in one runtime. A file that hangs is killed with its runner and counts as failed; the rest goes on in a new one.
import { spawn } from 'node:child_process'
import { createWriteStream, existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { patternFor } from './differences.mjs'
import { here, runtimes } from './runtimes.mjs'
import { root } from './suites.mjs'

/** How long a file may take, and a whole runtime. */
const FILE_SECONDS = 100
const RUNTIME_SECONDS = 420

/** The outcome of every file: `{ file, tests: [{ name, state, errors }], errors }`. */
export async function judge(name, files, { folder, reports }) {
  const outcomes = []
  const end = Date.now() + RUNTIME_SECONDS * 1000
  let left = files
  for (let round = 1; left.length > 0; round++) {
    const { ended, hung, problem } = await runner(name, left, round, { folder, reports, end })
    outcomes.push(...ended)
    const stuck = hung.map((file) => ({ file, tests: [], errors: [`did not end within ${FILE_SECONDS} s`] }))
    outcomes.push(...stuck)
    const done = new Set(outcomes.map(({ file }) => file))
    left = left.filter((file) => !done.has(file))
    if (left.length > 0 && (Date.now() > end || (hung.length === 0 && ended.length === 0))) {
      const why =
        Date.now() > end ? `${name} was cut after ${RUNTIME_SECONDS} s` : `the runner ended: ${problem}`
      outcomes.push(...left.map((file) => ({ file, tests: [], errors: [why] })))
      break
    }
    if (left.length === 0 && problem !== undefined && hung.length === 0)
      outcomes.push({ file: 'test/(runner)', tests: [], errors: [problem] })
  }
  return outcomes
}

/** One runner, from its start to its end or to the moment when a file takes too long. */
function runner(name, files, round, { folder, reports, end }) {
  const told = join(reports, `${name}-${round}.jsonl`)
  rmSync(told, { force: true })
  const [command, ...options] = runtimes[name]
  const log = createWriteStream(join(reports, `${name}-${round}.log`))
  const child = spawn(
    command,
    [
      ...options,
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--config',
      join(here, 'vitest.config.ts'),
      ...(patternFor(name) ? ['-t', patternFor(name)] : []),
      ...files,
    ],
    {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        HEDDLE_WORKPLACE: folder,
        HEDDLE_RUNTIME: name,
        HEDDLE_TOLD: told,
        NO_COLOR: '1',
      },
    },
  )
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })

  return new Promise((resolve) => {
    const began = new Map()
    let hung = []
    const look = () => {
      const events = eventsIn(told)
      const ended = new Set(events.map((event) => event.ended))
      const now = Date.now()
      for (const { began: file } of events) if (file && !began.has(file)) began.set(file, now)
      hung = [...began]
        .filter(([file, at]) => !ended.has(file) && now - at > FILE_SECONDS * 1000)
        .map(([file]) => file)
      if (hung.length > 0 || now > end) kill(child)
    }
    const watch = setInterval(look, 500)
    child.on('close', (status, signal) => {
      clearInterval(watch)
      kill(child)
      log.end()
      const events = eventsIn(told)
      const ended = events.flatMap(({ ended, tests, errors }) =>
        ended ? [{ file: ended, tests, errors }] : [],
      )
      const last = events.find((event) => event.done)
      const unhandled = last?.unhandled ?? []
      const problem =
        unhandled.length > 0
          ? unhandled.join('; ')
          : last === undefined
            ? `${signal ?? `exit status ${status}`}, see ${name}-${round}.log`
            : undefined
      resolve({ ended, hung, problem })
    })
  })
}

/** Ends the runner and everything that it started, which is a group of processes of its own. */
function kill(child) {
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // nothing of it is left
  }
}

function eventsIn(path) {
  if (!existsSync(path)) return []
  const whole = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  return whole.map((line) => JSON.parse(line))
}
