/**
 * A task: a generator that a scheduler steps, and the operation that waits for its end.
 *
 *   NEW      -> READY state of its own: it was never stepped; a cancellation ends it without running it
 *   READY    -> RUNNING          its turn has come
 *   RUNNING  -> READY            it gave up its turn (`yieldNow`, its budget)
 *   RUNNING  -> WAITING          it stands in a wait
 *   WAITING  -> READY            its wait is granted, failed or withdrawn
 *   RUNNING  -> ENDING           its body is over, children of it are not: they are cancelled and awaited
 *   RUNNING, ENDING -> DONE | FAILED | CANCELLED
 *
 * Invariants: it is in the ready queue exactly in NEW and READY (one that was cancelled in NEW is skipped there); `wait`
 * is the one suspension it stands in, and no other wait resumes it; what it has rarely is kept in `extras`.
 * Cancellation: see scope.ts. A request withdraws the wait at once. If a grant came first, the grant counts, and the
 * request is thrown at the next suspension.
 */
import { CancelledError } from '../errors.ts'
import { debugging, performed } from '../operation/debug.ts'
import { WaitList } from '../operation/list.ts'
import { NOT_READY, Operation, type Poll } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import type { Clock, Suspend, Waiter } from '../operation/waiter.ts'
import { ABOUT, GRANTED, FAILED as FAILED_WAIT, PARKED, type Runner, type Wait } from '../perform/wait.ts'
import { Extras } from './extras.ts'
import type { Context } from './context.ts'
import { notAWait } from './body.ts'
import type { Scheduler } from './scheduler.ts'
import { Cancellation, deliver, due, Scope } from './scope.ts'
import { type Turn, turn } from './turn.ts'

/** Where a task stands. `ending`: its body is over, but children of it are not. */
export type TaskState = 'new' | 'ready' | 'running' | 'waiting' | 'ending' | 'done' | 'failed' | 'cancelled'

const STATES: readonly TaskState[] = [
  'new',
  'ready',
  'running',
  'waiting',
  'ending',
  'done',
  'failed',
  'cancelled',
]

export const NEW = 0
export const READY = 1
export const RUNNING = 2
export const WAITING = 3
export const ENDING = 4
export const DONE = 5
export const FAILED = 6
export const CANCELLED = 7

/** Flags of a task: a request is due at its next suspension; it is between the two halves of a `yieldNow`; somebody waits, or waited, for its end; it is what `run` runs. */
export const ALERT = 1
export const TURN = 2
export const SEEN = 4
export const MAIN = 8

/** What `cancel` takes. */
export interface CancelOptions {
  /** Throws once more into a task that was cancelled before, also where it is cleaning up. Default `false`. */
  again?: boolean | undefined
}

/**
 * What a task will do when it is stepped: begin, go on after it gave up its turn, perform an operation, or go on after its
 * operation ended.
 */
export type Step = 'start' | 'turn' | 'perform' | 'resume'

type Body<T> = Generator<Suspend, T, unknown>

/**
 * A generator function that runs on its own: `const task = spawn(function* () { … })`. Wait for its end with `await task`,
 * `yield* task`, `task.join(options)`, or as an arm of `select`: that gives what it returned, throws what it threw, and
 * throws `CancelledError` if it was cancelled. Cancelling such a wait does not touch the task.
 */
export class Task<T = unknown> extends Operation<T> implements Runner {
  readonly scheduler: Scheduler
  /** A number that no other task of the scheduler has; they count from 1. */
  readonly id: number
  /** The task that it is a child of. */
  readonly parent: Task<any> | undefined
  /** @internal */
  readonly context: Context | null
  /** @internal */
  _phase: number = NEW
  /** @internal */
  _flags = 0
  /** @internal The next one in the ready queue. */
  _next: Task<any> | null = null
  /** @internal The youngest of its living children, and its neighbours among those of its parent (or the roots). */
  _child: Task<any> | null = null
  /** @internal */
  _older: Task<any> | null = null
  /** @internal */
  _younger: Task<any> | null = null
  /** @internal */
  _extras: Extras | null = null
  /** @internal */
  _body: Body<T> | null = null
  private wait: Wait<unknown> | Turn | null = null
  private outcome: unknown = undefined
  private joiners: WaitList | null = null

  /** @internal */
  constructor(scheduler: Scheduler, id: number, parent: Task<any> | undefined, context: Context | null) {
    super()
    // It is under way already, so it is not an operation that somebody forgot to perform.
    if (debugging && process.env.NODE_ENV !== 'production') performed(this)
    this.scheduler = scheduler
    this.id = id
    this.parent = parent
    this.context = context
  }

  /** Where it stands. */
  get state(): TaskState {
    return STATES[this._phase] as TaskState
  }

  /** Whether it has an outcome. */
  get done(): boolean {
    return this._phase >= DONE
  }

  /** The `name` it was given, or `task` and its id. */
  get name(): string {
    return this._extras?.name ?? `task ${this.id}`
  }

