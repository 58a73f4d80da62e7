/**
 * A queue made of nothing but a lock and a condition, as in a textbook. Its waits are procedures: they give up the lock
 * and take it again. Acts happen at once, since no procedure stops between its predicate and its change, and tell of
 * themselves as soon as they hold the lock.
 */
import {
  Condition,
  type Inspection,
  Lock,
  OverReleaseError,
  Procedure,
  type QueueIterator,
  type QueueShutdownOptions,
  QueueShutDownError,
  type QueueStatistics,
  type Suspend,
  type WaitOptions,
} from '../../src/index.ts'
import { requireInteger, shown } from '../../src/errors.ts'
import { optionsOf, requireBatch, requireCapacity } from '../../src/queue/arguments.ts'
import { streamOf } from '../../src/queue/stream.ts'
import type { QueueSubject } from './queue-suite.ts'

type Line = 'getters' | 'putters' | 'joiners'
type Next = IteratorResult<number, undefined>

export class ConditionQueue implements QueueSubject {
  readonly capacity: number
  isShutDown = false
  private readonly items: number[] = []
  private unfinished = 0
  private readonly condition = new Condition(new Lock())
  private readonly lines = { getters: 0, putters: 0, joiners: 0 }

  constructor(capacity: number = Infinity) {
    this.capacity = requireCapacity(optionsOf(capacity, 'capacity').capacity ?? Infinity)
  }

  get size(): number {
    return this.items.length
  }

  put(item: number, options?: WaitOptions): Procedure<void> {
    return this.putMany([item], options)
  }

  putMany(items: Iterable<number>, options?: WaitOptions): Procedure<void> {
    const batch = requireBatch(items, this.capacity)
    const fits = () => this.isShutDown || this.size + batch.length <= this.capacity
    return this.waits('putters', fits, options, () => {
      this.requireOpen()
      this.items.push(...batch)
      this.unfinished += batch.length
    })
  }

  get(options?: WaitOptions): Procedure<number> {
    return this.takes(options, () => this.items.shift()!)
  }

  getMany(max: number, options?: WaitOptions): Procedure<number[]> {
    requireInteger('max', max, 1)
    return this.takes(options, () => this.items.splice(0, max))
  }

  peek(options?: WaitOptions): Procedure<number> {
    return this.takes(options, () => this.items[0]!)
  }

  next(options?: WaitOptions): Procedure<Next> {
    return this.waits(
      'getters',
      () => this.isShutDown || this.size > 0,
      options,
      (): Next =>
        this.size > 0 ? { done: false, value: this.items.shift()! } : { done: true, value: undefined },
    )
  }

  tryPut(item: number): boolean {
    this.requireOpen()
    if (this.size >= this.capacity) return false
    this.items.push(item)
    this.unfinished++
    this.tell()
    return true
  }

  tryGet<D>(otherwise?: D): number | D
  tryGet(otherwise?: unknown): unknown {
    if (this.size === 0 && this.isShutDown) throw new QueueShutDownError('shut down')
    if (this.size === 0) return otherwise
    this.tell()
    return this.items.shift()
  }

  taskDone(n: number = 1): void {
    requireInteger('n', n, 1)
    if (n > this.unfinished) throw new OverReleaseError('done too often')
    this.unfinished -= n
    this.tell()
  }

  join(options?: WaitOptions): Procedure<void> {
    return this.waits(
      'joiners',
      () => this.unfinished === 0,
      options,
      () => {},
    )
  }

  shutdown(options: QueueShutdownOptions = {}): void {
    if (typeof options !== 'object') throw new TypeError(`options must be an object, got ${shown(options)}`)
    const { immediate = false } = options
    if (typeof immediate !== 'boolean') throw new TypeError('immediate must be a boolean')
    this.isShutDown = true
    if (immediate) this.clear()
    this.tell()
  }

  clear(): number {
    const { length } = this.items.splice(0)
    this.unfinished = Math.max(0, this.unfinished - length)
    this.tell()
    return length
  }

  [Symbol.asyncIterator](): QueueIterator<number> {
    return {
      next: async () => await this.next(),
      return: async () => ({ done: true, value: undefined }),
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  toReadableStream(): ReadableStream<number> {
    return streamOf(this as never)
  }

  cancelWaiters(reason?: unknown): void {
    this.condition.cancelWaiters(reason)
  }

  statistics(): QueueStatistics {
    const { size, capacity, unfinished, isShutDown, lines } = this
    return { size, capacity, unfinished, isShutDown, ...lines }
  }

  inspect(): Inspection {
    return this.condition.inspect()
  }

  private takes<T>(options: WaitOptions | undefined, take: () => T): Procedure<T> {
    return this.waits(
      'getters',
      () => this.isShutDown || this.size > 0,
      options,
      () => {
        if (this.size === 0) throw new QueueShutDownError('shut down')
        return take()
      },
    )
  }

  /** Waits for `ready`, then does `act`, holding the lock. */
  private waits<T>(
    line: Line,
    ready: () => boolean,
    options: WaitOptions | undefined,
    act: () => T,
  ): Procedure<T> {
    const { condition, lines } = this
    const wait = condition.waitFor(ready, options)
    return new Procedure('ConditionQueue', function* (): Generator<Suspend, T, unknown> {
      const held = yield* condition.lock.acquire() as never as Iterable<Suspend, { release(): void }>
      lines[line]++
      try {
        options?.signal?.throwIfAborted()
        yield* wait
        const result = act()
        condition.notifyAll()
        return result
      } finally {
        lines[line]--
        held.release()
      }
    })
  }

  private tell(): void {
    const held = this.condition.lock.tryAcquire()
    if (held === undefined) return void this.condition.lock.run(() => this.condition.notifyAll())
    this.condition.notifyAll()
    held.release()
  }

  private requireOpen(): void {
    if (this.isShutDown) throw new QueueShutDownError('shut down')
  }
}
