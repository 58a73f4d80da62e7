/**
 * Local states of threads, found by re-execution.
 *
 * The local state of plain code is determined by the answers that its steps were given. So a local state is a node in a
 * trie of answers, under the phase that the thread is in. Its code is run once when the node is new: fed the recorded
 * answers, and stopped at the first step that has none; that step is kept in the node. From then on the search moves
 * along the edges of the trie and runs nothing.
 *
 * Nodes are made one where the program says so: at `checkpoint`, at a sleep that has a key, at the start of a phase, and
 * when the thread is done. An edge is *forward* if it leads to a child of its node or to a later phase; every cycle has
 * an edge that is not.
 */
import { createEnv } from './env.ts'
import { gate, type Stepper } from './gate.ts'
import type { Memory } from './memory.ts'
import {
  DONE,
  DORMANT,
  KILLED,
  NOW,
  OP_NAMES,
  SNOOZE,
  STOP,
  STORE,
  THREW,
  UNOBSERVED,
  UNTIL,
  WAIT,
} from './ops.ts'
import type { Env, ExploreOptions, Json, Phase, Program, Sleep } from './types.ts'

export interface Marks {
  readonly [name: string]: Json
}

/** A phase of a program, entered with a state. */
interface Root {
  readonly key: string
  readonly thread: number
  readonly victim: number
  readonly phases: readonly Phase[]
  readonly phase: number
  readonly state: string
  readonly marks: Marks
  /** The node of its first step, or -1 before the first run. */
  entry: number
}

export interface LocalNode {
  readonly root: Root
  /** Where the answer `answer` led here from; none at the start of a phase. */
  readonly parent: LocalNode | undefined
  readonly answer: number
  readonly depth: number
  readonly op: number
  readonly cell: number
  readonly a: number
  readonly b: number
  readonly test: ((value: number) => boolean) | undefined
  readonly label: string
  /** The code does not look at the answer. */
  readonly blind: boolean
  readonly marks: Marks
  readonly marksKey: string
  readonly result: Json | undefined
  readonly error: unknown
  readonly answers: number[]
  readonly edges: Edge[]
}

export interface Edge {
  readonly to: number
  readonly forward: boolean
  /** Whether the checks may see that the thread took it. */
  readonly visible: boolean
}

const NO_MARKS: Marks = Object.freeze({})

export class Locals implements Stepper {
  readonly nodes: LocalNode[] = []
  executions = 0
  /** Whether an edge was followed that is not forward. */
  cyclic = false
  /** Told of every step that a thread may stand before. */
  onPending: (thread: number, op: number, cell: number) => void = () => {}
  private readonly memory: Memory
  private readonly options: ExploreOptions
  private readonly known = new Map<string, number>()
  private readonly roots = new Map<string, Root>()
  private readonly maxSteps: number
  private readonly moving: boolean

  // The run that is going on.
  private root!: Root
  private env!: Env
  private readonly path: LocalNode[] = []
  private length = 0
  private position = 0
  private stopped = false
  private failure: Error | undefined
  private key: string | undefined
  private sleepKey: Json | undefined
  private marks: Marks = NO_MARKS
  private op = 0
  private cell = -1
  private a = 0
  private b = 0
  private test: ((value: number) => boolean) | undefined
  private label = ''
  private readonly envs = new Map<string, Env>()

  constructor(memory: Memory, options: ExploreOptions) {
    this.memory = memory
    this.options = options
    this.maxSteps = options.maxSteps ?? 2000
    this.moving = options.clock !== undefined
  }

  /** The local state in which `program` begins. */
  start(thread: number, program: Program, victim = -1): number {
    const phases: readonly Phase[] = typeof program === 'function' ? [program] : (program as readonly Phase[])
    return this.enter(this.rootOf(thread, victim, phases, 0, 'null', NO_MARKS))
  }

  /** The local state of a thread that has not begun. */
  dormant(thread: number): number {
    return this.final(
      this.rootOf(thread, -1, [], -1, 'null', NO_MARKS),
      DORMANT,
      NO_MARKS,
      undefined,
      undefined,
    )
  }

  killed(id: number): number {
    const { root, marks } = this.nodes[id] as LocalNode
    return this.final(root, KILLED, marks, undefined, undefined)
  }

  /** Where the thread stands when its step has been answered. */
  follow(id: number, given: number): Edge {
    const node = this.nodes[id] as LocalNode
    const answer = node.blind ? UNOBSERVED : given
    const { answers } = node
    for (let i = 0; i < answers.length; i++) if (answers[i] === answer) return node.edges[i] as Edge
    const to = this.resolve(node.root, node, answer)
    const target = this.nodes[to] as LocalNode
    const forward =
      target.op >= DONE ||
      target.root.phase > node.root.phase ||
      (target.parent === node && target.answer === answer)
    if (!forward) this.cyclic = true
    const edge: Edge = { to, forward, visible: target.op >= DONE || target.marksKey !== node.marksKey }
    answers.push(answer)
    node.edges.push(edge)
    return edge
  }

