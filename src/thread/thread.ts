/**
 * One function, or the `run` of one object, run once in a thread of its own.
 *
 * The end is told by the worker's lifeline, which every thread sees, also one that sleeps in `block()`: the thread ends it
 * after it has posted its outcome, or its death does. The outcome itself waits in a message port until somebody asks.
 */
import {
  HeddleError,
  InvalidStateError,
  type Operation,
  type WaitOptions,
  WorkerDiedError,
} from '../index.ts'
import type { Call, Outcome } from './call.ts'
import { checkedOptions, type ThreadOptions } from './options.ts'
import { blame, pack, unpack } from './parcel.ts'
import { checked, type FunctionReference, referTo } from './reference.ts'
import { enableParser } from './self-contained-load.ts'
import { type Death, RunningWorker, type WorkerStart } from './spawn.ts'
import { numbered, refuseWhileLoading } from './state.ts'
import { classNameOf, referToClass } from './subclass.ts'
import { failedUnseen, seen } from './unseen.ts'

/** The options may be left out for a function without parameters. */
type OptionsFor<A extends readonly unknown[]> = A extends readonly []
  ? [options?: ThreadOptions<A>]
  : [options: ThreadOptions<A> & { args: A }]

type Settled = { readonly failed: boolean; readonly value: unknown }

/** All that the copy of the object inside the thread does not have. */
interface Inner {
  readonly f: FunctionReference
  /** Whether the thread executes `run` of a copy of the object, and not `f` itself. */
  readonly runs: boolean
  readonly options: ThreadOptions
  worker: RunningWorker | undefined
  settled: Settled | undefined
  startedAt: string
  /** Somebody terminated it. */
  stopped: boolean
}

/**
 * A thread that runs one function: a portable one, or a self-contained one that travels as text. Or extend it, give the
 * class a `run` method and make it portable, `static { portable(import.meta.url, 'MyThread', this) }`: then the thread gets
 * a copy of the object's own fields and executes `run` there.
 *
 * `start()` it, then wait for its result with `join()`. Throws `HeddleError` while a worker is still loading a module:
 * every worker loads it again, and would start a worker; `TypeError` if an option is wrong, the function refers to
 * variables outside of itself, or the class is not portable.
 */
export class Thread<A extends readonly unknown[] = any[], R = any> {
  /** Default `Thread-1`, `Thread-2`, …, after the name of the class. */
  readonly name: string
  /** Whether the process may end while it runs. */
  readonly daemon: boolean
  readonly #inner: Inner

  constructor(f: (...args: A) => R, ...[options]: OptionsFor<A>)
  /** For a class of one's own that has `run`. */
  constructor(options?: Omit<ThreadOptions<[]>, 'args'>)
  constructor(...given: unknown[]) {
    refuseWhileLoading('a thread')
    enableParser()
    const runs = isOwn(new.target) && typeof given[0] !== 'function'
    const options = checkedOptions(given[runs ? 0 : 1], runs)
    const f = runs ? referToClass(new.target) : referTo(given[0])
    this.name = options.name ?? numbered(isOwn(new.target) ? classNameOf(new.target) : 'Thread')
    this.daemon = options.daemon ?? false
    this.#inner = { f, runs, options, worker: undefined, settled: undefined, startedAt: '', stopped: false }
  }

  /**
   * Starts it. Throws `HeddleError` if it was started before, and `TypeError` with the path to an argument, or a field of
   * the object, that cannot travel; then it is not started.
   */
  start(): this {
    const inner = this.inner('start')
    if (inner.worker !== undefined) throw new HeddleError(`${this.name}.start(): it was started before`)
    const { f, runs, options } = inner
    const [name, value] = runs ? ['this', this] : ['args', options.args ?? []]
    const { parcel, transfer } = pack(value, name, options.transfer)
    const { env, resourceLimits, worker } = options
    const start: WorkerStart = {
      name: this.name,
      program: 'call',
      input: { f, args: parcel, runs } satisfies Call,
      transfer,
      ref: !this.daemon,
      env,
      resourceLimits,
      worker,
      after: checked(f),
    }
    try {
      inner.worker = new RunningWorker(start, {
        message: (outcome) => settle(inner, this.name, outcome as Outcome),
        ended: (death) => ended(inner, this.name, death),
      })
    } catch (error) {
      throw blame(error, parcel.value, name)
    }
    inner.startedAt = new Error().stack?.split('\n').slice(2).join('\n') ?? ''
    return this
  }

