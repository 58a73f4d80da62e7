/**
 * The interleaving explorer: every schedule of a few threads of plain synchronous code on `Atomics`.
 *
 * A state is the contents of the memory and the local state of each thread (locals.ts). All states are visited breadth
 * first, so the first violation that is found has the shortest schedule of its kind. With the reduction (sharing.ts) it
 * may not be the shortest; then the search is repeated without, no deeper than the schedule that is known.
 *
 * Verified under sequential consistency, which is what `Atomics` promises. Who a notify wakes is left open, as is when a
 * thread is killed, cancelled or timed out, as far as the options allow. Kills and cancellations are never counted on: a
 * state from which only they lead on is a deadlock, and one from which only they lead to an end is a livelock.
 */
import { Machine } from './machine.ts'
import { Memory } from './memory.ts'
import { canEnd } from './progress.ts'
import { THREW } from './ops.ts'
import { Tracer } from './trace.ts'
import type { Check, ExploreOptions, Report, View, Violation, ViolationKind } from './types.ts'
import { createView } from './view.ts'

const MAX_STATES = 1_000_000

interface Found {
  kind: ViolationKind
  message: string
  state: number
}

/** Explores every schedule; the report has the first violation, if there is one. */
export function explore(options: ExploreOptions): Report {
  checkOptions(options)
  const memory = new Memory(options.privateMemory ?? false)
  for (const [name, cells] of Object.entries(options.memory)) memory.add(name, cells)
  options.setup?.(memory.arrays)
  const machine = new Machine(options, memory)
  try {
    return new Exploration(options, machine).report()
  } finally {
    memory.restore()
  }
}

/** Explores every schedule and throws an error with the trace if there is a violation. */
export function verify(options: ExploreOptions): Report {
  const report = explore(options)
  const { violation } = report
  if (violation !== undefined)
    throw new Error([`${violation.kind}: ${violation.message}`, ...violation.trace].join('\n'))
  return report
}

class Exploration {
  private readonly options: ExploreOptions
  private readonly machine: Machine
  private readonly view: View
  private readonly tracer: Tracer
  private readonly maxStates: number
  private reduce: boolean
  private transitions = 0
  private outcomes: { [label: string]: number } = {}

  constructor(options: ExploreOptions, machine: Machine) {
    this.options = options
    this.machine = machine
    this.view = createView(machine)
    this.tracer = new Tracer(machine, options)
    this.maxStates = options.maxStates ?? MAX_STATES
    this.reduce = options.reduce ?? true
  }

  report(): Report {
    let found = this.search(Infinity)
    let violation = found && this.describe(found)
    const report: Report = {
      states: this.machine.store.size,
      transitions: this.transitions,
      executions: this.machine.locals.executions,
      outcomes: this.outcomes,
    }
    if (found === undefined) {
      found = this.uncovered()
      if (found !== undefined) violation = { kind: found.kind, message: found.message, trace: [] }
    } else if (this.reduce && this.options.shortest !== false) {
      violation = this.shortest(violation as Violation)
    }
    return violation === undefined ? report : { ...report, violation }
  }

  /** The same search without reduction, as far as a shorter trace could be, and as far as it is affordable. */
  private shortest(known: Violation): Violation {
    this.reduce = false
    try {
      const found = this.search(known.trace.length)
      return found === undefined ? known : this.describe(found)
    } catch (error) {
      if (error instanceof StateLimitError) return known
      throw error
    }
  }

  /** Visits the states that are at most `depth` transitions away. */
  private search(depth: number): Found | undefined {
    for (;;) {
      this.machine.sharing.broken = false
      const found = this.round(depth)
      // A step was taken alone that another thread can notice after all: once more, with what is known now.
      if (!this.reduce || !this.machine.sharing.broken) return found
    }
  }

  private round(depth: number): Found | undefined {
    const { machine } = this
    machine.reset()
    this.transitions = 0
    this.outcomes = {}
    machine.store.add(-1, 0)
    let found = this.inspect(0)
    let level = 0
    for (let levelEnd = 1, id = 0; found === undefined && id < machine.store.size && level < depth; id++) {
      found = this.expand(id)
      if (this.reduce && machine.sharing.broken) return undefined
      if (id + 1 === levelEnd) {
        level++
        levelEnd = machine.store.size
      }
    }
    if (
      found === undefined &&
      depth === Infinity &&
      machine.locals.cyclic &&
      this.options.progress !== false
    ) {
      const state = canEnd(machine, this.reduce, (id) => this.mayStop(id))
      if (state >= 0) found = { kind: 'livelock', message: 'from here no end can be reached', state }
    }
    return found
  }