  private enter(root: Root): number {
    if (root.entry < 0) root.entry = this.resolve(root, undefined, 0)
    return root.entry
  }

  private rootOf(
    thread: number,
    victim: number,
    phases: readonly Phase[],
    phase: number,
    state: string,
    marks: Marks,
  ): Root {
    const key = `${thread}|${victim}|${phase}|${state}|${keyOf(marks)}`
    let root = this.roots.get(key)
    if (root === undefined)
      this.roots.set(key, (root = { key, thread, victim, phases, phase, state, marks, entry: -1 }))
    return root
  }

  /** Runs the code to its next step and returns the node that stands for the thread there. */
  private resolve(root: Root, parent: LocalNode | undefined, answer: number): number {
    const depth = parent === undefined ? 0 : parent.depth + 1
    if (depth > this.maxSteps)
      throw new RangeError(
        `thread ${root.thread} took more than maxSteps = ${this.maxSteps} steps in phase ${root.phase}: ` +
          'give an endless loop a checkpoint or a sleepKey, or raise maxSteps',
      )
    let last = parent
    let given = answer
    for (let at = depth - 1; at >= 0; at--) {
      this.path[at] = last as LocalNode
      this.history[at] = given
      given = (last as LocalNode).answer
      last = (last as LocalNode).parent
    }
    const outcome = this.run(root, depth)
    if (outcome === STOP) return this.pending(root, parent, answer, depth)
    if (outcome instanceof Thrown) return this.final(root, THREW, this.marks, undefined, outcome.error)
    const phase = root.phase + 1
    const result = JSON.stringify(outcome ?? null)
    if (phase < root.phases.length)
      return this.enter(this.rootOf(root.thread, root.victim, root.phases, phase, result, this.marks))
    return this.final(root, DONE, this.marks, JSON.parse(result) as Json, undefined)
  }

  private history: number[] = []

  private run(root: Root, depth: number): unknown {
    this.root = root
    this.length = depth
    this.position = 0
    this.stopped = false
    this.failure = undefined
    this.key = undefined
    this.sleepKey = undefined
    this.marks = root.marks
    this.env = this.envOf(root)
    this.executions++
    this.options.before?.(root.thread)
    gate.stepper = this
    let outcome: unknown
    try {
      outcome = (root.phases[root.phase] as Phase)(this.env, JSON.parse(root.state))
    } catch (error) {
      outcome = new Thrown(error)
    } finally {
      gate.stepper = undefined
    }
    if (this.failure !== undefined) throw this.failure
    // Whatever the code made of the signal, it stood before a new step.
    if (this.stopped) return STOP
    if (this.position < depth) throw this.unlike('ended')
    return outcome
  }

  private envOf(root: Root): Env {
    const key = `${root.thread}|${root.victim}`
    let env = this.envs.get(key)
    if (env === undefined)
      this.envs.set(key, (env = createEnv(this, this.memory.arrays, root.thread, root.victim)))
    return env
  }

  step(op: number, words: Int32Array, index: number, a: number, b: number): number {
    if (this.stopped) throw STOP
    let cell: number
    try {
      cell = this.memory.cellOf(words, index)
    } catch (error) {
      throw this.fail(error as Error)
    }
    if (cell < 0) return privately(op, words, index, a, b)
    const answer = this.take(op, cell, a, b)
    return op === STORE ? a : answer
  }

  /** A step that is only possible once `test` of the cell is true. */
  until(words: Int32Array, index: number, test: (value: number) => boolean): number {
    if (this.stopped) throw STOP
    return this.take(UNTIL, this.memory.cellOf(words, index), 0, 0, '', test)
  }

  now(): number {
    return this.moving ? ((this.options.clock as readonly number[])[this.take(NOW, -1, 0, 0)] as number) : 0
  }

  /** The answer of the step, or the end of this run. */
  take(
    op: number,
    cell: number,
    a: number,
    b: number,
    label = '',
    test?: (value: number) => boolean,
  ): number {
    if (this.stopped) throw STOP
    const { position } = this
    if (position < this.length) {
      const node = this.path[position] as LocalNode
      if (node.op !== op || node.cell !== cell || node.a !== a || node.b !== b)
        throw this.fail(this.unlike(this.describe(op, cell)))
      this.position = position + 1
      this.key = undefined
      return this.history[position] as number
    }
    this.op = op
    this.cell = cell
    this.a = a
    this.b = b
    this.label = label
    this.test = test
    // Asked here: the code's own `finally` blocks change what it remembers.
    if (op === WAIT || op === SNOOZE) this.sleepKey = this.options.sleepKey?.(this.sleep())
    this.stopped = true
    throw STOP
  }

