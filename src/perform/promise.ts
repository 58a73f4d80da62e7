/** Performs an operation for an async function: what `await` calls. */
import { NOT_READY, type Operation } from '../operation/operation.ts'
import type { Performing } from '../operation/performers.ts'
import { thread } from '../wait/thread.ts'
import { soon } from './soon.ts'
import { OVER, type Stepper, Wait } from './wait.ts'

/** The host of every wait in async code: it resumes by microtask and takes its time from the thread's clock. */
class AsyncHost implements Stepper {
  readonly blocking = false
  readonly name = 'async code'

  get clock(): Stepper['clock'] {
    return thread.clock
  }

  resume(wait: Wait<any>): void {
    soon(wait as PromiseWait<any>)
  }
}

const host: Stepper = new AsyncHost()

type Callback = ((argument: any) => any) | null | undefined

interface Resolvers {
  readonly promise: Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
}

/**
 * A wait that ends in one of two callbacks. For `await` those are the engine's own and nobody looks at what `then`
 * returned; only when somebody does is a promise made for it.
 */
class PromiseWait<T> extends Wait<T> implements PromiseLike<any>, Performing {
  private readonly fulfilled: Callback
  private readonly rejected: Callback
  private chained: Resolvers | undefined = undefined

  constructor(operation: Operation<T>, fulfilled: Callback, rejected: Callback) {
    super(operation, host)
    this.fulfilled = fulfilled
    this.rejected = rejected
  }

  /** Parks it after a poll that was not ready. */
  parked(): this {
    try {
      this.park()
    } catch (error) {
      this.fail(error)
    }
    return this
  }

  stop(error: unknown): boolean {
    if (!this.cancel()) return false
    this.rejected?.(error)
    return true
  }

  /** Called by `soon`. */
  run(): void {
    let value: unknown
    let callback: Callback
    try {
      value = this.take()
      callback = this.fulfilled
      if (typeof callback !== 'function') return this.end(value)
    } catch (error) {
      value = error
      callback = this.rejected
      if (typeof callback !== 'function') return this.endIn(error)
    }
    try {
      this.end(callback(value))
    } catch (error) {
      this.endIn(error)
    }
  }

  // oxlint-disable-next-line unicorn/no-thenable
  then<A, B>(
    fulfilled?: ((value: any) => A) | null,
    rejected?: ((reason: unknown) => B) | null,
  ): Promise<any> {
    return (this.chained ??= this.resolvers()).promise.then(fulfilled, rejected)
  }

  catch<B>(rejected?: ((reason: unknown) => B) | null): Promise<any> {
    return this.then(undefined, rejected)
  }

  finally(settled?: (() => void) | null): Promise<any> {
    return this.then(undefined).finally(settled)
  }

  private end(value: unknown): void {
    this.outcome = value
    this.chained?.resolve(value)
  }

  /** An error that no callback took and no chain carries on is an unhandled rejection, as with any promise. */
  private endIn(error: unknown): void {
    this.chained ??= this.resolvers()
    this.chained.reject(error)
  }

  private resolvers(): Resolvers {
    let resolve!: Resolvers['resolve']
    let reject!: Resolvers['reject']
    const promise = new Promise<unknown>((yes, no) => {
      resolve = yes
      reject = no
    })
    if (this.state === OVER) resolve(this.outcome)
    return { promise, resolve, reject }
  }
}

const resolved = Promise.resolve()

/** What comes of it is told in a later microtask, never in this call. */
export function performPromise<T>(
  operation: Operation<T>,
  fulfilled: Callback,
  rejected: Callback,
): PromiseLike<any> {
  let prepared: Operation<T>
  let value: T | typeof NOT_READY
  try {
    prepared = operation.prepare()
    value = prepared.poll()
  } catch (error) {
    return Promise.reject(error).then(fulfilled, rejected)
  }
  if (value === NOT_READY) return new PromiseWait(prepared, fulfilled, rejected).parked()
  return typeof fulfilled === 'function'
    ? resolved.then(() => fulfilled(value))
    : new Promise((resolve) => resolve(value)).then(fulfilled, rejected)
}

/** Parks an operation that is prepared and was polled in vain. */
export function parkForCallbacks<T>(
  operation: Operation<T>,
  fulfilled: (value: T) => void,
  rejected: (error: unknown) => void,
): Performing {
  return new PromiseWait(operation, fulfilled, rejected).parked()
}
