/** Tasks that end together, for async functions. */
import { CancelledError, requireFunction } from '../errors.ts'
import { Operation } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import type { MemberBody } from './body.ts'
import { requireGroupOptions } from './group.ts'
import { Empty, type GroupOptions, Members } from './members.ts'
import type { SpawnOptions } from './options.ts'
import { currentScheduler } from './scheduler.ts'
import type { Task } from './task.ts'

/**
 * `await using g = new TaskGroup()`: at the end of the block it waits for all members. The first failure cancels the others
 * and aborts `g.signal`; when all are over, an `AggregateError` of all failures is thrown. With `supervise` a member's
 * failure is reported only.
 *
 * A block that is left by an error waits for its members too, since nobody tells a disposable of the error;
 * `TaskGroup.run(async (g) => { … })` cancels them in that case.
 */
export class TaskGroup {
  private readonly members: Members
  private controller: AbortController | undefined = undefined

  constructor(options?: GroupOptions) {
    const supervise = requireGroupOptions(options)
    this.members = new Members(currentScheduler(), undefined, supervise, (reason) =>
      this.controller?.abort(reason),
    )
  }

  /** Runs `body` with a group, and ends when both are over. An error of the body counts as a failure among the others. */
  static async run<T>(body: (group: TaskGroup) => PromiseLike<T> | T, options?: GroupOptions): Promise<T> {
    requireFunction('body', body)
    const group = new TaskGroup(options)
    let value: T | undefined
    try {
      value = await body(group)
    } catch (error) {
      if (error !== group.members.stopped) group.members.failed(error)
      group.cancel(error)
    }
    await group[Symbol.asyncDispose]()
    return value as T
  }

  /** How many members are not over. */
  get size(): number {
    return this.members.living.size
  }

  /** Aborts when a member fails or the group is cancelled: for what the async function itself waits for. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController()
      if (this.members.stopped !== undefined) this.controller.abort(this.members.stopped)
    }
    return this.controller.signal
  }

  /**
   * Begins a member: a generator function, or an async function that is given its task. An async function begins at once,
   * and is told of a cancellation by `task.signal`; the group waits for its promise in any case.
   */
  spawn<T>(body: MemberBody<T>, options?: SpawnOptions): Task<T> {
    return this.members.spawn(body, options)
  }

  /** Cancels all members, with a `CancelledError` whose cause is `reason`. */
  cancel(reason?: unknown): void {
    this.members.stop(new CancelledError('the group was cancelled', { cause: reason }))
  }

  /** Waits until no member is left; failures are kept for the end of the group. */
  join(options?: WaitOptions): Operation<void> {
    return limited<void>(new Empty(this.members), options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Empty(this.members)
    this.members.closed = true
    this.members.throwFailures()
  }
}
