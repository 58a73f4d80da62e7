/** What an operation of one's own needs of the core. */
import type { Operation } from '../index.ts'

/** What `poll` answers when it cannot commit now: the core's own symbol. */
export const NOT_READY: unique symbol = Symbol.for('heddle.notReady') as never

/** The answer of `poll`. */
export type Poll<T> = ReturnType<Operation<T>['poll']>

/** Whoever waits. */
export type Waiter<T> = Parameters<Operation<T>['park']>[0]

const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? (Symbol.for('Symbol.dispose') as never)

/** Gives back a value that nobody will use. */
export function dispose(value: unknown): void {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return
  const method = (value as { [DISPOSE]?: unknown })[DISPOSE]
  if (typeof method === 'function') method.call(value)
}
