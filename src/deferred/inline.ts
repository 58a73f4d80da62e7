/**
 * Twisted's inlineCallbacks: a generator as straight-line code over Deferreds.
 *
 * A wait for what is settled goes on in the same loop; the resumption after a real wait is a turn of the loop in
 * cell.ts. So neither a long run over fired Deferreds nor a deep nest of such functions uses the stack.
 *
 * Cancellation: cancelling the returned Deferred cancels what the generator waits for. The generator may catch the
 * CancelledError and end as it likes; what it ends with is the outcome.
 */
import { adopt } from './bridge.ts'
import { append, begin, CALLED, cancel, Cell, run, settled, type Sink } from './cell.ts'
import { requireFunction, shown } from './checks.ts'
import { type Context, context } from './context.ts'
import { Deferred } from './deferred.ts'
import { Failure } from './failure.ts'
import { enter } from './steps.ts'
import { notice } from './unhandled.ts'

/** What an `inlineCallbacks` function may be written as. */
type Steps<R> = Generator<unknown, R, unknown>

class Runner implements Sink {
  readonly generator: Steps<unknown>
  readonly end: Deferred<any, any>
  waiting: Cell | undefined = undefined
  /** It was cancelled from its own code; the next real wait is cancelled. */
  cancelled: { readonly reason: unknown } | undefined = undefined
  private context: Context | undefined = undefined

  constructor(generator: Steps<unknown>) {
    this.generator = generator
    this.end = new InlineDeferred(this)
  }

  _take(source: Cell): Cell | undefined {
    this.waiting = undefined
    const outcome = source._outcome
    const failed = outcome instanceof Failure
    if (failed) notice(source, outcome)
    return this.context === undefined
      ? this.step(outcome, failed)
      : this.context(() => this.step(outcome, failed))
  }

  /** Runs the generator to its next real wait or its end; gives the cell that has its outcome now. */
  step(outcome: unknown, failed: boolean): Cell | undefined {
    const before = enter(this)
    try {
      for (;;) {
        let step: IteratorResult<unknown, unknown>
        try {
          step = failed ? this.generator.throw((outcome as Failure).value) : this.generator.next(outcome)
        } catch (thrown) {
          return this.finish(failed && (outcome as Failure).value === thrown ? outcome : Failure.of(thrown))
        }
        outcome = step.value
        failed = false
        if (step.done === true) return this.finish(outcome)
        if (typeof outcome !== 'object' || outcome === null) continue
        const cell = outcome instanceof Cell ? outcome : adopt(outcome)
        if (cell === undefined) continue
        if (!settled(cell)) return this.wait(cell)
        outcome = cell._outcome
        failed = outcome instanceof Failure
        if (failed) notice(cell, outcome as Failure)
      }
    } finally {
      enter(before)
    }
  }

  private wait(cell: Cell): undefined {
    this.context ??= context()
    this.waiting = cell
    append(cell, this, this)
    const { cancelled } = this
    if (cancelled === undefined) return
    this.cancelled = undefined
    cancel(cell, cancelled.reason)
  }

  private finish(value: unknown): Cell | undefined {
    // Somebody fired it over the generator's head: its own end is of no use.
    if (this.end._state & CALLED) return undefined
    const wrong = value instanceof Cell
    begin(
      this.end,
      wrong
        ? new Failure(new TypeError('an inlineCallbacks function must not return a Deferred: yield* it'))
        : value,
    )
    return this.end
  }
}

class InlineDeferred extends Deferred<any, any> {
  private readonly runner: Runner

  constructor(runner: Runner) {
    super()
    this.runner = runner
  }

  /** @internal */
  override _cancel(reason: unknown): Cell | undefined {
    if (this._state & CALLED) return super._cancel(reason)
    if (this.runner.waiting === undefined) this.runner.cancelled = { reason }
    return this.runner.waiting
  }
}

/**
 * Makes a function that returns a Deferred out of a generator function. In it `yield* deferred` waits and gives the
 * typed value, or throws the error; `yield thing` waits for a Deferred, an Operation or a promise, typed `unknown`, and
 * gives anything else straight back. What the generator returns is the value of the Deferred.
 *
 * The function throws a `TypeError` if what it was made of is no generator function.
 */
export function inlineCallbacks<This, A extends unknown[], R>(
  f: (this: This, ...args: A) => Generator<unknown, R, unknown>,
): (this: This, ...args: A) => Deferred<R> {
  requireFunction('f', f)
  return function (this: This, ...args: A): Deferred<R> {
    const generator = f.apply(this, args) as Steps<unknown>
    if (typeof generator?.next !== 'function' || typeof generator.throw !== 'function')
      throw new TypeError(`f must be a generator function, but it returned ${shown(generator)}`)
    const runner = new Runner(generator)
    if (runner.step(undefined, false) !== undefined) run(runner.end)
    return runner.end as Deferred<R>
  }
}
