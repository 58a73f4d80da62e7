/**
 * Twisted's Deferred: a chain of callbacks and errbacks that run synchronously, each getting what the one before gave.
 *
 * A callback that throws, or returns a Failure, sends the chain to the errback side; an errback that returns anything
 * else brings it back. A callback that returns a Deferred, an Operation (a Future too) or a promise makes the chain
 * wait for it; the outcome of a returned Deferred is taken from it, which keeps `undefined`. The machine is in cell.ts.
 */
import { CancelledError, type Operation, type Suspend, TimeoutError, type WaitOptions } from '../index.ts'
import { adopt, DeferredPromise, operationOf, outcomeOf, perform, type PromiseSource } from './bridge.ts'
import {
  append,
  begin,
  CALLED,
  type Callback,
  cancel,
  Cell,
  fire,
  PAUSE,
  run,
  type Sink,
  WAITING,
  wire,
} from './cell.ts'
import { requireFunction, requireSpan, shown } from './checks.ts'
import { type DeferredClock, hostClock } from './clock.ts'
import { Failure } from './failure.ts'
import { steps } from './steps.ts'
import type { Settled } from './types.ts'
import { debug, isDebugging } from './unhandled.ts'

/** What `addTimeout` takes besides the time. */
export interface TimeoutOptions<T, R = never> {
  /** Whose time it is; the host's timers unless a test brings its own. */
  clock?: DeferredClock
  /**
   * Makes the outcome when the time is over, from what the cancelled chain gave (normally a CancelledError's Failure).
   * Without it a CancelledError becomes a TimeoutError. Not called for any other cancellation.
   */
  onTimeoutCancel?: (outcome: T | Failure, milliseconds: number) => R
}

/**
 * A result that is not there yet, and the chain of what is to be done with it.
 *
 * `In` is what `callback` takes, `Out` what the end of the chain gives. Each `add...` returns the same object with a
 * new type: only the returned reference carries it, so write `const d = first.addCallback(f)` and use `d` from there.
 * A Deferred is not a thenable: `await deferred.result()`, `yield* deferred` in a task or an `inlineCallbacks` function.
 */
export class Deferred<In = unknown, Out = In> extends Cell {
  /** @param canceller called by `cancel` while unfired; may fire the Deferred, else it fails with CancelledError. */
  constructor(canceller?: (deferred: Deferred<In, any>) => void) {
    if (canceller !== undefined) requireFunction('canceller', canceller)
    super(canceller)
  }

  /** Keeps the stacks of making and firing of the Deferreds made from now on: dear, for the hunt only. */
  static setDebugging(on: boolean): void {
    if (typeof on !== 'boolean') throw new TypeError(`on must be a boolean, got ${shown(on)}`)
    debug(on)
  }

  /** Whether stacks are kept. */
  static getDebugging(): boolean {
    return isDebugging()
  }

  /**
   * A Deferred for an operation, which is performed now; for a promise; or for a call that is given a signal.
   * Cancelling the Deferred withdraws the wait, and aborts the signal. A promise that nobody waits for any more keeps
   * nothing of this, and its late rejection is no unhandled one.
   */
  static from<T>(source: PromiseSource<T>): Deferred<Awaited<T>> {
    return perform(operationOf(source), new Deferred<any, any>())
  }

  /** Whether it was fired, by anybody, also by a cancellation. */
  get called(): boolean {
    return (this._state & CALLED) !== 0
  }

  /** How many reasons there are not to run: calls of `pause` without their `unpause`, and a Deferred waited for. */
  get paused(): number {
    return Math.floor(this._state / PAUSE) + (this._state & WAITING ? 1 : 0)
  }

  /** Adds what is to run on a value and what on a Failure. The errback does not see what this callback throws. */
  addCallbacks<A, B>(
    callback: (value: Out) => A,
    errback: (failure: Failure) => B,
  ): Deferred<In, Settled<A> | Settled<B>> {
    requireFunction('callback', callback)
    requireFunction('errback', errback)
    append(this, callback, errback)
    return this as Deferred<In, any>
  }

  /** Adds what is to run on a value; a Failure passes. */
  addCallback<A>(callback: (value: Out) => A): Deferred<In, Settled<A>> {
    requireFunction('callback', callback)
    append(this, callback, undefined)
    return this as Deferred<In, any>
  }

  /** Adds what is to run on a Failure; a value passes. */
  addErrback<B>(errback: (failure: Failure) => B): Deferred<In, Out | Settled<B>> {
    requireFunction('errback', errback)
    append(this, undefined, errback)
    return this as Deferred<In, any>
  }

  /** Adds what is to run on either. */
  addBoth<B>(both: (outcome: Out | Failure) => B): Deferred<In, Settled<B>> {
    requireFunction('both', both)
    append(this, both as Callback, both as Callback)
    return this as Deferred<In, any>
  }

