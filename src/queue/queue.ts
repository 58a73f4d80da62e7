/** A queue that gives its items in the order in which they were put. */
import { optionsOf, type QueueOptions, requireCapacity } from './arguments.ts'
import { BaseQueue } from './base.ts'
import { feed, requireSource } from './feed.ts'
import { Ring } from './store.ts'

/**
 * First in, first out, in one thread. Bounded by `capacity` or not; a `put` into a full queue waits. See `QueueLike` for
 * what all queues do. It cannot be shared between threads; `SharedQueue` can.
 */
export class Queue<T> extends BaseQueue<T> {
  /** `capacity` is an integer of at least 1, or `Infinity`; alone, or in an object. */
  constructor(capacity: number | QueueOptions = Infinity) {
    super(requireCapacity(optionsOf(capacity, 'capacity?').capacity ?? Infinity), new Ring())
  }

  /**
   * Starts at once: a queue that is fed from `source`, reading `capacity` items ahead, 1 by default. It is shut down at
   * the end of the source. If the source fails, whoever finds nothing left in the queue gets the error. When the queue
   * is shut down, the source is told to stop, by `return()`, also while it is asked for an item.
   */
  static from<T>(source: AsyncIterable<T> | Iterable<T>, capacity: number | QueueOptions = 1): Queue<T> {
    requireSource(source)
    return feed<T, Queue<T>>(new Queue(capacity), source)
  }

  get kind(): 'Queue' {
    return 'Queue'
  }
}
