import { Cause, Effect, Exit, Fiber } from 'effect'
import { TestClock } from 'effect/testing'
import { describe, expect, test } from 'vitest'
import { toEffect, withAll, withLock } from '../../src/effect/index.ts'
import { Condition, Event, Lock, lockAll, RLock, Semaphore } from '../../src/index.ts'

const run = Effect.runPromise

describe('a condition', () => {
  test('waits until it is told', async () => {
    const condition = new Condition()
    let ready = false
    const waiting = Effect.runFork(
      withLock(condition.lock, toEffect(condition.waitFor(() => ready && 'ready'))),
    )
    const tell = Effect.sync(() => {
      ready = true
      condition.notifyAll()
    })
    await run(withLock(condition.lock, tell))
    expect(await run(Fiber.join(waiting))).toBe('ready')
    expect(condition.lock.locked).toBe(false)
  })

  test('an interruption goes on when the lock is held again', async () => {
    const condition = new Condition()
    let held: boolean | undefined
    const fiber = Effect.runFork(
      withLock(
        condition.lock,
        Effect.onInterrupt(toEffect(condition.wait()), () =>
          Effect.sync(() => void (held = condition.lock.locked)),
        ),
      ),
    )
    const other = condition.lock.tryAcquire()!
    expect(condition.statistics()).toEqual({ waiting: 1, waiters: 1 })
    fiber.interruptUnsafe()
    for (let i = 0; i < 50; i++) await undefined
    expect([fiber.pollUnsafe(), held]).toEqual([undefined, undefined])
    other.release()
    expect(Exit.hasInterrupts(await run(Fiber.await(fiber)))).toBe(true)
    expect([held, condition.lock.locked]).toEqual([true, false])
    expect(condition.statistics()).toEqual({ waiting: 0, waiters: 0 })
  })

  test('an interruption that comes after the notification ends a loop, too', async () => {
    const condition = new Condition()
    const fiber = Effect.runFork(withLock(condition.lock, toEffect(condition.waitFor(() => false))))
    const other = condition.lock.tryAcquire()!
    condition.notifyAll()
    other.release()
    fiber.interruptUnsafe()
    expect(Exit.hasInterrupts(await run(Fiber.await(fiber)))).toBe(true)
    expect(condition.lock.locked).toBe(false)
  })

  test('on an RLock, the owner is named', async () => {
    const condition = new Condition(new RLock())
    const program = Effect.withFiber((owner) =>
      withLock(condition.lock, Effect.flip(toEffect(condition.wait({ owner, timeout: 1 })))),
    )
    expect(Cause.isTimeoutError(await run(program))).toBe(true)
  })

  test("its timeout is by effect's clock, which does not run by itself in a test", async () => {
    const condition = new Condition()
    const program = Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(
        withLock(condition.lock, Effect.flip(toEffect(condition.wait({ timeout: 60_000 })))),
      )
      yield* Effect.yieldNow
      yield* TestClock.adjust(59_999)
      expect(fiber.pollUnsafe()).toBe(undefined)
      yield* TestClock.adjust(1)
      return Cause.isTimeoutError(yield* Fiber.join(fiber))
    })
    expect(await run(program.pipe(Effect.provide(TestClock.layer())))).toBe(true)
    expect(condition.lock.locked).toBe(false)
  })

  test('one that is not held is a defect', async () => {
    const exit = await run(Effect.exit(toEffect(new Condition().wait())))
    expect(Exit.isFailure(exit) && Cause.hasDies(exit.cause)).toBe(true)
  })
})

describe('several locks', () => {
  test('withAll takes them in the same step, and gives all back', () => {
    const [lock, semaphore, rlock] = [new Lock(), new Semaphore(2), new RLock()]
    const inside = withLock(
      rlock,
      Effect.sync(() => [lock.locked, semaphore.value, rlock.depth]),
    )
    expect(Effect.runSync(withAll([lock, semaphore.acquire(2), rlock], inside))).toEqual([true, 0, 2])
    expect([lock.locked, semaphore.value, rlock.locked]).toEqual([false, 2, false])
    expect(Effect.runSync(Effect.succeed(1).pipe(withAll([lock])))).toBe(1)
    expect(() => withAll([lock, lock])).toThrow('items must differ')
  })

  test('an interruption gives back what was taken', async () => {
    const [one, two] = [new Lock(), new Lock()]
    expect(one.id < two.id).toBe(true) // the order in which they are taken
    const last = two.tryAcquire()!
    const fiber = Effect.runFork(withAll([one, two], Effect.never))
    expect(one.locked).toBe(true)
    await run(Fiber.interrupt(fiber))
    expect(one.locked).toBe(false)
    const again = Effect.runFork(toEffect(lockAll([one, two])))
    last.release() // granted, and nobody takes it
    again.interruptUnsafe()
    await run(Fiber.await(again))
    expect([one.locked, two.locked]).toEqual([false, false])
  })
})

test('a pass of an auto-reset event that an interrupted fiber was granted is for the next one', async () => {
  const event = new Event({ autoReset: true })
  const [first, second] = [1, 2].map(() => Effect.runFork(toEffect(event.wait())))
  event.set()
  first!.interruptUnsafe()
  await run(Fiber.join(second!))
  expect(event.isSet).toBe(false)
})
