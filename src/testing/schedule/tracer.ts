/** Writes down what each step of a run did: who went on from where, to where, and what it changed. */
import type { Task } from '../../index.ts'
import { brief, flatten, primitives } from './values.ts'

export class Tracer {
  readonly lines: string[] = []
  private readonly state: unknown
  private values: Map<string, string>
  private did = ''
  private actor = ''

  constructor(state: unknown) {
    this.state = state
    this.values = flatten(state)
  }

  before(actor: string, kind: string, task: Task<any> | undefined, now: number): void {
    this.actor = actor
    this.did =
      kind === 'time'
        ? `passes, from ${now} ms`
        : kind === 'quiet'
          ? 'stands still: all are blocked'
          : kind === 'cancel'
            ? `is cancelled${this.where(task as Task<any>)}`
            : this.begins(task as Task<any>)
  }

  after(kind: string, task: Task<any> | undefined, now: number): void {
    const parts = [kind === 'time' ? `${this.did} to ${now} ms` : this.did]
    if (kind === 'task') parts.push(this.stands(task as Task<any>))
    const changed = this.changes()
    if (changed !== '') parts.push(`[${changed}]`)
    this.lines.push(
      `${String(this.lines.length + 1).padStart(3)}. ${this.actor} ${parts.filter(Boolean).join('; ')}`,
    )
  }

  /** Names primitives as the state does: `lock.acquire` for `Lock#7.acquire`. */
  text(description: string): string {
    let text = description
    for (const [id, name] of primitives(this.state))
      text = text.replaceAll(new RegExp(`${id}(?!\\d)`, 'g'), name)
    return text
  }

  private where({ operation, step }: Task<any>): string {
    if (operation === undefined) return ''
    return ` ${step === 'perform' ? 'before' : step === 'resume' ? 'after' : 'in'} ${this.text(operation.describe())}`
  }

  private begins(task: Task<any>): string {
    const operation = task.operation === undefined ? '' : this.text(task.operation.describe())
    switch (task.step) {
      case 'start':
        return 'begins'
      case 'perform':
        return `does ${operation}`
      case 'resume':
        return `has ${operation}`
      default:
        return 'has its turn'
    }
  }

  private stands(task: Task<any>): string {
    const operation = task.operation === undefined ? '' : this.text(task.operation.describe())
    switch (task.state) {
      case 'ready':
        return task.step === 'perform' ? `next: ${operation}` : ''
      case 'waiting':
        return `waits in ${operation}`
      case 'done':
        return task['outcome'] === undefined ? 'ends' : `returns ${brief(task['outcome'])}`
      case 'failed':
        return `throws ${brief(task['outcome'])}` // not by a poll: then it would count as seen
      case 'cancelled':
        return 'ends, cancelled'
      default:
        return `is ${task.state}`
    }
  }

  private changes(): string {
    const now = flatten(this.state)
    const changed: string[] = []
    for (const [name, value] of now) {
      const before = this.values.get(name)
      if (before !== value)
        changed.push(
          before === undefined || before.length > 20 ? `${name}: ${value}` : `${name}: ${before} -> ${value}`,
        )
    }
    for (const name of this.values.keys()) if (!now.has(name)) changed.push(`${name}: gone`)
    this.values = now
    return changed.join(', ')
  }
}
