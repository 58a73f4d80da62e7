/** A schedule in words: one line for each transition, with the thread, the step, its operands and its answer. */
import type { LocalNode } from './locals.ts'
import { CANCEL, kindOf, KILL, type Machine, STEP, threadOf, TIMEOUT, variantOf } from './machine.ts'
import {
  ADD,
  AND,
  CANCELLED,
  CHOOSE,
  COMPARE_EXCHANGE,
  DONE,
  EXCHANGE,
  LOAD,
  NOT_EQUAL,
  NOTIFY,
  NOW,
  OP_NAMES,
  OR,
  PAUSE,
  SNOOZE,
  STORE,
  THREW,
  UNTIL,
  WAIT,
  WAIT_ANSWERS,
} from './ops.ts'
import type { ExploreOptions } from './types.ts'

export class Tracer {
  private readonly machine: Machine
  private readonly options: ExploreOptions

  constructor(machine: Machine, options: ExploreOptions) {
    this.machine = machine
    this.options = options
  }

  /** Replays the transitions from the initial state. The row is that of the last state afterwards. */
  tell(codes: readonly number[]): string[] {
    const { machine } = this
    machine.store.open(0)
    return codes.map((code, i) => {
      const before = machine.node(threadOf(code))
      machine.apply(code)
      return `${String(i + 1).padStart(3)}  ${this.name(threadOf(code))}  ${this.line(code, before)}`
    })
  }

  name(thread: number): string {
    return this.options.names?.[thread] ?? String.fromCharCode(65 + thread)
  }

  /** Where every thread stands in the row. */
  standing(): string {
    const { machine } = this
    const lines: string[] = []
    for (let t = 0; t < machine.threads; t++) {
      const node = machine.node(t)
      const status = machine.status(t)
      if (status === 'running') lines.push(`${this.name(t)} before ${this.before(node)}`)
      else if (status === 'asleep')
        lines.push(`${this.name(t)} asleep at ${machine.memory.nameOf(node.cell)}`)
      else if (status !== 'dormant') lines.push(`${this.name(t)} ${status}`)
    }
    return lines.join(', ')
  }

  private line(code: number, node: LocalNode): string {
    switch (kindOf(code)) {
      case TIMEOUT:
        return `${this.before(node)} = timed-out${this.marks(code, node)}`
      case CANCEL:
        return `${this.before(node)} = cancelled${this.marks(code, node)}`
      case KILL:
        return 'is killed'
      default:
        return `${this.before(node)}${this.answer(code, node)}${this.marks(code, node)}`
    }
  }

  private before(node: LocalNode): string {
    const { memory } = this.machine
    const { op, cell, a, b } = node
    const name = OP_NAMES[op] as string
    const show = (value: number): string => memory.show(cell, value)
    switch (op) {
      case LOAD:
      case UNTIL:
        return `${name} ${memory.nameOf(cell)}`
      case STORE:
      case EXCHANGE:
        return `${name} ${memory.nameOf(cell)} := ${show(a)}`
      case COMPARE_EXCHANGE:
        return `${name} ${memory.nameOf(cell)} ${show(a)} -> ${show(b)}`
      case ADD:
      case OR:
      case AND:
        return `${name} ${memory.nameOf(cell)} ${op === ADD ? a : show(a)}`
      case NOTIFY:
        return `${name} ${memory.nameOf(cell)}${a === Infinity ? '' : ` at most ${a}`}`
      case WAIT:
      case SNOOZE:
        return `${name} ${memory.nameOf(cell)} while ${show(a)}${b === Infinity ? '' : ` for ${b} ms`}`
      default:
        return node.label === '' ? name : `${name} (${node.label})`
    }
  }

  private answer(code: number, node: LocalNode): string {
    const { machine } = this
    const { answered } = machine
    switch (node.op) {
      case STORE:
      case PAUSE:
        return ''
      case COMPARE_EXCHANGE:
        return answered === (node.a | 0)
          ? ' succeeds'
          : ` fails, it is ${machine.memory.show(node.cell, answered)}`
      case WAIT:
      case SNOOZE:
        if (answered < 0) return ', falls asleep'
        return answered === NOT_EQUAL
          ? ` = not-equal, it is ${machine.memory.show(node.cell, machine.read(node.cell))}`
          : ` = ${WAIT_ANSWERS[answered]}`
      case NOTIFY:
        return machine.woke === 0 ? ', nobody sleeps' : `, wakes ${this.names(machine.woke)}`
      case NOW:
        return ` = ${(this.options.clock as readonly number[])[variantOf(code)]}`
      case CANCELLED:
        return ` = ${answered === 1}`
      case CHOOSE:
        return ` = ${answered}`
      default:
        return ` = ${machine.memory.show(node.cell, answered)}`
    }
  }

  private names(set: number): string {
    const names: string[] = []
    for (let t = 0; t < this.machine.threads; t++) if ((set & (1 << t)) !== 0) names.push(this.name(t))
    return names.join(' and ')
  }

  /** What the thread says of itself since this transition. */
  private marks(code: number, before: LocalNode): string {
    const node = this.machine.node(threadOf(code))
    if (kindOf(code) === STEP && this.machine.answered < 0 && node === before) return ''
    const changed = Object.keys(node.marks)
      .filter((name) => JSON.stringify(node.marks[name]) !== JSON.stringify(before.marks[name]))
      .map((name) => `${name}: ${JSON.stringify(node.marks[name])}`)
    if (node.op === DONE) changed.push(node.result === null ? 'done' : `done: ${JSON.stringify(node.result)}`)
    if (node.op === THREW) changed.push(`throws ${String(node.error)}`)
    return changed.length === 0 ? '' : `   · ${changed.join(', ')}`
  }
}
