/**
 * What an Effect program learns of its waits, if it asks: a span for each long one, and how many wait and hold.
 *
 * Nobody has asked until `observed` is called for the first time; until then nothing is looked up.
 */
import { Context, Duration, Effect, Clock as EffectClock, Exit, Metric, Option, Tracer } from 'effect'
import type { AnyFiber } from './host.ts'

/** What `observed` takes. */
export interface ObserveOptions {
  /** A wait of at least this long is a span, made when it ends. Default: none is. */
  readonly spanAfter?: Duration.Input | undefined
  /** Whether the gauges `heddle_waiters` and `heddle_holders` are kept, by `operation`. Default `false`. */
  readonly metrics?: boolean | undefined
}

interface Observation {
  readonly nanos: bigint | undefined
  readonly metrics: boolean
}

const Observing = Context.Reference<Observation | undefined>('heddle/effect/Observing', {
  defaultValue: () => undefined,
})

/** Whether anybody has ever asked. */
export let observing = false

/**
 * Observes the waits within an effect. A span has the name of the verb (`Lock.acquire()`), the parent of the place, and the
 * attribute `heddle.operation` that tells which (`Lock#3.acquire()`). What waits in a span of `withLock` and the like counts
 * as a waiter, then as a holder.
 */
export function observed({
  spanAfter,
  metrics = false,
}: ObserveOptions): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> {
  const nanos =
    spanAfter === undefined
      ? undefined
      : BigInt(Math.round(Duration.toMillis(Duration.fromInputUnsafe(spanAfter)) * 1e6))
  observing = true
  return (self) => Effect.provideService(self, Observing, { nanos, metrics })
}

const gauges = {
  waiters: Metric.gauge('heddle_waiters', { description: 'Fibers that wait' }),
  holders: Metric.gauge('heddle_holders', { description: 'Fibers that hold' }),
}

function add(which: keyof typeof gauges, verb: string, fiber: AnyFiber, change: number): void {
  Metric.withAttributes(gauges[which], { operation: verb }).modifyUnsafe(change, fiber.context)
}

const verbOf = (operation: string): string => operation.replace(/#\d+/, '')

/** A wait has begun; what this gives is to be called when it has ended. */
export function observeWait(
  fiber: AnyFiber,
  operation: string,
): ((exit: Exit.Exit<unknown, unknown>) => void) | undefined {
  const observation = fiber.getRef(Observing)
  if (observation === undefined) return undefined
  const { nanos, metrics } = observation
  const verb = verbOf(operation)
  const clock = fiber.getRef(EffectClock.Clock)
  const begun = clock.currentTimeNanosUnsafe()
  if (metrics) add('waiters', verb, fiber, 1)
  return (exit) => {
    if (metrics) add('waiters', verb, fiber, -1)
    const now = clock.currentTimeNanosUnsafe()
    if (nanos === undefined || now - begun < nanos) return
    const { span: parent } = fiber.cache
    const span = fiber.getRef(Tracer.Tracer).span({
      name: verb,
      parent: Option.fromUndefinedOr(parent),
      annotations: Context.empty(),
      links: [],
      startTime: begun,
      kind: 'internal',
      root: parent === undefined,
      sampled: parent?.sampled ?? true,
    })
    span.attribute('heddle.operation', operation)
    span.end(now, exit)
  }
}

/** Something is held; what this gives is to be called when it is not any more. */
export function observeHolding(fiber: AnyFiber, operation: string): (() => void) | undefined {
  if (fiber.getRef(Observing)?.metrics !== true) return undefined
  const verb = verbOf(operation)
  add('holders', verb, fiber, 1)
  return () => add('holders', verb, fiber, -1)
}
