/**
 * Some operations take effect twice: `Barrier.wait` arrives and leaves, `Condition.wait` gives the lock away and
 * takes it again. No single instant explains them, but two do.
 */
import { number, type History } from './merge.ts'

/**
 * The history with each call of `op` replaced by two calls, `first` and `second`, within the same interval. Both get
 * one more argument, the same ticket (the call's id), by which a spec allows `second` only after its `first`.
 */
export function splitCalls(history: History, op: string, first: string, second: string): History {
  return number(
    history.flatMap(({ id, ...call }) => {
      const begin = call.call * 2
      const end = call.return === null ? null : call.return * 2
      if (call.op !== op) return [{ ...call, call: begin, return: end }]
      const args = [...call.args, id]
      return [
        { ...call, op: first, args, call: begin, return: end },
        { ...call, op: second, args, call: begin + 1, return: end === null ? null : end + 1 },
      ]
    }),
  )
}
