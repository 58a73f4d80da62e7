/**
 * One perform, whoever performs it. It is the waiter that is parked, the iterator that `yield*` steps, and the value
 * that a task yields while it sleeps: one allocation a wait.
 *
 *   NEW -> (ready at once) -> OVER
 *   NEW -> PARKED -> GRANTED | FAILED -> OVER
 *   NEW -> ABOUT -> as NEW: the runner lets others run first; nothing was performed yet
 *          ABOUT, PARKED -> OVER by throw() or return(), when the withdrawal wins
 *
 * Cancellation: `throw` withdraws first. If a grant came first, the value is given back where that is possible, because
 * whoever throws into the iterator has given up on it; a scheduler that wants the grant to win asks `cancel` before.
 */
import { NotInTaskError } from '../errors.ts'
import { NOT_READY, type Operation } from '../operation/operation.ts'
import { finish, type Host, type Suspend, Waiter } from '../operation/waiter.ts'
import { thread } from '../wait/thread.ts'

/** Who steps the wait and is told when it can go on. */
export interface Stepper extends Host {
  /** The wait is over: step the code that yielded it, soon, but not now. */
  resume(wait: Wait<any>): void
}

/** Whose code runs: a task, a procedure, a sleeping thread. */
export interface Runner extends Stepper {
  /** Whether a wait may begin now; `false` suspends it until it is stepped again. May throw in its place. */
  admits(): boolean
}

export const NEW = 0
export const PARKED = 1
export const GRANTED = 2
export const FAILED = 3
export const OVER = 4
export const ABOUT = 5

export class Wait<T> extends Waiter<T> implements Suspend, Iterator<Suspend, T, unknown> {
  state: number = NEW
  /** The value or the error, once granted or failed. */
  outcome: unknown = undefined
  begun = 0
  private stepper: Stepper | null

  constructor(operation: Operation<T>, stepper: Stepper | null) {
    super(operation)
    this.stepper = stepper
  }

  get suspended(): true {
    return true
  }

  /** A parked wait is what its own `next` gives, so that a parked task keeps nothing else. */
  get done(): false {
    return false
  }

  get value(): this {
    return this
  }

  get host(): Stepper {
    return this.stepper as Stepper
  }

  get since(): number {
    return this.begun
  }

  grant(value: T): void {
    this.state = GRANTED
    this.outcome = value
    this.host.resume(this)
  }

  fail(error: unknown): void {
    this.state = FAILED
    this.outcome = error
    this.host.resume(this)
  }

  /** Parks after a poll that was not ready. A grant may come at once. */
  park(): void {
    this.state = PARKED
    this.begun = Math.floor(this.host.clock.now())
    try {
      this.operation.park(this)
    } catch (error) {
      this.state = OVER
      throw error
    }
  }

  /** Withdraws; `true` means that nothing was delivered and nothing will be. */
  cancel(): boolean {
    if (this.state !== ABOUT && (this.state !== PARKED || !this.operation.unpark(this))) return false
    this.state = OVER
    return true
  }

  /** The outcome of a wait that is granted or failed. */
  take(): T {
    const { state, outcome } = this
    this.state = OVER
    this.outcome = undefined
    if (state === FAILED) throw outcome
    return finish(outcome as T)
  }

  next(): IteratorResult<Suspend, T> {
    switch (this.state) {
      case NEW:
        return this.begin()
      case ABOUT:
        return this.perform(this.host)
      case PARKED:
        throw this.byHand()
      case OVER:
        return { done: true, value: undefined as T }
      default:
        return { done: true, value: this.take() }
    }
  }

  throw(error: unknown): never {
    this.giveUp()
    throw error
  }

  return(value: T): IteratorResult<Suspend, T> {
    this.giveUp()
    return { done: true, value }
  }

  [Symbol.iterator](): this {
    return this
  }

  private begin(): IteratorResult<Suspend, T> {
    const runner = thread.running as Runner | null
    if (runner === null)
      throw new NotInTaskError(
        `${this.operation.describe()} was stepped outside a task: use yield* in a task, await in an async function, or block()`,
      )
    if (runner.admits()) return this.perform(runner)
    this.state = ABOUT
    this.stepper = runner
    return this
  }

  private perform(stepper: Stepper): IteratorResult<Suspend, T> {
    const operation = this.operation.prepare()
    const value = operation.poll()
    if (value !== NOT_READY) {
      this.state = OVER
      return { done: true, value }
    }
    this.stepper = stepper
    ;(this as { operation: Operation<T> }).operation = operation
    this.park()
    return this.state === PARKED ? this : { done: true, value: this.take() }
  }

  /** `[...operation]` in a task, say, would step it for ever. */
  private byHand(): NotInTaskError {
    this.cancel()
    return new NotInTaskError(
      `${this.operation.describe()} was stepped again before it could go on: wait for it by yield*, and not by a loop or a spread`,
    )
  }

  private giveUp(): void {
    if (this.cancel() || this.state !== GRANTED) return
    const value = this.outcome as T
    this.state = OVER
    this.outcome = undefined
    this.operation.giveBack(this, value)
  }
}
