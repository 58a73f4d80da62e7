/**
 * One function run once in a thread of its own.
 *
 * The end is told by a `Lifeline`, which every thread sees, also one that sleeps in `block()`: the thread ends it after it
 * has posted its outcome, or its death does. The outcome itself waits in a message port until somebody asks. Where no
 * memory is shared the same lifeline stays in this thread, and the events of the worker end it.
 */
import {
  HeddleError,
  Lifeline,
  type Operation,
  SharingError,
  type WaitOptions,
  WorkerDiedError,
} from '../index.ts'
import type { Outcome } from './messages.ts'
import { pack, unpack } from './parcel.ts'
import { workerThreads } from './platform.ts'
import { type Portable, referenceTo } from './portable.ts'
import { spawn, type Spawned } from './spawn.ts'
import { numbered, state } from './state.ts'
import { failedUnseen, seen } from './unseen.ts'

/** What `new Thread` takes besides the function. */
export interface ThreadOptions<A extends readonly unknown[] = readonly unknown[]> {
  /** What the function is called with. Primitives of Heddle in it arrive as the same primitives. */
  args?: A
  /** Default `Thread-1`, `Thread-2`, … */
  name?: string
  /** Whether the process may end while it runs; default `false`. */
  daemon?: boolean
}

/** The options may be left out for a function without parameters. */
type OptionsFor<A extends readonly unknown[]> = A extends readonly []
  ? [options?: ThreadOptions<A>]
  : [options: ThreadOptions<A> & { args: A }]

type Settled<R> = { readonly failed: boolean; readonly value: R }

/**
 * A thread that runs one portable function. `start()` it, then wait for its result with `join()`.
 * Throws `HeddleError` while a worker is still loading a module: every worker loads it again, and would start a worker.
 */
export class Thread<A extends readonly unknown[] = any[], R = any> {
  readonly name: string
  readonly daemon: boolean
  private readonly f: Portable<A, R>
  private readonly args: readonly unknown[]
  private lifeline: Lifeline | undefined = undefined
  private spawned: Spawned | undefined = undefined
  private settled: Settled<unknown> | undefined = undefined
  private startedAt = ''

  constructor(f: Portable<A, R>, ...[options = {}]: OptionsFor<A>) {
    const { module } = referenceTo(f)
    if (state.loading !== undefined)
      throw new HeddleError(
        `a thread was made while ${state.loading} was being loaded in a thread itself, and each new one would load it again, ` +
          `for ever; move what starts threads out of ${module}, or start them only on the main thread ` +
          '(in Node: if (isMainThread) { … }, from node:worker_threads)',
      )
    if (typeof options !== 'object' || options === null)
      throw new TypeError(`options must be an object { args?, name?, daemon? }, got ${String(options)}`)
    const { args = [] as readonly unknown[], name, daemon = false } = options
    if (!Array.isArray(args)) throw new TypeError(`args must be an array, got ${typeof args}`)
    if (name !== undefined && typeof name !== 'string')
      throw new TypeError(`name must be a string, got ${typeof name}`)
    if (typeof daemon !== 'boolean') throw new TypeError(`daemon must be a boolean, got ${typeof daemon}`)
    this.f = f
    this.args = args
    this.name = name ?? numbered('Thread')
    this.daemon = daemon
  }

  /**
   * Starts it. Throws `HeddleError` if it was started before, `TypeError` with the path to an argument that cannot
   * travel, and `DataCloneError`; then it is not started.
   */
  start(): this {
    if (this.lifeline !== undefined) throw new HeddleError(`${this.name}.start(): it was started before`)
    const lifeline = new Lifeline()
    const handle = workerThreads() === undefined ? undefined : handleIfShared(lifeline)
    const job = {
      name: this.name,
      f: referenceTo(this.f),
      args: pack(this.args, 'args'),
      ...(handle && { lifeline: handle }),
    }
    this.spawned = spawn(job, this.daemon, {
      outcome: (outcome) => this.settle(outcome),
      failed: (error) => this.uncaught(error),
      ended: (how) => {
        this.fail(new WorkerDiedError(`${this.name} ended before its work was done: ${how}`))
        lifeline.end()
      },
    })
    this.lifeline = lifeline
    this.startedAt = new Error().stack?.split('\n').slice(2).join('\n') ?? ''
    return this
  }

  /**
   * Waits for its end and gives the function's result. Throws what the function threw, with class name, properties, cause
   * and stack; `WorkerDiedError` if the thread ended before the function did; `HeddleError` if it was never started.
   * May be called often, also afterwards. Cancel safe: the thread goes on.
   */
  join(options?: WaitOptions): Operation<Awaited<R>> {
    if (this.lifeline === undefined) throw new HeddleError(`${this.name}.join(): start() it before`)
    return this.lifeline.wait(options).map(() => this.take() as Awaited<R>)
  }

  /** Whether it was started and has not ended. */
  get isAlive(): boolean {
    return this.lifeline !== undefined && this.lifeline.outcome === undefined
  }

  /**
   * Stops it where it stands: what it holds is abandoned, and `join` throws `WorkerDiedError` from now on, although its
   * last steps may take a moment more. Does nothing if it ended before. Throws `HeddleError` if it was never started.
   */
  terminate(): void {
    const { lifeline, spawned } = this
    if (lifeline === undefined || spawned === undefined)
      throw new HeddleError(`${this.name}.terminate(): start() it before`)
    if (lifeline.outcome !== undefined) return
    this.receive()
    this.settled ??= { failed: true, value: new WorkerDiedError(`${this.name} was terminated`) }
    spawned.terminate()
    lifeline.end()
  }

  private take(): unknown {
    this.receive()
    if (this.settled === undefined)
      this.fail(new WorkerDiedError(`${this.name} ended before its work was done: it exited or crashed`))
    const { failed, value } = this.settled as unknown as Settled<unknown>
    if (!failed) return value
    seen(this)
    throw value
  }

  /** Looks for an outcome that no event has brought yet. */
  private receive(): void {
    if (this.settled !== undefined) return
    const outcome = this.spawned?.receive()
    if (outcome !== undefined) this.settle(outcome)
  }

  private settle({ failed, value }: Outcome): void {
    if (failed) return this.fail(unpack(value))
    this.settled ??= { failed: false, value: unpack(value) }
    this.lifeline?.end()
  }

  /** An error that nothing in the thread caught; usually the thread has told it itself. */
  private uncaught(error: unknown): void {
    this.receive()
    if (this.settled === undefined) this.fail(error)
    else if (!this.settled.failed) console.error(`${this.name} failed after its work was done:`, error)
  }

  private fail(error: unknown): void {
    if (this.settled !== undefined) return
    if (error instanceof Error && this.startedAt !== '') withOrigin(error, this.name, this.startedAt)
    this.settled = { failed: true, value: error }
    failedUnseen(this, this.name, error)
  }
}

/** The stack goes on where the thread was started. */
function withOrigin(error: Error, name: string, startedAt: string): void {
  const stack = `${error.stack}\n    in ${name}, started\n${startedAt}`
  Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true })
}

function handleIfShared(lifeline: Lifeline): Lifeline['handle'] | undefined {
  try {
    return lifeline.handle
  } catch (error) {
    if (error instanceof SharingError) return undefined
    throw error
  }
}