  private expand(id: number): Found | undefined {
    const { machine } = this
    const { store, codes } = machine
    store.open(id)
    machine.successors(this.reduce)
    if (machine.steady === 0 || machine.ended()) {
      const found = this.stopped(id)
      if (found !== undefined) return found
    }
    for (let i = 0; i < codes.length; i++) {
      if (i > 0) store.open(id)
      const code = codes[i] as number
      machine.apply(code)
      const next = store.add(id, code)
      this.transitions++
      if (store.fresh) {
        if (store.size > this.maxStates) throw new StateLimitError(this.maxStates)
        const found = this.inspect(next)
        if (found !== undefined) return found
      }
    }
    return undefined
  }

  /** Checks a state that was not known. */
  private inspect(state: number): Found | undefined {
    const { machine, options } = this
    for (let t = 0; t < machine.threads; t++) {
      const node = machine.node(t)
      if (node.op === THREW)
        return { kind: 'threw', message: `${this.tracer.name(t)} throws ${String(node.error)}`, state }
    }
    const message = options.invariant === undefined ? undefined : this.broken(options.invariant)
    return message === undefined ? undefined : { kind: 'invariant', message, state }
  }

  /** Checks a state in which nobody has to move, or nobody can if nobody dies or is cancelled. */
  private stopped(state: number): Found | undefined {
    const { machine, options } = this
    if (!machine.ended() && options.allowDeadlock?.(this.view) !== true)
      return { kind: 'deadlock', message: this.tracer.standing(), state }
    const message = options.atEnd === undefined ? undefined : this.broken(options.atEnd)
    if (message !== undefined) return { kind: 'end', message, state }
    if (options.outcome === undefined) return undefined
    const label = options.outcome(this.view)
    this.outcomes[label] = (this.outcomes[label] ?? 0) + 1
    if (options.onlyExpected === true && options.expected?.includes(label) !== true)
      return { kind: 'unexpected outcome', message: label, state }
    return undefined
  }

  /** Whether the state in the row is an end. */
  private mayStop(id: number): boolean {
    this.machine.store.open(id)
    return this.machine.ended() || this.options.allowDeadlock?.(this.view) === true
  }

  private broken(check: Check): string | undefined {
    try {
      const verdict = check(this.view)
      if (verdict === undefined || verdict === true) return undefined
      return verdict === false ? 'it does not hold' : verdict
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }

  private describe({ kind, message, state }: Found): Violation {
    return { kind, message, trace: this.tracer.tell(this.machine.store.path(state)) }
  }

  private uncovered(): Found | undefined {
    const missing = (this.options.expected ?? []).filter((label) => !(label in this.outcomes))
    if (missing.length === 0) return undefined
    return { kind: 'uncovered case', message: `never seen: ${missing.join(', ')}`, state: 0 }
  }
}

/** There are more states than `maxStates`. Nothing is known about the rest. */
export class StateLimitError extends Error {
  override readonly name: string = 'StateLimitError'

  constructor(limit: number) {
    super(
      `more than maxStates = ${limit} states; raise it, or make the programs smaller or split them into phases`,
    )
  }
}

function checkOptions(options: ExploreOptions): void {
  if (options.threads.length === 0) throw new RangeError('threads must have at least one program')
  if ('killed' in options.memory)
    throw new TypeError('memory must not use the name "killed": it tells who was killed')
  const { clock } = options
  if (
    clock !== undefined &&
    (clock.length === 0 || clock.some((at, i) => i > 0 && at <= (clock[i - 1] as number)))
  )
    throw new RangeError('clock must be a list of ascending numbers')
  if (options.expected !== undefined && options.outcome === undefined)
    throw new TypeError('expected needs outcome, which labels the terminal states')
  if (options.onlyExpected === true && options.expected === undefined)
    throw new TypeError('onlyExpected needs expected')
}
