/** `multiprocessing.Pool` on threads: many calls of one function. The work is done by a `ThreadPoolExecutor`. */
import {
  type Call,
  type ExecutorStatistics,
  type Future,
  HeddleError,
  type Mapped,
  type Operation,
  type Outcome,
  type WaitOptions,
} from '../../index.ts'
import { requireArray, requireFunction, requireObject, shown } from '../checks.ts'
import { Mapping, type Progress } from './mapping.ts'
import { type CrewOptions, processors, requireWhole } from './options.ts'
import { MAP, type Mode, STARMAP } from './protocol.ts'
import { ThreadPoolExecutor, type ThreadSubmitOptions } from './thread-pool-executor.ts'
import { Unordered } from './unordered.ts'

/** What `new Pool` takes. */
export interface PoolOptions extends CrewOptions {
  /** How many workers there are; default: the number of processors. They are started at once. */
  workers?: number | undefined
  /** In place of `workers`: how many there are at least … */
  minWorkers?: number | undefined
  /** … and at most; default: the number of processors. See `growThreshold` and `shrinkThreshold`. */
  maxWorkers?: number | undefined
}

/** How calls of a pool are run. */
export interface PoolCallOptions {
  /** Those of a higher priority begin first. Default 0. */
  priority?: number | undefined
  /** When it aborts, what has not begun is cancelled, and what runs is given up; see `currentSignal`. */
  signal?: AbortSignal | undefined
  /** Milliseconds, from its beginning, after which a call is given up with `TimeoutError`. */
  timeout?: number | undefined
}

/** What `apply` takes besides. */
export interface ApplyOptions extends PoolCallOptions {
  /** What in the arguments is moved instead of copied; see also `transfer()`. */
  transfer?: readonly object[] | undefined
  /** Is told what the function gives to `reportProgress`. */
  onProgress?: ((value: any) => void) | undefined
}

/** What `map` and `starmap` take besides. */
export interface PoolMapOptions extends PoolCallOptions {
  /** How many items go to a worker at once; default: found by measuring. With a `timeout` it is 1. */
  chunkSize?: number | undefined
  /** Is told how far it is, whenever results have come. */
  onProgress?: ((progress: Progress) => void) | undefined
}

/** What `imap` and `imapUnordered` take besides. */
export interface ImapOptions extends PoolCallOptions {
  /** How many items may have been drawn whose results were not taken yet. Default: 16 a worker. */
  bufferSize?: number | undefined
}

const MAP_SHAPE = '{ priority?, signal?, timeout?, chunkSize?, onProgress? }'

class PoolExecutor extends ThreadPoolExecutor {
  refilled = 0

  protected override get kind(): string {
    return 'Pool'
  }

  protected override refill(): void {
    if (this.alive || this.pendingCount + this.delayedCount > 0) this._startAll(this.refilled)
  }
}

/**
 * A pool of worker threads. Its verbs begin at once and give a `Future`, or something to iterate over; functions are
 * portable (see `portable`) or self-contained. `await using pool = new Pool()` waits for what was begun, and ends the threads.
 * A worker that dies fails the calls that it was making, with `WorkerDiedError` or the very error, and is replaced.
 */
export class Pool {
  /** What runs the calls: for `submit`, statistics, `recycle()` … */
  readonly executor: ThreadPoolExecutor
  /** @internal How many workers there are at most. */
  readonly _most: number

  constructor(options: PoolOptions = {}) {
    requireObject('options', options, '{ workers?, initializer?, initargs?, maxTasksPerWorker?, … }')
    const { workers, ...rest } = options
    if (workers !== undefined) {
      requireWhole('workers', workers, 1)
      if (rest.minWorkers !== undefined || rest.maxWorkers !== undefined)
        throw new TypeError('give either workers, or minWorkers and maxWorkers')
    }
    const maxWorkers = workers ?? rest.maxWorkers ?? Math.max(processors(), rest.minWorkers ?? 1)
    const minWorkers = workers ?? rest.minWorkers ?? (rest.maxWorkers === undefined ? maxWorkers : 1)
    const executor = new PoolExecutor({ name: undefined, ...rest, maxWorkers, minWorkers })
    executor.refilled = minWorkers
    executor._startAll(minWorkers)
    this._most = maxWorkers
    this.executor = executor
  }

  /** What it has done until now; a part of a `map` counts as one call. */
  get statistics(): ExecutorStatistics {
    return this.executor.statistics
  }

  /** How many workers there are. */
  get workerCount(): number {
    return this.executor.workerCount
  }

  /** Calls `f(...args)` in a worker. */
  apply<A extends readonly unknown[], R>(
    f: (...args: A) => R,
    args: A = [] as readonly unknown[] as A,
    options: ApplyOptions = {},
  ): Future<Outcome<R>> {
    requireArray('args', args)
    return this.executor.with(options).submit(f, ...args)
  }

