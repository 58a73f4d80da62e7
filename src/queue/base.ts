/**
 * What all queues of one thread have in common, whatever order they give their items in.
 *
 *   state      what lies there   put            get, peek                   next()
 *   open       none              at once        waits                       waits
 *   open       some              at once        at once                     at once
 *   open       full              waits          at once                     at once
 *   shut down  some              throws         at once                     at once
 *   shut down  none              throws         throws                      { done: true }
 *
 * Invariant: whenever no code runs here, the first waiter for an item, and the first for room, cannot be served. So both
 * kinds wait at once only while the thread sleeps in `block()`, whose return serves them. `unfinished` counts puts, not
 * takes: each put adds one; `taskDone`, and dropping what lies there, take from it.
 *
 * Cancellation: a waiter leaves its line and nothing else; it had been given nothing.
 */
import { OverReleaseError, QueueShutDownError, requireInteger, shown } from '../errors.ts'
import { NOT_READY, type Operation, type Poll } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import type { Waiter } from '../operation/waiter.ts'
import { Claim } from '../wait/primitive.ts'
import { requireBatch } from './arguments.ts'
import { iterate } from './iterate.ts'
import { Line } from './line.ts'
import type { QueueIterator, QueueLike, QueueShutdownOptions, QueueStatistics } from './queue-like.ts'
import { Sides } from './sides.ts'
import type { Store } from './store.ts'
import { streamOf } from './stream.ts'

type Next<T> = IteratorResult<T, undefined>

/** @internal */
export abstract class BaseQueue<T> extends Sides implements QueueLike<T> {
  readonly capacity: number
  private readonly store: Store<T>
  private unfinished = 0
  private shut = false
  /** Whether what comes back is dropped, as what lay there was. */
  private immediate = false
  /** Why it ended, where it did not by `shutdown`. */
  private failure: { readonly error: unknown } | undefined = undefined
  private joiners: Line | null = null
  /** What is told of its end. */
  private ended: (() => void) | undefined = undefined

  constructor(capacity: number, store: Store<T>) {
    super()
    this.capacity = capacity
    this.store = store
  }

  get size(): number {
    return this.store.size
  }

  get isShutDown(): boolean {
    return this.shut
  }

  put(item: T, options?: WaitOptions): Operation<void> {
    return limited(new Put(this, item), options)
  }

  putMany(items: Iterable<T>, options?: WaitOptions): Operation<void> {
    return limited(new PutMany(this, requireBatch(items, this.capacity)), options)
  }

  get(options?: WaitOptions): Operation<T> {
    return limited(new Get(this), options)
  }

  getMany(max: number, options?: WaitOptions): Operation<T[]> {
    return limited(new GetMany(this, requireInteger('max', max, 1)), options)
  }

  peek(options?: WaitOptions): Operation<T> {
    return limited(new Peek(this), options)
  }

  next(options?: WaitOptions): Operation<Next<T>> {
    return limited(new TakeNext(this), options)
  }

  tryPut(item: T): boolean {
    if (this._givers.head !== null && !this.shut) return false
    if (this._room(1) === NOT_READY) return false
    this._push(item)
    this._given()
    return true
  }

  tryGet(): T | undefined
  tryGet<D>(otherwise: D): T | D
  tryGet(otherwise?: unknown): unknown {
    if (this._takers.head !== null || !this._holds()) return otherwise
    const item = this._take()
    this._taken()
    return item
  }

  taskDone(n: number = 1): void {
    requireInteger('n', n, 1)
    if (n > this.unfinished)
      throw new OverReleaseError(
        `${this.id}.taskDone(${n}): called more often than items were put; ${this.unfinished} are unfinished`,
      )
    this.finish(n)
  }

  join(options?: WaitOptions): Operation<void> {
    return limited(new Join(this), options)
  }

  shutdown(options?: QueueShutdownOptions): void {
    const immediate = requireImmediate(options)
    this.shut = true
    if (immediate) {
      this.immediate = true
      this.drop()
    }
    this.settle()
    this.ended?.()
  }

  clear(): number {
    const count = this.drop()
    this.settle()
    return count
  }

  [Symbol.asyncIterator](): QueueIterator<T> {
    return iterate(this)
  }

  toReadableStream(): ReadableStream<T> {
    return streamOf(this)
  }

  statistics(): QueueStatistics {
    return {
      size: this.size,
      capacity: this.capacity,
      unfinished: this.unfinished,
      isShutDown: this.shut,
      getters: this._takers.size,
      putters: this._givers.size,
      joiners: this.joiners?.size ?? 0,
    }
  }

  /** Ends as by `shutdown()`, but whoever finds nothing left gets `error`. @internal */
  _fail(error: unknown): void {
    if (!this.shut) this.failure = { error }
    this.shutdown()
  }

  /** @internal */
  _atShutdown(f: () => void): void {
    this.ended = f
  }

  /** @internal */
  get _isDone(): boolean {
    return this.unfinished === 0
  }

  /** Where those wait who join. @internal */
  get _joiners(): Line {
    return (this.joiners ??= new Line(this, this._takers))
  }

  /** Throws if nothing may be put; says whether there is room for so many. @internal */
  _room(count: number): Poll<void> {
    if (this.shut) throw new QueueShutDownError(`${this.id} is shut down: no item can be put`)
    return this.store.size + count > this.capacity ? NOT_READY : undefined
  }

  /** @internal */
  _push(item: T): void {
    this.store.push(item)
    this.unfinished++
  }

