/**
 * Development aid: an operation that was made but never performed is reported once, with the place that made it.
 * Bundlers that replace `process.env.NODE_ENV` with "production" fold `DEBUG` to `false` and drop all of it.
 */
declare const process: { env: Record<string, string | undefined> } | undefined

/** Whether this build can debug at all; a constant for the bundler. */
export const DEBUG: boolean = typeof process === 'undefined' ? false : process.env.NODE_ENV !== 'production'

/** What is known of an operation that was dropped without ever being performed. */
export interface NeverPerformed {
  /** The kind of operation, for example `Lock.acquire`. */
  readonly operation: string
  /** The stack of the code that made it. */
  readonly stack: string
}

/** What `setDebug` takes. */
export interface DebugOptions {
  /** Called for each operation that was collected without having been performed; default: `console.error`. */
  onNeverPerformed?: (report: NeverPerformed) => void
  /** Called as the process ends while unshared primitives still have waiters; default: `console.error`. */
  onPendingAtExit?: (report: string) => void
}

interface Made {
  readonly stack: { stack?: string }
  operation: string
}

const report = (text: string): void => {
  ;(globalThis as { console?: { error(text: string): void } }).console?.error(text)
}

/** The state of the aid in this thread. */
export const debug: { on: boolean } & Required<DebugOptions> = {
  on: DEBUG && typeof process !== 'undefined' && /^(development|test)$/.test(process.env.NODE_ENV ?? ''),
  onNeverPerformed: (found: NeverPerformed): void =>
    report(
      `heddle: ${found.operation} was made but never performed (await it, yield* it, or call block() or start())\n` +
        found.stack.split('\n').slice(1).join('\n'),
    ),
  onPendingAtExit: report,
}

/** Turns the development aid on or off, and replaces its hooks. It has no effect in a production build. */
export function setDebug(on: boolean, options: DebugOptions = {}): void {
  debug.on = DEBUG && on
  if (options.onNeverPerformed) debug.onNeverPerformed = options.onNeverPerformed
  if (options.onPendingAtExit) debug.onPendingAtExit = options.onPendingAtExit
}

const dropped = DEBUG
  ? new FinalizationRegistry<Made>(({ operation, stack }) =>
      debug.onNeverPerformed({ operation, stack: stack.stack ?? '' }),
    )
  : undefined

const capture = (Error as { captureStackTrace?: (target: object, above?: unknown) => void }).captureStackTrace

/** Called by the constructor of an operation. */
export function created(operation: object): void {
  if (!debug.on || dropped === undefined) return
  const stack: { stack?: string } = capture === undefined ? new Error() : {}
  capture?.(stack, operation.constructor)
  dropped.register(operation, { operation: operation.constructor.name, stack }, operation)
}

/** Called when an operation is performed, or becomes a part of another one. */
export function performed(operation: object): void {
  dropped?.unregister(operation)
}
