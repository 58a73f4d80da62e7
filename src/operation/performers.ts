/**
 * How a wait is carried out. Filled in by `src/perform`, and by `src/future` for what gives futures, so that operations
 * know nothing of performers.
 */
import type { Future } from '../future/future.ts'
import type { Operation } from './operation.ts'
import type { Suspend } from './waiter.ts'

/** A wait, or a run of a generator, that is under way and will end in one of two callbacks. */
export interface Performing {
  /**
   * Withdraws the wait it stands in and ends that with `error` within this call. `false` if there is none, or a grant came
   * first: then nothing has changed.
   */
  stop(error: unknown): boolean
}

export interface Performers {
  start<T>(operation: Operation<T>): Future<T>
  startBody<T>(body: () => Generator<Suspend, T, unknown>): Future<T>
  /** Parks an operation that is prepared and was polled in vain. */
  park<T>(
    operation: Operation<T>,
    fulfilled: (value: T) => void,
    rejected: (error: unknown) => void,
  ): Performing
  promise<T, A, B>(
    operation: Operation<T>,
    fulfilled: ((value: T) => A | PromiseLike<A>) | null | undefined,
    rejected: ((reason: unknown) => B | PromiseLike<B>) | null | undefined,
  ): PromiseLike<A | B>
  task<T>(operation: Operation<T>): Generator<Suspend, T, unknown>
  block<T>(operation: Operation<T>): T
  /** Runs a generator; the first step, and with it perhaps the end, comes within this call. */
  begin<T>(
    generator: Generator<Suspend, T, unknown>,
    fulfilled: (value: T) => void,
    rejected: (error: unknown) => void,
  ): Performing
  drive<T>(body: () => Generator<Suspend, T, unknown>): Promise<T>
  driveBlocking<T>(body: () => Generator<Suspend, T, unknown>): T
}

export const performers: Performers = {} as Performers
