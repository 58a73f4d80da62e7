/** Futures in the order in which they are done. Linear in their number; none is kept once it has been given. */
import { requireMilliseconds, TimeoutError } from '../errors.ts'
import { LOOP, NOT_READY, type Poll } from '../operation/operation.ts'
import { requireFutures, requireOptions } from './checks.ts'
import type { Future } from './future.ts'
import { END, Stream } from './stream.ts'
import { Watch, type Watcher } from './watch.ts'

/** What `asCompleted` takes. */
export interface AsCompletedOptions {
  /** Milliseconds from the call until `TimeoutError`. Default: no limit. */
  timeout?: number | undefined
}

/**
 * Gives the futures as they are done, those first that are so already, each once:
 * `for await (const future of asCompleted(futures))`, or `yield* completed.next()` in a task. Throws `TimeoutError` if not
 * all were given `timeout` milliseconds after the call. Leaving early leaves nothing behind in the futures.
 */
export function asCompleted<F extends Future<any>>(
  futures: Iterable<F>,
  options?: AsCompletedOptions,
): AsCompleted<F> {
  const set = requireFutures('asCompleted', futures)
  const { timeout = Infinity } = requireOptions(options, 'timeout?')
  return new AsCompleted(set, requireMilliseconds('timeout', timeout))
}

/** What `asCompleted` gives. */
export class AsCompleted<F extends Future<any>> extends Stream<F> implements Watcher {
  /** Those that are done and not given; a place is cleared as it is taken. */
  private ready: (F | undefined)[] = []
  private taken = 0
  /** Those that are not done; the last one moves into a place that is left. */
  private readonly watches: Watch[] = []
  private readonly total: number

  /** @internal */
  constructor(futures: Set<F>, timeout: number) {
    super(timeout)
    this.total = futures.size
    for (const future of futures) {
      if (future._settled) {
        this.ready.push(future)
        continue
      }
      const watch = new Watch(future, this)
      watch.index = this.watches.push(watch) - 1
      watch.add()
    }
  }

  get kind(): 'AsCompleted' {
    return 'AsCompleted'
  }

  protected take(): Poll<F> | typeof END {
    const { ready, taken } = this
    if (taken < ready.length) {
      const future = ready[taken] as F
      ready[taken] = undefined
      if (++this.taken === ready.length) {
        this.ready = []
        this.taken = 0
      }
      return future
    }
    return this.watches.length === 0 ? END : NOT_READY
  }

  protected stop(): void {
    for (const watch of this.watches) watch.remove()
    this.watches.length = 0
    this.ready = []
    this.taken = 0
  }

  protected late(): TimeoutError {
    return new TimeoutError(`${this.watches.length} (of ${this.total}) futures unfinished`)
  }

  override reach(): number {
    return this.watches.reduce((reach, { future }) => reach | future.reach(), LOOP)
  }

  /** @internal */
  _completed(watch: Watch): void {
    const { watches } = this
    const last = watches.pop()!
    if (last !== watch) {
      watches[watch.index] = last
      last.index = watch.index
    }
    this.ready.push(watch.future as F)
    this.serve()
  }
}
