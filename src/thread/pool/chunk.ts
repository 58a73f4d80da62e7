/** Many calls in one: the items of a part of `map`, one after another. */
import { type Mode, NUMBERS, STARMAP } from './protocol.ts'
import { settle } from './settle.ts'

export type Call = (...args: any[]) => unknown

/**
 * The results of `f` for each of `values`; `undefined` if they stand in the place of the numbers. `stopped` is asked before
 * each call, and throws to end it.
 */
export function callAll(
  f: Call,
  values: ArrayLike<unknown>,
  mode: Mode,
  stopped: (() => void) | undefined,
): unknown {
  if (mode === NUMBERS && stopped === undefined) return callNumbers(f, values as Float64Array)
  return goOn(f, values, mode, stopped, [])
}

function callNumbers(f: Call, values: Float64Array): unknown {
  for (let i = 0; i < values.length; i++) {
    const result = f(values[i]!)
    if (typeof result !== 'number')
      return goOn(f, values, NUMBERS, undefined, Array.from(values.subarray(0, i)), { result })
    values[i] = result
  }
  return undefined
}

function goOn(
  f: Call,
  values: ArrayLike<unknown>,
  mode: Mode,
  stopped: (() => void) | undefined,
  results: unknown[],
  first?: { result: unknown },
): unknown {
  while (results.length < values.length) {
    stopped?.()
    const value = values[results.length]
    const result =
      first !== undefined ? first.result : mode === STARMAP ? f(...(value as unknown[])) : f(value)
    first = undefined
    const settled = typeof result === 'object' && result !== null ? settle(result) : result
    if (settled instanceof Promise)
      return settled.then((each: unknown) => {
        results.push(each)
        return goOn(f, values, mode, stopped, results)
      })
    results.push(settled)
  }
  return results
}
