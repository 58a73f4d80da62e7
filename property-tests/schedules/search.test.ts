/**
 * The search against a plain enumeration, over random small systems: threads of reads and writes of a few variables, each
 * of which fails under some condition. The length of the shortest failing schedule must be the same, reduced or not.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Execution, Failure, Move, Touched } from '../../src/testing/schedule/moves.ts'
import { search } from '../../src/testing/schedule/search.ts'

interface Instruction {
  readonly kind: 'add' | 'copy' | 'fail' | 'wait'
  readonly variable: number
  readonly operand: number
}

type Program = readonly (readonly Instruction[])[]

const VARIABLES = 3

const instruction: fc.Arbitrary<Instruction> = fc.record({
  kind: fc.constantFrom('add', 'add', 'copy', 'copy', 'fail', 'wait'),
  variable: fc.nat(VARIABLES - 1),
  operand: fc.nat(3),
})

const programs: fc.Arbitrary<Program> = fc.oneof(
  fc.array(fc.array(instruction, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 2 }),
  fc.array(fc.array(instruction, { minLength: 1, maxLength: 3 }), { minLength: 3, maxLength: 3 }),
)

class System implements Execution {
  failure: Failure | undefined = undefined
  touched: Touched = undefined
  readonly trace: string[] = []
  private readonly program: Program
  private readonly values = Array.from({ length: VARIABLES }, () => 0)
  private readonly at: number[]
  private readonly locals: number[]

  constructor(program: Program) {
    this.program = program
    this.at = program.map(() => 0)
    this.locals = program.map(() => 0)
  }

  /** The threads that are not over and do not wait. */
  ready(): number[] {
    return [...this.program.keys()].filter((thread) => {
      const next = this.program[thread]![this.at[thread]!]
      return next !== undefined && (next.kind !== 'wait' || this.values[next.variable]! >= next.operand)
    })
  }

  moves(): Move[] {
    const ready = this.ready()
    if (ready.length === 0 && this.program.some((body, thread) => this.at[thread]! < body.length))
      this.failure = { kind: 'deadlock', message: '' }
    return ready.map((thread) => ({ key: `t${thread}`, actor: `t${thread}` }))
  }

  take(index: number): void {
    const thread = this.ready()[index]!
    const { kind, variable, operand } = this.program[thread]![this.at[thread]!++]!
    this.touched = new Map([
      [`thread ${thread}`, true],
      [`variable ${variable}`, kind === 'add'],
    ])
    if (kind === 'add') this.values[variable]! += operand + this.locals[thread]!
    else if (kind === 'copy') this.locals[thread] = this.values[variable]!
    else if (kind === 'fail' && this.values[variable]! > 2 + operand)
      this.failure = { kind: 'threw', message: '' }
  }

  end(): void {}
}

/** The length of the shortest failing schedule, by trying all. */
function shortest(program: Program): number | undefined {
  let best: number | undefined
  const visit = (prefix: readonly number[]): void => {
    const system = new System(program)
    for (const index of prefix) {
      system.moves()
      system.take(index)
    }
    const moves = system.failure === undefined ? system.moves() : []
    if (system.failure !== undefined) best = Math.min(best ?? Infinity, prefix.length)
    else moves.forEach((_, index) => visit([...prefix, index]))
  }
  visit([])
  return best
}

const options = { preemptions: Infinity, maxRuns: 1_000_000, maxSteps: 100 }

test('finds the shortest failing schedule, with and without reduction', () => {
  let failing = 0
  let saved = 0
  fc.assert(
    fc.property(programs, (program) => {
      const expected = shortest(program)
      const begin = () => new System(program)
      const whole = search(begin, { ...options, reduce: false })
      const reduced = search(begin, { ...options, reduce: true })
      expect(whole.found?.schedule.length).toBe(expected)
      expect(reduced.found?.schedule.length).toBe(expected)
      if (expected === undefined) saved += Number(reduced.runs < whole.runs)
      else failing++
    }),
    { numRuns: 1_000, seed: 7 },
  )
  expect(failing).toBeGreaterThan(200)
  expect(saved).toBeGreaterThan(200)
})

test('never leaves a task more often than it may, and finds what can be found so', () => {
  const program: Program = [
    [
      { kind: 'copy', variable: 0, operand: 0 },
      { kind: 'add', variable: 1, operand: 3 },
      { kind: 'fail', variable: 1, operand: 0 },
    ],
    [
      { kind: 'add', variable: 0, operand: 1 },
      { kind: 'copy', variable: 0, operand: 0 },
      { kind: 'add', variable: 0, operand: 1 },
    ],
  ]
  const runs = [0, 1, 2, Infinity].map(
    (preemptions) => search(() => new System(program), { ...options, reduce: false, preemptions }).found,
  )
  expect(runs.map((found) => found?.schedule.length)).toEqual([3, 3, 3, 3])
  const counts = [0, 1, 2, Infinity].map((preemptions) => {
    const quiet = program.map((body) => body.filter(({ kind }) => kind !== 'fail'))
    return search(() => new System(quiet), { ...options, reduce: false, preemptions }).complete
  })
  // Of the ten interleavings of 2 and 3 steps: 2 without leaving a task, 3 with one, 4 with two, 1 with three.
  expect(counts).toEqual([2, 5, 9, 10])
})
