/**
 * Tasks that end together, within a task.
 *
 * Source: trio's nursery. Differences: what fails is always told by an `AggregateError`, in the order of failing.
 * Cancellation: the body is a scope of its own, so a member that fails cancels the body where it waits. A cancellation from
 * outside stops the body, then the members; the group waits for their ends behind a shield, and throws it on.
 */
import { CancelledError, requireFunction, shown } from '../errors.ts'
import type { Suspend } from '../operation/waiter.ts'
import type { MemberBody } from './body.ts'
import { requireTask } from './current.ts'
import { Empty, type GroupOptions, Members } from './members.ts'
import type { SpawnOptions } from './options.ts'
import { type Cancellation, unwinds } from './scope.ts'
import { shield, type Steps } from './scoped.ts'
import type { Task } from './task.ts'

/** What the body of `group` is given. */
export interface Group {
  /** Begins a member: a generator function, or an async function that is given its task (cancelled by `task.signal`). */
  spawn<T>(body: MemberBody<T>, options?: SpawnOptions): Task<T>
  /** Cancels the body and all members; the group then throws `CancelledError`. */
  cancel(reason?: unknown): void
  /** How many members are not over. */
  readonly size: number
}

export function requireGroupOptions(options: GroupOptions | undefined): boolean {
  if (options === undefined) return false
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`options must be an object { supervise? }, got ${shown(options)}`)
  const { supervise = false } = options
  if (typeof supervise !== 'boolean')
    throw new TypeError(`supervise must be a boolean, got ${shown(supervise)}`)
  return supervise
}

/**
 * Runs `body` with a group: `yield* group(function* (g) { const x = g.spawn(f); return yield* x })`. It ends when the body
 * and all members have ended, with the value of the body. The first failure cancels the others, and the body; when all are
 * over, an `AggregateError` of all failures is thrown. With `supervise` a member's failure is reported only. Outside of
 * tasks: `run(() => group(…))`, or `TaskGroup`.
 */
export function group<T>(
  body: (group: Group) => Steps<T>,
  options?: GroupOptions,
): Generator<Suspend, T, unknown> {
  requireFunction('body', body)
  return grouped(body, requireGroupOptions(options))
}

function* grouped<T>(body: (group: Group) => Steps<T>, supervise: boolean): Generator<Suspend, T, unknown> {
  const task = requireTask('group')
  const scope = task._open(false)
  const members = new Members(task.scheduler, task, supervise, (reason) =>
    task._request(scope, reason.message, reason.cause),
  )
  const empty = new Empty(members)
  let value: T | undefined
  let cancelled: Cancellation | undefined
  try {
    value = yield* body({
      spawn: (member, options) => members.spawn(member, options),
      cancel: (reason) => members.stop(new CancelledError('the group was cancelled', { cause: reason })),
      get size() {
        return members.living.size
      },
    })
    yield* empty
  } catch (error) {
    if (unwinds(error, scope)) cancelled = error
    else members.failed(error)
    members.stop(new CancelledError('the group is over', { cause: error }))
    yield* shield(() => empty)
  } finally {
    members.closed = true
    task._close(scope)
  }
  members.throwFailures()
  if (cancelled !== undefined) throw cancelled
  return value as T
}
