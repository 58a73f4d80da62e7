/**
 * A promise as an operation.
 *
 * One subscription a promise, however many waits: racing one long-lived promise a million times leaves no trace in it
 * (a plain `Promise.race` would leave a reaction each).
 */
import { CancelledError, shown } from '../errors.ts'
import { WaitList } from './list.ts'
import { NOT_READY, Operation, type Poll } from './operation.ts'
import { limited, type WaitOptions } from './options.ts'
import type { Waiter } from './waiter.ts'

class Subscription<T> extends WaitList {
  state: 'pending' | 'fulfilled' | 'rejected' = 'pending'
  outcome: unknown

  constructor(promise: PromiseLike<T>) {
    super()
    promise.then(
      (value) => this.settle('fulfilled', value),
      (reason: unknown) => this.settle('rejected', reason),
    )
  }

  settle(state: 'fulfilled' | 'rejected', outcome: unknown): void {
    this.state = state
    this.outcome = outcome
    for (let waiter = this.head; waiter !== null; waiter = this.head) {
      this.remove(waiter)
      if (state === 'fulfilled') waiter.grant(outcome)
      else waiter.fail(outcome)
    }
  }
}

const subscriptions = /* @__PURE__ */ new WeakMap<object, Subscription<any>>()

class UntilPromise<T> extends Operation<T> {
  readonly promise: PromiseLike<T>

  constructor(promise: PromiseLike<T>) {
    super()
    this.promise = promise
  }

  poll(): Poll<T> {
    const subscription = subscribe(this.promise)
    if (subscription.state === 'rejected') throw subscription.outcome
    return subscription.state === 'fulfilled' ? (subscription.outcome as T) : NOT_READY
  }

  park(waiter: Waiter<T>): void {
    subscribe(this.promise).push(waiter)
  }

  unpark(waiter: Waiter<T>): boolean {
    return subscribe(this.promise).remove(waiter)
  }

  override describe(): string {
    return 'until(promise)'
  }
}

function subscribe<T>(promise: PromiseLike<T>): Subscription<T> {
  let subscription = subscriptions.get(promise)
  if (subscription === undefined) {
    subscription = new Subscription(promise)
    subscriptions.set(promise, subscription)
  }
  return subscription as Subscription<T>
}

class UntilCall<T> extends Operation<T> {
  readonly call: (signal: AbortSignal) => PromiseLike<T>

  constructor(call: (signal: AbortSignal) => PromiseLike<T>) {
    super()
    this.call = call
  }

  poll(): Poll<T> {
    return NOT_READY
  }

  park(waiter: Waiter<T>): void {
    const controller = new AbortController()
    waiter.data = controller
    this.call(controller.signal).then(
      (value) => {
        if (waiter.data !== controller) return
        waiter.data = undefined
        waiter.grant(value)
      },
      (reason: unknown) => {
        if (waiter.data !== controller) return
        waiter.data = undefined
        waiter.fail(reason)
      },
    )
  }

  unpark(waiter: Waiter<T>): boolean {
    const controller = waiter.data as AbortController | undefined
    if (controller === undefined) return false
    waiter.data = undefined
    controller.abort(new CancelledError('the wait for this call was withdrawn'))
    return true
  }

  override describe(): string {
    return 'until(call)'
  }
}

/**
 * Waits for a promise, or for a call that is made anew at each perform with a signal that aborts when the wait is
 * withdrawn (another arm of a `select` won, a timeout, a cancellation). A promise that loses is ignored, also if it
 * rejects later. Throws what the promise rejects with.
 */
export function until<T>(
  source: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T>),
  options?: WaitOptions,
): Operation<T> {
  if (typeof source === 'function') return limited(new UntilCall(source), options)
  if (typeof (source as PromiseLike<T> | null | undefined)?.then === 'function')
    return limited(new UntilPromise(source), options)
  throw new TypeError(`source must be a promise or a function that returns one, got ${shown(source)}`)
}
