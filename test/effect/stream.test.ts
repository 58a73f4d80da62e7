import { Effect, Exit, Fiber, Stream } from 'effect'
import { describe, expect, test } from 'vitest'
import { into, subscribed, toStream } from '../../src/effect/index.ts'
import { Broadcast, Channel, Queue } from '../../src/index.ts'

const run = Effect.runPromise

describe('a queue as a stream', () => {
  test('ends when the queue is shut down and drained', async () => {
    const queue = new Queue<number>()
    for (let i = 0; i < 200; i++) queue.tryPut(i)
    queue.shutdown()
    expect(await run(Stream.runCollect(toStream(queue)))).toEqual(Array.from({ length: 200 }, (_, i) => i))
  })

  test('takes nothing before it is asked, and no more than a chunk', async () => {
    const queue = new Queue<number>()
    for (let i = 0; i < 10; i++) queue.tryPut(i)
    expect(await run(Stream.runCollect(Stream.take(toStream(queue, { chunk: 2 }), 3)))).toEqual([0, 1, 2])
    expect(queue.size).toBe(6)
  })

  test('says taskDone after an item was processed, and not for one that was not', async () => {
    const queue = new Queue<number>()
    for (let i = 0; i < 3; i++) queue.tryPut(i)
    const unfinished: number[] = []
    const stream = toStream(queue, { taskDone: true })
    const visit = (item: number) => {
      unfinished.push(queue.statistics().unfinished)
      return item === 2 ? Effect.fail('no') : Effect.void
    }
    const exit = await run(Effect.exit(Stream.runForEach(stream, visit)))
    expect(Exit.isFailure(exit)).toBe(true)
    expect(unfinished).toEqual([3, 2, 1])
    expect(queue.statistics().unfinished).toBe(1)
  })

  test('interruption while it waits loses nothing', async () => {
    const queue = new Queue<number>()
    const fiber = Effect.runFork(Stream.runDrain(toStream(queue)))
    await run(Effect.yieldNow)
    expect(queue.statistics().getters).toBe(1)
    queue.tryPut(1)
    fiber.interruptUnsafe()
    expect(queue.statistics()).toMatchObject({ size: 1, getters: 0 })
    await run(Fiber.await(fiber))
  })

  test.each([0, 1.5, Number.NaN])('refuses chunk %s', (chunk) => {
    expect(() => toStream(new Queue<number>(), { chunk })).toThrow('chunk must be an integer of at least 1')
  })
})

describe('a stream into a queue', () => {
  test('waits for room, in pieces that fit', async () => {
    const queue = new Queue<number>(3)
    const fiber = Effect.runFork(Stream.range(1, 10).pipe(into(queue)))
    const seen: number[] = []
    while (seen.length < 10) seen.push(await queue.get())
    await run(Fiber.join(fiber))
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  test('fails with the tag of a queue that is shut down', async () => {
    const queue = new Queue<number>(1)
    queue.shutdown()
    const program = Stream.make(1).pipe(
      into(queue),
      Effect.catchTag('QueueShutDownError', (error) => Effect.succeed(error.message)),
    )
    expect(await run(program)).toContain('is shut down')
  })
})

test('a channel, both ways', async () => {
  const channel = new Channel<number>()
  const sender = Effect.runFork(
    Effect.tap(into(channel, Stream.range(1, 4)), () => Effect.sync(() => channel.close())),
  )
  expect(await run(Stream.runCollect(toStream(channel)))).toEqual([1, 2, 3, 4])
  await run(Fiber.join(sender))
})

test('each subscriber of a broadcast sees each message, and leaves with its scope', async () => {
  const broadcast = new Broadcast<number>()
  const program = Effect.scoped(
    Effect.gen(function* () {
      const one = yield* subscribed(broadcast)
      const two = yield* subscribed(broadcast)
      yield* into(broadcast, Stream.range(1, 3))
      broadcast.close()
      return yield* Effect.all([Stream.runCollect(one), Stream.runCollect(two)])
    }),
  )
  expect(await run(program)).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ])
  const open = new Broadcast<number>()
  await run(Effect.scoped(subscribed(open)))
  expect(open.statistics().subscribers).toBe(0)
})
