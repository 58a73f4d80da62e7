/** States and transitions of a model: who can move, and what a move does to memory and threads. */
import { KILLED_CELLS } from './env.ts'
import { Locals, type LocalNode } from './locals.ts'
import type { Memory } from './memory.ts'
import {
  after,
  ANSWER_CANCELLED,
  CANCELLED,
  CHOOSE,
  DONE,
  DORMANT,
  KILLED,
  LOAD,
  NOT_EQUAL,
  NOTIFY,
  NOW,
  PAUSE,
  SNOOZE,
  STORE,
  TIMED_OUT,
  UNTIL,
  WAIT,
  WOKEN,
} from './ops.ts'
import { NOBODY, Sharing } from './sharing.ts'
import { Store } from './store.ts'
import type { ExploreOptions, KillOptions, Program, ThreadView } from './types.ts'

/** A transition in one number: thread, kind, and which of several. */
export const STEP = 0
export const TIMEOUT = 1
export const CANCEL = 2
export const KILL = 3

export function codeOf(thread: number, kind: number, variant: number): number {
  return thread | (kind << 5) | (variant << 8)
}
export const threadOf = (code: number): number => code & 31
export const kindOf = (code: number): number => (code >> 5) & 7
export const variantOf = (code: number): number => code >> 8

export class Machine {
  readonly threads: number
  readonly locals: Locals
  readonly memory: Memory
  store!: Store
  /** The transitions that `successors` found, and how many of them need nobody's death or cancellation. */
  readonly codes: number[] = []
  steady = 0
  /** What the last `apply` answered, and whom it woke. */
  answered = 0
  woke = 0
  readonly sharing: Sharing

  private readonly options: ExploreOptions
  private readonly kills: KillOptions | undefined
  private readonly starts: readonly (readonly Program[])[]
  /** How many threads a death starts at most. */
  private readonly perDeath: number
  private readonly first: number[]
  private readonly clock: readonly number[] | undefined
  /** Columns: the local states, the sleeps, the clock, kills and cancels left, timeouts left, then memory. */
  private readonly sleeps: number
  private readonly clockAt: number
  private readonly killsAt: number
  private readonly cancelsAt: number
  private readonly timeoutsAt: number
  /** The column of a cell, or -1 while nothing was written there: then it has its initial value. */
  private readonly columns: Int32Array
  private readonly written: number[] = []

  constructor(options: ExploreOptions, memory: Memory) {
    this.options = options
    this.memory = memory
    this.kills = options.kills
    this.clock = options.clock
    const alive = options.threads.length
    const { starts } = options.kills ?? {}
    this.starts = starts === undefined ? [] : options.threads.map((_, victim) => starts(victim))
    this.perDeath = this.starts.reduce((most, programs) => Math.max(most, programs.length), 0)
    this.threads = alive + (options.kills?.most ?? 0) * this.perDeath
    if (this.threads > 12)
      throw new RangeError(`at most 12 threads can be explored; here are ${this.threads}`)
    memory.add(KILLED_CELLS, this.threads)
    memory.seal()
    this.columns = new Int32Array(memory.size).fill(-1)
    this.sharing = new Sharing(memory.size)
    for (let t = 0; t < this.threads; t++)
      if (options.kills !== undefined) this.sharing.touch(NOBODY, STORE, memory.cellNamed(KILLED_CELLS, t))
    this.sleeps = this.threads
    this.clockAt = 2 * this.threads
    this.killsAt = this.clockAt + 1
    this.cancelsAt = this.clockAt + 2
    this.timeoutsAt = this.clockAt + 3
    this.locals = new Locals(memory, options)
    this.locals.onPending = (thread, op, cell) => this.sharing.touch(thread, op, cell)
    this.first = Array.from({ length: this.threads }, (_, t) =>
      t < alive ? this.locals.start(t, options.threads[t] as Program) : this.locals.dormant(t),
    )
  }

  /** Begins with an empty set of states, and the initial one in the row. */
  reset(): void {
    const row = new Int32Array(this.timeoutsAt + this.threads)
    row.set(this.first)
    row[this.killsAt] = this.kills?.most ?? 0
    row[this.cancelsAt] = this.options.cancels?.most ?? 0
    if (this.options.timeouts !== undefined) row.fill(this.options.timeouts.most ?? 1, this.timeoutsAt)
    this.store = new Store(row)
    for (const cell of this.written)
      this.columns[cell] = this.store.widen(this.memory.initial[cell] as number)
  }

  node(thread: number): LocalNode {
    return this.locals.nodes[this.store.row[thread] as number] as LocalNode
  }

