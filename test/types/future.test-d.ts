import { describe, expectTypeOf, test } from 'vitest'
import {
  asCompleted,
  type Executor,
  Future,
  InlineExecutor,
  Lock,
  type Held,
  type Mapped,
  type Operation,
  run,
  select,
  type ShutdownReport,
  sleep,
  TaskExecutor,
  wait,
} from '../../src/index.ts'

const executor = new TaskExecutor()

describe('submit', () => {
  test('gives a future of what the call gives in the end', () => {
    expectTypeOf(executor.submit(() => 1)).toEqualTypeOf<Future<number>>()
    expectTypeOf(executor.submit(async () => 'x')).toEqualTypeOf<Future<string>>()
    expectTypeOf(executor.submit(() => new Lock().acquire())).toEqualTypeOf<Future<Held>>()
    expectTypeOf(executor.submit(() => executor.submit(() => 1))).toEqualTypeOf<Future<number>>()
    expectTypeOf(
      executor.submit(function* () {
        yield* sleep(1)
        return true
      }),
    ).toEqualTypeOf<Future<boolean>>()
    expectTypeOf(
      executor.submit((): never => {
        throw new Error('no')
      }),
    ).toEqualTypeOf<Future<never>>()
  })

  test('checks the arguments', () => {
    expectTypeOf(executor.submit((a: number, b: string) => a + b, 1, 'x')).toEqualTypeOf<Future<string>>()
    // @ts-expect-error an argument is missing
    void executor.submit((a: number) => a)
    // @ts-expect-error an argument is wrong
    void executor.submit((a: number) => a, 'x')
    // @ts-expect-error the span comes first
    void executor.submitAfter(() => 1, 5)
    expectTypeOf(executor.submitAfter(5, (a: number) => a, 1)).toEqualTypeOf<Future<number>>()
  })

  test('with options gives the same', () => {
    const with_ = executor.with({ priority: 1, timeout: 5, signal: new AbortController().signal })
    expectTypeOf(with_.submit(async (a: number) => a, 1)).toEqualTypeOf<Future<number>>()
    expectTypeOf(with_.map(async (a: number) => a, [1])).toEqualTypeOf<Mapped<number>>()
    // @ts-expect-error no such option
    executor.with({ urgent: true })
  })
})

test('map infers from the items', async () => {
  expectTypeOf(executor.map((x) => x.length, ['a'])).toEqualTypeOf<Mapped<number>>()
  expectTypeOf(executor.map(async (x, y) => [x, y] as const, ['a'], new Set([1]))).toEqualTypeOf<
    Mapped<readonly [string, number]>
  >()
  expectTypeOf(executor.map((x) => x, [1], { concurrency: 2, bufferSize: 3, timeout: 4 })).toEqualTypeOf<
    Mapped<number>
  >()
  for await (const each of executor.map((x) => `${x}`, [1])) expectTypeOf(each).toEqualTypeOf<string>()
  expectTypeOf(await executor.map((x) => x, [1]).toArray()).toEqualTypeOf<number[]>()
  expectTypeOf(executor.map((x) => x, [1]).next()).toEqualTypeOf<
    Operation<IteratorResult<number, undefined>>
  >()
  // @ts-expect-error items of the wrong type
  executor.map((x: string) => x, [1])
})

describe('a future', () => {
  const future = new Future<number>()

  test('is an operation of its result', async () => {
    expectTypeOf(future).toExtend<Operation<number>>()
    expectTypeOf(await future).toEqualTypeOf<number>()
    expectTypeOf(future.result({ timeout: 5 })).toEqualTypeOf<Operation<number>>()
    expectTypeOf(future.exception()).toEqualTypeOf<Operation<unknown>>()
    expectTypeOf(
      run(function* () {
        return yield* future
      }),
    ).toEqualTypeOf<Promise<number>>()
    const got = await select({ future, late: sleep(1) })
    if (got.key === 'future') expectTypeOf(got.value).toEqualTypeOf<number>()
    expectTypeOf(await future.catch(() => 'x')).toEqualTypeOf<number | string>()
    expectTypeOf(new Lock().acquire().start()).toEqualTypeOf<Future<Held>>()
  })

  test('is told its own kind of result', () => {
    // @ts-expect-error the result is a number
    future.setResult('x')
    future.addDoneCallback((it) => expectTypeOf(it).toEqualTypeOf<typeof future>())
  })

  test('wait and asCompleted keep the type', async () => {
    const mixed = [future, new Future<string>()]
    const { done } = await wait(mixed)
    expectTypeOf(done).toEqualTypeOf<Set<Future<number> | Future<string>>>()
    expectTypeOf(asCompleted([future]).next()).toEqualTypeOf<
      Operation<IteratorResult<Future<number>, undefined>>
    >()
    // @ts-expect-error no such condition
    void wait([future], { returnWhen: 'ANY' })
    // @ts-expect-error promises are no futures
    void wait([Promise.resolve(1)])
  })
})

test('executors are of one kind', async () => {
  const any: Executor[] = [executor, new InlineExecutor()]
  expectTypeOf(any[0]!.shutdown()).toEqualTypeOf<Future<ShutdownReport>>()
  expectTypeOf(await executor.whenIdle()).toEqualTypeOf<void>()
  // @ts-expect-error an executor of one's own says how it runs a job
  class Half extends (InlineExecutor as unknown as typeof Executor) {}
  void Half
})
