/**
 * Every schedule of a small program, the shortest failing one first.
 *
 * Source: stateless search (Godefroid, VeriSoft 1997): nothing is stored but the list of choices, and the program is run
 * anew for each schedule. Equivalent schedules are left out by sleep sets (Godefroid 1996): after a move was explored
 * from a state, it sleeps in the states after the other moves until one is taken that it may not be exchanged with.
 * Sleep sets leave out transitions, never reachable states, and a sequence of steps keeps its length when independent
 * steps change places, so that the length of the shortest failing schedule stays exact. A bound on preemptions is
 * not closed under such exchanges: with one, nothing is left out.
 *
 * Depth: the search is limited to `depth` steps, and that limit doubles until no run was cut. Once a failure is found,
 * only what is shorter (or, without sleep sets, equally long with fewer switches) is still looked for.
 */
import {
  type Execution,
  type Failure,
  independent,
  type Move,
  type Touched,
  UnrepeatableError,
} from './moves.ts'

export interface SearchOptions {
  /** Whether steps that touch nothing in common are taken in one order only. */
  readonly reduce: boolean
  /** How often a task may be left although it could go on. */
  readonly preemptions: number
  /** More runs than this are an error. */
  readonly maxRuns: number
  /** Runs that are longer than this fail. */
  readonly maxSteps: number
}

export interface Found {
  readonly failure: Failure
  readonly schedule: readonly string[]
  readonly trace: readonly string[]
  readonly switches: number
}

export interface SearchResult {
  /** Runs from the beginning to the end, or to a failure. */
  readonly complete: number
  /** All runs, with those that were cut. */
  readonly runs: number
  /** The length of the longest complete run. */
  readonly longest: number
  readonly found: Found | undefined
}

/** A state on the path that is being explored. */
interface Node {
  readonly moves: readonly Move[]
  /** The places of the moves, in the order in which they are tried. */
  readonly order: readonly number[]
  /** The place in `order` of the move that the path takes. */
  at: number
  /** Moves that need not be tried here, with what they touch. */
  readonly asleep: Map<string, Touched>
  /** The actor of the step before, and how many switches and preemptions lie behind. */
  readonly last: string | undefined
  readonly switches: number
  readonly preemptions: number
  /** What the move that the path takes has touched. */
  touched: Touched
}

/** Told between runs, for instance to let the host breathe. */
export type Between = (runs: number) => void

/** Explores all that `begin` can do. Throws `RangeError` when `maxRuns` is not enough. */
export function search(begin: () => Execution, options: SearchOptions): SearchResult {
  const found = new Best()
  let runs = 0
  let complete = 0
  let longest = 0
  for (let depth = Math.min(16, options.maxSteps); ; depth = Math.min(depth * 2, options.maxSteps)) {
    const round = new Round(begin, options, depth, found)
    let cut = false
    complete = 0
    do {
      if (++runs > options.maxRuns) throw tooMany(options.maxRuns, found.best)
      const end = round.run()
      cut ||= end === 'cut'
      if (end === 'complete') {
        complete++
        longest = Math.max(longest, round.steps)
      }
    } while (round.next())
    if (!cut || found.best !== undefined || depth === options.maxSteps) break
  }
  return { complete, runs, longest, found: found.best }
}

function tooMany(runs: number, best: Found | undefined): RangeError {
  const hint = 'make the program smaller, bound its preemptions, or raise maxRuns'
  return new RangeError(
    best === undefined
      ? `maxRuns: ${runs} runs found no failure and did not exhaust the schedules; ${hint}`
      : `maxRuns: ${runs} runs found a failure but not yet that it is the shortest; ${hint}. It was:\n${best.failure.message}\n${best.trace.join('\n')}`,
  )
}

/** The shortest failing schedule so far. */
class Best {
  best: Found | undefined

  offer(found: Found): void {
    if (this.best === undefined || this.beats(found.schedule.length, found.switches)) this.best = found
  }

  /** Whether a failure after so many steps would be shorter, or as long with fewer switches. */
  beats(steps: number, switches: number): boolean {
    if (this.best === undefined) return true
    const length = this.best.schedule.length
    return steps < length || (steps === length && switches < this.best.switches)
  }
}

/** The exploration of all schedules up to one depth. */
class Round {
  /** How many steps the last run took. */
  steps = 0
  private readonly begin: () => Execution
  private readonly options: SearchOptions
  private readonly depth: number
  private readonly found: Best
  private readonly path: Node[] = []

