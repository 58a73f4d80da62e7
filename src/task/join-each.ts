/** Tasks in the order of their ends. Linear in their number; none is kept once it has been given. */
import { requireMilliseconds, shown, TimeoutError } from '../errors.ts'
import { WaitList } from '../operation/list.ts'
import { LOOP, NOT_READY, Operation, type Poll, TIME } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import type { Clock, Host, Waiter } from '../operation/waiter.ts'
import { requireTasks } from './join-all.ts'
import { Joining, type Watcher } from './joining.ts'
import { currentScheduler } from './scheduler.ts'
import { SEEN, type Task } from './task.ts'

/** What `joinEach` takes. */
export interface JoinEachOptions {
  /** Milliseconds from the call until `TimeoutError`. Default: no limit. */
  timeout?: number | undefined
}

/**
 * Gives the tasks as they end, those first that are over, each once: `for await (const task of joinEach(tasks))`, or
 * `yield* each(joinEach(tasks), function* (task) { … })` in a task. Throws `TimeoutError` if not all were given `timeout`
 * milliseconds after the call. `close()`, or leaving the loop, leaves nothing behind in the tasks.
 */
export function joinEach<T extends Task<any>>(
  tasks: Iterable<T>,
  options: JoinEachOptions = {},
): JoinedTasks<T> {
  const all = requireTasks(tasks) as T[]
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`options must be an object { timeout? }, got ${shown(options)}`)
  const { timeout = Infinity } = options
  return new JoinedTasks(all, requireMilliseconds('timeout', timeout), currentScheduler().clock)
}

/**
 * Of the library's `AsyncIterator` the compiler believes that `for await` awaits each item too, and would take a task for
 * its value; so this one has a name of its own.
 */
export interface TaskIterator<T> {
  next(): Promise<IteratorResult<T, undefined>>
  return(): Promise<IteratorResult<T, undefined>>
}

/** What `joinEach` gives. */
export class JoinedTasks<T extends Task<any>> implements Watcher, Host {
  /** @internal */
  readonly blocking = false
  /** @internal */
  readonly name = 'joinEach'
  /** @internal */
  readonly clock: Clock
  private readonly over: T[] = []
  private given = 0
  private readonly links: Set<Joining> = new Set()
  private readonly waiters: WaitList = new WaitList()
  private readonly timer: unknown
  /** How many were not over when the time was. */
  private late = 0
  readonly size: number

  /** @internal */
  constructor(tasks: readonly T[], timeout: number, clock: Clock) {
    this.clock = clock
    this.size = tasks.length
    for (const task of tasks) {
      task._flags |= SEEN
      if (task.done) {
        this.over.push(task)
        continue
      }
      const link = new Joining(task, this, this)
      this.links.add(link)
      task.park(link)
    }
    if (timeout !== Infinity && this.links.size > 0) this.timer = clock.after(timeout, expire, this, true)
  }

  /** Waits for the next one; `done` when all were given. */
  next(options?: WaitOptions): Operation<IteratorResult<T, undefined>> {
    return limited(new NextTask(this, this.waiters), options)
  }

  /** Lets go of the tasks; who waits is told that there are no more. */
  close(): void {
    this.stop()
    this.over.length = this.given = 0
    this.serve()
  }

  /** No async generator: that would await the tasks that it yields. */
  [Symbol.asyncIterator](): TaskIterator<T> {
    return {
      next: async () => await this.next(),
      return: async () => {
        this.close()
        return { done: true, value: undefined }
      },
    }
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** @internal */
  _take(): Poll<IteratorResult<T, undefined>> {
    const { over } = this
    if (this.given < over.length) {
      const value = over[this.given] as T
      over[this.given++] = undefined as never
      if (this.given === over.length) this.given = over.length = 0
      return { done: false, value }
    }
    if (this.late > 0) throw new TimeoutError(`${this.late} (of ${this.size}) tasks are not over`)
    return this.links.size === 0 ? { done: true, value: undefined } : NOT_READY
  }

  /** @internal Takes back a task that nobody received. */
  _giveBack(task: T): void {
    if (this.given > 0) this.over[--this.given] = task
    else this.over.unshift(task)
    this.serve()
  }

  /** @internal */
  get _reach(): number {
    return this.timer === undefined ? LOOP : TIME
  }

  /** @internal */
  ended(task: T, link: Joining): void {
    this.over.push(task)
    this.links.delete(link)
    if (this.links.size === 0 && this.timer !== undefined) this.clock.cancel(this.timer)
    this.serve()
  }

  /** @internal */
  expired(): void {
    this.late = this.links.size
    this.stop()
    this.serve()
  }

  private stop(): void {
    if (this.timer !== undefined) this.clock.cancel(this.timer)
    for (const link of this.links) link.operation.unpark(link)
    this.links.clear()
  }

  private serve(): void {
    const { waiters } = this
    for (let waiter = waiters.head; waiter !== null; waiter = waiters.head) {
      let step: Poll<IteratorResult<T, undefined>>
      try {
        step = this._take()
      } catch (error) {
        waiters.remove(waiter)
        waiter.fail(error)
        continue
      }
      if (step === NOT_READY) return
      waiters.remove(waiter)
      waiter.grant(step)
    }
  }
}

class NextTask<T extends Task<any>> extends Operation<IteratorResult<T, undefined>> {
  private readonly joined: JoinedTasks<T>
  private readonly waiters: WaitList

  constructor(joined: JoinedTasks<T>, waiters: WaitList) {
    super()
    this.joined = joined
    this.waiters = waiters
  }

  poll(): Poll<IteratorResult<T, undefined>> {
    return this.waiters.head === null ? this.joined._take() : NOT_READY
  }

  park(waiter: Waiter<IteratorResult<T, undefined>>): void {
    this.waiters.push(waiter)
  }

  unpark(waiter: Waiter<IteratorResult<T, undefined>>): boolean {
    return this.waiters.remove(waiter)
  }

  override giveBack(
    _waiter: Waiter<IteratorResult<T, undefined>>,
    { done, value }: IteratorResult<T, undefined>,
  ): void {
    if (done !== true) this.joined._giveBack(value)
  }

  override reach(): number {
    return this.joined._reach
  }

  override describe(): string {
    return `joinEach(${this.joined.size} tasks).next`
  }
}

function expire(joined: JoinedTasks<any>): void {
  joined.expired()
}
