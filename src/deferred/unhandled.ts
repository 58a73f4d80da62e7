/**
 * Errors that nobody handled, and the stacks that debugging keeps.
 *
 * A Deferred that rests with a Failure is watched by the collector: when it is collected in that state, the Failure is
 * reported once. Watching is dear and most failures are handled within the same turn, so it begins in a microtask.
 * The record must not refer to the Deferred, or that would never be collected.
 */
import type { Failure } from './failure.ts'

/** What the collector finds when a Deferred is gone; one a Deferred at most, made when first needed. */
export class Info {
  /** The stack of the code that made the Deferred, while debugging. */
  made: string | undefined = undefined
  /** The stack of the code that fired it, while debugging. */
  fired: string | undefined = undefined
  /** The Failure that the Deferred rests with and nobody has looked at. */
  failure: Failure | undefined = undefined
  /** A Failure that somebody outside the chain took notice of: an await, a promise, a generator. */
  seen: Failure | undefined = undefined
  watched = false
}

/** What is known of a Failure that nobody handled. */
export interface UnhandledFailure {
  readonly failure: Failure
  /** The stack of the code that made the Deferred, if `Deferred.setDebugging(true)` was called before. */
  readonly made: string | undefined
  /** The stack of the code that fired it, likewise. */
  readonly fired: string | undefined
}

/** Is told of each Failure that nobody handled. What it throws is only logged. */
export type UnhandledFailureHook = (unhandled: UnhandledFailure) => void

function log(unhandled: UnhandledFailure): void {
  const { failure, made, fired } = unhandled
  const where = `${made === undefined ? '' : `\nmade ${made}`}${fired === undefined ? '' : `\nfired ${fired}`}`
  console.error(`Unhandled error in a Deferred:\n${failure.getTraceback()}${where}`)
}

let hook: UnhandledFailureHook = log

/** Replaces the hook; returns the one before. `undefined` brings back the first, which writes to `console.error`. */
export function setUnhandledFailureHook(next: UnhandledFailureHook | undefined): UnhandledFailureHook {
  const before = hook
  hook = next ?? log
  return before
}

function report(info: Info): void {
  const { failure, made, fired } = info
  if (failure === undefined) return
  info.failure = undefined
  try {
    hook({ failure, made, fired })
  } catch (error) {
    console.error('The hook for unhandled failures threw', error)
  }
}

interface Watched {
  _info: Info | undefined
}

const registry = /* @__PURE__ */ new FinalizationRegistry<Info>(report)
const MOST = 1024
let waiting: Watched[] = []
let scheduled = false

function watchAll(): void {
  const list = waiting
  waiting = []
  scheduled = false
  for (const deferred of list) {
    const info = deferred._info!
    if (info.failure !== undefined) {
      writeStacks(info.failure)
      registry.register(deferred, info)
    } else info.watched = false
  }
}

/**
 * Until its `stack` is read, an error may hold the very frames it was made in, and through them the Deferred whose
 * method was running there: the record would keep alive what it waits to see collected.
 */
function writeStacks(failure: Failure): void {
  try {
    failure.getTraceback()
  } catch {
    // An error that cannot even be read is reported as it is.
  }
}

/** The Deferred rests with this Failure. */
export function rests(deferred: Watched, failure: Failure): void {
  const info = (deferred._info ??= new Info())
  if (info.seen === failure) return
  info.failure = failure
  if (info.watched) return
  info.watched = true
  waiting.push(deferred)
  // A long synchronous loop of failures must not pile up here.
  if (waiting.length >= MOST) watchAll()
  else if (!scheduled) {
    scheduled = true
    queueMicrotask(watchAll)
  }
}

/** Somebody outside the chain knows of this Failure now. */
export function notice(deferred: Watched, failure: Failure): void {
  const info = (deferred._info ??= new Info())
  info.seen = failure
  info.failure = undefined
}

let debugging = false

/** Whether stacks are kept. */
export function isDebugging(): boolean {
  return debugging
}

/** Turns the keeping of stacks on or off, for the Deferreds made from now on. */
export function debug(on: boolean): void {
  debugging = on
}

/** The stack of the caller's caller. */
export function stackHere(): string {
  const lines = (new Error().stack ?? '').split('\n')
  return lines
    .filter((line) => line.trim() !== '' && line.trim() !== 'Error')
    .slice(2)
    .map((line) => line.trim())
    .join('\n  ')
}
