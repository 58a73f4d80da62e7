import type { SequentialSpec } from '../linearizability/spec.ts'
import { answers, count, maySucceed, mayThrow, model } from './model.ts'

/**
 * Counts down once: `countDown(n = 1)`, `wait()`, possible at 0, `count() -> number`.
 * Counting below 0 must throw, or stay at 0 with `overrun: 'clamp'`.
 */
export function latch(
  initial: number,
  options: { readonly overrun?: 'throw' | 'clamp' } = {},
): SequentialSpec<number> {
  const { overrun = 'throw' } = options
  return model<number>({
    name: 'latch',
    init: () => initial,
    waits: ['wait'],
    ops: {
      countDown(state, args, result) {
        const n = count(args, 0, 1)
        if (n > state && overrun === 'throw') return mayThrow(result) ? state : undefined
        return maySucceed(result) ? Math.max(0, state - n) : undefined
      },
      wait: (state) => (state === 0 ? state : undefined),
      count: (state, _args, result) => (answers(result, state) ? state : undefined),
    },
  })
}
