import { describe, expectTypeOf, test } from 'vitest'
import {
  always,
  choose,
  type Future,
  guard,
  type Held,
  Lock,
  never,
  type Operation,
  Procedure,
  run,
  select,
  sleep,
  until,
} from '../../src/index.ts'

const lock = new Lock()

describe('operations', () => {
  test('await gives the value', async () => {
    expectTypeOf(await lock.acquire()).toEqualTypeOf<Held>()
    expectTypeOf(await always('x')).toEqualTypeOf<string>()
    expectTypeOf(await until(Promise.resolve(1))).toEqualTypeOf<number>()
    expectTypeOf(await until(async (signal) => signal.aborted)).toEqualTypeOf<boolean>()
    expectTypeOf(await sleep(1)).toEqualTypeOf<void>()
    expectTypeOf(never).toEqualTypeOf<Operation<never>>()
  })

  test('block gives the value', () => {
    expectTypeOf(lock.acquire().block()).toEqualTypeOf<Held>()
  })

  test('yield* gives the value, and run its result', () => {
    const result = run(function* () {
      const held = yield* lock.acquire()
      expectTypeOf(held).toEqualTypeOf<Held>()
      const got = yield* select({ a: always(1), b: always('x') })
      expectTypeOf(got).toEqualTypeOf<
        { readonly key: 'a'; readonly value: number } | { readonly key: 'b'; readonly value: string }
      >()
      return held.count
    })
    expectTypeOf(result).toEqualTypeOf<Promise<number>>()
  })

  test('map, guard and start carry the type', () => {
    expectTypeOf(lock.acquire().map((held) => held.abandoned)).toEqualTypeOf<Operation<boolean>>()
    expectTypeOf(guard(() => always(1))).toEqualTypeOf<Operation<number>>()
    expectTypeOf(always(1).start()).toEqualTypeOf<Future<number>>()
  })
})

describe('choose and select', () => {
  test('choose gives the union of its arms', () => {
    expectTypeOf(choose([always(1), always('x'), never])).toEqualTypeOf<Operation<number | string>>()
    expectTypeOf(choose.biased([always(true), lock.acquire()])).toEqualTypeOf<Operation<boolean | Held>>()
  })

  test('select is a discriminated union, with optional arms too', async () => {
    const optional = undefined as Operation<Date> | undefined
    const got = await select({ job: always(1), quit: sleep(1), maybe: optional })
    if (got.key === 'job') expectTypeOf(got.value).toEqualTypeOf<number>()
    if (got.key === 'quit') expectTypeOf(got.value).toEqualTypeOf<void>()
    if (got.key === 'maybe') expectTypeOf(got.value).toEqualTypeOf<Date>()
    expectTypeOf(got.key).toEqualTypeOf<'job' | 'quit' | 'maybe'>()
  })

  test('a procedure is no arm', () => {
    const procedure = new Procedure('two steps', function* () {
      yield* sleep(1)
      return yield* always(1)
    })
    expectTypeOf(procedure).not.toExtend<Operation<unknown>>()
    // @ts-expect-error a procedure commits in several steps
    void choose([procedure])
    // @ts-expect-error likewise
    void select({ procedure })
    // @ts-expect-error a promise must be wrapped: until(promise)
    void choose([Promise.resolve(1)])
  })

  test('a wrong option is refused', () => {
    // @ts-expect-error milliseconds are a number
    void lock.acquire({ timeout: '5' })
  })
})
