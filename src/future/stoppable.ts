/**
 * A task that can be ended from outside, at the wait it is in.
 *
 * The driver steps a shell around the generator. To stop it, the wait it sleeps in is withdrawn, the shell is left behind
 * where nobody will resume it, and a second shell throws the error into the generator and steps what it still does.
 * Cancellation: a grant that came first wins; then the error is thrown at the next wait.
 */
import { performers } from '../operation/performers.ts'
import type { Suspend } from '../operation/waiter.ts'

type Steps<T> = Generator<Suspend, T, unknown>

/** What a task sleeps in; it says whether it could be withdrawn. */
interface Withdrawable extends Suspend {
  cancel?(): boolean
}

export class Stoppable<T> {
  private readonly generator: Steps<T>
  private sleeping: Withdrawable | undefined = undefined
  private error: { readonly error: unknown } | undefined = undefined
  private readonly settle: { ok: (value: T) => void; bad: (error: unknown) => void }

  constructor(generator: Steps<T>, ok: (value: T) => void, bad: (error: unknown) => void) {
    this.generator = generator
    this.settle = { ok, bad }
    this.drive(() => generator.next())
  }

  /** Ends it with an error, now or at its next wait. */
  stop(error: unknown): void {
    this.error ??= { error }
    const { sleeping } = this
    if (sleeping?.cancel?.() !== true) return
    this.sleeping = undefined
    const thrown = this.takeError()
    this.drive(() => this.generator.throw(thrown))
  }

  private drive(first: () => IteratorResult<Suspend, T>): void {
    performers.drive(() => this.shell(first)).then(this.settle.ok, this.settle.bad)
  }

  private *shell(first: () => IteratorResult<Suspend, T>): Steps<T> {
    let step = first()
    while (!step.done) {
      if (this.error !== undefined) {
        step = this.generator.throw(this.takeError())
        continue
      }
      this.sleeping = step.value
      try {
        yield step.value
      } catch (error) {
        step = this.generator.throw(error)
        continue
      } finally {
        this.sleeping = undefined
      }
      step = this.generator.next()
    }
    return step.value
  }

  private takeError(): unknown {
    const error = this.error?.error
    this.error = undefined
    return error
  }
}
