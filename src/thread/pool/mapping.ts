/**
 * A `map` of a pool: items go in parts, each one call to a worker.
 *
 * How many items a part has is found by measuring: a few at first; then as many as last some ten milliseconds, but no more
 * than would leave another worker without. Two parts a worker are under way, so that none waits for this thread. Numbers
 * stand in shared memory and are replaced by their results there: nothing is copied but at the beginning and the end.
 */
import { type Call, Future, type Job } from '../../index.ts'
import { newShared } from './cells.ts'
import { ProgressStream } from './progress.ts'
import { MAP, type Mode, NUMBERS } from './protocol.ts'
import type { ThreadPoolExecutor, ThreadSubmitOptions } from './thread-pool-executor.ts'

/** Milliseconds that a part shall last. */
const SPAN = 10
/** The most items of a part before a call was measured. */
const FIRST = 16
/** How much larger a part may be than the one before. */
const GROWTH = 64

/** How far a `map` is. */
export interface Progress {
  readonly done: number
  readonly total: number
}

export interface MappingSetup {
  readonly executor: ThreadPoolExecutor
  readonly workers: number
  readonly f: Call
  readonly mode: Mode
  readonly items: ArrayLike<unknown>
  readonly chunkSize: number | undefined
  readonly options: ThreadSubmitOptions | undefined
  readonly onProgress: ((progress: Progress) => void) | undefined
}

/**
 * The results of `pool.map`, in the order of the items. Fails with the first exception; then what has not begun is
 * cancelled. It runs from the beginning, so `cancel()` is in vain: give a `signal`.
 */
export class Mapping<R> extends Future<R> {
  private readonly setup: MappingSetup
  private results: unknown[] | Float64Array
  /** Items and results at once, if all items are numbers. */
  private readonly numbers: Float64Array | undefined
  private readonly jobs: Set<Job> = new Set()
  private readonly streams: Set<ProgressStream> = new Set()
  private at = 0
  private size = 0
  private count = 0
  private over = false

  /** @internal */
  constructor(setup: MappingSetup) {
    super()
    this.setup = setup
    const { items, mode, options } = setup
    const limited = options?.signal !== undefined || options?.timeout !== undefined
    this.numbers = mode === MAP && !limited ? numbersOf(items) : undefined
    this.results =
      this.numbers !== undefined && items instanceof Float64Array ? this.numbers : newArray(items.length)
    this.setRunningOrNotifyCancel()
    try {
      if (items.length === 0) this.finish()
      else this.fill()
    } catch (error) {
      this.withdraw()
      throw error
    }
  }

  /** How many results there are. */
  get completed(): number {
    return this.count
  }

  /** How many there will be. */
  get total(): number {
    return this.setup.items.length
  }

  /**
   * How far it is, now and then: `for await (const { done, total } of mapping.progress())`. It ends with the map, whatever
   * its outcome; states between two looks are left out.
   */
  progress(): ProgressStream {
    const stream = new ProgressStream(this)
    this.streams.add(stream)
    stream.onClose = () => this.streams.delete(stream)
    return stream
  }

  private fill(): void {
    const { items, workers } = this.setup
    while (this.at < items.length && this.jobs.size < 2 * workers && !this.over) this.submit(this.nextSize())
  }

  private nextSize(): number {
    const { items, workers, chunkSize, executor, f } = this.setup
    const left = items.length - this.at
    if (chunkSize !== undefined) return Math.min(chunkSize, left)
    const pace = executor._paceOf(f)
    const fair = Math.ceil(left / (Number.isNaN(pace) ? 8 * workers : 2 * workers))
    const wanted = Number.isNaN(pace) ? FIRST : Math.min(SPAN / pace, Math.max(1, this.size) * GROWTH)
    const size = Math.max(1, Math.min(left, fair, Math.floor(wanted)))
    this.size = Math.max(this.size, size)
    return size
  }

  private submit(size: number): void {
    const { executor, f, mode, items, options } = this.setup
    const { at, numbers } = this
    const part =
      numbers !== undefined
        ? numbers.subarray(at, at + size)
        : Array.prototype.slice.call(items, at, at + size)
    let job: Job
    try {
      job = executor._submitChunk(
        f,
        numbers === undefined ? mode : NUMBERS,
        part,
        options,
        numbers !== undefined,
      )
    } catch (error) {
      throw at === 0 ? error : placed(error, at)
    }
    this.at += size
    this.jobs.add(job)
    job.addDoneCallback(() => this.ended(job, at, size))
  }

  private ended(job: Job, at: number, size: number): void {
    this.jobs.delete(job)
    if (this.over) return
    let part: ArrayLike<unknown> | undefined
    try {
      part = job.poll() as typeof part
    } catch (error) {
      return this.fail(error)
    }
    this.take(part, at, size)
    this.count += size
    this.tell()
    if (this.count === this.total) return this.finish()
    try {
      this.fill()
    } catch (error) {
      this.fail(error)
    }
  }

  private take(part: ArrayLike<unknown> | undefined, at: number, size: number): void {
    const { numbers } = this
    if (this.results === numbers) {
      if (part === undefined) return
      // A function of numbers that gives something else.
      this.results = Array.from(numbers)
    }
    const { results } = this
    const from = part ?? numbers!.subarray(at, at + size)
    for (let i = 0; i < size; i++) results[at + i] = from[i]
  }

  private finish(): void {
    this.over = true
    this.close()
    const { results } = this
    // Not every interface takes what is shared.
    this.setResult((results === this.numbers ? results.slice() : results) as R)
  }

  private fail(error: unknown): void {
    this.withdraw()
    this.close()
    this.setException(error)
  }

  /** What has not begun is cancelled, what runs concerns nobody. */
  private withdraw(): void {
    this.over = true
    for (const job of this.jobs) if (!job.cancel()) job._disregard()
  }

  private tell(): void {
    for (const stream of this.streams) stream.changed()
    const { onProgress } = this.setup
    if (onProgress === undefined) return
    try {
      onProgress({ done: this.count, total: this.total })
    } catch (error) {
      console.error('onProgress of a map threw:', error)
    }
  }

  private close(): void {
    for (const stream of this.streams) stream.close()
  }
}

/** An error that names an item of a part names its place among all. */
function placed(error: unknown, at: number): unknown {
  if (!(error instanceof TypeError)) return error
  error.message = error.message.replace(
    /^items\[(\d+)\]/,
    (_, index: string) => `items[${Number(index) + at}]`,
  )
  return error
}

/** The numbers in memory of their own that is shared; `undefined` if there is another value, or none can be shared. */
function numbersOf(items: ArrayLike<unknown>): Float64Array | undefined {
  const { length } = items
  const isNumbers = items instanceof Float64Array
  if (length === 0 || (!isNumbers && typeof items[0] !== 'number')) return undefined
  const shared = newShared(length * 8)
  if (shared === undefined) return undefined
  const numbers = new Float64Array(shared)
  if (isNumbers) {
    numbers.set(items)
    return numbers
  }
  for (let i = 0; i < length; i++) {
    const item = items[i]
    if (typeof item !== 'number') return undefined
    numbers[i] = item
  }
  return numbers
}

function newArray(length: number): unknown[] {
  const results: unknown[] = []
  results.length = length
  return results
}
