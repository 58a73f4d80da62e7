/** A queue between threads; what its words mean is in `shared-books.ts`, who must look when in `shared-core.ts`. */
import { CancelledError, OverReleaseError, requireFunction, requireInteger, shown } from '../errors.ts'
import { NOT_READY, type Operation } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import { attachTo, type Handle, handleOf, OWN } from '../wait/handle.ts'
import { type Inspection, printed } from '../wait/inspect.ts'
import { requireBatch, requireCapacity } from './arguments.ts'
import { iterate } from './iterate.ts'
import type { QueueIterator, QueueLike, QueueShutdownOptions, QueueStatistics } from './queue-like.ts'
import { type Packed, sizeOf } from './shared-arena.ts'
import { freightBy, freightOf, type QueueCodec } from './shared-codec.ts'
import { type AbandonedItems, bytesOf, SharedCore } from './shared-core.ts'
import { layoutIn, layoutOf, MOST_BYTES, MOST_ITEMS, NUMBERS } from './shared-layout.ts'
import { Get, GetInto, GetMany, Join, Peek, Put, TakeNext } from './shared-operations.ts'
import { streamOf } from './stream.ts'

/** What `SharedQueue.attach` takes besides the handle. */
export interface SharedQueueAttachOptions<T> {
  /** The codec that the queue was made with, if that is one of its own. */
  codec?: QueueCodec<T> | undefined
  /** Told, in the thread that finds out, that a thread died with items that it had not said are done. */
  onAbandoned?: ((report: AbandonedItems) => void) | undefined
}

/** What the constructor of `SharedQueue` takes. */
export interface SharedQueueOptions<T> extends SharedQueueAttachOptions<T> {
  /** How many items it holds at most, an integer of at least 1. */
  capacity: number
  /** How many bytes of items it holds at most. Default 1,024 for each item of `capacity`, but 64 kB to 64 MB. */
  bytes?: number | undefined
  /**
   * Whether an item is kept until it is done, and given again when the thread that took it dies before. Each thread's
   * `taskDone` is then for the items that it took, the oldest first. Default `false`.
   */
  redeliver?: boolean | undefined
}

/** What `queue.statistics()` gives. */
export interface SharedQueueStatistics extends QueueStatistics {
  /** Items that threads had taken and not done when they died, ever; they count as done. */
  readonly lost: number
  /** Items that were given a second time for that reason, ever. */
  readonly redelivered: number
}

/**
 * A queue between threads: many may put and many may take. Items travel as bytes: structured data by default, raw bytes
 * or numbers where asked. It is bounded by count and by bytes. Between threads items come in the order of the puts;
 * who waits is overtaken only a bounded number of times. A thread that dies, at whatever point, leaves it usable.
 */
export class SharedQueue<T = unknown> implements QueueLike<T> {
  /** Keeps a structured clone from making a plain object of it. @internal */
  readonly uncloneable: () => void
  private readonly core: SharedCore<T>

  private static readonly printed: void = /* @__PURE__ */ printed(this)

  constructor(options: SharedQueueOptions<T>) {
    if (options instanceof SharedCore) this.core = options as SharedCore<T>
    else {
      const { capacity, bytes, codec, redeliver = false, onAbandoned } = requireOptions(options)
      requireInteger('capacity', requireCapacity(capacity), 1, MOST_ITEMS)
      const room = bytes ?? Math.min(2 ** 26, Math.max(2 ** 16, 1024 * capacity))
      requireInteger('bytes', room, 1, MOST_BYTES)
      if (typeof redeliver !== 'boolean')
        throw new TypeError(`redeliver must be a boolean, got ${shown(redeliver)}`)
      const freight = freightOf<T>(codec)
      const hands = redeliver ? Math.max(16, Math.min(capacity, 1024)) : 0
      const layout = layoutOf({ capacity, bytes: room, code: freight.code, hands })
      this.core = new SharedCore(layout, freight, new Int32Array(memory(4 * layout.length)))
      listen(this.core, onAbandoned)
    }
    this.core.queue = this
    this.uncloneable = this.core.uncloneable
  }

