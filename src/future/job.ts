/** The future of a submission, and the submission itself: one object a call. */
import { performers } from '../operation/performers.ts'
import type { Clock, Suspend } from '../operation/waiter.ts'
import type { Context } from './context.ts'
import { Future } from './future.ts'
import type { Level } from './job-queue.ts'
import { unwatchSignal, watchSignal } from './signals.ts'

/** How a submission is run. */
export interface SubmitOptions {
  /** Those of a higher priority begin first; in the order of submission among equals. Default 0. */
  priority?: number | undefined
  /**
   * When it aborts, a call that has not begun is cancelled and one that runs is given up: the future throws
   * `signal.reason`. A generator is ended at its wait; an async function goes on, and nobody looks at its outcome.
   */
  signal?: AbortSignal | undefined
  /** Milliseconds, from its beginning, after which a call that runs is given up with `TimeoutError`. */
  timeout?: number | undefined
}

/** What a call gives in the end: what a generator returns, what a promise resolves to, or the value itself. */
export type Outcome<R> = [R] extends [never]
  ? never
  : [R] extends [Generator<Suspend, infer T, any>]
    ? T
    : Awaited<R>

export type Call = (...args: any[]) => unknown

/** What has to be undone when a limited job ends. */
export interface Limits {
  signal: AbortSignal | undefined
  timeout: number
  clock: Clock
  timer: unknown
  /** Gives up the call that runs; absent while it does not. */
  giveUp: ((error: unknown, aborted: boolean) => void) | undefined
  /** Takes the job out of the set of those that are not due. */
  withdrawn: (() => void) | undefined
}

const nothing = (): void => undefined
const none: readonly unknown[] = []

export class Job<T = any> extends Future<T> {
  f: Call
  args: readonly unknown[]
  readonly priority: number
  /** When it was submitted, or when it was due. */
  since: number
  /** The context to run in; unset if it began within its submission. */
  context: Context | undefined = undefined
  limits: Limits | undefined = undefined
  /** What an executor that runs it in another thread or process has to keep with it. */
  freight: unknown = undefined
  /** Where it waits for its turn, between those of the same priority. */
  level: Level | null = null
  preceding: Job | null = null
  following: Job | null = null

  constructor(f: Call, args: readonly unknown[], priority: number, since: number) {
    super()
    this.f = f
    this.args = args
    this.priority = priority
    this.since = since
  }

  /** Calls the function. */
  call(): unknown {
    const { f, args, context } = this
    if (context !== undefined) return context.runInAsyncScope(f, undefined, ...args)
    return args.length === 0 ? f() : f(...args)
  }

  /** It is over: lets go of what it was made of. */
  release(): void {
    this.f = nothing
    this.args = none
    this.context = undefined
    this.freight = undefined
    const { limits } = this
    if (limits === undefined) return
    this.limits = undefined
    if (limits.timer !== undefined) limits.clock.cancel(limits.timer)
    if (limits.signal !== undefined) unwatchSignal(limits.signal, this)
    limits.withdrawn?.()
  }

  listen(signal: AbortSignal): void {
    watchSignal(signal, this)
  }

  /** The signal aborted. */
  aborted(reason: unknown): void {
    if (this.state === 'PENDING') this._cancel({ reason })
    else this.limits?.giveUp?.(reason, true)
  }

  override _cancel(reason: { readonly reason: unknown } | undefined): void {
    this.release()
    const queue = this.level?.queue
    queue?.remove(this)
    super._cancel(reason)
    queue?.cancelled(this)
  }
}

/** Whether a function gave a generator, so that it is a task. */
export function isGenerator(value: object): value is Generator<Suspend, unknown, unknown> {
  return (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === 'Generator'
}

/** Runs a generator as a task. */
export function drive<T>(generator: Generator<Suspend, T, unknown>): Promise<T> {
  return performers.drive(() => generator)
}
