/**
 * The tasks of a group: who is left, what failed, and who waits for the last one.
 *
 *   open      members may be spawned
 *   stopped   a member failed or the group was cancelled: all are cancelled, and so is whoever is spawned now
 *   closed    the group is over; nobody can be spawned
 */
import { CancelledError, InvalidStateError, shown } from '../errors.ts'
import { WaitList } from '../operation/list.ts'
import { NOT_READY, Operation, type Poll } from '../operation/operation.ts'
import type { Waiter } from '../operation/waiter.ts'
import type { MemberBody } from './body.ts'
import type { SpawnOptions } from './options.ts'
import type { Scheduler } from './scheduler.ts'
import { FAILED, SEEN, type Task } from './task.ts'

/** What `group` and `new TaskGroup` take. */
export interface GroupOptions {
  /** A member that fails is reported to `setTaskFailureHook` and nothing else happens. Default `false`. */
  supervise?: boolean | undefined
}

export class Members {
  readonly failures: unknown[] = []
  readonly living: Set<Task<any>> = new Set()
  readonly waiters: WaitList = new WaitList()
  stopped: CancelledError | undefined = undefined
  closed = false
  private readonly scheduler: Scheduler
  private readonly parent: Task<any> | undefined
  private readonly supervise: boolean
  private readonly onStop: (reason: CancelledError) => void

  constructor(
    scheduler: Scheduler,
    parent: Task<any> | undefined,
    supervise: boolean,
    onStop: (reason: CancelledError) => void,
  ) {
    this.scheduler = scheduler
    this.parent = parent
    this.supervise = supervise
    this.onStop = onStop
  }

  spawn<T>(body: MemberBody<T>, options: SpawnOptions | undefined): Task<T> {
    if (this.closed) throw new InvalidStateError('the group is over; nothing can be spawned in it')
    const task = this.scheduler._member(body, options, this.parent)
    this.living.add(task)
    task.extras().members = this
    if (!this.supervise) task._flags |= SEEN
    if (this.stopped !== undefined) task.cancel(this.stopped)
    return task
  }

  /** Cancels all members, and whoever is told by `onStop`. */
  stop(reason: CancelledError): void {
    if (this.stopped !== undefined) return
    this.stopped = reason
    this.onStop(reason)
    for (const task of [...this.living]) task.cancel(reason)
  }

  /** A member is over. */
  ended(task: Task<any>): void {
    this.living.delete(task)
    if (task._phase === FAILED && !this.supervise) {
      const error = task.failure()
      this.failed(error)
      this.stop(new CancelledError(`${task.name} failed`, { cause: error }))
    }
    if (this.living.size > 0) return
    const { waiters } = this
    for (let waiter = waiters.head; waiter !== null; waiter = waiters.head) {
      waiters.remove(waiter)
      waiter.grant(undefined)
    }
  }

  /** Keeps an error; that of a member may arrive again, through who joined it. */
  failed(error: unknown): void {
    if (!this.failures.includes(error)) this.failures.push(error)
  }

  /** Throws what failed, all of it. */
  throwFailures(): void {
    const { failures } = this
    if (failures.length === 0) return
    const [first] = failures
    const told = first instanceof Error ? first.message : shown(first)
    throw new AggregateError(failures, `${failures.length} failed in the group; first: ${told}`)
  }
}

/** Waits until no member is left. */
export class Empty extends Operation<void> {
  readonly members: Members

  constructor(members: Members) {
    super()
    this.members = members
  }

  poll(): Poll<void> {
    return this.members.living.size === 0 ? undefined : NOT_READY
  }

  park(waiter: Waiter<void>): void {
    this.members.waiters.push(waiter)
  }

  unpark(waiter: Waiter<void>): boolean {
    return this.members.waiters.remove(waiter)
  }

  override describe(): string {
    return `the end of ${this.members.living.size} members of a group`
  }
}
