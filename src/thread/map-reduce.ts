/**
 * Map, combine and reduce on a pool.
 *
 * Source: Dean and Ghemawat, "MapReduce" (OSDI 2004). Inputs go to the workers in parts, which depend on the inputs and the
 * options alone; a worker maps a part, gathers by key and combines; here the parts are merged in the order of the inputs,
 * whenever they come, and reduced at the end. So the result, and the order of its keys, is the same in every run.
 *
 * Invariant: at most two parts a worker are drawn from the inputs and not merged. Cancellation, failure: what has not begun is
 * cancelled, the inputs are closed.
 */
import { Future, type Job } from '../index.ts'
import { requireFunction, requireObject, shown } from './checks.ts'
import { processors, requireWhole } from './pool/options.ts'
import type { Grouped } from './pool/group.ts'
import { Pool } from './pool/pool.ts'
import { GROUP } from './pool/protocol.ts'
import { referTo } from './reference.ts'

/** Where the number of inputs is not known, a part has so many. */
const USUAL = 64
/** Where it is known, there are so many parts a worker. */
const PARTS = 8

/** How far a `mapReduce` is. */
export interface MapReduceProgress {
  /** Inputs that are mapped. */
  readonly done: number
  /** What they weigh together. */
  readonly weight: number
}

/** What `mapReduce` takes besides. */
export interface MapReduceOptions<T, K, V> {
  /**
   * Makes one value of several of a key, in the worker, so that less has to travel. Portable or self-contained. It may be called
   * with what it gave before, or not at all.
   */
  combine?: ((key: K, values: V[]) => V) | undefined
  /** Where it runs; default: a pool of its own, which ends with it. */
  pool?: Pool | undefined
  /** In place of `pool`: how many workers that pool has; default: the number of processors. */
  workers?: number | undefined
  /** What an input weighs, say its bytes; default 1. */
  weigh?: ((input: T) => number) | undefined
  /** A part is complete when it weighs so much; default: an eighth of a worker's share of an array, 64 of other inputs. */
  partWeight?: number | undefined
  /** When it aborts, all of it is given up; the future throws `signal.reason`. */
  signal?: AbortSignal | undefined
  /** Is told how far it is whenever a part is done. */
  onProgress?: ((progress: MapReduceProgress) => void) | undefined
}

const SHAPE = '{ combine?, pool?, workers?, weigh?, partWeight?, signal?, onProgress? }'

/**
 * Calls `map(input)` for each input in the workers of a pool, gathers the values by key, and calls `reduce(key, values)` here
 * for each key, with the values in the order of the inputs. `map` gives a `Map`, or an iterable (or a promise of one) of
 * `[key, value]`; it is portable or self-contained, `reduce` is any function. Keys are compared as by a `Map`, so those that
 * travel should be strings or numbers.
 *
 * Starts at once; the future's result has the keys in the order in which the inputs gave them first. Inputs, also asynchronous
 * ones, are drawn as they are needed. Fails with the first exception of `map`, `combine`, `reduce` or the inputs; then what
 * has not begun is cancelled.
 */
export function mapReduce<T, K, V, R>(
  inputs: Iterable<T> | AsyncIterable<T>,
  map: (input: T) => Iterable<readonly [K, V] | [K, V]> | PromiseLike<Iterable<readonly [K, V] | [K, V]>>,
  reduce: (key: K, values: V[]) => R,
  options: MapReduceOptions<T, K, V> = {},
): Future<Map<K, R>> {
  return new MapReduce<T, K, V, R>(inputs, map as Mapper, reduce, checked(options)).future
}

type Mapper = (input: any) => unknown

function checked<T, K, V>(options: MapReduceOptions<T, K, V>): MapReduceOptions<T, K, V> {
  requireObject('options', options, SHAPE)
  const { combine, pool, workers, weigh, partWeight, signal, onProgress } = options
  if (combine !== undefined) requireFunction('combine', combine)
  if (weigh !== undefined) requireFunction('weigh', weigh)
  if (onProgress !== undefined) requireFunction('onProgress', onProgress)
  if (pool !== undefined && !(pool instanceof Pool))
    throw new TypeError(`pool must be a Pool, got ${shown(pool)}`)
  if (pool !== undefined && workers !== undefined) throw new TypeError('give either pool or workers')
  if (workers !== undefined) requireWhole('workers', workers, 1)
  if (partWeight !== undefined && !(typeof partWeight === 'number' && partWeight > 0))
    throw new RangeError(`partWeight must be a number above 0, got ${shown(partWeight)}`)
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    throw new TypeError(`signal must be an AbortSignal, got ${shown(signal)}`)
  return options
}

interface Part {
  readonly job: Job<Grouped>
  readonly count: number
  readonly weight: number
}

class MapReduce<T, K, V, R> {
  readonly future: Future<Map<K, R>> = new Future()
  private readonly map: Mapper
  private readonly reduce: (key: K, values: V[]) => R
  private readonly options: MapReduceOptions<T, K, V>
  private readonly combine: unknown
  private readonly items: Iterator<T> | AsyncIterator<T>
  private readonly partWeight: number
  private readonly most: number
  private readonly pool: Pool
  private readonly groups: Map<K, V[]> = new Map()
  /** Drawn and not merged, in the order of the inputs. */
  private readonly parts: Part[] = []
  private drained = false
  private drawn = 0
  private done = 0
  private weight = 0
  /** The first failure of a part. */
  private broken: { readonly error: unknown } | undefined = undefined
  /** Interrupts the wait that it is in. */
  private interrupt: ((error: unknown) => void) | undefined = undefined

