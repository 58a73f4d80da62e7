/**
 * Random programs of fibers over locks, permits and queues. They are interrupted at random steps, under effect's own test
 * clock, and yield before nearly every step: no permit and no item is lost, and nothing is held at the end.
 */
import { Effect, Exit, Fiber, Scheduler } from 'effect'
import { TestClock } from 'effect/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scoped, toEffect, withAll, withLock, withPermits } from '../../src/effect/index.ts'
import { Condition, Event, Lock, Queue, RLock, RWLock, Semaphore, sleep } from '../../src/index.ts'

type Fragment =
  | { kind: 'lock' | 'rlock' | 'scoped' | 'all' | 'write'; inner: Fragment[]; timeout: number | undefined }
  | { kind: 'permits'; n: number; inner: Fragment[]; timeout: number | undefined }
  | { kind: 'sleep'; ms: number }
  | { kind: 'put' | 'get' | 'yield' | 'pass' | 'wait' | 'notify' }

const { fragment } = fc.letrec<{ fragment: Fragment; inner: Fragment[] }>((tie) => {
  const timeout = fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined })
  return {
    inner: fc.array(tie('fragment'), { maxLength: 3 }),
    fragment: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.record({ kind: fc.constantFrom('put', 'get', 'yield', 'pass', 'wait', 'notify') }),
      fc.record({ kind: fc.constant('sleep'), ms: fc.integer({ min: 0, max: 20 }) }),
      fc.record({
        kind: fc.constantFrom('lock', 'rlock', 'scoped', 'all', 'write'),
        inner: tie('inner'),
        timeout,
      }),
      fc.record({
        kind: fc.constant('permits'),
        n: fc.integer({ min: 1, max: 3 }),
        inner: tie('inner'),
        timeout,
      }),
    ) as fc.Arbitrary<Fragment>,
  }
})

const programs = fc.record({
  fibers: fc.array(fc.array(fragment, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 6 }),
  interruptions: fc.array(
    fc.record({ which: fc.nat(5), after: fc.integer({ min: 0, max: 12 }), tick: fc.boolean() }),
    { maxLength: 8 },
  ),
  // With less than 5 steps at a time a fiber of effect's gets nowhere in its finalizers.
  budget: fc.constantFrom(5, 6, 7, 2048),
  shared: fc.boolean(),
})

/** Everything that the fibers share. */
function world(shared: boolean) {
  const [lock, rlock, semaphore, rwlock] = [new Lock(), new RLock(), new Semaphore(3), new RWLock()]
  const [one, two] = [new Lock(), new Lock()]
  const condition = new Condition(new Lock())
  if (shared) for (const each of [lock, rlock, semaphore, rwlock, one, condition]) void each.handle
  return {
    lock,
    rlock,
    semaphore,
    rwlock,
    one,
    two,
    condition,
    queue: new Queue<number>(2),
    pass: new Event({ autoReset: true }),
    inside: 0,
    put: new Set<number>(),
    got: [] as number[],
    last: 0,
  }
}
type World = ReturnType<typeof world>

/** What one fiber does; a timeout, or a lock that is held already, only ends the fragment. */
function run(world: World, fragment: Fragment): Effect.Effect<unknown, unknown> {
  switch (fragment.kind) {
    case 'yield':
      return Effect.yieldNow
    case 'sleep':
      return toEffect(sleep(fragment.ms))
    case 'pass':
      return toEffect(world.pass.wait({ timeout: 5 }))
    case 'put':
      return Effect.suspend(() => {
        const item = ++world.last
        // Whether it was put before an interruption came is told by the queue itself, at the end.
        return Effect.tap(toEffect(world.queue.put(item)), () => Effect.sync(() => world.put.add(item)))
      })
    case 'get':
      return Effect.uninterruptibleMask((restore) =>
        Effect.tap(restore(toEffect(world.queue.get())), (item) => Effect.sync(() => world.got.push(item))),
      )
    case 'wait':
      return withLock(
        world.condition.lock,
        Effect.onExit(
          Effect.tap(toEffect(world.condition.wait({ timeout: 10 })), () => Effect.void),
          () => Effect.sync(() => expect(world.condition.lock.locked).toBe(true)),
        ),
      )
    case 'notify':
      return withLock(
        world.condition.lock,
        Effect.sync(() => world.condition.notify()),
      )
    default:
      return held(world, fragment)
  }
}

