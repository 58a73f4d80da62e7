/**
 * Chaos in a pool: calls that end, fail, kill their thread, hang, eat all memory; cancellations, replacements, and at the
 * end a shutdown of any kind. Every future must end, with the outcome that its call can have; no thread may be left.
 * Arguments: the first seed, how many seeds, the number of calls of each.
 */
import { ThreadPoolExecutor } from 'heddle/threads'
import * as calls from './pool-calls.mjs'

const [first, seeds, count] = process.argv.slice(2).map(Number)
let threads = 0
process.on('worker', (worker) => {
  threads++
  worker.on('exit', () => threads--)
})

for (let seed = first; seed < first + seeds; seed++) await play(seed)
console.log(`${seeds} seeds`)

async function play(seed) {
  const random = randomOf(seed)
  const pick = (n) => Math.floor(random() * n)
  const executor = new ThreadPoolExecutor({
    maxWorkers: 1 + pick(3),
    minWorkers: pick(2),
    grace: pick(3),
    maxTasksPerWorker: random() < 0.2 ? 1 + pick(20) : Infinity,
    resourceLimits: { maxOldGenerationSizeMb: 16 },
  })
  const deaths = { kill: 0, eat: 1 }
  const expected = []
  const keep = (future, check, name) => void expected.push({ future, check, name })
  const ok = (value) => (outcome) => outcome.value === value
  const named =
    (...names) =>
    ({ error }) =>
      error !== undefined && names.includes(error.name)
  const terminated = { really: false }
  for (let i = 0; i < count; i++) {
    const kind = pick(100)
    if (kind < 45) keep(executor.submit(calls.twice, i), ok(2 * i), 'twice')
    else if (kind < 60) keep(executor.submit(calls.later, i), ok(2 * i), 'later')
    else if (kind < 68)
      keep(executor.submit(calls.throws, i), ({ error }) => error?.message === String(i), 'throws')
    else if (kind < 74) keep(executor.submit(calls.nests, i), ok(2 * i + 1), 'nests')
    else if (kind < 77) keep(executor.submit(calls.exits), named('WorkerDiedError'), 'exits')
    else if (kind < 79) keep(executor.submit(calls.crashes), named('EvalError', 'WorkerDiedError'), 'crashes')
    else if (kind < 82)
      keep(executor.with({ timeout: pick(4) }).submit(calls.hangs), named('TimeoutError'), 'hangs')
    else if (kind < 85)
      keep(executor.with({ timeout: pick(4) }).submit(calls.obeys), named('TimeoutError'), 'obeys')
    else if (kind < 90) {
      const controller = new AbortController()
      const future = executor.with({ signal: controller.signal }).submit(calls.later, i)
      keep(
        future,
        (outcome) => outcome.value === 2 * i || outcome.error === controller.signal.reason,
        'aborted',
      )
      setTimeout(() => controller.abort(new Error('aborted')), pick(5))
    } else if (kind < 95) {
      const future = executor.submit(calls.twice, i)
      keep(
        future,
        (outcome) => outcome.value === 2 * i || outcome.error?.name === 'CancelledError',
        'cancelled',
      )
      if (random() < 0.5) future.cancel()
      else setTimeout(() => future.cancel(), pick(3))
    } else if (kind < 97) void executor.recycle()
    else if (kind < 99) await new Promise((resolve) => setTimeout(resolve, pick(4)))
    else if (deaths.eat-- > 0) keep(executor.submit(calls.eats), named('WorkerDiedError'), 'eats')
  }
  const end = pick(4)
  if (end === 0) {
    terminated.really = true
    await executor.terminate()
  } else if (end === 1) {
    terminated.really = true
    await executor.shutdown({ cancelFutures: true })
  } else await executor.shutdown()
  for (const { future, check, name } of expected) {
    if (!future.done) throw new Error(`seed ${seed}: ${name} has not ended: ${future.state}`)
    const outcome = outcomeOf(future)
    const error = outcome.error?.name
    if (terminated.really && (error === 'CancelledError' || error === 'WorkerDiedError')) continue
    if (!check(outcome))
      throw new Error(`seed ${seed}: ${name} ended wrongly`, { cause: outcome.error ?? outcome.value })
  }
  // The runtime tells of an exit in some order of its own.
  for (const late = performance.now() + 5000; threads > 0 && performance.now() < late;)
    await new Promise((resolve) => setImmediate(resolve))
  if (threads !== 0) throw new Error(`seed ${seed}: ${threads} threads are left after ${end}`)
  if (executor.activeCount + executor.pendingCount + executor.workerCount !== 0)
    throw new Error(`seed ${seed}: something is left`)
}

function outcomeOf(future) {
  try {
    return { value: future.poll() }
  } catch (error) {
    return { error }
  }
}

function randomOf(seed) {
  let state = (seed * 2654435761) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
