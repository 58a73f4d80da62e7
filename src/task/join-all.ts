/** Waits for several tasks at once. */
import { requireInteger, requireMilliseconds, shown } from '../errors.ts'
import { LOOP, NOT_READY, Operation, type Poll, TIME } from '../operation/operation.ts'
import { limited } from '../operation/options.ts'
import type { Waiter } from '../operation/waiter.ts'
import { Joining, type Watcher } from './joining.ts'
import { isTask, SEEN, type Task } from './task.ts'

/** What `joinAll` takes. */
export interface JoinAllOptions {
  /** Milliseconds from the perform until it gives what is over by then, without an error. Default: no limit. */
  timeout?: number | undefined
  /** How many have to be over; an integer of at least 0. Default: all. */
  count?: number | undefined
  /** The first failure ends the wait and is thrown. A cancelled task is no failure. Default `false`. */
  raiseError?: boolean | undefined
  /** Ends the wait with `signal.reason` when it aborts. */
  signal?: AbortSignal | undefined
}

/** Throws unless all are tasks; gives each once. */
export function requireTasks(tasks: Iterable<Task<any>>): Task<any>[] {
  if (typeof tasks?.[Symbol.iterator] !== 'function' || isTask(tasks))
    throw new TypeError(`tasks must be an iterable of tasks, got ${shown(tasks)}`)
  const all = [...new Set(tasks)]
  for (const task of all)
    if (!isTask(task)) throw new TypeError(`tasks must be tasks, as spawn gives them; one is ${shown(task)}`)
  return all
}

/**
 * Waits for several tasks and gives those that are over: the ones that were before in the given order, then in the order
 * of their ends. A timeout is no error: it gives what is over by then. Cancel safe: the tasks go on.
 */
export function joinAll<T extends Task<any>>(
  tasks: Iterable<T>,
  options: JoinAllOptions = {},
): Operation<T[]> {
  const all = requireTasks(tasks) as T[]
  if (typeof options !== 'object' || options === null)
    throw new TypeError(
      `options must be an object { timeout?, count?, raiseError?, signal? }, got ${shown(options)}`,
    )
  const { timeout = Infinity, count = all.length, raiseError = false, signal } = options
  requireMilliseconds('timeout', timeout)
  requireInteger('count', count, 0)
  if (typeof raiseError !== 'boolean')
    throw new TypeError(`raiseError must be a boolean, got ${shown(raiseError)}`)
  const operation = new JoinAll(all, timeout, Math.min(count, all.length), raiseError)
  return signal === undefined ? operation : limited(operation, { signal })
}

class JoinAll<T extends Task<any>> extends Operation<T[]> {
  readonly tasks: readonly T[]
  readonly timeout: number
  readonly count: number
  readonly raises: boolean

  constructor(tasks: readonly T[], timeout: number, count: number, raises: boolean) {
    super()
    this.tasks = tasks
    this.timeout = timeout
    this.count = count
    this.raises = raises
  }

  poll(): Poll<T[]> {
    const over = this.tasks.filter((task) => task.done)
    this.check(over)
    return over.length >= this.count || this.timeout === 0 ? over : NOT_READY
  }

  park(waiter: Waiter<T[]>): void {
    waiter.data = new JoiningAll(this, waiter)
  }

  unpark(waiter: Waiter<T[]>): boolean {
    return (waiter.data as JoiningAll<T>).leave()
  }

  override reach(): number {
    return this.timeout === Infinity ? LOOP : TIME
  }

  override describe(): string {
    return `joinAll(${this.tasks.length} tasks)`
  }

  /** Throws the first failure, if that is asked for. */
  check(over: readonly T[]): void {
    for (const task of over) {
      task._flags |= SEEN
      if (this.raises && task.state === 'failed') throw task.failure()
    }
  }
}

/** One perform of it. */
class JoiningAll<T extends Task<any>> implements Watcher {
  private readonly operation: JoinAll<T>
  private readonly waiter: Waiter<T[]>
  private readonly over: T[] = []
  private readonly links: Joining[] = []
  private readonly timer: unknown
  private left = false

  constructor(operation: JoinAll<T>, waiter: Waiter<T[]>) {
    this.operation = operation
    this.waiter = waiter
    for (const task of operation.tasks) {
      if (task.done) {
        this.over.push(task)
        continue
      }
      const link = new Joining(task, this, waiter.host)
      this.links.push(link)
      task.park(link)
    }
    const { timeout } = operation
    if (timeout !== Infinity) this.timer = waiter.host.clock.after(timeout, expire, this, waiter.ref)
  }

  ended(task: T): void {
    this.over.push(task)
    const { raises, count } = this.operation
    if (raises && task.state === 'failed') {
      if (this.leave()) this.waiter.fail(task.failure())
    } else if (this.over.length >= count) this.grant()
  }

  grant(): void {
    if (this.leave()) this.waiter.grant(this.over)
  }

  leave(): boolean {
    if (this.left) return false
    this.left = true
    if (this.timer !== undefined) this.waiter.host.clock.cancel(this.timer)
    for (const link of this.links) link.operation.unpark(link)
    return true
  }
}

function expire(joining: JoiningAll<any>): void {
  joining.grant()
}