  constructor(
    inputs: Iterable<T> | AsyncIterable<T>,
    map: Mapper,
    reduce: (key: K, values: V[]) => R,
    options: MapReduceOptions<T, K, V>,
  ) {
    requireFunction('map', map)
    requireFunction('reduce', reduce)
    referTo(map, 'map')
    this.combine = options.combine === undefined ? undefined : referTo(options.combine, 'combine')
    this.map = map
    this.reduce = reduce
    this.options = options
    this.items = iteratorOf(inputs)
    this.pool = options.pool ?? new Pool({ workers: options.workers ?? processors() })
    this.most = 2 * this.pool._most
    this.partWeight = options.partWeight ?? this.usualWeight(inputs)
    this.future.setRunningOrNotifyCancel()
    void this.run()
  }

  private usualWeight(inputs: unknown): number {
    if (!Array.isArray(inputs)) return USUAL
    let total = 0
    for (const input of inputs) total += this.weigh(input as T)
    return Math.max(total / (PARTS * this.pool._most), Number.MIN_VALUE)
  }

  private weigh(input: T): number {
    return this.options.weigh?.(input) ?? 1
  }

  private async run(): Promise<void> {
    const { signal } = this.options
    const abort = (): void => this.breaks(signal?.reason)
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort)
    try {
      await this.mapAll()
      const result = new Map<K, R>()
      for (const [key, values] of this.groups) result.set(key, this.reduce(key, values))
      if (this.options.pool === undefined) this.pool.close()
      this.future.setResult(result)
    } catch (error) {
      this.giveUp()
      this.future.setException(error)
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  private async mapAll(): Promise<void> {
    for (;;) {
      while (!this.drained && this.parts.length < this.most) await this.submit()
      const part = this.parts[0]
      if (part === undefined) return
      const grouped = await this.wait(part.job)
      this.parts.shift()
      this.merge(grouped)
      this.tell(part)
    }
  }

  /** Draws a part and sends it. */
  private async submit(): Promise<void> {
    const inputs: T[] = []
    let weight = 0
    while (weight < this.partWeight) {
      const next = this.items.next()
      const step = 'then' in next ? await this.wait(next) : next
      if (step.done) {
        this.drained = true
        break
      }
      inputs.push(step.value)
      weight += this.weigh(step.value)
    }
    this.look()
    if (inputs.length === 0) return
    const { signal } = this.options
    let job: Job
    try {
      job = this.pool.executor._submitChunk(
        this.map,
        GROUP,
        [this.combine, ...inputs],
        signal && { signal },
        false,
      )
    } catch (error) {
      throw placed(error, this.drawn)
    }
    this.drawn += inputs.length
    this.parts.push({ job, count: inputs.length, weight })
    job.addDoneCallback(() => {
      if (job.cancelled) return
      try {
        void job.poll()
      } catch (error) {
        this.breaks(error)
      }
    })
  }

  private merge([keys, values]: Grouped): void {
    const { groups } = this
    const combined = this.combine !== undefined
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as K
      const found = groups.get(key)
      const value = values[i]
      if (found === undefined) groups.set(key, (combined ? [value] : value) as V[])
      else if (combined) found.push(value as V)
      else for (const each of value as V[]) found.push(each)
    }
  }

  private tell({ count, weight }: Part): void {
    this.done += count
    this.weight += weight
    try {
      this.options.onProgress?.({ done: this.done, weight: this.weight })
    } catch (error) {
      console.error('onProgress of a mapReduce threw:', error)
    }
  }

  private look(): void {
    if (this.broken !== undefined) throw this.broken.error
  }

  private breaks(error: unknown): void {
    this.broken ??= { error }
    this.interrupt?.(error)
  }

  /** Waits for `promise`, or the first failure. */
  private async wait<U>(promise: PromiseLike<U>): Promise<U> {
    this.look()
    try {
      return await new Promise<U>((resolve, reject) => {
        this.interrupt = reject
        promise.then(resolve, reject)
      })
    } finally {
      this.interrupt = undefined
    }
  }

  private giveUp(): void {
    for (const { job } of this.parts) if (!job.cancel()) job._disregard()
    if (this.options.pool === undefined) void this.pool.terminate()
    if (this.drained) return
    try {
      // How the inputs take it changes nothing.
      void Promise.resolve(this.items.return?.()).catch(() => undefined)
    } catch {
      // As above.
    }
  }
}

function iteratorOf<T>(inputs: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> {
  const given = inputs as Partial<Iterable<T> & AsyncIterable<T>> | null | undefined
  const iterator: (() => Iterator<T> | AsyncIterator<T>) | undefined =
    given?.[Symbol.asyncIterator] ?? given?.[Symbol.iterator]
  if (typeof iterator !== 'function') throw new TypeError(`inputs must be iterable, got ${shown(inputs)}`)
  return iterator.call(inputs)
}

/** The first of what was sent is no input. */
function placed(error: unknown, at: number): unknown {
  if (error instanceof TypeError)
    error.message = error.message.replace(
      /^items\[(\d+)\]/,
      (_, index: string) => `inputs[${Number(index) + at - 1}]`,
    )
  return error
}
