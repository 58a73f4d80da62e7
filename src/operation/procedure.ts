/**
 * A sequence of operations, written once as a generator and performed in the same ways as an operation. It is no arm of
 * `choose` or `select`, because it commits in several steps: the types and a run-time check refuse it.
 */
import type { Future } from '../future/future.ts'
import { performers } from './performers.ts'
import type { Suspend } from './waiter.ts'

/** Wait with `await procedure`, `yield* procedure` in a task, or `procedure.block()`. Each is a run of its own. */
export class Procedure<T> implements PromiseLike<T> {
  /** How it reads in a message. */
  readonly name: string
  private readonly body: () => Generator<Suspend, T, unknown>

  constructor(name: string, body: () => Generator<Suspend, T, unknown>) {
    this.name = name
    this.body = body
  }

  /**
   * Performs it now and keeps the outcome in a future. Cancelling the future ends the wait that it stands in; what it has
   * to do after that (a condition takes its lock again) it does before the future is done.
   */
  start(): Future<T> {
    return performers.startBody(this.body)
  }

  /** Performs it, for `await`. */
  // oxlint-disable-next-line unicorn/no-thenable
  then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return performers.drive(this.body).then(fulfilled, rejected)
  }

  /** Performs it in a task. */
  [Symbol.iterator](): Generator<Suspend, T, unknown> {
    return this.body()
  }

  /** Performs it by putting this whole thread to sleep. Throws as `operation.block()`. */
  block(): T {
    return performers.driveBlocking(this.body)
  }
}
