import type { SequentialSpec } from '../linearizability/spec.ts'
import { answers, count, model } from './model.ts'

/** A number: `add(n = 1) -> the value before`, as `Atomics.add`, or nothing when it was not recorded; `get() -> value`. */
export function counter(initial = 0): SequentialSpec<number> {
  return model<number>({
    name: 'counter',
    init: () => initial,
    ops: {
      add(value, args, result) {
        return result === undefined || answers(result, value)
          ? value + count(args, 0, 1, -Infinity)
          : undefined
      },
      get: (value, _args, result) => (answers(result, value) ? value : undefined),
    },
  })
}
