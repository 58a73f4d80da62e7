import { Cause, Effect, Exit, Fiber } from 'effect'
import { TestClock } from 'effect/testing'
import { describe, expect, test } from 'vitest'
import { fromEffect, scoped, toEffect, withLock, withPermits } from '../../src/effect/index.ts'
import { choose, Event, Lock, RLock, Semaphore, sleep } from '../../src/index.ts'

const run = Effect.runPromise

describe('toEffect', () => {
  test('gives what is ready, in the same step', () => {
    const lock = new Lock()
    const held = Effect.runSync(toEffect(lock.acquire()))
    expect(lock.locked).toBe(true)
    held.release()
  })

  test('waits', async () => {
    const event = new Event()
    const fiber = Effect.runFork(toEffect(event.wait().map(() => 'set')))
    event.set()
    expect(await run(Fiber.join(fiber))).toBe('set')
  })

  test("a timeout is effect's own", async () => {
    const lock = new Lock()
    lock.tryAcquire()
    const program = toEffect(lock.acquire({ timeout: 1 })).pipe(
      Effect.as('held'),
      Effect.catchTag('TimeoutError', () => Effect.succeed('late')),
    )
    expect(await run(program)).toBe('late')
  })

  test('interruption withdraws the waiter', async () => {
    const lock = new Lock()
    const first = lock.tryAcquire()!
    const fiber = Effect.runFork(toEffect(lock.acquire()))
    expect(lock.statistics().waiters).toBe(1)
    await run(Fiber.interrupt(fiber))
    expect(lock.statistics().waiters).toBe(0)
    first.release()
    expect(lock.locked).toBe(false)
  })

  test('interruption between the grant and the next step gives back', async () => {
    const lock = new Lock()
    const first = lock.tryAcquire()!
    const fiber = Effect.runFork(toEffect(lock.acquire()))
    first.release()
    expect(lock.locked).toBe(true)
    fiber.interruptUnsafe()
    expect(lock.locked).toBe(false)
    expect(Exit.hasInterrupts(await run(Fiber.await(fiber)))).toBe(true)
  })

  test('the test clock moves sleeps and timeouts', async () => {
    const lock = new Lock()
    lock.tryAcquire()
    const program = Effect.gen(function* () {
      const slept = yield* Effect.forkChild(toEffect(sleep(60_000).map(() => 'slept')))
      const late = yield* Effect.forkChild(Effect.flip(toEffect(lock.acquire({ timeout: 120_000 }))))
      yield* Effect.yieldNow
      yield* TestClock.adjust('1 minute')
      const first = yield* Fiber.join(slept)
      expect(late.pollUnsafe()).toBe(undefined)
      yield* TestClock.adjust('1 minute')
      const second = yield* Fiber.join(late)
      return [first, Cause.isTimeoutError(second)]
    })
    expect(await run(program.pipe(Effect.provide(TestClock.layer())))).toEqual(['slept', true])
  })
})

describe('locks', () => {
  test('held while the effect runs', async () => {
    const lock = new Lock()
    expect(
      await run(
        withLock(
          lock,
          Effect.sync(() => lock.locked),
        ),
      ),
    ).toBe(true)
    expect(lock.locked).toBe(false)
    await run(Effect.exit(Effect.fail('x').pipe(withLock(lock))))
    expect(lock.locked).toBe(false)
    const fiber = Effect.runFork(withLock(lock, Effect.never))
    expect(lock.locked).toBe(true)
    await run(Fiber.interrupt(fiber))
    expect(lock.locked).toBe(false)
  })

  test('an RLock belongs to the fiber', async () => {
    const lock = new RLock()
    const nested = withLock(lock, withLock(lock, Effect.succeed(1)))
    expect(await run(nested)).toBe(1)
    expect(lock.locked).toBe(false)
  })

  test('permits, and a scope', async () => {
    const semaphore = new Semaphore(3)
    expect(
      await run(
        withPermits(
          semaphore,
          2,
          Effect.sync(() => semaphore.value),
        ),
      ),
    ).toBe(1)
    expect(await run(Effect.scoped(Effect.map(scoped(semaphore.acquire()), () => semaphore.value)))).toBe(2)
    expect(semaphore.value).toBe(3)
  })
})

describe('fromEffect', () => {
  test('an arm that loses is interrupted', async () => {
    let interrupted = false
    const slow = Effect.never.pipe(Effect.onInterrupt(() => Effect.sync(() => void (interrupted = true))))
    expect(await choose([fromEffect(slow), sleep(1).map(() => 'slept')])).toBe('slept')
    await new Promise((resolve) => setImmediate(resolve))
    expect(interrupted).toBe(true)
  })

  test('a typed failure goes through and comes back', async () => {
    class Broken {
      readonly _tag = 'Broken'
    }
    const back = toEffect<never, Broken>(fromEffect(Effect.fail(new Broken())))
    expect(await run(Effect.catchTag(back, 'Broken', () => Effect.succeed('caught')))).toBe('caught')
  })
})