  /** @internal */
  _pushAll(items: readonly T[]): void {
    this.store.pushAll(items)
    this.unfinished += items.length
  }

  /** Whether an item is there. Throws if none will come any more. @internal */
  _holds(): boolean {
    if (this.store.size > 0) return true
    if (this.failure !== undefined) throw this.failure.error
    if (this.shut) throw new QueueShutDownError(`${this.id} is shut down: no item is left`)
    return false
  }

  /** Whether none is there, and none will come. @internal */
  get _isOver(): boolean {
    return this.shut && this.failure === undefined && this.store.size === 0
  }

  /** @internal */
  _take(): T {
    return this.store.take()
  }

  /** Takes back what was granted and never received, in the order in which it was taken. @internal */
  _putBack(items: readonly T[]): void {
    for (let i = items.length; i-- > 0;) this.store.putBack(items[i] as T)
    if (this.immediate) this.drop()
    this.settle()
  }

  /** @internal */
  _first(): T {
    return this.store.first()
  }

  /** Something was put. @internal */
  _given(): void {
    if (this._takers.head !== null) this.settle()
  }

  /** Something was taken. @internal */
  _taken(): void {
    if (this._givers.head !== null) this.settle()
  }

  protected override lines(): readonly Line[] {
    return this.joiners === null ? super.lines() : [...super.lines(), this.joiners]
  }

  private drop(): number {
    const count = this.store.size
    this.store.clear()
    // Work may have been said to be done before its item was taken.
    this.finish(Math.min(count, this.unfinished))
    return count
  }

  private finish(count: number): void {
    this.unfinished -= count
    if (this.unfinished === 0 && this.joiners !== null) this.joiners.serveAll()
  }
}

function requireImmediate(options: QueueShutdownOptions | undefined): boolean {
  if (options === undefined) return false
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`options must be an object { immediate? }, got ${shown(options)}`)
  const { immediate = false } = options
  if (typeof immediate !== 'boolean')
    throw new TypeError(`immediate must be a boolean, got ${shown(immediate)}`)
  return immediate
}

abstract class Giving<T> extends Claim<void> {
  readonly queue: BaseQueue<T>

  constructor(queue: BaseQueue<T>) {
    super(queue._givers)
    this.queue = queue
  }

  override poll(): Poll<void> {
    if (super.poll() === NOT_READY) return NOT_READY
    this.queue._given()
  }
}

class Put<T> extends Giving<T> {
  readonly item: T

  constructor(queue: BaseQueue<T>, item: T) {
    super(queue)
    this.item = item
  }

  claim(): Poll<void> {
    const { queue } = this
    if (queue._room(1) === NOT_READY) return NOT_READY
    queue._push(this.item)
  }

  get verb(): string {
    return 'put()'
  }
}

class PutMany<T> extends Giving<T> {
  readonly items: readonly T[]

  constructor(queue: BaseQueue<T>, items: readonly T[]) {
    super(queue)
    this.items = items
  }

  claim(): Poll<void> {
    const { queue, items } = this
    if (queue._room(items.length) === NOT_READY) return NOT_READY
    queue._pushAll(items)
  }

  get verb(): string {
    return `putMany(${this.items.length})`
  }
}

abstract class Taking<T, R> extends Claim<R> {
  readonly queue: BaseQueue<T>

  constructor(queue: BaseQueue<T>) {
    super(queue._takers)
    this.queue = queue
  }

  override poll(): Poll<R> {
    const taken = super.poll()
    if (taken !== NOT_READY) this.queue._taken()
    return taken
  }
}

class Get<T> extends Taking<T, T> {
  claim(): Poll<T> {
    return this.queue._holds() ? this.queue._take() : NOT_READY
  }

  override giveBack(_: Waiter<T>, item: T): void {
    this.queue._putBack([item])
  }

  get verb(): string {
    return 'get()'
  }
}

class GetMany<T> extends Taking<T, T[]> {
  readonly max: number

  constructor(queue: BaseQueue<T>, max: number) {
    super(queue)
    this.max = max
  }

  claim(): Poll<T[]> {
    const { queue, max } = this
    if (!queue._holds()) return NOT_READY
    const items: T[] = []
    while (items.length < max && queue.size > 0) items.push(queue._take())
    return items
  }

  override giveBack(_: Waiter<T[]>, items: T[]): void {
    this.queue._putBack(items)
  }

  get verb(): string {
    return `getMany(${this.max})`
  }
}

class Peek<T> extends Taking<T, T> {
  /** Nothing was taken. */
  override giveBack(): void {}

  claim(): Poll<T> {
    return this.queue._holds() ? this.queue._first() : NOT_READY
  }

  get verb(): string {
    return 'peek()'
  }
}

class TakeNext<T> extends Taking<T, Next<T>> {
  claim(): Poll<Next<T>> {
    const { queue } = this
    if (queue._isOver) return { done: true, value: undefined }
    return queue._holds() ? { done: false, value: queue._take() } : NOT_READY
  }

  override giveBack(_: Waiter<Next<T>>, { done, value }: Next<T>): void {
    if (done !== true) this.queue._putBack([value])
  }

  get verb(): string {
    return 'next()'
  }
}

class Join<T> extends Claim<void> {
  readonly queue: BaseQueue<T>

  constructor(queue: BaseQueue<T>) {
    super(queue._joiners)
    this.queue = queue
  }

  override poll(): Poll<void> {
    return this.claim()
  }

  claim(): Poll<void> {
    return this.queue._isDone ? undefined : NOT_READY
  }

  get verb(): string {
    return 'join()'
  }
}
