/** A queue that gives the item first that was put last. */
import { optionsOf, type QueueOptions, requireCapacity } from './arguments.ts'
import { BaseQueue } from './base.ts'
import { feed, requireSource } from './feed.ts'
import { Stack } from './store.ts'

/** Last in, first out; otherwise as `Queue`. Those who wait are served first in, first out here too. */
export class LifoQueue<T> extends BaseQueue<T> {
  /** `capacity` is an integer of at least 1, or `Infinity`; alone, or in an object. */
  constructor(capacity: number | QueueOptions = Infinity) {
    super(requireCapacity(optionsOf(capacity, 'capacity?').capacity ?? Infinity), new Stack())
  }

  /** Starts at once: a queue that is fed from `source`, as `Queue.from`. */
  static from<T>(source: AsyncIterable<T> | Iterable<T>, capacity: number | QueueOptions = 1): LifoQueue<T> {
    requireSource(source)
    return feed<T, LifoQueue<T>>(new LifoQueue(capacity), source)
  }

  get kind(): 'LifoQueue' {
    return 'LifoQueue'
  }
}