  asleep(thread: number): boolean {
    return this.store.row[this.sleeps + thread] !== 0
  }

  read(cell: number): number {
    const column = this.columns[cell] as number
    return (column < 0 ? this.memory.initial[cell] : this.store.row[column]) as number
  }

  /** Whether nobody has to move any more: all threads but daemons are done, or dead. */
  ended(): boolean {
    for (let t = 0; t < this.threads; t++)
      if (this.node(t).op < DONE && this.options.daemons?.includes(t) !== true) return false
    return true
  }

  /** Finds the transitions of the state in the row. */
  successors(reduce: boolean): void {
    this.codes.length = 0
    this.steady = 0
    if (reduce)
      for (let t = 0; t < this.threads; t++)
        if (this.alone(t)) {
          this.steps(t)
          return
        }
    for (let t = 0; t < this.threads; t++) {
      const node = this.node(t)
      if (node.op >= DONE) continue
      if (!this.asleep(t)) this.steps(t)
      else {
        if (this.mayTimeOut(t, node)) {
          this.codes.push(codeOf(t, TIMEOUT, 0))
          this.steady++
        }
        if (node.op === SNOOZE && this.mayCancel(t)) this.codes.push(codeOf(t, CANCEL, 0))
      }
      if ((this.store.row[this.killsAt] as number) > 0 && this.mortal(t)) this.codes.push(codeOf(t, KILL, 0))
    }
  }

  private steps(t: number): void {
    const node = this.node(t)
    const { codes } = this
    switch (node.op) {
      case UNTIL:
        if (!(node.test as (value: number) => boolean)(this.read(node.cell))) return
        break
      case CHOOSE:
        for (let i = 0; i < node.a; i++) codes.push(codeOf(t, STEP, i))
        this.steady += node.a
        return
      case CANCELLED:
        if (this.mayCancel(t)) codes.push(codeOf(t, STEP, 1))
        break
      case NOW: {
        const clock = this.clock as readonly number[]
        for (let i = this.store.row[this.clockAt] as number; i < clock.length; i++, this.steady++)
          codes.push(codeOf(t, STEP, i))
        return
      }
      case NOTIFY:
        this.wakings(t, node)
        return
    }
    codes.push(codeOf(t, STEP, 0))
    this.steady++
  }

  /** Any of the sleepers may be those that a notify wakes: stricter than the order in which they fell asleep. */
  private wakings(t: number, node: LocalNode): void {
    const sleepers = this.sleepersAt(node.cell)
    const count = Math.min(Math.max(node.a, 0), bits(sleepers))
    for (let set = 0; set <= sleepers; set++)
      if ((set & ~sleepers) === 0 && bits(set) === count) {
        this.codes.push(codeOf(t, STEP, set))
        this.steady++
      }
  }

  private sleepersAt(cell: number): number {
    let sleepers = 0
    for (let u = 0; u < this.threads; u++)
      if (this.asleep(u) && this.node(u).cell === cell) sleepers |= 1 << u
    return sleepers
  }

  private mayCancel(t: number): boolean {
    if ((this.store.row[this.cancelsAt] as number) === 0) return false
    const threads = this.options.cancels?.threads
    return threads === undefined || threads.includes(t)
  }

  private mayTimeOut(t: number, node: LocalNode): boolean {
    const { timeouts } = this.options
    if (timeouts === undefined || node.b === Infinity || this.store.row[this.timeoutsAt + t] === 0)
      return false
    if (this.clock !== undefined && this.expiry(t, node) < 0) return false
    return (
      timeouts.fires === undefined ||
      timeouts.fires({
        thread: t,
        cell: this.memory.nameOf(node.cell),
        value: node.a,
        milliseconds: node.b,
        marks: node.marks,
      })
    )
  }

  /** The first reading of the clock at which the sleep of `t` is over, or -1. */
  private expiry(t: number, node: LocalNode): number {
    const clock = this.clock as readonly number[]
    const began = clock[(this.store.row[this.sleeps + t] as number) - 1] as number
    for (let i = this.store.row[this.clockAt] as number; i < clock.length; i++)
      if ((clock[i] as number) >= began + node.b) return i
    return -1
  }

  private mortal(t: number): boolean {
    const threads = this.kills?.threads
    return threads === undefined ? t < this.options.threads.length : threads.includes(t)
  }

