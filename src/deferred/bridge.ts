/**
 * Between a Deferred and everything else that can be waited for: operations (futures and tasks among them) and promises.
 *
 * An outcome that is looked at from outside stays in the chain. A failure counts as noticed only when somebody is really
 * told of it, so that it is neither reported twice nor lost. Whoever stops waiting leaves nothing behind: a waiter is
 * withdrawn from the operation or the Deferred, and one promise is subscribed to once, however many wait for it.
 */
import { choose, Operation, until, type WaitOptions } from '../index.ts'
import { append, CALLED, Cell, fire, settled, type Sink } from './cell.ts'
import { shown } from './checks.ts'
import { dispose, NOT_READY, type Poll, type Waiter } from './core.ts'
import { Failure } from './failure.ts'
import { notice } from './unhandled.ts'

/** The wait that a returned object stands for; `undefined` if it is a plain value. */
export function waitable(value: object): Operation<unknown> | undefined {
  if (typeof (value as { then?: unknown }).then !== 'function') return undefined
  return value instanceof Operation ? value : until(value as PromiseLike<unknown>)
}

/** What a chain has to wait for if a callback returned it: a cell for it; `undefined` for a plain value. */
export function adopt(value: object): Cell | undefined {
  const operation = waitable(value)
  return operation === undefined ? undefined : perform(operation, new Cell(undefined))
}

/** Performs an operation into an unfired cell, which gets the withdrawal as its canceller. */
export function perform<C extends Cell>(operation: Operation<unknown>, cell: C): C {
  const stop = new Stop()
  const boxed: Operation<{ value: unknown } | undefined> = operation.map((value) => ({ value }))
  try {
    const choice = choose.biased([boxed, stop])
    const prepared = choice.prepare()
    const box = prepared.poll() as { value: unknown } | typeof NOT_READY
    if (box !== NOT_READY) {
      // Tells the watch over forgotten operations that this one was performed.
      void choice[Symbol.iterator]()
      fire(cell, (box as { value: unknown }).value)
      return cell
    }
    cell._behind = () => stop.now()
    prepared.start().then(
      (committed) => {
        if (committed === undefined) return
        // Fired by somebody else meanwhile: nobody will use the value.
        if (cell._state & CALLED) dispose(committed.value)
        else fire(cell, committed.value)
      },
      (error: unknown) => {
        if (!(cell._state & CALLED)) fire(cell, Failure.of(error))
      },
    )
  } catch (error) {
    fire(cell, new Failure(error))
  }
  return cell
}

/** The arm of a choice that ends it, so that the other arm is withdrawn at once. */
class Stop extends Operation<undefined> {
  private waiter: Waiter<undefined> | undefined

  poll(): Poll<undefined> {
    return NOT_READY as never
  }

  park(waiter: Waiter<undefined>): void {
    this.waiter = waiter
  }

  unpark(): boolean {
    this.waiter = undefined
    return true
  }

  now(): void {
    this.waiter?.grant(undefined)
  }
}

/** Reads a settled cell from outside: gives the value, or throws the error, which counts as noticed. */
export function read(cell: Cell): unknown {
  const outcome = cell._outcome
  if (!(outcome instanceof Failure)) return outcome
  notice(cell, outcome)
  throw outcome.value
}

/** The outcome at one point of a chain, as an operation. */
class Outcome<T> extends Operation<T> {
  readonly cell: Cell

  constructor(cell: Cell) {
    super()
    this.cell = cell
  }

  poll(): Poll<T> {
    return settled(this.cell) ? (read(this.cell) as T) : (NOT_READY as never)
  }

  park(waiter: Waiter<T>): void {
    const { cell } = this
    const last = cell._head === undefined ? undefined : cell._tail!.onValue
    // Those that wait at the same point share a link, so that many waits on a long-lived Deferred leave nothing behind.
    const lookers = last instanceof Lookers ? last : new Lookers()
    waiter.data = lookers
    lookers.waiters.add(waiter)
    if (lookers !== last) append(cell, lookers, lookers)
  }

  unpark(waiter: Waiter<T>): boolean {
    return (waiter.data as Lookers).waiters.delete(waiter)
  }

  override describe(): string {
    return 'Deferred.result'
  }
}

/** The waiters at one point of a chain. */
class Lookers implements Sink {
  readonly waiters: Set<Waiter<any>> = new Set()

  _take(source: Cell): undefined {
    const outcome = source._outcome
    // A waiter that is withdrawn by another one's grant is no longer in the set when its turn would come.
    for (const waiter of this.waiters) {
      this.waiters.delete(waiter)
      if (outcome instanceof Failure) {
        notice(source, outcome)
        waiter.fail(outcome.value)
      } else waiter.grant(outcome)
    }
  }
}

/** The operation that `Deferred.result` gives. */
export function outcomeOf<T>(cell: Cell, options: WaitOptions | undefined): Operation<T> {
  const outcome = new Outcome<T>(cell)
  return options === undefined ? outcome : choose([outcome], options)
}

/** A promise that tells the Deferred behind it when somebody looks, and is no unhandled rejection when nobody does. */
export class DeferredPromise<T> extends Promise<T> implements Sink {
  private looked = false
  private source: Cell | undefined
  private failure: Failure | undefined
  private settle: { resolve: (value: any) => void; reject: (error: unknown) => void } | undefined

  // What `then` gives is a promise like any other.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  static from<T>(cell: Cell): Promise<T> {
    let settle: { resolve: (value: any) => void; reject: (error: unknown) => void }
    const promise = new DeferredPromise<T>((resolve, reject) => {
      settle = { resolve, reject }
    })
    promise.settle = settle!
    void Promise.prototype.then.call(promise, undefined, () => undefined)
    append(cell, promise, promise)
    return promise
  }

  /** @internal */
  _take(source: Cell): undefined {
    const { resolve, reject } = this.settle!
    this.settle = undefined
    const outcome = source._outcome
    if (!(outcome instanceof Failure)) return resolve(outcome) as undefined
    this.source = source
    this.failure = outcome
    if (this.looked) notice(source, outcome)
    reject(outcome.value)
  }

  // oxlint-disable-next-line unicorn/no-thenable
  override then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: any) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.looked = true
    if (this.failure !== undefined) notice(this.source!, this.failure)
    return super.then(fulfilled, rejected)
  }
}

/** What can be turned into a Deferred: a promise, or a call that is given a signal which aborts at a cancellation. */
export type PromiseSource<T> = PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T>)

/** The operation behind a promise source. */
export function operationOf<T>(source: PromiseSource<T>): Operation<T> {
  if (source instanceof Operation) return source as Operation<T>
  if (typeof source === 'function' || typeof (source as { then?: unknown } | null)?.then === 'function')
    return until(source)
  throw new TypeError(
    `source must be a promise, an operation or a function that takes a signal, got ${shown(source)}`,
  )
}
