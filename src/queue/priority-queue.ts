/** A queue that gives the smallest item first. */
import { requireFunction } from '../errors.ts'
import type { Operation } from '../operation/operation.ts'
import type { WaitOptions } from '../operation/options.ts'
import { optionsOf, type QueueOptions, requireBatch, requireCapacity } from './arguments.ts'
import { BaseQueue } from './base.ts'
import { feed, requireSource } from './feed.ts'
import { type Compare, Heap } from './heap.ts'
import { defaultOrder, requireOrdered } from './order.ts'

/** What the constructor of a `PriorityQueue` takes. */
export interface PriorityQueueOptions<T> extends QueueOptions {
  /**
   * Negative if `a` comes first, positive if `b` does, 0 if they are equal. Default: numbers and bigints, strings, Dates,
   * and arrays of such element by element, in ascending order. If it throws, the put or get fails and nothing is changed.
   */
  compare?: ((a: T, b: T) => number) | undefined
}

/**
 * The smallest item first, and among equals the one that was put first; otherwise as `Queue`. Putting and taking cost
 * O(log n). Items must not change their order while they lie there.
 */
export class PriorityQueue<T> extends BaseQueue<T> {
  private readonly check: (item: T) => void

  constructor(options: number | PriorityQueueOptions<T> = {}) {
    const { capacity = Infinity, compare } = optionsOf(options, 'capacity?, compare?')
    if (compare !== undefined) requireFunction('compare', compare)
    super(requireCapacity(capacity), new Heap<T>(compare ?? (defaultOrder as Compare<T>)))
    this.check = compare === undefined ? requireOrdered : () => {}
  }

  /** Starts at once: a queue that is fed from `source`, as `Queue.from`; `capacity` is 1 if it is left out. */
  static from<T>(
    source: AsyncIterable<T> | Iterable<T>,
    options: number | PriorityQueueOptions<T> = {},
  ): PriorityQueue<T> {
    requireSource(source)
    const given = optionsOf(options, 'capacity?, compare?')
    return feed<T, PriorityQueue<T>>(new PriorityQueue({ ...given, capacity: given.capacity ?? 1 }), source)
  }

  get kind(): 'PriorityQueue' {
    return 'PriorityQueue'
  }

  /** As every queue's; throws `TypeError` at once for an item that the default order has no place for. */
  override put(item: T, options?: WaitOptions): Operation<void> {
    this.check(item)
    return super.put(item, options)
  }

  /** As every queue's; throws `TypeError` at once for an item that the default order has no place for. */
  override putMany(items: Iterable<T>, options?: WaitOptions): Operation<void> {
    const batch = requireBatch(items, this.capacity)
    batch.forEach(this.check)
    return super.putMany(batch, options)
  }

  /** As every queue's; throws `TypeError` for an item that the default order has no place for. */
  override tryPut(item: T): boolean {
    this.check(item)
    return super.tryPut(item)
  }
}