  /** The queue of this thread that `queue.handle` of another thread stands for. */
  static attach<T = unknown>(
    handle: Handle<'SharedQueue'>,
    options: SharedQueueAttachOptions<T> = {},
  ): SharedQueue<T> {
    const core = attachTo(handle, 'SharedQueue', (words) => {
      const layout = layoutIn(words, OWN)
      return new SharedCore(layout, freightBy(layout.code, options.codec), words)
    })
    listen(core as SharedCore<unknown>, options.onAbandoned)
    return (core.queue ?? new SharedQueue(core as never)) as SharedQueue<T>
  }

  get kind(): 'SharedQueue' {
    return 'SharedQueue'
  }

  /** A plain value that `SharedQueue.attach` makes this queue of in another thread. */
  get handle(): Handle<'SharedQueue'> {
    return handleOf(this.core as SharedCore<T> & { kind: 'SharedQueue' }, this.core.layout.length)
  }

  /** How it is called in messages. */
  get id(): string {
    return this.core.id
  }

  get size(): number {
    this.core.look()
    return this.core.books.size
  }

  get capacity(): number {
    return this.core.layout.capacity
  }

  /** How many bytes of items it holds at most. */
  get bytes(): number {
    return this.core.layout.bytes
  }

  get isShutDown(): boolean {
    this.core.look()
    return this.core.books.isShut
  }

  /** Waits for room, and puts `item`, which is read now. Throws `RangeError` at once if it has more than `bytes`. */
  put(item: T, options?: WaitOptions): Operation<void> {
    const packed = this.pack(item, 'item', true)
    return limited(new Put(this.core, [packed], sizeOf(packed), false), options)
  }

  putMany(items: Iterable<T>, options?: WaitOptions): Operation<void> {
    const packed = this.packAll(items)
    return limited(new Put(this.core, packed, bytesOf(packed), true), options)
  }

  get(options?: WaitOptions): Operation<T> {
    return limited(new Get(this.core), options)
  }

  getMany(max: number, options?: WaitOptions): Operation<T[]> {
    return limited(new GetMany(this.core, requireInteger('max', max, 1)), options)
  }

  /**
   * Waits for an item, takes it, copies its bytes into `buffer`, and gives their number. Only for a queue of bytes.
   * Throws `RangeError`, and takes nothing, if the item is larger than `buffer`. Otherwise as `get`.
   */
  getInto(buffer: Uint8Array, options?: WaitOptions): Operation<number> {
    return limited(new GetInto(this.core, this.requireBuffer(buffer)), options)
  }

  peek(options?: WaitOptions): Operation<T> {
    return limited(new Peek(this.core), options)
  }

  next(options?: WaitOptions): Operation<IteratorResult<T, undefined>> {
    return limited(new TakeNext(this.core), options)
  }

  tryPut(item: T): boolean {
    const { core } = this
    const packed = this.pack(item, 'item', false)
    if (core.givers.head !== null && !this.isShutDown) return false
    const given = core.give([packed], sizeOf(packed), false) !== NOT_READY
    core.moved()
    return given
  }

  tryGet(): T | undefined
  tryGet<D>(otherwise: D): T | D
  tryGet(otherwise?: unknown): unknown {
    const { core } = this
    if (core.head !== null) return otherwise
    const taken: Packed[] = []
    if (core.take(1, taken, false) === NOT_READY) return otherwise
    core.moved()
    return core.freight.unpack(taken[0]!)
  }

  /** As `getInto`, at once: the number of bytes, or `undefined` if nothing is there or somebody waits for it before. */
  tryGetInto(buffer: Uint8Array): number | undefined {
    const { core } = this
    this.requireBuffer(buffer)
    if (core.head !== null) return undefined
    const taken: Packed[] = []
    if (core.take(1, taken, false, buffer) === NOT_READY) return undefined
    core.moved()
    return taken[0] as number
  }

  taskDone(n: number = 1): void {
    requireInteger('n', n, 1)
    const unfinished = this.core.finish(n)
    if (unfinished !== undefined)
      throw new OverReleaseError(
        `${this.id}.taskDone(${n}): called more often than items were put; ${unfinished} are unfinished`,
      )
  }

