/**
 * Exceptions that nobody asked for, and errors that done callbacks throw: each is told once, to a replaceable hook.
 *
 * A future that fails is watched by the collector: if it is collected before anybody was told of its exception, the
 * exception is reported. Watching is dear and most exceptions are asked for within the same turn, so it begins in a
 * microtask. The record must not refer to the future, or that would never be collected.
 */

/** What the collector finds when a failed future is gone. */
export class Failing {
  readonly error: unknown
  /** The stack of the code that made the future, while debugging. */
  readonly made: { readonly stack?: string } | undefined
  /** Whether somebody was told. */
  seen = false

  constructor(error: unknown, made: { readonly stack?: string } | undefined) {
    this.error = error
    this.made = made
  }
}

/** What is known of an exception that nobody asked for. */
export interface UnhandledException {
  readonly error: unknown
  /** The stack of the code that made the future, while debugging (see `setDebug`). */
  readonly made: string | undefined
}

/** Is told of each exception of a future that nobody asked for. What it throws is only logged. */
export type UnhandledExceptionHook = (unhandled: UnhandledException) => void

/** Is told of each error that a done callback throws. What it throws is only logged. */
export type DoneCallbackErrorHook = (error: unknown) => void

const logException: UnhandledExceptionHook = ({ error, made }) => {
  console.error('Unhandled exception of a Future:', error, made === undefined ? '' : `\nmade\n${made}`)
}

const logCallback: DoneCallbackErrorHook = (error) => {
  console.error('A done callback of a Future threw:', error)
}

let onException = logException
let onCallback = logCallback

/** Replaces the hook; returns the one before. `undefined` brings back the first, which writes to `console.error`. */
export function setUnhandledExceptionHook(next: UnhandledExceptionHook | undefined): UnhandledExceptionHook {
  const before = onException
  onException = next ?? logException
  return before
}

/** Replaces the hook; returns the one before. `undefined` brings back the first, which writes to `console.error`. */
export function setDoneCallbackErrorHook(next: DoneCallbackErrorHook | undefined): DoneCallbackErrorHook {
  const before = onCallback
  onCallback = next ?? logCallback
  return before
}

/** A done callback threw. */
export function callbackThrew(error: unknown): void {
  told(onCallback, error)
}

function told<A>(hook: (argument: A) => void, argument: A): void {
  try {
    hook(argument)
  } catch (error) {
    console.error('A hook of Future threw', error)
  }
}

interface Watched {
  readonly _failing: Failing | undefined
}

const registry = /* @__PURE__ */ new FinalizationRegistry<Failing>((failing) => {
  if (failing.seen) return
  told(onException, { error: failing.error, made: tail(failing.made?.stack) })
})

function tail(stack: string | undefined): string | undefined {
  return stack?.split('\n').slice(1).join('\n')
}

const MOST = 1024
let waiting: Watched[] = []

function watchAll(): void {
  const list = waiting
  waiting = []
  for (const future of list) {
    const failing = future._failing!
    if (failing.seen) continue
    // Until a stack is read it may hold the frames it was made in, and through them the future.
    void (failing.error as Partial<Error> | null | undefined)?.stack
    void failing.made?.stack
    registry.register(future, failing)
  }
}

/** The future has failed, and nobody was told yet. */
export function failed(future: Watched): void {
  const count = waiting.push(future)
  if (count === 1) queueMicrotask(watchAll)
  // A long synchronous loop of failures must not pile up here.
  else if (count >= MOST) watchAll()
}
