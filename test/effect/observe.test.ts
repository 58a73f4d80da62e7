import { Effect, Exit, Fiber, Metric, Tracer } from 'effect'
import { TestClock } from 'effect/testing'
import { expect, test } from 'vitest'
import { observed, toEffect, withLock } from '../../src/effect/index.ts'
import { Event, Lock } from '../../src/index.ts'

/** A tracer that keeps the spans that have ended. */
function tracing() {
  const spans: Tracer.NativeSpan[] = []
  const tracer = Tracer.make({
    span(options) {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    },
  })
  return { spans, traced: Effect.provideService(Tracer.Tracer, tracer) }
}

test('a wait that is long enough is a span with the name of its verb, below that of the place', async () => {
  const { spans, traced } = tracing()
  const [lock, event] = [new Lock(), new Event()]
  const held = lock.tryAcquire()!
  const program = Effect.gen(function* () {
    const long = yield* Effect.forkChild(Effect.withSpan(withLock(lock, Effect.void), 'outer'))
    const short = yield* Effect.forkChild(toEffect(event.wait()))
    const gone = yield* Effect.forkChild(toEffect(event.wait()))
    yield* Effect.yieldNow
    yield* TestClock.adjust(99)
    gone.interruptUnsafe()
    const last = yield* Effect.forkChild(toEffect(new Event().wait()))
    event.set()
    yield* Fiber.join(short)
    yield* TestClock.adjust(100)
    held.release()
    yield* Fiber.join(long)
    yield* Fiber.interrupt(last)
  })
  await Effect.runPromise(
    program.pipe(observed({ spanAfter: 100 }), traced, Effect.provide(TestClock.layer())),
  )
  expect(spans.map(({ name }) => name)).toEqual(['outer', 'Lock.acquire()', 'Event.wait()'])
  const [outer, span, interrupted] = spans
  expect(span!.attributes.get('heddle.operation')).toBe(`${lock.id}.acquire()`)
  expect(span!.parent).toMatchObject({ value: outer })
  const { status } = span!
  if (status._tag !== 'Ended') throw new Error('it has not ended')
  expect(status.endTime - status.startTime).toBe(199_000_000n)
  expect(interrupted!.status).toMatchObject({ _tag: 'Ended' })
  expect(Exit.hasInterrupts((interrupted!.status as unknown as { exit: Exit.Exit<unknown> }).exit)).toBe(true)
})

test('gauges count waiters and holders, only where that is asked for', async () => {
  const [lock, unseen] = [new Lock(), new Lock()]
  const counts = Effect.map(Metric.snapshot, (all) =>
    all
      .filter(({ id }) => id.startsWith('heddle_'))
      .map(({ id, state }) => `${id} ${(state as { value: number }).value}`)
      .sort(),
  )
  const program = Effect.gen(function* () {
    const first = yield* Effect.forkChild(withLock(lock, Effect.never))
    const next = yield* Effect.forkChild(withLock(lock, Effect.never))
    const other = yield* Effect.forkChild(observed({})(withLock(unseen, Effect.never)))
    yield* Effect.yieldNow
    const during = yield* counts
    yield* Fiber.interrupt(next)
    const between = yield* counts
    yield* Fiber.interruptAll([first, other])
    return [during, between, yield* counts]
  })
  expect(await Effect.runPromise(program.pipe(observed({ metrics: true })))).toEqual([
    ['heddle_holders 1', 'heddle_waiters 1'],
    ['heddle_holders 1', 'heddle_waiters 0'],
    ['heddle_holders 0', 'heddle_waiters 0'],
  ])
})
