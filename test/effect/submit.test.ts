import { Context, Effect, Fiber } from 'effect'
import { expect, test } from 'vitest'
import { executorLayer, submit, submitWith } from '../../src/effect/index.ts'
import { type Executor, InlineExecutor, TaskExecutor } from '../../src/index.ts'

const run = Effect.runPromise

class Work extends Context.Service<Work, Executor>()('Work') {}

const program = Effect.gen(function* () {
  const executor = yield* Work
  return yield* submit(executor, (a: number, b: number) => a * b, 6, 7)
})

test('a layer makes the executor and shuts it down; a test gives an inline one', async () => {
  const executor = new TaskExecutor({ concurrency: 2 })
  expect(
    await run(
      Effect.provide(
        program,
        executorLayer(Work, () => executor),
      ),
    ),
  ).toBe(42)
  expect(() => executor.submit(() => 1)).toThrow('shut down')
  expect(
    await run(
      Effect.provide(
        program,
        executorLayer(Work, () => new InlineExecutor()),
      ),
    ),
  ).toBe(42)
})

test('an error with a tag is typed, another one is unknown', async () => {
  const executor = new InlineExecutor()
  class Refused {
    readonly _tag = 'Refused'
  }
  const typed = submit<readonly [], never, Refused>(executor, () => {
    throw new Refused()
  })
  expect(await run(Effect.catchTag(typed, 'Refused', () => Effect.succeed('typed')))).toBe('typed')
  const plain = submit(executor, () => {
    throw new Error('plain')
  })
  expect(
    await run(Effect.catchTag(plain, 'UnknownError', ({ cause }) => Effect.succeed(String(cause)))),
  ).toBe('Error: plain')
})

test('interruption cancels what has not begun, and aborts what has', async () => {
  const executor = new TaskExecutor({ concurrency: 1 })
  let ran = 0
  const never = Effect.runFork(submit(executor, () => new Promise<never>(() => {})))
  const next = Effect.runFork(submitWith(executor, { priority: 1 }, () => void ran++))
  expect([executor.activeCount, executor.pendingCount]).toEqual([1, 1])
  await run(Fiber.interrupt(next))
  await run(Fiber.interrupt(never))
  expect([executor.activeCount, executor.pendingCount, ran]).toEqual([0, 0, 0])
})