  mark(name: string, value: Json): void {
    if (this.stopped) throw STOP
    this.marks = { ...this.marks, [name]: value }
  }

  checkpoint(key: Json): void {
    if (this.stopped) throw STOP
    this.key = JSON.stringify(key)
  }

  /** Ends the run with an error that no code of the run can turn into something else. */
  fail(error: Error): object {
    this.failure ??= error
    this.stopped = true
    return STOP
  }

  private unlike(found: string): Error {
    const node = this.path[this.position] as LocalNode
    return new Error(
      `thread ${this.root.thread} is not deterministic: it stood before ${this.describe(node.op, node.cell)}, ` +
        `and when it was run again with the same answers, it ${found === 'ended' ? found : `stood before ${found}`}; ` +
        'every run must make its objects afresh',
    )
  }

  private describe(op: number, cell: number): string {
    return cell < 0 ? (OP_NAMES[op] as string) : `${OP_NAMES[op]} ${this.memory.nameOf(cell)}`
  }

  private pending(root: Root, parent: LocalNode | undefined, answer: number, depth: number): number {
    const marksKey = keyOf(this.marks)
    const canonical = this.canonicalKey(root, marksKey)
    if (canonical !== undefined) {
      const id = this.known.get(canonical)
      if (id !== undefined) {
        this.compare(this.nodes[id] as LocalNode)
        return id
      }
      this.known.set(canonical, this.nodes.length)
    }
    const { op, cell } = this
    this.nodes.push({
      root,
      parent,
      answer,
      depth,
      op,
      cell,
      a: this.a,
      b: this.b,
      test: this.test,
      label: this.label,
      blind:
        op < WAIT &&
        this.options.unobserved !== undefined &&
        this.options.unobserved(OP_NAMES[op] as string, this.memory.nameOf(cell)),
      marks: this.marks,
      marksKey,
      result: undefined,
      error: undefined,
      answers: [],
      edges: [],
    })
    this.onPending(root.thread, op, cell)
    return this.nodes.length - 1
  }

  /** What the program or the configuration says that this local state is determined by, besides the phase. */
  private canonicalKey(root: Root, marksKey: string): string | undefined {
    if (this.key !== undefined) return `${root.key}|checkpoint|${this.key}|${marksKey}`
    const key = this.sleepKey
    if (key === undefined) return undefined
    return `${root.key}|sleep|${this.op}|${this.cell}|${this.a}|${this.b}|${JSON.stringify(key)}|${marksKey}`
  }

  private sleep(): Sleep {
    const { root, cell, a, b, marks } = this
    return { thread: root.thread, cell: this.memory.nameOf(cell), value: a, milliseconds: b, marks }
  }

  private compare(node: LocalNode): void {
    if (node.op !== this.op || node.cell !== this.cell || node.a !== this.a || node.b !== this.b)
      throw new Error(
        `checkpoint ${this.key} of thread ${node.root.thread} stands for two states: ` +
          `one before ${this.describe(node.op, node.cell)}, one before ${this.describe(this.op, this.cell)}`,
      )
  }

  private final(root: Root, op: number, marks: Marks, result: Json | undefined, error: unknown): number {
    const marksKey = keyOf(marks)
    const key = `${root.thread}|${root.victim}|${OP_NAMES[op]}|${JSON.stringify(result)}|${marksKey}|${op === THREW ? String(error) : ''}`
    let id = this.known.get(key)
    if (id !== undefined) return id
    id = this.nodes.length
    this.known.set(key, id)
    this.nodes.push({
      root,
      parent: undefined,
      answer: 0,
      depth: 0,
      op,
      cell: -1,
      a: 0,
      b: 0,
      test: undefined,
      label: '',
      blind: false,
      marks,
      marksKey,
      result,
      error,
      answers: [],
      edges: [],
    })
    return id
  }
}

class Thrown {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

function keyOf(marks: Marks): string {
  const names = Object.keys(marks)
  if (names.length === 0) return ''
  return JSON.stringify(names.sort().map((name) => [name, marks[name]]))
}

/** A step on memory that no other thread has: no place where others could come in. */
function privately(op: number, words: Int32Array, index: number, a: number, b: number): number {
  switch (OP_NAMES[op]) {
    case 'load':
      return Atomics.load(words, index)
    case 'store':
      return Atomics.store(words, index, a)
    case 'compareExchange':
      return Atomics.compareExchange(words, index, a, b)
    case 'exchange':
      return Atomics.exchange(words, index, a)
    case 'add':
      return Atomics.add(words, index, a)
    case 'or':
      return Atomics.or(words, index, a)
    case 'and':
      return Atomics.and(words, index, a)
    case 'notify':
      return 0
    default:
      throw new TypeError('a thread would sleep on memory that no other thread has')
  }
}
