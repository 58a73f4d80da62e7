/**
 * How far a cancellation reaches: a task is one scope, and `withTimeout`, `shield` and `group` open more within it.
 *
 *   open, quiet      nothing was asked for
 *   asked            `error` stands; it is thrown at the task's next suspension that no shield stands before
 *   delivered        it was thrown, once; the code of the scope is unwinding, and its `finally` blocks may wait
 *   void             an outer scope was delivered while this one was open: its own request can come too late only
 *
 * Invariants: of several requests the outermost is thrown, as it unwinds the inner ones too; a request is delivered once,
 * so that cleaning up is not broken off; a scope that opens after a delivery (in a `finally`) works as any other.
 */
import { CancelledError } from '../errors.ts'

/** What is thrown in a task that is cancelled. Its `cause` is the reason that was given. */
export class Cancellation extends CancelledError {
  readonly scope: Scope

  constructor(scope: Scope, message: string, reason: unknown) {
    super(message, reason === undefined ? undefined : { cause: reason })
    this.scope = scope
  }
}

export class Scope {
  readonly outer: Scope | null
  /** Requests from outside of it wait until it is closed. */
  readonly shields: boolean
  error: Cancellation | null = null
  delivered = false
  void = false

  constructor(outer: Scope | null, shields: boolean) {
    this.outer = outer
    this.shields = shields
  }

  /** Whether an error is what was thrown on behalf of this scope. */
  threw(error: unknown): boolean {
    return error instanceof Cancellation && error.scope === this
  }
}

/** Whether an error was thrown on behalf of `top` or a scope around it. */
export function unwinds(error: unknown, top: Scope | null): error is Cancellation {
  if (!(error instanceof Cancellation)) return false
  for (let scope = top; scope !== null; scope = scope.outer) if (scope === error.scope) return true
  return false
}

/** Which request the code in scope `top` has to be told of now. */
export function due(top: Scope | null): Scope | null {
  let found: Scope | null = null
  for (let scope = top; scope !== null; scope = scope.outer) {
    if (scope.error !== null && !scope.delivered && !scope.void) found = scope
    if (scope.shields) break
  }
  return found
}

/** The request of `scope` is thrown now, while `top` is the innermost open scope. */
export function deliver(scope: Scope, top: Scope | null): Cancellation {
  scope.delivered = true
  for (let inner = top; inner !== scope && inner !== null; inner = inner.outer) inner.void = true
  return scope.error as Cancellation
}