  /** Whether the step of `t` may be taken at once, without the other threads' moves (sharing.ts). */
  private alone(t: number): boolean {
    const node = this.node(t)
    if (node.op >= DONE || this.asleep(t)) return false
    const { cell } = node
    if (node.op === CHOOSE) {
      for (let i = 0; i < node.a; i++) if (!this.quiet(t, i)) return false
      return true
    }
    if (node.op === PAUSE) return this.quiet(t, 0)
    if (cell < 0 || node.op >= WAIT || node.op === NOTIFY) return false
    if (!this.sharing.isolated(t, node.op, cell)) return false
    if (node.op !== LOAD && (this.options.invariant !== undefined || this.store.row[this.killsAt] !== 0))
      return false
    if (!this.quiet(t, this.answerOf(node, this.read(cell)))) return false
    this.sharing.rely(t, cell)
    return true
  }

  /** Whether the edge is forward and no check can see it. */
  private quiet(t: number, answer: number): boolean {
    const edge = this.locals.follow(this.store.row[t] as number, answer)
    return edge.forward && !edge.visible
  }

  private answerOf(node: LocalNode, old: number): number {
    return node.op === STORE ? 0 : old
  }

  /** Makes the transition in the row. */
  apply(code: number): void {
    const t = threadOf(code)
    this.woke = 0
    switch (kindOf(code)) {
      case STEP:
        this.step(t, variantOf(code))
        return
      case TIMEOUT:
        if (this.clock !== undefined) this.store.set(this.clockAt, this.expiry(t, this.node(t)))
        this.take(this.timeoutsAt + t)
        this.wake(t, TIMED_OUT)
        return
      case CANCEL:
        this.take(this.cancelsAt)
        this.wake(t, ANSWER_CANCELLED)
        return
      default:
        this.kill(t)
    }
  }

  private step(t: number, variant: number): void {
    const node = this.node(t)
    const { cell, op } = node
    let answer = variant
    switch (op) {
      case CHOOSE:
      case PAUSE:
        break
      case CANCELLED:
        if (variant === 1) this.take(this.cancelsAt)
        break
      case NOW:
        this.store.set(this.clockAt, variant)
        break
      case WAIT:
      case SNOOZE:
        if (this.read(cell) !== (node.a | 0)) answer = NOT_EQUAL
        else if (node.b <= 0) answer = TIMED_OUT
        else {
          this.store.set(this.sleeps + t, 1 + (this.store.row[this.clockAt] as number))
          this.answered = -1
          return
        }
        break
      case NOTIFY:
        for (let u = 0; u < this.threads; u++) if ((variant & (1 << u)) !== 0) this.wake(u, WOKEN)
        this.woke = variant
        answer = bits(variant)
        break
      default: {
        const old = this.read(cell)
        answer = this.answerOf(node, old)
        if (op !== LOAD && op !== UNTIL) this.write(cell, old, after(op, old, node.a, node.b))
      }
    }
    this.answered = answer
    this.store.set(t, this.locals.follow(this.store.row[t] as number, answer).to)
  }

  private wake(t: number, answer: number): void {
    this.answered = answer
    this.store.set(this.sleeps + t, 0)
    this.store.set(t, this.locals.follow(this.store.row[t] as number, answer).to)
  }

  private write(cell: number, old: number, value: number): void {
    if (value === old) return
    let column = this.columns[cell] as number
    if (column < 0) {
      column = this.columns[cell] = this.store.widen(old)
      this.written.push(cell)
      this.memory.moveAway(cell)
    }
    this.store.set(column, value)
  }

  private take(column: number): void {
    this.store.set(column, (this.store.row[column] as number) - 1)
  }

  private kill(t: number): void {
    const { most } = this.kills as KillOptions
    const turn = most - (this.store.row[this.killsAt] as number)
    this.take(this.killsAt)
    this.store.set(this.sleeps + t, 0)
    this.store.set(t, this.locals.killed(this.store.row[t] as number))
    this.write(this.memory.cellNamed(KILLED_CELLS, t), 0, 1)
    const alive = this.options.threads.length
    this.starts[t]?.forEach((program, i) => {
      const slot = alive + turn * this.perDeath + i
      this.store.set(slot, this.locals.start(slot, program, t))
    })
  }

  status(t: number): ThreadView['status'] {
    const { op } = this.node(t)
    if (op < DONE) return this.asleep(t) ? 'asleep' : 'running'
    if (op === KILLED) return 'killed'
    return op === DORMANT ? 'dormant' : 'done'
  }
}

/** Whether a transition needs somebody's death or cancellation. */
export function isOptional(machine: Machine, code: number): boolean {
  const kind = kindOf(code)
  if (kind === STEP) return variantOf(code) === 1 && machine.node(threadOf(code)).op === CANCELLED
  return kind === KILL || kind === CANCEL
}

function bits(set: number): number {
  let count = 0
  for (let rest = set; rest !== 0; rest &= rest - 1) count++
  return count
}
