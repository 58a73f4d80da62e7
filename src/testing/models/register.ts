import { sameJson } from '../linearizability/json.ts'
import type { SequentialSpec } from '../linearizability/spec.ts'
import { answers, model } from './model.ts'

/**
 * One shared value: `read() -> value`, `write(value)`, `swap(value) -> the old one`,
 * `compareAndSet(expected, value) -> boolean`. With `keyed(register())`, many of them.
 */
export function register(initial: unknown = null): SequentialSpec<unknown> {
  return model<unknown>({
    name: 'register',
    init: () => initial,
    ops: {
      read: (value, _args, result) => (answers(result, value) ? value : undefined),
      write: (_value, [next = null], result) => (answers(result, undefined) ? next : undefined),
      swap: (value, [next = null], result) => (answers(result, value) ? next : undefined),
      compareAndSet(value, [expected, next = null], result) {
        const equal = sameJson(value, expected)
        if (!answers(result, equal)) return undefined
        return equal ? next : value
      },
    },
  })
}
