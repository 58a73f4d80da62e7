/** What the constructors and batches of queues take. */
import { requireInteger, shown } from '../errors.ts'

/** The options of a queue's constructor, which may be a capacity alone. */
export interface QueueOptions {
  /** How many items it holds at most, an integer of at least 1. Default `Infinity`. */
  capacity?: number | undefined
}

/** The options in `argument`, a capacity or an object. */
export function optionsOf<O extends QueueOptions>(argument: number | O | undefined, names: string): O {
  if (argument === undefined) return {} as O
  if (typeof argument === 'number') return { capacity: argument } as O
  if (typeof argument !== 'object' || argument === null)
    throw new TypeError(`capacity must be a number, or options { ${names} }, got ${shown(argument)}`)
  return argument
}

/** Throws unless it is an integer of at least 1, or `Infinity`. */
export function requireCapacity(capacity: number): number {
  if (capacity === Infinity) return capacity
  if (capacity === 0)
    throw new RangeError('capacity must be at least 1, got 0; a queue that holds nothing is a Channel')
  return requireInteger('capacity', capacity, 1, Number.MAX_SAFE_INTEGER)
}

/** The items to be put together. Throws if they can never have room at once. */
export function requireBatch<T>(items: Iterable<T>, capacity: number): readonly T[] {
  if (typeof (items as Partial<Iterable<T>> | null | undefined)?.[Symbol.iterator] !== 'function')
    throw new TypeError(`items must be an iterable, got ${shown(items)}`)
  const batch = [...items]
  if (batch.length > capacity)
    throw new RangeError(
      `items must be at most as many as the capacity of ${capacity}, since they are put together; got ${batch.length}`,
    )
  return batch
}