  join(options?: WaitOptions): Operation<void> {
    return limited(new Join(this.core), options)
  }

  shutdown(options?: QueueShutdownOptions): void {
    if (options !== undefined && (typeof options !== 'object' || options === null))
      throw new TypeError(`options must be an object { immediate? }, got ${shown(options)}`)
    const { immediate = false } = options ?? {}
    if (typeof immediate !== 'boolean')
      throw new TypeError(`immediate must be a boolean, got ${shown(immediate)}`)
    this.core.shut(immediate)
  }

  clear(): number {
    return this.core.drop()
  }

  [Symbol.asyncIterator](): QueueIterator<T> {
    return iterate(this)
  }

  toReadableStream(): ReadableStream<T> {
    return streamOf(this)
  }

  cancelWaiters(reason: unknown = new CancelledError(`waiting for ${this.id} was cancelled`)): void {
    for (const line of this.lines()) line.cancel(reason)
  }

  statistics(): SharedQueueStatistics {
    const { core } = this
    core.look()
    const { size, unfinished, isShut, lost, again } = core.books
    const [getters, putters, joiners] = this.lines().map((line) => line.size) as [number, number, number]
    return {
      size,
      capacity: this.capacity,
      unfinished,
      isShutDown: isShut,
      getters,
      putters,
      joiners,
      lost,
      redelivered: again,
    }
  }

  inspect(): Inspection {
    const [first, ...others] = this.lines().map((line) => line.inspect())
    return { ...first!, waiters: [...first!.waiters, ...others.flatMap(({ waiters }) => waiters)] }
  }

  private lines(): SharedCore<T>['givers'][] {
    const { core } = this
    return [core, core.givers, core.joiners]
  }

  private packAll(items: Iterable<T>): readonly Packed[] {
    const batch = requireBatch(items, this.capacity)
    const packed = isNumbers(batch, this.core.layout.code)
      ? batch
      : batch.map((item, i) => this.pack(item, `items[${i}]`, true))
    const bytes = bytesOf(packed)
    if (bytes > this.bytes)
      throw new RangeError(
        `items must have ${this.bytes} bytes at most, since they are put together and ${this.id} holds no more; ` +
          `they have ${bytes} bytes`,
      )
    return packed
  }

  /** `keep`: for longer than until the next item is packed. */
  private pack(item: T, name: string, keep: boolean): Packed {
    const packed = this.core.freight.pack(item, name)
    if (typeof packed === 'number') return packed
    if (packed.length > this.bytes)
      throw new RangeError(`${name} has ${packed.length} bytes, ${this.id} holds ${this.bytes} bytes at most`)
    return keep ? new Uint8Array(packed) : packed
  }

  private requireBuffer(buffer: Uint8Array): Uint8Array {
    if (!(buffer instanceof Uint8Array))
      throw new TypeError(`buffer must be a Uint8Array, got ${shown(buffer)}`)
    if (this.core.layout.code !== 2)
      throw new TypeError(`${this.id}: only a queue with codec 'bytes' gives its items into a buffer`)
    return buffer
  }
}

/** Whether items lie in the queue as they are. */
function isNumbers(batch: readonly unknown[], code: number): batch is readonly number[] {
  return code === NUMBERS && batch.every((item) => typeof item === 'number')
}

function requireOptions<T>(options: SharedQueueOptions<T>): SharedQueueOptions<T> {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(
      `options must be an object { capacity, bytes?, codec?, redeliver?, onAbandoned? }, got ${shown(options)}`,
    )
  return options
}

function listen(core: SharedCore<any>, onAbandoned: ((report: AbandonedItems) => void) | undefined): void {
  if (onAbandoned !== undefined) core.onAbandoned = requireFunction('onAbandoned', onAbandoned)
}

/** Shared where the platform allows it, so that the same code runs on the same kind of memory. */
function memory(bytes: number): ArrayBufferLike {
  return typeof SharedArrayBuffer === 'undefined' ? new ArrayBuffer(bytes) : new SharedArrayBuffer(bytes)
}
