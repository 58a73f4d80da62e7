/**
 * Development aid: an operation that was made but never performed is reported once, with the place that made it.
 *
 * Every use reads `if (debugging && process.env.NODE_ENV !== 'production')`: at run time the first half decides, and is
 * cheap; a bundler for production replaces the second half, and with it drops all that stands here.
 */

/** Whether the aid is on in this thread. */
export let debugging: boolean = /* @__PURE__ */ ['development', 'test'].includes(/* @__PURE__ */ mode())

/** A page without a bundler has no mode, and counts as production. */
function mode(): string {
  try {
    return process.env.NODE_ENV ?? ''
  } catch {
    return 'production'
  }
}

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

function report(text: string): void {
  console.error(text)
}

/** What is called with a report. */
export const hooks: Required<DebugOptions> = {
  onNeverPerformed: (found) =>
    report(
      `heddle: ${found.operation} was made but never performed (await it, yield* it, or call block() or start())\n` +
        found.stack.split('\n').slice(1).join('\n'),
    ),
  onPendingAtExit: report,
}

/**
 * Turns the development aid on or off, and replaces its hooks; gives whether it was on. It has no effect in a production
 * build.
 */
export function setDebug(on: boolean, options: DebugOptions = {}): boolean {
  if (mode() === 'production') return false
  const before = debugging
  debugging = on
  if (options.onNeverPerformed) hooks.onNeverPerformed = options.onNeverPerformed
  if (options.onPendingAtExit) hooks.onPendingAtExit = options.onPendingAtExit
  return before
}

const dropped = /* @__PURE__ */ new FinalizationRegistry<Made>(({ operation, stack }) =>
  hooks.onNeverPerformed({ operation, stack: stack.stack ?? '' }),
)

/** Called by the constructor of an operation. */
export function created(operation: object): void {
  const { captureStackTrace } = Error as { captureStackTrace?: (target: object, above?: unknown) => void }
  const stack: { stack?: string } = captureStackTrace === undefined ? new Error() : {}
  captureStackTrace?.(stack, operation.constructor)
  dropped.register(operation, { operation: operation.constructor.name, stack }, operation)
}

/** Called when an operation is performed, or becomes a part of another one. */
export function performed(operation: object): void {
  dropped.unregister(operation)
}

/** Marks an operation that is made only to be performed at once, or as a part of another one; returns it. */
export function asPart<O extends object>(operation: O): O {
  if (debugging && process.env.NODE_ENV !== 'production') performed(operation)
  return operation
}