  /** The priority it was given; 0 is the default, higher goes first. */
  get priority(): number {
    return this._extras === null ? 0 : this._extras.priority
  }

  /**
   * Aborts when the task is cancelled, at once, also where it is shielded; its reason is the `CancelledError`. For what
   * takes an `AbortSignal`.
   */
  get signal(): AbortSignal {
    const extras = this.extras()
    if (extras.controller === null) {
      extras.controller = new AbortController()
      if (extras.root.error !== null) extras.controller.abort(extras.root.error)
    }
    return extras.controller.signal
  }

  /** Whether a cancellation was asked for. It may still end otherwise: it may catch it, or end before it is told. */
  get cancelling(): boolean {
    return this._extras !== null && this._extras.root.error !== null
  }

  /**
   * Waits for its end. Throws what it threw, `CancelledError` if it was cancelled.
   * Cancel safe: a timeout or an abort ends this wait, and the task goes on.
   */
  join(options?: WaitOptions): Operation<T> {
    return limited<T>(this, options)
  }

  /**
   * Asks it to end: a `CancelledError`, with `reason` as its `cause`, is thrown where it waits, or at its next wait if it
   * does not wait now (it runs; its wait was granted first; it is shielded). Its `finally` blocks run, and may wait.
   * One that was never stepped ends at once, without running.
   *
   * `true` if this call is what cancels it. It is cancelled once: a further call changes nothing, so that it can clean up
   * undisturbed, and gives `false`, as for one that is over; with `again` it throws once more.
   */
  cancel(reason?: unknown, options?: CancelOptions): boolean {
    if (this._phase >= ENDING) return false
    const { root } = this.extras()
    if (root.error !== null && options?.again !== true) return false
    root.delivered = false
    this._request(root, `${this.name} was cancelled`, reason)
    return true
  }

  /** What it will do when it is stepped. */
  get step(): Step | undefined {
    if (this._phase === NEW) return 'start'
    if (this._phase !== READY) return undefined
    const { wait } = this
    if (wait === null || wait === turn) return 'turn'
    return (wait as Wait<unknown>).state === ABOUT ? 'perform' : 'resume'
  }

  /** The operation that it waits in, or is about to perform, or goes on from; `undefined` if there is none. */
  get operation(): Operation<unknown> | undefined {
    const { wait } = this
    return wait === null || wait === turn ? undefined : (wait as Wait<unknown>).operation
  }

  /** Since when it waits, on its scheduler's clock. */
  get since(): number {
    return this._phase === WAITING ? (this.wait as Wait<unknown>).since : this.clock.now()
  }

  /** Its living children, the eldest first. */
  children(): Task<unknown>[] {
    return siblings(this._child)
  }

  // What waits need of their host.

  /** @internal */
  get blocking(): boolean {
    return false
  }

  /** @internal */
  get clock(): Clock {
    return this.scheduler.clock
  }

  /** @internal A wait wants to begin. */
  admits(): boolean {
    if ((this._flags & ALERT) !== 0) this.interrupt()
    return this.scheduler._admits()
  }

  /** @internal It gives up its turn. */
  _yields(): void {
    if ((this._flags & ALERT) !== 0) this.interrupt()
  }

  /** @internal A wait is over. */
  resume(wait: Wait<any>): void {
    // A wait that somebody stepped by hand, or one that is granted as it is parked, resumes nobody.
    if (wait !== this.wait || this._phase !== WAITING) return
    this._phase = READY
    this.scheduler._ready(this)
  }

  // The operation that waits for its end.

  poll(): Poll<T> {
    this._flags |= SEEN
    if (this._phase < DONE) return NOT_READY
    if (this._phase === DONE) return this.outcome as T
    throw this.failure()
  }

  park(waiter: Waiter<T>): void {
    this._flags |= SEEN
    ;(this.joiners ??= new WaitList()).push(waiter)
  }

  unpark(waiter: Waiter<T>): boolean {
    return this.joiners?.remove(waiter) === true
  }

  override describe(): string {
    return `${this.name}.join`
  }

  /** @internal What a join of it throws, if it failed or was cancelled. */
  failure(): unknown {
    if (this._phase === FAILED) return this.outcome
    return new CancelledError(`${this.name} was cancelled`, { cause: (this.outcome as Error).cause })
  }

  // Its life.

  /** @internal One step: from one suspension to the next. */
  _step(): void {
    const { _body: body, wait } = this
    if (body === null) return
    this._phase = RUNNING
    this.wait = null
    let step: IteratorResult<Suspend, T>
    try {
      step = (this._flags & ALERT) === 0 ? body.next() : this.alerted(body, wait)
      while (step.done !== true && !this.owns(step.value)) step = body.throw(notAWait(step.value))
    } catch (error) {
      this.end(this._extras?.root.threw(error) === true ? CANCELLED : FAILED, error)
      return
    }
    if (step.done === true) this.end(DONE, step.value)
    else this.suspend(step.value as Wait<unknown> | Turn)
  }

