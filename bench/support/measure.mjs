/**
 * How a row is measured.
 *
 *   row         { operation, unit = 'ns', goals, setup, rounds? }
 *   setup()     { contestants, close? }; the first contestant is Heddle's
 *   contestant  { name, role: 'heddle' | 'floor' | 'peer' | 'other', run } or { name, role, sample }
 *   run(n)      does it n times, perhaps asynchronously; it is timed here, per time
 *   sample()    measures by itself: the value, or { value, note }
 *   goal        { atMost, over }: a ratio over the contestant or role `over`, or a plain value when `over` is missing
 *
 * Each round runs every contestant once, each round beginning with the next one, so that drift and neighbours hit all
 * alike; a ratio is taken inside a round.
 */
import { spread } from './statistics.mjs'

/** A timed run lasts about this long. */
const SPAN = 25
/** Runs that only warm up. */
const WARM_UP = 3

export async function measure(row, asked) {
  const rounds = row.rounds ?? asked
  const { contestants, close } = await row.setup()
  for (const contestant of contestants) contestant.sample ??= await timed(contestant.run)
  const values = contestants.map(() => [])
  const notes = contestants.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const which = (round + turn) % contestants.length
      const outcome = await contestants[which].sample()
      const { value, note } = typeof outcome === 'number' ? { value: outcome } : outcome
      values[which].push(value)
      if (note !== undefined) notes[which].push(note)
    }
  }
  await close?.()
  const measured = contestants.map(({ name, role }, i) => ({
    name,
    role,
    ...spread(values[i]),
    ratio: i === 0 ? undefined : spread(values[0].map((value, round) => value / values[i][round])),
    note: notes[i].at(-1),
    values: values[i],
  }))
  return { unit: row.unit ?? 'ns', measured, goals: row.goals.map((goal) => judge(goal, measured)) }
}

/** Finds out how many times fill the span, and warms up meanwhile. */
async function timed(run) {
  let n = 1
  for (;;) {
    const span = await spanOf(run, n)
    if (span >= SPAN / 2) break
    n = Math.max(n * 2, Math.min(n * 100, Math.floor((n * SPAN) / Math.max(span, 0.001))))
  }
  for (let i = 0; i < WARM_UP; i++) n = Math.max(1, Math.round((n * SPAN) / (await spanOf(run, n))))
  return async () => ((await spanOf(run, n)) * 1e6) / n
}

async function spanOf(run, n) {
  globalThis.gc?.({ type: 'minor' })
  const start = performance.now()
  const pending = run(n)
  if (pending !== undefined) await pending
  return performance.now() - start
}

function judge({ atMost, over }, measured) {
  if (over === undefined) return { atMost, over: null, value: measured[0].median }
  const rivals = measured.filter(({ name, role }) => name === over || role === over)
  const [rival] = rivals.sort((a, b) => a.median - b.median)
  return { atMost, over: rival.name, value: rival.ratio.median }
}