  /**
   * Cancels it if it is not fired within `milliseconds`, and then makes a TimeoutError of the CancelledError.
   * Covers what was added before it. The timer ends when the chain comes to this point.
   */
  addTimeout<R = never>(
    milliseconds: number,
    options: TimeoutOptions<Out, R> = {},
  ): Deferred<In, Out | Settled<R>> {
    requireSpan('milliseconds', milliseconds)
    const { clock = hostClock, onTimeoutCancel } = options
    if (onTimeoutCancel !== undefined) requireFunction('onTimeoutCancel', onTimeoutCancel)
    let late = false
    const expire = (): void => {
      late = true
      this.cancel()
    }
    const timer = clock.after(milliseconds, expire, undefined, true)
    this.addBoth((outcome) => {
      if (!late) clock.cancel(timer)
      else if (onTimeoutCancel !== undefined) return onTimeoutCancel(outcome, milliseconds)
      else if (outcome instanceof Failure && outcome.check(CancelledError) !== undefined)
        return new Failure(new TimeoutError(`no result within ${milliseconds} ms`, { cause: outcome.value }))
      return outcome
    })
    return this as Deferred<In, any>
  }

  /** Fires `other` with the outcome at this point; this chain goes on with `undefined`. */
  chainDeferred(other: Deferred<Out, any>): Deferred<In, void> {
    if (!(other instanceof Deferred)) throw new TypeError(`other must be a Deferred, got ${shown(other)}`)
    const sink = new Firing(other)
    append(this, sink, sink)
    return this as Deferred<In, any>
  }

  /** Fires it with a value, and runs the callbacks now; a Failure is as `errback`. Throws `AlreadyCalledError`. */
  callback(value: In | Failure): void {
    if (value instanceof Cell)
      throw new TypeError('value must not be a Deferred: return it from a callback, or use chainDeferred')
    fire(this, value)
  }

  /** Fires it with an error, and runs the errbacks now. Throws `AlreadyCalledError`. */
  errback(error: unknown): void {
    // There is no "current exception" in JavaScript that a missing argument could mean.
    if (arguments.length === 0) throw new TypeError('error must be given: an error, or a Failure')
    fire(this, Failure.of(error))
  }

  /** Stops the chain before the next callback, until as many `unpause` calls. */
  pause(): void {
    this._state += PAUSE
  }

  /** Takes back one `pause`; the last one runs what was held back. Throws if there was none. */
  unpause(): void {
    if (this._state < PAUSE) throw new RangeError('unpause() without a pause() before it')
    this._state -= PAUSE
    if (this._state < PAUSE) run(this)
  }

  /**
   * Gives up. Unfired: the canceller is called, and if it fired nothing, CancelledError is the outcome; with no
   * canceller one later firing is ignored. Waiting for a returned Deferred: that one is cancelled. Else nothing.
   *
   * @param reason becomes the `cause` of the CancelledError.
   */
  cancel(reason?: unknown): void {
    cancel(this, reason)
  }

  /** Cancels it when the signal aborts, with the signal's reason; the listener goes when the chain comes here. */
  cancelOn(signal: AbortSignal): this {
    if (typeof signal?.addEventListener !== 'function')
      throw new TypeError(`signal must be an AbortSignal, got ${shown(signal)}`)
    const abort = (): void => this.cancel(signal.reason)
    if (signal.aborted) abort()
    else {
      signal.addEventListener('abort', abort)
      const sink: Sink = {
        _take: () => {
          signal.removeEventListener('abort', abort)
          return undefined
        },
      }
      append(this, sink, sink)
    }
    return this
  }

  /** Waits for the outcome at this point of the chain, which keeps it. A failed one throws its error. */
  result(options?: WaitOptions): Operation<Out> {
    return outcomeOf<Out>(this, options)
  }

  /**
   * The outcome at this point of the chain as a promise; the chain keeps it. A promise that nobody looks at does not
   * become an unhandled rejection: its failure stays with the Deferred.
   */
  toPromise(): Promise<Out> {
    return DeferredPromise.from<Out>(this)
  }

  /** Waits in a task or in an `inlineCallbacks` function: `const value = yield* deferred`. */
  [Symbol.iterator](): Generator<Suspend, Out, unknown> {
    return steps<Out>(this)
  }
}

/** Fires another Deferred, as a turn of the loop and not as a call. */
class Firing implements Sink {
  readonly other: Cell

  constructor(other: Cell) {
    this.other = other
  }

  _take(source: Cell): Cell | undefined {
    const outcome = source._outcome
    source._outcome = undefined
    try {
      return begin(this.other, outcome) ? this.other : undefined
    } catch (error) {
      source._outcome = new Failure(error)
      return undefined
    }
  }
}

wire({
  adopt,
  cancelled: (reason) =>
    new CancelledError('the Deferred was cancelled', reason === undefined ? undefined : { cause: reason }),
})
