/** How a wait is carried out. Filled in by `src/perform`, so that operations know nothing of performers. */
import type { Operation } from './operation.ts'
import type { Suspend } from './waiter.ts'

export interface Performers {
  start<T>(operation: Operation<T>): Promise<T>
  promise<T, A, B>(
    operation: Operation<T>,
    fulfilled: ((value: T) => A | PromiseLike<A>) | null | undefined,
    rejected: ((reason: unknown) => B | PromiseLike<B>) | null | undefined,
  ): PromiseLike<A | B>
  task<T>(operation: Operation<T>): Generator<Suspend, T, unknown>
  block<T>(operation: Operation<T>): T
  drive<T>(body: () => Generator<Suspend, T, unknown>): Promise<T>
  driveBlocking<T>(body: () => Generator<Suspend, T, unknown>): T
}

export const performers: Performers = {} as Performers
