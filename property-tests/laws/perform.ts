/** The ways to perform an operation and to wrap it, as the laws draw them. */
import { Cause, Effect, Exit, Scheduler as Fibers } from 'effect'
import { toEffect } from '../../src/effect/index.ts'
import {
  always,
  choose,
  guard,
  never,
  type Operation,
  Procedure,
  Scheduler,
  select,
  sleep,
  threadScheduler,
  type WaitOptions,
} from '../../src/index.ts'

/** One perform and what came of it. */
export interface Performed {
  readonly outcomes: { kind: 'value' | 'error'; value: unknown }[]
  readonly controller: AbortController
  /** Whether an interruption ended it, whatever came first. */
  interrupted: boolean
}

export const performers = [
  'then',
  'start',
  'procedure',
  'procedure in a function',
  'task',
  'fiber',
  'interrupted fiber',
  'interrupted fiber that yields',
] as const

/** Steps the tasks of the laws: at each perform, and in `settle`. */
const scheduler = new Scheduler({ manual: true })
/** Runs the fibers of the laws in microtasks. */
const fibers = new Fibers.MixedScheduler('sync')
/** The smallest budget with which a fiber gets anywhere: it yields before nearly every step. */
const EVERY_STEP = 3
export type Performer = (typeof performers)[number]

export function perform(
  operation: Operation<unknown>,
  by: Performer,
  controller: AbortController,
): Performed {
  const performed: Performed = { outcomes: [], controller, interrupted: false }
  const value = (value: unknown): void => void performed.outcomes.push({ kind: 'value', value })
  const error = (value: unknown): void => void performed.outcomes.push({ kind: 'error', value })
  const task = function* (): Generator<never, unknown, unknown> {
    return yield* operation as unknown as Generator<never, unknown, unknown>
  }
  if (by === 'then') void operation.then(value, error)
  else if (by === 'start') void operation.start().then(value, error)
  else if (by === 'procedure') void new Procedure('law', task).then(value, error)
  else if (by === 'task') {
    void scheduler.spawn(() => task() as Generator<never, unknown>).then(value, error)
    scheduler.runUntilIdle()
  } else if (by === 'fiber' || by === 'interrupted fiber' || by === 'interrupted fiber that yields') {
    const interrupt = (): void => fiber.interruptUnsafe()
    // It comes before the signal's own listeners, so that the wait ends by interruption.
    if (by !== 'fiber') controller.signal.addEventListener('abort', interrupt)
    const effect = toEffect(operation)
    const fiber = Effect.runFork(
      by === 'interrupted fiber that yields'
        ? Effect.provideService(effect, Fibers.MaxOpsBeforeYield, EVERY_STEP)
        : effect,
      { scheduler: fibers },
    )
    fiber.addObserver((exit) => {
      if (Exit.isSuccess(exit)) value(exit.value)
      else if (Cause.hasInterruptsOnly(exit.cause)) {
        performed.interrupted = true
        error(new Error('aborted'))
      } else error((Cause.squash(exit.cause) as Cause.UnknownError).cause)
    })
  } else void new Procedure('law', () => inner(operation)).then(value, error)
  return performed
}

function* inner(operation: Operation<unknown>): Generator<never, unknown, unknown> {
  try {
    return yield* operation as unknown as Generator<never, unknown, unknown>
  } finally {
    yield* always(0) as unknown as Generator<never, unknown, unknown>
  }
}

export const wrappers = [
  'bare',
  'limited',
  'map',
  'guard',
  'choose with never',
  'choose with sleep',
  'choose twice itself',
  'nested choose',
  'select',
  'select with options',
  'map of choose of map',
] as const
export type Wrapper = (typeof wrappers)[number]

/** Wraps a verb so that the given signal ends the wait, and its value comes out unchanged. */
export function wrap(
  verb: (options?: WaitOptions) => Operation<unknown>,
  by: Wrapper,
  signal: AbortSignal,
): Operation<unknown> {
  const far = 1_000_000
  switch (by) {
    case 'bare':
      return verb({ signal })
    case 'limited':
      return verb({ signal, timeout: far, ref: false })
    case 'map':
      return verb({ signal }).map((value) => value)
    case 'guard':
      return guard(() => verb({ signal }))
    case 'choose with never':
      return choose([never, verb({ signal }), never])
    case 'choose with sleep':
      return choose([sleep(far, { ref: false }), verb()], { signal })
    case 'choose twice itself':
      return choose([verb(), verb()], { signal })
    case 'nested choose':
      return choose([choose.biased([never, choose([verb(), never])]), never], { signal })
    case 'select':
      return select({ it: verb({ signal }), no: never, out: undefined }).map(({ value }) => value)
    case 'select with options':
      return select({ no: never, it: verb() }, { signal, timeout: far }).map(({ value }) => value)
    case 'map of choose of map':
      return choose([guard(() => verb().map((value) => ({ value }))), never], { signal }).map(
        (wrapped) => (wrapped as { value: unknown }).value,
      )
  }
}

/** Lets every microtask run that is due, and the tasks of this thread, which let the host in when their time is over. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) {
    await undefined
    scheduler.runUntilIdle()
    while (!threadScheduler().idle) await new Promise<void>((turn) => void setImmediate(turn))
  }
}