function held(
  world: World,
  fragment: Extract<Fragment, { inner: Fragment[] }>,
): Effect.Effect<unknown, unknown> {
  const inner = all(world, fragment.inner)
  const options = { timeout: fragment.timeout ?? 50 }
  switch (fragment.kind) {
    case 'lock': {
      const alone = Effect.acquireUseRelease(
        Effect.sync(() => expect(++world.inside).toBe(1)),
        () => inner,
        () => Effect.sync(() => void world.inside--),
      )
      return withLock(world.lock, alone, options)
    }
    case 'rlock':
      return withLock(world.rlock, withLock(world.rlock, inner, options), options)
    case 'scoped':
      return Effect.scoped(Effect.andThen(scoped(world.semaphore.acquire(1, options)), inner))
    case 'all':
      return inner.pipe(withAll([world.two, world.rlock, world.one], options))
    case 'write':
      return Effect.scoped(Effect.andThen(scoped(world.rwlock.write(options)), inner))
    case 'permits':
      return withPermits(world.semaphore, fragment.n, inner, options)
  }
}

const all = (world: World, fragments: readonly Fragment[]): Effect.Effect<void> =>
  Effect.forEach(fragments, (each) => Effect.ignore(run(world, each)), { discard: true })

test('no permit, no pass and no item is lost, and nothing is held at the end', async () => {
  const seen = { interrupted: 0, finished: 0, items: 0 }
  await fc.assert(
    fc.asyncProperty(programs, async ({ fibers, interruptions, budget, shared }) => {
      const it = world(shared)
      const program = Effect.gen(function* () {
        const running: Fiber.Fiber<void>[] = []
        for (const each of fibers) running.push(yield* Effect.forkChild(all(it, each)))
        for (const { which, after, tick } of interruptions) {
          for (let i = 0; i < after; i++) yield* Effect.yieldNow
          if (tick) yield* TestClock.adjust(7)
          running[which % running.length]!.interruptUnsafe()
        }
        // Everything but the queue gives up in time.
        for (let i = 0; i < 20; i++) yield* TestClock.adjust(100)
        for (const fiber of running) {
          if (fiber.pollUnsafe() === undefined) fiber.interruptUnsafe()
          const exit = yield* Fiber.await(fiber)
          if (Exit.isSuccess(exit)) seen.finished++
          else if (Exit.hasInterrupts(exit)) seen.interrupted++
          else expect(exit).toBe('a success or an interruption')
        }
      })
      await Effect.runPromise(
        program.pipe(
          Effect.provideService(Scheduler.MaxOpsBeforeYield, budget),
          Effect.provide(TestClock.layer()),
        ),
      )
      const rest: number[] = []
      for (let item = it.queue.tryGet(); item !== undefined; item = it.queue.tryGet()) rest.push(item)
      const arrived = new Set([...it.got, ...rest])
      expect(arrived.size).toBe(it.got.length + rest.length)
      for (const item of it.put) expect(arrived).toContain(item)
      seen.items += arrived.size
      expect([it.lock.locked, it.rlock.locked, it.one.locked, it.two.locked]).toEqual([
        false,
        false,
        false,
        false,
      ])
      expect([it.semaphore.value, it.inside, it.condition.lock.locked]).toEqual([3, 0, false])
      expect(it.rwlock.statistics()).toMatchObject({ writing: false, waiters: 0 })
      for (const each of [it.lock, it.rlock, it.semaphore, it.one, it.two, it.condition, it.pass])
        expect(each.statistics().waiters).toBe(0)
      expect(it.queue.statistics()).toMatchObject({ getters: 0, putters: 0 })
    }),
    { numRuns: 150 },
  )
  for (const times of Object.values(seen)) expect(times).toBeGreaterThan(20)
})
