/**
 * Some schedules of a program, drawn by a seed.
 *
 * Two ways to draw take turns. Evenly: each choice among all that can happen next. By priorities (Burckhardt and others,
 * "A randomized scheduler with probabilistic guarantees of finding bugs", ASPLOS 2010): who has the highest priority
 * goes on until, at a few steps that are drawn before, it becomes the lowest; this finds bugs that need few but distant
 * switches, which even choices hardly ever hit.
 */
import { type Execution, type Failure, type Move } from './moves.ts'
import { Random } from './random.ts'
import { endless } from './search.ts'

/** Gives the place of the move to take. */
export type Pick = (moves: readonly Move[]) => number

export interface Run {
  readonly failure: Failure | undefined
  readonly schedule: readonly string[]
  readonly trace: readonly string[]
}

/** One run, whose moves `pick` chooses. */
export function runOnce(begin: () => Execution, pick: Pick, maxSteps: number): Run {
  const execution = begin()
  const schedule: string[] = []
  try {
    for (;;) {
      const moves = execution.failure === undefined ? execution.moves() : []
      const over = execution.failure !== undefined || moves.length === 0
      if (over || schedule.length === maxSteps)
        return {
          failure: over ? execution.failure : endless(maxSteps),
          schedule,
          trace: [...execution.trace],
        }
      const place = pick(moves)
      schedule.push(moves[place]!.key)
      execution.take(place)
    }
  } finally {
    execution.end()
  }
}

/** The choices of the run that belongs to `seed`; `usual` is the length of an ordinary run. */
export function pickBySeed(seed: number, usual: number): Pick {
  const random = new Random(seed)
  return (random.next() & 1) === 0 ? evenly(random) : byPriorities(random, usual)
}

function evenly(random: Random): Pick {
  return (moves) => random.below(moves.length)
}

function byPriorities(random: Random, usual: number): Pick {
  const priorities = new Map<string, number>()
  const changes = new Set(Array.from({ length: 3 }, () => random.below(Math.max(1, usual))))
  let steps = 0
  return (moves) => {
    for (const { key } of moves) if (!priorities.has(key)) priorities.set(key, 1 + random.next())
    const highest = (): number =>
      moves.reduce(
        (best, { key }, place) => (priorities.get(key)! > priorities.get(moves[best]!.key)! ? place : best),
        0,
      )
    if (changes.has(steps)) priorities.set(moves[highest()]!.key, -steps)
    steps++
    return highest()
  }
}

/**
 * The choices of a run that was recorded. A move that is not possible at its place is left out, and when the record is
 * over the run goes on without a switch where it can; so a record can be cut, or edited, and is still a schedule.
 */
export function pickAsRecorded(schedule: readonly string[]): Pick {
  let next = 0
  let last: string | undefined
  return (moves) => {
    for (; next < schedule.length; next++) {
      const place = moves.findIndex(({ key }) => key === schedule[next])
      if (place < 0) continue
      next++
      last = moves[place]!.actor
      return place
    }
    const own = moves.findIndex(({ key }) => key === last)
    last = moves[Math.max(0, own)]!.actor
    return Math.max(0, own)
  }
}

/** The choices of a plan: each number among who went on before, and then the others; at its end, who went on before. */
export function pickByChoices(choices: readonly number[]): Pick {
  let next = 0
  let last: string | undefined
  return (moves) => {
    const own = moves.findIndex(({ key }) => key === last)
    const order = moves.map((_, place) => place)
    if (own > 0) order.unshift(...order.splice(own, 1))
    const place = order[(choices[next++] ?? 0) % order.length]!
    last = moves[place]!.actor
    return place
  }
}

/** How often the actor changes; a key is its actor's name unless it says what it does to whom. */
export function switchesOf(schedule: readonly string[]): number {
  return schedule.filter((key, index) => index > 0 && key !== schedule[index - 1]).length
}

/**
 * A failing schedule with fewer steps and switches, found by local changes: a step is left out, or the next step of
 * who ran before is taken first. The result fails in the same way; it need not be the shortest there is.
 */
export function shorten(begin: () => Execution, found: Run, maxSteps: number): Run {
  let best = found
  const kind = found.failure?.kind
  const better = (candidate: readonly string[]): boolean => {
    const run = runOnce(begin, pickAsRecorded(candidate), maxSteps)
    if (run.failure?.kind !== kind) return false
    const [steps, least] = [run.schedule.length, best.schedule.length]
    if (steps > least || (steps === least && switchesOf(run.schedule) >= switchesOf(best.schedule)))
      return false
    best = run
    return true
  }
  for (let changed = true; changed;) changed = changes(best.schedule).some(better)
  return best
}

function* neighbours(schedule: readonly string[]): Generator<readonly string[]> {
  for (let i = 0; i < schedule.length; i++) {
    yield schedule.filter((_, index) => index !== i)
    if (i === 0 || schedule[i] === schedule[i - 1]) continue
    const later = schedule.indexOf(schedule[i - 1]!, i)
    if (later < 0) continue
    const rest = schedule.filter((_, index) => index !== later)
    yield [...rest.slice(0, i), schedule[later]!, ...rest.slice(i)]
  }
}

function changes(schedule: readonly string[]): (readonly string[])[] {
  return [...neighbours(schedule)]
}