  /**
   * Waits for its end and gives the function's result. Throws what the function threw, with class, own properties, cause
   * and both stacks; `WorkerDiedError` if the thread ended before the function did; `HeddleError` if it was never started.
   * May be called often, also afterwards. Cancel safe: the thread goes on.
   */
  join(options?: WaitOptions): Operation<Awaited<R>> {
    const { inner, worker } = this.started('join')
    return worker.lifeline.wait(options).map(() => take(inner, this.name) as Awaited<R>)
  }

  /**
   * Waits until it runs, or has ended before. In a page, a thread that starts another one awaits this before it sleeps in
   * `block()` for something that the other one does; elsewhere threads start anyway. Cancel safe. Throws `HeddleError` if it
   * was never started.
   */
  whenReady(options?: WaitOptions): Operation<void> {
    return this.started('whenReady')
      .worker.readiness.wait(options)
      .map(() => undefined)
  }

  /** Whether it was started and has not ended. */
  get isAlive(): boolean {
    const { worker } = this.inner('isAlive')
    return worker !== undefined && worker.lifeline.outcome === undefined
  }

  /**
   * What `join` gives, at once. Throws what `join` throws, and `InvalidStateError` while the thread runs or was not
   * started.
   */
  get result(): Awaited<R> {
    const inner = this.inner('result')
    if (inner.worker?.lifeline.outcome === undefined)
      throw new InvalidStateError(`${this.name}.result: there is none before its end; join() waits for it`)
    return take(inner, this.name) as Awaited<R>
  }

  /**
   * Stops it where it stands: what it holds is abandoned, and `join` throws `reason` from now on, by default a
   * `WorkerDiedError`, although its last steps may take a moment more. Does nothing if it ended before. Throws `HeddleError`
   * if it was never started.
   */
  terminate(reason?: unknown): void {
    const { inner, worker } = this.started('terminate')
    if (worker.lifeline.outcome !== undefined) return
    inner.stopped = true
    worker.terminate(reason)
    // Whoever stops it knows; it is told to those who join, and not as the process ends.
    if (inner.settled === undefined) fail(inner, this.name, worker.death?.error)
    seen(inner)
  }

  private inner(verb: string): Inner {
    if (#inner in this) return this.#inner
    throw new HeddleError(
      `${verb} is for whoever made the thread; this is the copy of the object that runs inside it`,
    )
  }

  private started(verb: string): { inner: Inner; worker: RunningWorker } {
    const inner = this.inner(verb)
    if (inner.worker === undefined) throw new HeddleError(`${this.name}.${verb}(): start() it before`)
    return { inner, worker: inner.worker }
  }
}

/** Whether it is a class that extends `Thread`. (A class that names itself is called `_Thread` in a bundle.) */
function isOwn(made: Function): boolean {
  return made !== Thread
}

/** The result, once the lifeline is over. */
function take(inner: Inner, name: string): unknown {
  const { worker } = inner
  if (inner.settled === undefined) worker?.drain()
  if (inner.settled === undefined)
    fail(
      inner,
      name,
      worker?.death
        ? worker.death.error
        : new WorkerDiedError(`${name} ended before its work was done: it exited or crashed`),
    )
  const { failed, value } = inner.settled as unknown as Settled
  if (!failed) return value
  seen(inner)
  throw value
}

function settle(inner: Inner, name: string, { failed, value }: Outcome): void {
  const arrived = unpack(value)
  if (failed) fail(inner, name, arrived)
  else inner.settled ??= { failed: false, value: arrived }
}

function ended(inner: Inner, name: string, death: Death | undefined): void {
  if (death === undefined || (inner.stopped && inner.settled !== undefined)) return
  if (inner.settled === undefined) fail(inner, name, death.error)
  else if (!inner.settled.failed) console.error(`${name} failed after its work was done:`, death.error)
}

function fail(inner: Inner, name: string, error: unknown): void {
  if (inner.settled !== undefined) return
  if (error instanceof Error && inner.startedAt !== '') withOrigin(error, name, inner.startedAt)
  inner.settled = { failed: true, value: error }
  failedUnseen(inner, name, error)
}

/** The stack goes on where the thread was started. */
function withOrigin(error: Error, name: string, startedAt: string): void {
  const stack = `${error.stack}\n    in ${name}, started\n${startedAt}`
  Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true })
}
