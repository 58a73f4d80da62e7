/** Arguments that are futures. */
import { shown } from '../errors.ts'
import { Future } from './future.ts'

/** The futures of an iterable, each once. Throws `TypeError` if one of them is none. */
export function requireFutures<F>(caller: string, futures: Iterable<F>): Set<F> {
  if (typeof (futures as Partial<Iterable<F>> | null | undefined)?.[Symbol.iterator] !== 'function')
    throw new TypeError(`${caller}: futures must be an iterable of futures, got ${shown(futures)}`)
  const set = new Set(futures)
  for (const future of set)
    if (!(future instanceof Future))
      throw new TypeError(`${caller}: futures must hold only futures, got ${shown(future)}`)
  return set
}

/** Throws unless `options` is an object or left out; returns it. */
export function requireOptions<O extends object>(options: O | undefined, names: string): Partial<O> {
  if (options === undefined) return {}
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`options must be an object { ${names} }, got ${shown(options)}`)
  return options
}