  constructor(begin: () => Execution, options: SearchOptions, depth: number, found: Best) {
    this.begin = begin
    this.options = options
    this.depth = depth
    this.found = found
  }

  /** One run: along the path, and then on by the first choices. */
  run(): 'complete' | 'cut' | 'redundant' {
    const execution = this.begin()
    try {
      for (this.steps = 0; ; this.steps++) {
        const moves = execution.failure === undefined ? execution.moves() : []
        if (execution.failure !== undefined) {
          this.fail(execution, execution.failure)
          return 'complete'
        }
        if (moves.length === 0) return 'complete'
        if (this.steps >= this.depth) {
          if (this.depth >= this.options.maxSteps) this.fail(execution, endless(this.depth))
          return 'cut'
        }
        const known = this.path[this.steps]
        const node = known ?? this.extend(moves)
        if (node === undefined) return 'redundant'
        if (known !== undefined) same(this.steps, known.moves, moves)
        execution.take(node.order[node.at]!)
        node.touched = execution.touched
      }
    } finally {
      execution.end()
    }
  }

  /** Goes to the next path that is to be explored; `false` if there is none. */
  next(): boolean {
    this.path.length = Math.min(this.path.length, this.steps + 1)
    for (let node = this.path.at(-1); node !== undefined; node = this.path.at(-1)) {
      if (this.options.reduce) node.asleep.set(this.moveOf(node).key, node.touched)
      node.at++
      if (this.awake(node, this.path.length)) return true
      this.path.pop()
    }
    return false
  }

  /** The state after the path, if something is left to be tried in it. */
  private extend(moves: readonly Move[]): Node | undefined {
    const parent = this.path.at(-1)
    const taken = parent && this.moveOf(parent)
    const asleep = new Map<string, Touched>()
    if (parent !== undefined && this.options.reduce)
      for (const [key, touched] of parent.asleep)
        if (independent(touched, parent.touched)) asleep.set(key, touched)
    const node: Node = {
      moves,
      order: ordered(moves, taken?.actor),
      at: 0,
      asleep,
      last: taken?.actor,
      switches: parent === undefined ? 0 : this.switchesAfter(parent),
      preemptions: parent === undefined ? 0 : parent.preemptions + (this.preempts(parent) ? 1 : 0),
      touched: undefined,
    }
    if (!this.awake(node, this.steps + 1)) return undefined
    this.path.push(node)
    return node
  }

  /** Goes on to the first move, from the present one on, that is to be tried as step number `step`. */
  private awake(node: Node, step: number): boolean {
    for (; node.at < node.order.length; node.at++) {
      if (node.asleep.has(this.moveOf(node).key)) continue
      if (node.preemptions + (this.preempts(node) ? 1 : 0) > this.options.preemptions) continue
      if (this.found.beats(step, this.switchesAfter(node))) return true
    }
    return false
  }

  private moveOf(node: Node): Move {
    return node.moves[node.order[node.at]!]!
  }

  private switchesAfter(node: Node): number {
    return node.switches + (node.last !== undefined && node.last !== this.moveOf(node).actor ? 1 : 0)
  }

  /** Whether the path leaves a task here that could go on. */
  private preempts(node: Node): boolean {
    return this.moveOf(node).actor !== node.last && node.moves.some(({ key }) => key === node.last)
  }

  private fail(execution: Execution, failure: Failure): void {
    const path = this.path.slice(0, this.steps)
    const schedule = path.map((node) => this.moveOf(node).key)
    const last = path.at(-1)
    this.found.offer({
      failure,
      schedule,
      trace: [...execution.trace],
      switches: last === undefined ? 0 : this.switchesAfter(last),
    })
  }
}

/** Who ran last goes on first: the fewest switches are tried first. */
function ordered(moves: readonly Move[], last: string | undefined): number[] {
  const places = moves.map((_, index) => index)
  const own = moves.findIndex(({ key }) => key === last)
  return own <= 0 ? places : [own, ...places.filter((place) => place !== own)]
}

function same(step: number, before: readonly Move[], now: readonly Move[]): void {
  if (before.length === now.length && before.every(({ key }, index) => key === now[index]!.key)) return
  throw new UnrepeatableError(
    step,
    before.map(({ key }) => key),
    now.map(({ key }) => key),
  )
}

export function endless(steps: number): Failure {
  return { kind: 'endless', message: `the run did not end within maxSteps, ${steps} steps` }
}
