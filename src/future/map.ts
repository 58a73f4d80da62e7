/**
 * The results of a function over many items, in the order of the items.
 *
 * Source: `Executor.map` of Python 3.14 with its `buffersize`; here `concurrency` bounds those under way as well. A result
 * is let go of as it is given. After an exception, in its place, nothing more comes.
 */
import { requireInteger, requireMilliseconds, shown, TimeoutError } from '../errors.ts'
import { LOOP, NOT_READY, type Poll } from '../operation/operation.ts'
import { Procedure } from '../operation/procedure.ts'
import type { Future } from './future.ts'
import { END, Stream } from './stream.ts'
import { Watch, type Watcher } from './watch.ts'

/** What `map` takes. */
export interface MapOptions {
  /** How many may be submitted and not have ended; default: as many as the executor takes. */
  concurrency?: number | undefined
  /** How many may be submitted whose result was not taken yet; default: all, at once. */
  bufferSize?: number | undefined
  /** Milliseconds from the call to `map` until a wait for a result throws `TimeoutError`; default: no limit. */
  timeout?: number | undefined
}

/** Tells the iterables from the options after them. */
export function splitMapArguments(rest: readonly unknown[]): {
  iterables: readonly Iterable<unknown>[]
  mapOptions: MapOptions
} {
  const isIterable = (value: unknown): boolean =>
    typeof (value as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] === 'function'
  const last = rest.at(-1)
  const hasOptions = rest.length > 1 && !isIterable(last)
  const iterables = hasOptions ? rest.slice(0, -1) : rest
  iterables.forEach((items, index) => {
    if (!isIterable(items))
      throw new TypeError(
        `map: ${index === 0 ? 'items' : `argument ${index + 2}`} must be iterable, got ${shown(items)}`,
      )
  })
  if (iterables.length === 0) throw new TypeError('map: items must be iterable, got nothing')
  if (!hasOptions) return { iterables: iterables as Iterable<unknown>[], mapOptions: {} }
  if (last !== undefined && (typeof last !== 'object' || last === null))
    throw new TypeError(
      `map: options must be an object { concurrency?, bufferSize?, timeout? }, got ${shown(last)}`,
    )
  const mapOptions = (last ?? {}) as MapOptions
  const { concurrency = Infinity, bufferSize = Infinity, timeout = Infinity } = mapOptions
  if (concurrency !== Infinity) requireInteger('concurrency', concurrency, 1)
  if (bufferSize !== Infinity) requireInteger('bufferSize', bufferSize, 1)
  requireMilliseconds('timeout', timeout)
  return { iterables: iterables as Iterable<unknown>[], mapOptions }
}

/**
 * What `map` gives: `for await (const result of executor.map(f, items))`, `yield* mapped.next()` in a task, or all of them
 * by `await mapped.toArray()`.
 */
export class Mapped<R> extends Stream<R> implements Watcher {
  private readonly submit: (args: unknown[]) => Future<R>
  private sources: Iterator<unknown>[] | undefined
  private readonly concurrency: number
  private readonly bufferSize: number
  private readonly timeout: number
  /** Submitted and not given, in order; given ones are cleared, and cut off now and then. */
  private slots: (Future<R> | undefined)[] = []
  private given = 0
  private readonly watches: Set<Watch> = new Set()
  /** What ended the items, if it was an error: it stands after the last result. */
  private broken: { readonly error: unknown } | undefined = undefined
  private filling = false

  /** @internal */
  constructor(
    submit: (args: unknown[]) => Future<R>,
    iterables: readonly Iterable<unknown>[],
    { concurrency = Infinity, bufferSize = Infinity, timeout = Infinity }: MapOptions,
  ) {
    super(timeout)
    this.submit = submit
    this.concurrency = concurrency
    this.bufferSize = bufferSize
    this.timeout = timeout
    this.sources = iterables.map((items) => items[Symbol.iterator]())
    this.fill()
  }

  get kind(): 'Mapped' {
    return 'Mapped'
  }

  /** Gives all results that have not been taken, in an array. Throws as `next`. */
  toArray(): Procedure<R[]> {
    const next = () => this.next()
    return new Procedure('Mapped.toArray', function* () {
      const results: R[] = []
      for (;;) {
        const { done, value } = yield* next()
        if (done) return results
        results.push(value as R)
      }
    })
  }

  protected take(): Poll<R> | typeof END {
    const { slots, given } = this
    const future = slots[given]
    if (future === undefined) {
      if (this.broken === undefined) return END
      const { error } = this.broken
      this.stop()
      throw error
    }
    if (!future.done) return NOT_READY
    slots[given] = undefined
    if (++this.given === slots.length) {
      slots.length = 0
      this.given = 0
    } else if (this.given > 1024 && this.given * 2 > slots.length) {
      void slots.copyWithin(0, this.given)
      slots.length -= this.given
      this.given = 0
    }
    try {
      const result = future.poll()
      this.fill()
      return result
    } catch (error) {
      this.stop()
      throw error
    }
  }

  protected stop(): void {
    this.closeSources()
    this.broken = undefined
    for (const watch of this.watches) watch.remove()
    this.watches.clear()
    const rest = this.slots.splice(0)
    this.given = 0
    for (const future of rest) {
      // One that runs cannot be cancelled: nobody will ask for its exception.
      if (future !== undefined && !future.cancel()) future._disregard()
    }
  }

  protected late(): TimeoutError {
    return new TimeoutError(`map: the next result did not come within ${this.timeout} ms of the call`)
  }

  override reach(): number {
    return this.slots[this.given]?.reach() ?? LOOP
  }

  /** @internal */
  _completed(watch: Watch): void {
    this.watches.delete(watch)
    if (this.concurrency !== Infinity) queueMicrotask(() => this.fill())
    if (this.slots[this.given] === watch.future) this.serve()
  }

  /** Submits as many as the bounds allow. */
  private fill(): void {
    if (this.filling) return
    this.filling = true
    while (
      this.sources !== undefined &&
      this.slots.length - this.given < this.bufferSize &&
      this.watches.size < this.concurrency
    )
      this.submitNext()
    this.filling = false
  }

  private submitNext(): void {
    try {
      const args = this.draw()
      if (args === undefined) return
      const future = this.submit(args)
      this.slots.push(future)
      if (future.done) return
      const watch = new Watch(future, this)
      this.watches.add(watch)
      watch.add()
    } catch (error) {
      this.broken = { error }
      this.closeSources()
    }
  }

  /** The arguments of the next call; `undefined` if the shortest source has ended. */
  private draw(): unknown[] | undefined {
    const args: unknown[] = []
    for (const source of this.sources!) {
      const step = source.next()
      if (step.done) {
        this.sources = this.sources!.filter((other) => other !== source)
        this.closeSources()
        return undefined
      }
      args.push(step.value)
    }
    return args
  }

  private closeSources(): void {
    const sources = this.sources ?? []
    this.sources = undefined
    for (const source of sources) {
      try {
        source.return?.()
      } catch {
        // The iteration is over; how a source takes it changes nothing.
      }
    }
  }
}
