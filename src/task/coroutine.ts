/** Python's two-way generator: values go in as well as out. */
import { InvalidStateError, requireFunction, shown } from '../errors.ts'
import { isGenerator } from './body.ts'

/** What `coroutine` gives. It is stepped by hand, and knows nothing of tasks. */
export class Coroutine<In, Out, Result = void> {
  private readonly generator: Generator<Out, Result, In>
  private begun = false
  private over = false
  private value: Result | undefined = undefined

  /** @internal */
  constructor(generator: Generator<Out, Result, In>) {
    this.generator = generator
  }

  /** Whether it has returned, thrown, or was closed. */
  get done(): boolean {
    return this.over
  }

  /** What it returned; `undefined` before that. */
  get result(): Result | undefined {
    return this.value
  }

  /** Runs to the next `yield` and gives what that yields; `undefined` if it returns instead, and it is `done`. */
  next(): Out | undefined {
    return this.step(() => this.generator.next(undefined as In))
  }

  /**
   * The same, with `value` as what the `yield` it stands at gives. Throws `InvalidStateError` if it stands at none yet:
   * begin it with `next()`.
   */
  send(value: In): Out | undefined {
    if (!this.begun && !this.over && value !== undefined)
      throw new InvalidStateError(
        `send(${shown(value)}) to a coroutine that has not begun: no yield would get the value; call next() first`,
      )
    return this.step(() => this.generator.next(value))
  }

  /** The same, with `error` thrown at the `yield` it stands at. */
  throw(error: unknown): Out | undefined {
    return this.step(() => this.generator.throw(error))
  }

  /**
   * Ends it at the `yield` it stands at; its `finally` blocks run. Closing one that is over does nothing. Throws
   * `InvalidStateError` if it yields instead of ending; it then stands at that `yield`.
   */
  close(): void {
    if (this.over) return
    const value: unknown = this.step(() => this.generator.return(undefined as Result))
    if (!this.over)
      throw new InvalidStateError(`the coroutine was closed, but yielded ${shown(value)} in place of ending`)
  }

  /** What it yields, with nothing sent in. Leaving the loop closes it. */
  *[Symbol.iterator](): Generator<Out, void, undefined> {
    try {
      while (!this.over) {
        const value = this.next()
        if (!this.over) yield value as Out
      }
    } finally {
      this.close()
    }
  }

  private step(go: () => IteratorResult<Out, Result>): Out | undefined {
    if (this.over) throw new InvalidStateError('the coroutine is over')
    this.begun = true
    let step: IteratorResult<Out, Result>
    try {
      step = go()
    } catch (error) {
      // Re-entered by its own body it is not over.
      if (!(error instanceof TypeError && /running/.test(error.message))) this.over = true
      throw error
    }
    if (step.done !== true) return step.value
    this.over = true
    this.value = step.value
    return undefined
  }
}

/**
 * `const c = coroutine(function* () { const a: number = yield; const b: number = yield; yield a + b })`, then `c.next()`,
 * `c.send(1)`, `c.send(2)`, which gives 3. Nothing runs before the first step.
 */
export function coroutine<Out, Result, In = any>(
  body: () => Generator<Out, Result, In>,
): Coroutine<In, Out, Result> {
  const made: unknown = requireFunction('body', body)()
  if (!isGenerator(made))
    throw new TypeError(
      `body must be a generator function (function* () { … }), its call gave ${shown(made)}`,
    )
  return new Coroutine(made as Generator<Out, Result, In>)
}