  private suspend(wait: Wait<unknown> | Turn): void {
    this.wait = wait
    if (wait !== turn && wait.state === PARKED) {
      this._phase = WAITING
      return
    }
    this._phase = READY
    this.scheduler._ready(this)
  }

  /** A request is due. A wait that was granted first goes first; all else is given up. */
  private alerted(body: Body<T>, wait: Wait<unknown> | Turn | null): IteratorResult<Suspend, T> {
    if (wait !== null && (wait.state === GRANTED || wait.state === FAILED_WAIT)) return body.next()
    const stranded = this._extras?.stranded
    if (stranded !== undefined) {
      this.extras().stranded = undefined
      this._alert()
      return body.throw(stranded)
    }
    const scope = due(this.scope)
    return scope === null ? body.next() : body.throw(this.delivered(scope))
  }

  /** Throws, in the task's own code, what is due. */
  private interrupt(): void {
    const scope = due(this.scope)
    if (scope !== null) throw this.delivered(scope)
    this._flags &= ~ALERT
  }

  private delivered(scope: Scope): Cancellation {
    const error = deliver(scope, this.scope)
    this._alert()
    return error
  }

  private owns(value: unknown): boolean {
    if (value === turn) return true
    const wait = value as Wait<unknown> | null | undefined
    return wait?.suspended === true && wait.host === this
  }

  private end(phase: number, outcome: unknown): void {
    this._body = null
    this.outcome = outcome
    this._flags &= ~(ALERT | TURN)
    if (this._child === null) {
      this.settle(phase)
      return
    }
    this._phase = ENDING
    this.extras().ending = phase
    for (const child of siblings(this._child)) child.cancel(new CancelledError(`${this.name} is over`))
  }

  /** It has its outcome. A loop, so that a long line of parents is no deep stack. */
  private settle(phase: number): void {
    let task: Task<any> | undefined = this as Task<any>
    for (let last = phase; task !== undefined; last = task._extras!.ending) {
      task.settled(last)
      const parent: Task<any> | undefined = task.parent
      if (parent === undefined || parent._phase !== ENDING || parent._child !== null) return
      task = parent
    }
  }

  private settled(phase: number): void {
    this._phase = phase
    this.scheduler._over(this)
    this._extras?.members?.ended(this)
    const { joiners } = this
    if (joiners !== null) {
      this.joiners = null
      for (let waiter = joiners.head; waiter !== null; waiter = joiners.head) {
        joiners.remove(waiter)
        if (phase === DONE) waiter.grant(this.outcome)
        else waiter.fail(this.failure())
      }
    }
    if (phase === FAILED && (this._flags & SEEN) === 0) this.scheduler._unseen(this)
  }

  // Scopes.

  /** @internal The innermost open scope. */
  get scope(): Scope | null {
    return this._extras === null ? null : this._extras.scope
  }

  /** @internal */
  _open(shields: boolean): Scope {
    const extras = this.extras()
    const scope = new Scope(extras.scope, shields)
    extras.scope = scope
    this._alert()
    return scope
  }

  /** @internal Closes a scope, and with it whatever was left open within it. */
  _close(scope: Scope): void {
    this.extras().scope = scope.outer as Scope
    scope.void = true
    this._alert()
  }

  /** @internal Asks for the cancellation of a scope of this task. */
  _request(scope: Scope, message: string, reason: unknown): void {
    if (scope.void) return
    const error = new Cancellation(scope, message, reason)
    scope.error = error
    const { _extras: extras } = this
    if (this._phase === NEW) {
      this.scheduler._neverRan()
      this.end(CANCELLED, error)
    } else {
      this._alert()
      if ((this._flags & ALERT) !== 0 && this._phase === WAITING && (this.wait as Wait<unknown>).cancel()) {
        this._phase = READY
        this.scheduler._ready(this)
      }
    }
    if (scope === extras?.root) extras.controller?.abort(error)
  }

  /** @internal It waits for what can never come: `error` is thrown there. */
  _strand(error: unknown): void {
    if (this._phase !== WAITING || !(this.wait as Wait<unknown>).cancel()) return
    this.extras().stranded = error
    this._flags |= ALERT
    this._phase = READY
    this.scheduler._ready(this)
  }

  /** Whether something is due at the next suspension. */
  private _alert(): void {
    if (due(this.scope) === null) this._flags &= ~ALERT
    else this._flags |= ALERT
  }

  /** @internal */
  extras(): Extras {
    return (this._extras ??= new Extras())
  }
}

/** Whether a value is a task, also one of another copy of this package. */
export function isTask(value: unknown): value is Task<any> {
  return value instanceof Task || typeof (value as Partial<Task> | null | undefined)?._step === 'function'
}

/** A task and all its siblings that are older, the eldest first. */
export function siblings(youngest: Task<any> | null): Task<any>[] {
  const all: Task<any>[] = []
  for (let task = youngest; task !== null; task = task._older) all.push(task)
  return all.reverse()
}
