/** What an exploration steers: a system in which, at each moment, one of several things can happen next. */

/** One thing that can happen next. */
export interface Move {
  /** What it is, in this and in every repetition of the run: `A` runs, `cancel A`, `time`. */
  readonly key: string
  /** Who does it: a switch is when two moves in a row have different actors. */
  readonly actor: string
}

/** The names of what a step touched, each with whether it may have changed it; `undefined` if that is not known. */
export type Touched = ReadonlyMap<string, boolean> | undefined

/** Why a schedule fails. */
export type FailureKind = 'threw' | 'invariant' | 'deadlock' | 'end' | 'lost result' | 'endless'

export interface Failure {
  readonly kind: FailureKind
  readonly message: string
  /** What was thrown, where something was. */
  readonly error?: unknown
}

/** One run, from its beginning. It behaves the same whenever the same moves are taken. */
export interface Execution {
  /** What can happen next; nothing when the run is over. Asked once before each `take`. */
  moves(): readonly Move[]
  /** Lets one of them happen, given by its place in what `moves` gave. */
  take(index: number): void
  /** Why it failed; asked after each `take`, and when there are no more moves. */
  readonly failure: Failure | undefined
  /** What the last step touched. */
  readonly touched: Touched
  /** One line for each step so far. */
  readonly trace: readonly string[]
  /** Ends the run, wherever it stands. */
  end(): void
}

/** Whether two steps may be exchanged: neither changes what the other touches. */
export function independent(a: Touched, b: Touched): boolean {
  if (a === undefined || b === undefined) return false
  const [few, many] = a.size < b.size ? [a, b] : [b, a]
  for (const [name, writes] of few) {
    const other = many.get(name)
    if (other !== undefined && (writes || other)) return false
  }
  return true
}

/** A program whose runs differ although the same moves were taken cannot be explored. */
export class UnrepeatableError extends Error {
  override readonly name = 'UnrepeatableError'

  constructor(step: number, expected: readonly string[], found: readonly string[]) {
    super(
      `the program did not repeat itself: before step ${step + 1} it could do [${expected.join(', ')}] in an earlier run ` +
        `and [${found.join(', ')}] in this one. Make all state in setup, and take time and chance from the exploration ` +
        '(a VirtualClock, a seeded number), not from the host.',
    )
  }
}
