/** The examples of docs/effect.md, each run as it stands, and the lines of its table. */
import { readFileSync } from 'node:fs'
import * as effect from 'effect'
import { Deferred, Effect, Fiber, Queue as EffectQueue, Stream } from 'effect'
import ts from 'typescript'
import { expect, test } from 'vitest'
import * as heddleEffect from '../../src/effect/index.ts'
import { fromEffect, into, toEffect, toStream } from '../../src/effect/index.ts'
import * as heddle from '../../src/index.ts'
import { Future, Queue, spawn } from '../../src/index.ts'

const page = readFileSync(new URL('../../docs/effect.md', import.meta.url), 'utf8')
const examples = [...page.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code!)
const modules: Record<string, unknown> = { effect, heddle, 'heddle/effect': heddleEffect }
const run = Effect.runPromise

test('there are examples', () => {
  expect(examples.length).toBe(4)
})

test.each(examples.map((code, i) => [i + 1, code] as const))('example %i', async (_, code) => {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  })
  // oxlint-disable-next-line typescript/no-implied-eval -- the page's own code
  const call = new Function('require', 'exports', `return (async () => { ${outputText} })()`) as (
    require: (name: string) => unknown,
    exports: object,
  ) => Promise<void>
  await call((name) => modules[name], {})
})

test('a fiber', async () => {
  expect(await fromEffect(Fiber.join(Effect.runFork(Effect.succeed(1))))).toBe(1)
  const task = spawn(function* () {
    return yield* heddle.always(2)
  })
  const program = Effect.flatMap(Effect.forkChild(toEffect(task)), (fiber) => Fiber.join(fiber))
  expect(await run(program)).toBe(2)
})

test('a Deferred', async () => {
  const theirs = Deferred.makeUnsafe<number, heddleEffect.WaitFailure>()
  const waiting = fromEffect(Deferred.await(theirs)).start()
  const future = new Future<number>()
  const going = Effect.runFork(Deferred.into(toEffect(future), theirs))
  future.setResult(3)
  expect(await waiting).toBe(3)
  await run(Fiber.join(going))
})

test('a Queue', async () => {
  const program = Effect.gen(function* () {
    const theirs = yield* EffectQueue.unbounded<number, effect.Cause.Done>()
    const [first, last] = [new Queue<number>(), new Queue<number>()]
    for (const n of [1, 2, 3]) first.tryPut(n)
    first.shutdown()
    yield* Effect.orDie(Stream.runIntoQueue(Stream.orDie(toStream(first)), theirs))
    yield* into(last, Stream.fromQueue(theirs))
    last.shutdown()
    return yield* Stream.runCollect(toStream(last))
  })
  expect(await run(program)).toEqual([1, 2, 3])
})
