import { describe, expectTypeOf, test } from 'vitest'
import { always, type Operation } from '../../src/index.ts'
import {
  Deferred,
  DeferredList,
  Failure,
  fail,
  gatherResults,
  inlineCallbacks,
  maybeDeferred,
  type MemberResult,
  race,
  succeed,
} from '../../src/deferred/index.ts'

describe('Deferred<In, Out>', () => {
  test('callback takes In whatever the chain gives', () => {
    const deferred = new Deferred<number>().addCallback((n) => `${n}`)
    expectTypeOf(deferred).toEqualTypeOf<Deferred<number, string>>()
    expectTypeOf(deferred.callback).parameter(0).toEqualTypeOf<number | Failure>()
    new Deferred<void>().callback()
  })

  test('a callback follows Deferreds, operations and promises', () => {
    expectTypeOf(succeed(1).addCallback(() => succeed('a'))).toEqualTypeOf<Deferred<number, string>>()
    expectTypeOf(succeed(1).addCallback(() => always(true))).toEqualTypeOf<Deferred<number, boolean>>()
    expectTypeOf(succeed(1).addCallback(async () => 'a')).toEqualTypeOf<Deferred<number, string>>()
    expectTypeOf(succeed(1).addCallback((n) => (n > 0 ? succeed(n) : String(n)))).toEqualTypeOf<
      Deferred<number, number | string>
    >()
  })

  test('what an errback returns joins in; a Failure and a throw give never', () => {
    expectTypeOf(succeed(1).addErrback(() => 'a')).toEqualTypeOf<Deferred<number, number | string>>()
    expectTypeOf(succeed(1).addErrback((failure) => failure)).toEqualTypeOf<Deferred<number, number>>()
    expectTypeOf(succeed(1).addCallback(() => new Failure(1))).toEqualTypeOf<Deferred<number, never>>()
    expectTypeOf(
      succeed(1).addCallbacks(
        (n) => [n],
        () => null,
      ),
    ).toEqualTypeOf<Deferred<number, number[] | null>>()
    expectTypeOf(fail(1)).toEqualTypeOf<Deferred<never, never>>()
  })

  test('addBoth gets either', () => {
    succeed(1).addBoth((outcome) => {
      expectTypeOf(outcome).toEqualTypeOf<number | Failure>()
    })
    expectTypeOf(succeed(1).addBoth(() => 'a')).toEqualTypeOf<Deferred<number, string>>()
  })

  test('timeout, chaining, result, promise', () => {
    expectTypeOf(succeed(1).addTimeout(5)).toEqualTypeOf<Deferred<number, number>>()
    expectTypeOf(succeed(1).addTimeout(5, { onTimeoutCancel: () => 'late' })).toEqualTypeOf<
      Deferred<number, number | string>
    >()
    expectTypeOf(succeed(1).chainDeferred(new Deferred<number>())).toEqualTypeOf<Deferred<number, void>>()
    // @ts-expect-error a chain of numbers cannot fire a Deferred of strings
    succeed(1).chainDeferred(new Deferred<string>())
    expectTypeOf(succeed(1).result()).toEqualTypeOf<Operation<number>>()
    expectTypeOf(succeed(1).toPromise()).toEqualTypeOf<Promise<number>>()
  })

  test('is no thenable', () => {
    expectTypeOf(succeed(1)).not.toExtend<PromiseLike<unknown>>()
  })

  test('any stays any', () => {
    expectTypeOf(succeed(1).addCallback((): any => 1)).toEqualTypeOf<Deferred<number, any>>()
  })
})

test('from and maybeDeferred', () => {
  expectTypeOf(Deferred.from(Promise.resolve(1))).toEqualTypeOf<Deferred<number>>()
  expectTypeOf(Deferred.from(always(1))).toEqualTypeOf<Deferred<number>>()
  expectTypeOf(Deferred.from(async (signal: AbortSignal) => String(signal.aborted))).toEqualTypeOf<
    Deferred<string>
  >()
  expectTypeOf(maybeDeferred((n: number) => (n > 0 ? n : succeed(String(n))), 1)).toEqualTypeOf<
    Deferred<any, number | string>
  >()
})

test('lists', () => {
  const members = [succeed(1), succeed('a')] as const
  expectTypeOf(new DeferredList(members)).toExtend<
    Deferred<any, [MemberResult<number>, MemberResult<string>]>
  >()
  new DeferredList([succeed(1), succeed('a')]).addCallback(([[good, first]]) => {
    if (good) expectTypeOf(first).toEqualTypeOf<number>()
    else expectTypeOf(first).toEqualTypeOf<Failure>()
  })
  new DeferredList([succeed(1), succeed('a')], { fireOnOneCallback: true }).addCallback((outcome) => {
    expectTypeOf(outcome).toEqualTypeOf<
      readonly [value: number | string, index: number] | [MemberResult<number>, MemberResult<string>]
    >()
  })
  expectTypeOf(gatherResults([succeed(1), succeed('a')])).toEqualTypeOf<Deferred<any, [number, string]>>()
  const many: Deferred<number>[] = []
  expectTypeOf(gatherResults(many)).toEqualTypeOf<Deferred<any, number[]>>()
  expectTypeOf(race([succeed(1), succeed('a')])).toEqualTypeOf<
    Deferred<any, readonly [index: number, value: number | string]>
  >()
})

test('inlineCallbacks: yield* is typed, a plain yield is unknown', () => {
  const f = inlineCallbacks(function* (name: string) {
    const typed = yield* succeed(1)
    expectTypeOf(typed).toEqualTypeOf<number>()
    const plain = yield succeed(1)
    expectTypeOf(plain).toEqualTypeOf<unknown>()
    return `${name}${typed}`
  })
  expectTypeOf(f).parameters.toEqualTypeOf<[string]>()
  expectTypeOf(f('a')).toEqualTypeOf<Deferred<string>>()
})

test('a Failure: check gives what matched', () => {
  expectTypeOf(new Failure(1).check(TypeError, 'RangeError')).toEqualTypeOf<
    TypeErrorConstructor | 'RangeError' | undefined
  >()
  expectTypeOf(new Failure(1).as(RangeError)).toEqualTypeOf<RangeError | undefined>()
})
