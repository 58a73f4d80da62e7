/** A part of a `mapReduce`, in the worker: what `map` gave for each input, gathered by key. */
import { type FunctionReference, functionOf } from '../reference.ts'
import type { Call } from './chunk.ts'

/** The reference of the combiner, if there is one, and the inputs. */
export type GroupInput = readonly [combine: FunctionReference | undefined, ...inputs: unknown[]]

/** Keys in the order in which they came first, and the values of each: one if they were combined, else a list. */
export type Grouped = readonly [keys: readonly unknown[], values: readonly unknown[]]

/** So many values of a key are combined at once, so that a frequent key takes little memory. */
const MANY = 256

/** `stopped` is asked before each input, and throws to end it. */
export async function group(
  map: Call,
  [reference, ...inputs]: GroupInput,
  stopped: (() => void) | undefined,
): Promise<Grouped> {
  const combine = reference === undefined ? undefined : ((await functionOf(reference)) as Call)
  const groups = new Map<unknown, unknown[]>()
  for (const input of inputs) {
    stopped?.()
    const given: unknown = map(input)
    const entries = isPromise(given) ? await given : given
    for (const [key, value] of requireEntries(entries)) {
      const values = groups.get(key)
      if (values === undefined) groups.set(key, [value])
      else if (values.push(value) === MANY && combine !== undefined) groups.set(key, [combine(key, values)])
    }
  }
  const values = [...groups.values()]
  if (combine === undefined) return [[...groups.keys()], values]
  const keys = [...groups.keys()]
  return [keys, values.map((of, i) => (of.length === 1 ? of[0] : combine(keys[i], of)))]
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function'
}

function requireEntries(given: unknown): Iterable<readonly [unknown, unknown]> {
  if (typeof (given as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] === 'function')
    return given as Iterable<readonly [unknown, unknown]>
  throw new TypeError(`map must give a Map, or an iterable of [key, value], got ${String(given)}`)
}
