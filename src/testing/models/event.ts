import type { SequentialSpec } from '../linearizability/spec.ts'
import { answers, model } from './model.ts'

/**
 * A flag: `set()`, `clear()`, `isSet() -> boolean`, `wait()`, possible while it is set. With `autoReset` a wait that
 * passes clears it. A waiter that set-then-clear released takes its effect between the two.
 */
export function event(
  options: { readonly autoReset?: boolean; readonly set?: boolean } = {},
): SequentialSpec<boolean> {
  const { autoReset = false, set = false } = options
  return model<boolean>({
    name: autoReset ? 'auto-reset event' : 'event',
    init: () => set,
    waits: ['wait'],
    ops: {
      set: () => true,
      clear: () => false,
      isSet: (state, _args, result) => (answers(result, state) ? state : undefined),
      wait: (state, _args, result) => {
        return state && (answers(result, true) || result === undefined) ? !autoReset : undefined
      },
    },
  })
}
