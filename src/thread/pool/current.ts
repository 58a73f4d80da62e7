/** What a function that runs in a pool's worker can ask: is it still wanted, how does it tell how far it is. */
import { CancelledError, HeddleError } from '../../index.ts'
import type { Executor } from '../../index.ts'
import { load } from '../reference.ts'
import { type Parcel, unpack } from '../parcel.ts'
import type { Submissions } from './submissions.ts'

/** The calls that a worker makes at this moment, by their numbers. */
export abstract class Current {
  /** The one whose function is on the stack; -1: none. */
  running = -1
  /** Those that wait. */
  readonly waiting: Set<number> = new Set()
  abstract readonly submissions: Submissions
  private readonly controllers: Map<number, AbortController> = new Map()
  private readonly aborted: Map<number, Parcel> = new Map()

  /** Looks for messages inside a call. */
  abstract listen(): void
  abstract progress(seq: number, value: unknown): void

  /** The call that asks. It is known on the stack of its function, and after a wait if no other waits beside it. */
  get asking(): number | undefined {
    if (this.running !== -1) return this.running
    if (this.waiting.size === 1) return this.waiting.values().next().value
    return undefined
  }

  signalOf(seq: number): AbortSignal {
    const known = this.controllers.get(seq)
    if (known !== undefined) return known.signal
    const controller = new AbortController()
    this.controllers.set(seq, controller)
    const { signal } = controller
    // A loop that never returns to the event loop sees it too.
    Object.defineProperty(signal, 'aborted', {
      configurable: true,
      get: () => {
        this.listen()
        return isAborted(signal)
      },
    })
    Object.defineProperty(signal, 'throwIfAborted', {
      configurable: true,
      value: () => {
        if (signal.aborted) throw signal.reason
      },
    })
    this.tell(seq)
    return signal
  }

  throwIfAborted(seq: number): void {
    if (this.aborted.has(seq)) this.signalOf(seq).throwIfAborted()
  }

  protected abort(seq: number, reason: Parcel): void {
    if (this.running !== seq && !this.waiting.has(seq)) return
    this.aborted.set(seq, reason)
    this.tell(seq)
  }

  /** The call is over. */
  protected leave(seq: number): void {
    if (this.controllers.size > 0) this.controllers.delete(seq)
    if (this.aborted.size > 0) this.aborted.delete(seq)
  }

  private tell(seq: number): void {
    const reason = this.aborted.get(seq)
    const controller = this.controllers.get(seq)
    if (reason === undefined || controller === undefined || isAborted(controller.signal)) return
    controller.abort(reasonOf(reason))
  }
}

/** What the signal itself says, without looking for messages. */
function isAborted(signal: AbortSignal): boolean {
  return Reflect.get(AbortSignal.prototype, 'aborted', signal)
}

function reasonOf(parcel: Parcel): unknown {
  void load(parcel.modules)
  try {
    return unpack(parcel)
  } catch {
    return new CancelledError('the call was aborted')
  }
}

let current: Current | undefined

/** This thread is a worker of a pool. */
export function enter(server: Current): void {
  current = server
}

function asking(verb: string): { current: Current; seq: number } {
  if (current === undefined) throw new HeddleError(`${verb}: this thread is no worker of a pool or executor`)
  const seq = current.asking
  if (seq !== undefined) return { current, seq }
  throw new HeddleError(
    `${verb}: several calls of this worker wait at this moment, and it cannot be told which one asks; ` +
      'call it before the first await of the function',
  )
}

/**
 * In a function that a pool or a `ThreadPoolExecutor` runs: the signal that aborts when its future has ended before it, by a
 * timeout or by a signal of the submission. Pass it on, or ask `signal.aborted` now and then: that works in a loop without
 * `await` too. A function that has not ended when the pool's `grace` time is over is stopped together with its thread.
 * Ask for it before the first `await`. Throws `HeddleError` elsewhere.
 */
export function currentSignal(): AbortSignal {
  const { current, seq } = asking('currentSignal()')
  return current.signalOf(seq)
}

/**
 * In a function that a pool or a `ThreadPoolExecutor` runs: tells `value` to the `onProgress` of its submission.
 * Ask for it before the first `await`, or where the worker makes no other call. Throws `HeddleError` elsewhere, and
 * `TypeError` if `value` cannot travel.
 */
export function reportProgress(value: unknown): void {
  const { current, seq } = asking('reportProgress()')
  current.progress(seq, value)
}

/**
 * In a worker of a pool or a `ThreadPoolExecutor`: that executor, as far as it can be used from there: `submit`, `map`,
 * `with`. What a function submits goes before what waits already, and while it waits for the outcome its worker makes
 * other calls, so that it never waits in vain. Throws `HeddleError` elsewhere.
 */
export function currentExecutor(): Executor {
  if (current === undefined)
    throw new HeddleError('currentExecutor(): this thread is no worker of a pool or executor')
  return current.submissions.executor
}
