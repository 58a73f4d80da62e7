/** Giving up one's turn, without an object for each time: the flag of the running task tells the two halves apart. */
import { NotInTaskError } from '../errors.ts'
import { NOT_READY, Operation, type Poll, TIME } from '../operation/operation.ts'
import type { Suspend, Waiter } from '../operation/waiter.ts'
import { thread } from '../wait/thread.ts'
import { nextTurn } from './host-turn.ts'
import { type Task, TURN } from './task.ts'

const OVER: IteratorReturnResult<any> = { done: true, value: undefined }

/** The iterator of every `yield* yieldNow()` of a task; it is its own first result, and what the task yields. */
export class Turn implements Suspend {
  readonly suspended = true
  readonly done = false
  /** As a wait has it: this one is never granted. */
  readonly state = -1

  get value(): this {
    return this
  }

  next(): IteratorResult<Suspend, void> {
    const task = thread.running as Task | null
    if (task === null)
      throw new NotInTaskError('yieldNow was stepped outside a task: use yield* in a task, or await')
    if ((task._flags & TURN) !== 0) {
      task._flags &= ~TURN
      return OVER
    }
    task._yields()
    task._flags |= TURN
    return this as IteratorResult<Suspend, void>
  }

  throw(error: unknown): never {
    this.leave()
    throw error
  }

  return(value: unknown): IteratorResult<Suspend, any> {
    this.leave()
    return { done: true, value }
  }

  [Symbol.iterator](): this {
    return this
  }

  private leave(): void {
    const task = thread.running as Task | null
    if (task !== null) task._flags &= ~TURN
  }
}

export const turn: Turn = /* @__PURE__ */ new Turn()

class YieldNow extends Operation<void> {
  poll(): Poll<void> {
    return NOT_READY
  }

  park(waiter: Waiter<void>): void {
    const data = { over: false }
    waiter.data = data
    nextTurn(() => {
      if (data.over) return
      data.over = true
      waiter.grant(undefined)
    })
  }

  unpark(waiter: Waiter<void>): boolean {
    const data = waiter.data as { over: boolean }
    if (data.over) return false
    return (data.over = true)
  }

  override reach(): number {
    return TIME
  }

  override describe(): string {
    return 'yieldNow'
  }

  override [Symbol.iterator](): Generator<Suspend, void, unknown> {
    // Cheaper than isTask, and this is the way of every switch.
    return (thread.running as Partial<Task> | null)?._flags !== undefined
      ? (turn as unknown as Generator<Suspend, void, unknown>)
      : super[Symbol.iterator]()
  }
}

let operation: YieldNow | undefined

/**
 * Gives up the turn: in a task, `yield* yieldNow()` lets every task that is ready run first, and takes a cancellation that
 * is due; elsewhere, or as an arm of a choice, it lets the host's event loop turn once.
 */
export function yieldNow(): Operation<void> {
  return (operation ??= new YieldNow())
}
