import { describe, expect, test, vi } from 'vitest'
import { CancelledError } from '../../src/index.ts'
import {
  Deferred,
  DeferredList,
  Failure,
  FailureGroup,
  fail,
  FirstError,
  gatherResults,
  race,
  succeed,
} from '../../src/deferred/index.ts'

function outcomes(deferred: Deferred<any, any>): any[] {
  const seen: unknown[] = []
  deferred.addBoth((outcome) => void seen.push(outcome instanceof Failure ? outcome.value : outcome))
  return seen
}
const three = (): [Deferred<number, any>, Deferred<number, any>, Deferred<number, any>] => [
  new Deferred(),
  new Deferred(),
  new Deferred(),
]

describe('DeferredList', () => {
  test('fires when all have ended, in their order; members keep what they had', () => {
    const [a, b, c] = three()
    const seen = outcomes(new DeferredList([a, b, c]))
    c.callback(3)
    a.callback(1)
    expect(seen).toEqual([])
    const failure = new Failure(new Error('b'))
    b.errback(failure)
    expect(seen).toEqual([
      [
        [true, 1],
        [false, failure],
        [true, 3],
      ],
    ])
    expect([outcomes(a), outcomes(b)]).toEqual([[1], [failure.value]])
  })

  test('consumeErrors: members go on with undefined', () => {
    const member = fail(new Error('x'))
    const seen = outcomes(new DeferredList([member], { consumeErrors: true }))
    expect(seen[0][0][0]).toBe(false)
    expect(outcomes(member)).toEqual([undefined])
  })

  test('fireOnOneCallback: the first value with its index; the list when all fail', () => {
    const [a, b, c] = three()
    const seen = outcomes(new DeferredList([a, b, c], { fireOnOneCallback: true }))
    a.errback(new Error())
    b.callback(2)
    c.callback(3)
    expect(seen).toEqual([[2, 1]])
    const none = outcomes(
      new DeferredList([fail('x'), fail('y')], { fireOnOneCallback: true, consumeErrors: true }),
    )
    expect(none[0].map(([success]: [boolean]) => success)).toEqual([false, false])
    for (const each of [a]) outcomes(each)
  })

  test('fireOnOneErrback: FirstError with the failure and its index', () => {
    const [a, b] = three()
    const seen = outcomes(new DeferredList([a, b], { fireOnOneErrback: true, consumeErrors: true }))
    const cause = new Error('b')
    b.errback(cause)
    a.callback(1)
    expect(seen).toEqual([expect.any(FirstError)])
    expect(seen[0]).toMatchObject({ index: 1, cause, subFailure: { value: cause } })
  })

  test('empty: fires at once, but never with fireOnOneCallback', () => {
    expect(outcomes(new DeferredList([]))).toEqual([[]])
    expect(outcomes(new DeferredList([], { fireOnOneCallback: true }))).toEqual([])
  })

  test('cancel: cancels the members, unless it was fired', () => {
    const [a, b] = three()
    const list = new DeferredList([a, b], { consumeErrors: true })
    const seen = outcomes(list)
    list.cancel()
    expect(seen[0].map(([, failure]: [boolean, Failure]) => failure.type)).toEqual([
      'CancelledError',
      'CancelledError',
    ])
    const [c, d] = three()
    const first = new DeferredList([c, d], { fireOnOneCallback: true })
    c.callback(1)
    first.cancel()
    expect(d.called).toBe(false)
  })

  test('cancel goes on when a canceller throws', () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
    const bad = new Deferred<number>(() => {
      throw new Error('canceller')
    })
    const good = new Deferred<number, any>()
    new DeferredList([bad, good]).cancel()
    expect(good.called).toBe(true)
    expect(logged).toHaveBeenCalledOnce()
    logged.mockRestore()
    outcomes(good)
  })

  test('refuses what is no list of Deferreds', () => {
    expect(() => new DeferredList([1 as never])).toThrow('deferreds[0] must be a Deferred, got 1')
    expect(() => new DeferredList(succeed(1) as never)).toThrow(
      'must be an array of Deferreds, got a Deferred',
    )
    expect(() => gatherResults(null as never)).toThrow('gatherResults: deferreds must be an array')
  })
})

describe('gatherResults', () => {
  test('the values; or FirstError', () => {
    expect(outcomes(gatherResults([succeed(1), succeed('a')]))).toEqual([[1, 'a']])
    const seen = outcomes(gatherResults([succeed(1), fail(new Error('x'))], { consumeErrors: true }))
    expect(seen[0]).toMatchObject({ name: 'FirstError', index: 1 })
    expect(outcomes(gatherResults([]))).toEqual([[]])
  })

  test('cancel cancels the members', () => {
    const [a, b] = three()
    const all = gatherResults([a, b], { consumeErrors: true })
    const seen = outcomes(all)
    all.cancel()
    expect([a.called, b.called]).toEqual([true, true])
    expect(seen[0]).toMatchObject({ name: 'FirstError', index: 0, cause: expect.any(CancelledError) })
  })
})

describe('race', () => {
  test('the first value wins with its index; the others are cancelled', () => {
    const [a, b, c] = three()
    const seen = outcomes(race([a, b, c]))
    a.errback(new Error('not yet'))
    b.callback(2)
    expect(seen).toEqual([[1, 2]])
    expect(c.called).toBe(true)
    expect(outcomes(c)).toEqual([undefined])
  })

  test('all fail: FailureGroup in the order of the list', () => {
    const [a, b] = three()
    const seen = outcomes(race([a, b]))
    b.errback(new Error('b'))
    a.errback(new Error('a'))
    expect(seen[0]).toBeInstanceOf(FailureGroup)
    expect(seen[0].errors.map((each: Error) => each.message)).toEqual(['a', 'b'])
    expect(seen[0].message).toContain('a; b')
  })

  test('cancel cancels all', () => {
    const [a, b] = three()
    const end = race([a, b])
    const seen = outcomes(end)
    end.cancel()
    expect([a.called, b.called]).toEqual([true, true])
    expect(seen).toEqual([expect.any(FailureGroup)])
  })

  test('one that was fired before', () => {
    const [a] = three()
    expect(outcomes(race([a, succeed('now')]))).toEqual([[1, 'now']])
    expect(a.called).toBe(true)
  })

  test('an empty one is refused', () => {
    expect(() => race([])).toThrow('race: deferreds must not be empty')
  })
})
