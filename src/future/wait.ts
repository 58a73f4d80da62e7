/** Waits for several futures at once: until all are done, the first is, or the first has failed. */
import { requireMilliseconds, shown } from '../errors.ts'
import { LOOP, NOT_READY, Operation, type Poll, TIME } from '../operation/operation.ts'
import { limited } from '../operation/options.ts'
import type { Waiter } from '../operation/waiter.ts'
import { requireFutures, requireOptions } from './checks.ts'
import type { Future } from './future.ts'
import { Watch, type Watcher } from './watch.ts'

/** When `wait` is over. An exception is not a cancellation; without one `FIRST_EXCEPTION` means `ALL_COMPLETED`. */
export type ReturnWhen = 'ALL_COMPLETED' | 'FIRST_COMPLETED' | 'FIRST_EXCEPTION'

/** What `wait` takes. */
export interface WaitFuturesOptions {
  /** Milliseconds from the perform until it gives what is done by then, without an error. Default: no limit. */
  timeout?: number | undefined
  /** Default `ALL_COMPLETED`. */
  returnWhen?: ReturnWhen | undefined
  /** Ends the wait with `signal.reason` when it aborts. */
  signal?: AbortSignal | undefined
}

/** What `wait` gives. */
export interface DoneAndNotDone<F> {
  readonly done: Set<F>
  readonly notDone: Set<F>
}

const WHEN: readonly unknown[] = ['ALL_COMPLETED', 'FIRST_COMPLETED', 'FIRST_EXCEPTION']

/**
 * Waits for several futures and gives those that are done and those that are not; a timeout is no error. A cancelled
 * future is done once its executor has dropped it. Nobody counts as told of an exception by this.
 * Cancel safe: it leaves nothing behind.
 */
export function wait<F extends Future<any>>(
  futures: Iterable<F>,
  options?: WaitFuturesOptions,
): Operation<DoneAndNotDone<F>> {
  const set = requireFutures('wait', futures)
  const {
    timeout = Infinity,
    returnWhen = 'ALL_COMPLETED',
    signal,
  } = requireOptions(options, 'timeout?, returnWhen?, signal?')
  requireMilliseconds('timeout', timeout)
  if (!WHEN.includes(returnWhen))
    throw new RangeError(`returnWhen must be one of ${WHEN.join(', ')}, got ${shown(returnWhen)}`)
  const operation = new WaitForFutures(set, returnWhen, timeout)
  return signal === undefined ? operation : limited(operation, { signal })
}

class WaitForFutures<F extends Future<any>> extends Operation<DoneAndNotDone<F>> {
  readonly futures: ReadonlySet<F>
  readonly when: ReturnWhen
  readonly timeout: number

  constructor(futures: ReadonlySet<F>, when: ReturnWhen, timeout: number) {
    super()
    this.futures = futures
    this.when = when
    this.timeout = timeout
  }

  poll(): Poll<DoneAndNotDone<F>> {
    return this.timeout === 0 || this.met() ? this.split() : NOT_READY
  }

  park(waiter: Waiter<DoneAndNotDone<F>>): void {
    waiter.data = new Waiting(this, waiter)
  }

  unpark(waiter: Waiter<DoneAndNotDone<F>>): boolean {
    return (waiter.data as Waiting<F>).end()
  }

  override reach(): number {
    let reach = this.timeout === Infinity ? LOOP : TIME
    for (const future of this.futures) if (!future._settled) reach |= future.reach()
    return reach
  }

  override describe(): string {
    return `wait(${this.futures.size} futures)`
  }

  /** What is done, and what is not. */
  split(): DoneAndNotDone<F> {
    // A copy as a whole is several times faster than one by one, and mostly all are done.
    const done = new Set(this.futures)
    const notDone = new Set<F>()
    for (const future of this.futures) {
      if (future._settled) continue
      done.delete(future)
      notDone.add(future)
    }
    return { done, notDone }
  }

  /** Whether this future alone ends the wait. */
  ends(future: F): boolean {
    return (
      this.when === 'FIRST_COMPLETED' || (this.when === 'FIRST_EXCEPTION' && future._failing !== undefined)
    )
  }

  met(): boolean {
    let all = true
    for (const future of this.futures) {
      if (future._settled) {
        if (this.ends(future)) return true
      } else if (this.when === 'ALL_COMPLETED') return false
      else all = false
    }
    return all
  }
}

/**
 * One perform of it. Where all must be done, one of those that are not is watched at a time: the order does not matter,
 * and each is come to once.
 */
class Waiting<F extends Future<any>> implements Watcher {
  private readonly operation: WaitForFutures<F>
  private readonly waiter: Waiter<DoneAndNotDone<F>>
  private readonly watches: Watch[] = []
  /** Those that were not come to yet. */
  private readonly rest: Iterator<F>
  private left = 0
  private timer: unknown = undefined
  private over = false

  constructor(operation: WaitForFutures<F>, waiter: Waiter<DoneAndNotDone<F>>) {
    this.operation = operation
    this.waiter = waiter
    this.rest = operation.futures[Symbol.iterator]()
    const most = operation.when === 'ALL_COMPLETED' ? 1 : Infinity
    while (!this.over && this.left < most && this.watchNext());
    // Other threads may have brought some about since the poll.
    if (!this.over && operation.met()) this.grant()
    const { timeout } = operation
    if (timeout !== Infinity && !this.over)
      this.timer = waiter.host.clock.after(timeout, expire, this, waiter.ref)
  }

  _completed({ future }: Watch): void {
    this.left--
    if (this.operation.when === 'ALL_COMPLETED') this.watches.length = 0
    if (this.operation.ends(future as F) || (!this.watchNext() && this.left === 0)) this.grant()
  }

  grant(): void {
    if (this.end()) this.waiter.grant(this.operation.split())
  }

  end(): boolean {
    if (this.over) return false
    this.over = true
    if (this.timer !== undefined) this.waiter.host.clock.cancel(this.timer)
    if (this.left > 0) for (const watch of this.watches) watch.remove()
    this.watches.length = 0
    return true
  }

  /** Watches the next one that is not done; `false` if there is none. */
  private watchNext(): boolean {
    for (let step = this.rest.next(); !step.done; step = this.rest.next()) {
      if (step.value._settled) continue
      const watch = new Watch(step.value, this)
      this.watches.push(watch)
      this.left++
      watch.add()
      return true
    }
    return false
  }
}

function expire(waiting: Waiting<any>): void {
  waiting.grant()
}