  /**
   * Calls `f(item)` for each item; the results come in the order of the items, of a `Float64Array` in another one where
   * `f` gives numbers. Fails with the first exception, and cancels what has not begun. `progress()` of what it gives tells how far it is.
   */
  map<R extends number>(
    f: (item: number) => R,
    items: Float64Array,
    options?: PoolMapOptions,
  ): Mapping<Float64Array>
  map<T, R>(f: (item: T) => R, items: Iterable<T>, options?: PoolMapOptions): Mapping<Outcome<R>[]>
  map(f: Call, items: Iterable<unknown>, options?: PoolMapOptions): Mapping<any> {
    return this.mapping(f, MAP, items, options)
  }

  /** The same for functions of several arguments: calls `f(...list)` for each list of them. */
  starmap<A extends readonly unknown[], R>(
    f: (...args: A) => R,
    lists: Iterable<A>,
    options?: PoolMapOptions,
  ): Mapping<Outcome<R>[]> {
    return this.mapping(f as Call, STARMAP, lists, options)
  }

  /**
   * Calls `f(item)` for each item and gives the results in the order of the items, as they come: `for await (const result of
   * pool.imap(f, items))`. Items are drawn as results are taken: endless ones are welcome. Leaving early cancels the rest.
   */
  imap<T, R>(f: (item: T) => R, items: Iterable<T>, options: ImapOptions = {}): Mapped<Outcome<R>> {
    const { bufferSize, rest } = this.imapOptions(options)
    return this.executor.with(rest).map(f, items, { bufferSize })
  }

  /** The same, but each result is given as soon as it is there. */
  imapUnordered<T, R>(
    f: (item: T) => R,
    items: Iterable<T>,
    options: ImapOptions = {},
  ): Unordered<Outcome<R>> {
    requireFunction('f', f)
    requireIterable('items', items)
    const { bufferSize, rest } = this.imapOptions(options)
    const submitter = this.executor.with(rest)
    return new Unordered((item) => submitter.submit(f as Call, item) as Future<any>, items, bufferSize)
  }

  /** Takes no more calls, from now on. Those that were begun are made; then the threads end. */
  close(): void {
    void this.executor.shutdown({ wait: false })
  }

  /** Waits until all threads have ended. Throws `HeddleError` unless `close()` or `terminate()` was called before. Cancel safe. */
  join(options?: WaitOptions): Operation<void> {
    if (this.executor.alive) throw new HeddleError('join(): the pool is still running; close() it before')
    return this.executor._gone().result(options)
  }

  /** Stops all threads where they stand. What runs fails with `WorkerDiedError`, what waits with `CancelledError`. */
  terminate(): Future<void> {
    return this.executor.terminate()
  }

  /** Closes it and waits for everything that was begun. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.executor[Symbol.asyncDispose]()
  }

  private mapping(f: Call, mode: Mode, items: Iterable<unknown>, options: PoolMapOptions = {}): Mapping<any> {
    requireFunction('f', f)
    requireIterable(mode === MAP ? 'items' : 'lists', items)
    requireObject('options', options, MAP_SHAPE)
    const { chunkSize, onProgress, ...rest } = options
    if (chunkSize !== undefined) requireWhole('chunkSize', chunkSize, 1)
    if (onProgress !== undefined) requireFunction('onProgress', onProgress)
    const timed = rest.timeout !== undefined && rest.timeout !== Infinity
    if (timed && (chunkSize ?? 1) !== 1)
      throw new RangeError(`chunkSize must be 1 with a timeout, which is that of one call; got ${chunkSize}`)
    const { executor } = this
    if (!executor.alive) executor.with(rest).map(f, []) // throws
    void executor.with(rest) // checks
    return new Mapping({
      executor,
      workers: this._most,
      f,
      mode,
      items: isArrayLike(items) ? items : [...items],
      chunkSize: timed ? 1 : chunkSize,
      options: isLimited(rest) ? (rest as ThreadSubmitOptions) : undefined,
      onProgress,
    })
  }

  private imapOptions(options: ImapOptions): { bufferSize: number; rest: PoolCallOptions } {
    requireObject('options', options, '{ priority?, signal?, timeout?, bufferSize? }')
    const { bufferSize = 16 * this._most, ...rest } = options
    if (bufferSize !== Infinity) requireWhole('bufferSize', bufferSize, 1)
    return { bufferSize, rest }
  }
}

function isLimited({ priority, signal, timeout }: PoolCallOptions): boolean {
  return priority !== undefined || signal !== undefined || timeout !== undefined
}

function isArrayLike(items: Iterable<unknown>): items is Iterable<unknown> & ArrayLike<unknown> {
  return Array.isArray(items) || (ArrayBuffer.isView(items) && !(items instanceof DataView))
}

function requireIterable(name: string, value: unknown): void {
  if (typeof (value as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] !== 'function')
    throw new TypeError(`${name} must be iterable, got ${shown(value)}`)
}
