import { describe, expect, test, vi } from 'vitest'
import { CancelledError, TimeoutError } from '../../src/index.ts'
import {
  AlreadyCalledError,
  Deferred,
  Failure,
  fail,
  maybeDeferred,
  succeed,
} from '../../src/deferred/index.ts'
import { ManualClock } from './manual-clock.ts'

/** What a Deferred ends in; failures are taken out of it. */
function outcomes(deferred: Deferred<any, any>): unknown[] {
  const seen: unknown[] = []
  deferred.addBoth((outcome) => void seen.push(outcome instanceof Failure ? outcome.value : outcome))
  return seen
}

describe('a chain', () => {
  test('runs inside callback(), each link on what the one before gave', () => {
    const log: unknown[] = []
    const deferred = new Deferred<number>()
    deferred
      .addCallback((n) => n + 1)
      .addCallback((n) => `${n}!`)
      .addCallback((s) => void log.push(s))
    expect(deferred.called).toBe(false)
    deferred.callback(1)
    expect(log).toEqual(['2!'])
    expect(deferred.called).toBe(true)
  })

  test('runs at once on a fired Deferred, and the same object is returned', () => {
    const deferred = succeed(1)
    expect(deferred.addCallback((n) => n + 1)).toBe(deferred)
    expect(outcomes(deferred)).toEqual([2])
  })

  test('crosses to the errback side on a throw and on a returned Failure, and back', () => {
    const log: unknown[] = []
    succeed(1)
      .addCallback((): number => {
        throw new TypeError('a')
      })
      .addCallback(() => log.push('not run'))
      .addErrback((failure) => void log.push(failure.getErrorMessage()))
      .addErrback(() => log.push('not run'))
      .addCallback(() => new Failure(new RangeError('b')))
      .addErrback((failure) => log.push(failure.type))
    expect(log).toEqual(['a', 'RangeError'])
  })

  test('addCallbacks: the errback does not see what its own callback throws', () => {
    const log: unknown[] = []
    succeed(1)
      .addCallbacks(
        () => {
          throw new Error('inner')
        },
        () => log.push('wrong'),
      )
      .addErrback((failure) => log.push(failure.getErrorMessage()))
    expect(log).toEqual(['inner'])
  })

  test('trap throws on what it does not name, as the same Failure', () => {
    const first = new Failure(new RangeError('x'))
    let last: unknown
    fail(first)
      .addErrback((failure) => failure.trap(TypeError))
      .addErrback((failure) => {
        last = failure
      })
    expect(last).toBe(first)
  })

  test('a callback that adds callbacks does not recurse: they run after it, in order', () => {
    const log: string[] = []
    const deferred = succeed(0)
    deferred.addCallback(() => {
      log.push('a')
      deferred.addCallback(() => void log.push('c'))
      log.push('b')
    })
    expect(log).toEqual(['a', 'b', 'c'])
  })

  test('callback(Failure) is errback, errback wraps anything', () => {
    const one = new Deferred<number>()
    one.callback(new Failure('x'))
    expect(outcomes(one)).toEqual(['x'])
    expect(outcomes(fail(7))).toEqual([7])
  })

  test('refuses what is no function, no error, a Deferred as value; nothing has changed', () => {
    const deferred = new Deferred<any>()
    expect(() => deferred.addCallback(1 as never)).toThrow('callback must be a function, got 1')
    expect(() => deferred.addErrback('f' as never)).toThrow('errback must be a function, got "f"')
    expect(() => deferred.addCallbacks((x) => x, null as never)).toThrow(
      'errback must be a function, got null',
    )
    expect(() => deferred.addBoth({} as never)).toThrow('both must be a function, got an object')
    expect(() => (deferred.errback as () => void)()).toThrow('error must be given')
    expect(() => deferred.callback(succeed(1))).toThrow('value must not be a Deferred')
    expect(() => new Deferred(3 as never)).toThrow('canceller must be a function, got 3')
    expect(() => deferred.chainDeferred(Promise.resolve() as never)).toThrow(
      'other must be a Deferred, got a Promise',
    )
    expect(() => Deferred.setDebugging(1 as never)).toThrow('on must be a boolean, got 1')
    expect(deferred.called).toBe(false)
  })
})

describe('firing twice', () => {
  test('throws and changes nothing', () => {
    const deferred = succeed(1)
    expect(() => deferred.callback(2)).toThrow(AlreadyCalledError)
    expect(() => deferred.errback(new Error())).toThrow('Deferred.setDebugging(true) shows where')
    expect(outcomes(deferred)).toEqual([1])
  })

  test('shows where it was made and first fired, while debugging', () => {
    Deferred.setDebugging(true)
    try {
      expect(Deferred.getDebugging()).toBe(true)
      const deferred = (function placeOfMaking() {
        return new Deferred<number>()
      })()
      ;(function placeOfFiring() {
        deferred.callback(1)
      })()
      expect(() => deferred.callback(2)).toThrow(/made [^]*placeOfMaking[^]*first fired [^]*placeOfFiring/)
    } finally {
      Deferred.setDebugging(false)
    }
  })
})

describe('returning something to wait for', () => {
  test('a fired Deferred: its outcome is taken from it', () => {
    const inner = succeed('in')
    expect(outcomes(succeed(0).addCallback(() => inner))).toEqual(['in'])
    expect(outcomes(inner)).toEqual([undefined])
  })

  test('a Deferred to come: pauses the chain until then', () => {
    const inner = new Deferred<string>()
    const outer = succeed(0).addCallback(() => inner)
    const seen = outcomes(outer)
    expect([outer.paused, seen]).toEqual([1, []])
    inner.callback('late')
    expect([outer.paused, seen]).toEqual([0, ['late']])
    expect(outcomes(inner)).toEqual([undefined])
  })

  test('a Deferred that fails, and one that is itself waiting', () => {
    const first = new Deferred<string>()
    const second = succeed(0).addCallback(() => first)
    const third = succeed(0).addCallback(() => second)
    const seen = outcomes(third)
    first.errback(new Error('deep'))
    expect(seen).toEqual([new Error('deep')])
  })

  test('a paused Deferred', () => {
    const inner = succeed(1)
    inner.pause()
    const seen = outcomes(succeed(0).addCallback(() => inner))
    expect(seen).toEqual([])
    inner.unpause()
    expect(seen).toEqual([1])
  })

  test('a Deferred in the middle of its callbacks: its last outcome counts', () => {
    const inner = new Deferred<number>()
    const seen: unknown[] = []
    inner.addCallback((n) => {
      seen.push(outcomes(succeed(0).addCallback(() => inner)))
      return n + 1
    })
    inner.callback(1)
    expect(seen).toEqual([[2]])
  })

  test('the Deferred itself: a failure, not an endless wait', () => {
    const deferred: Deferred<number, any> = succeed(1)
    deferred.addCallback(() => deferred)
    expect(String(outcomes(deferred)[0])).toContain('would wait for itself')
  })

  test('a null and plain objects are values', () => {
    expect(outcomes(succeed(0).addCallback(() => null))).toEqual([null])
    expect(outcomes(succeed(0).addCallback(() => ({ a: 1 })))).toEqual([{ a: 1 }])
  })
})

describe('pause', () => {
  test('is counted; what was held back runs in order', () => {
    const deferred = new Deferred<number>()
    const seen = outcomes(deferred)
    deferred.pause()
    deferred.pause()
    deferred.callback(1)
    expect([deferred.paused, seen]).toEqual([2, []])
    deferred.unpause()
    expect(seen).toEqual([])
    deferred.unpause()
    expect([deferred.paused, seen]).toEqual([0, [1]])
  })

  test('inside a callback it holds back the next one', () => {
    const log: string[] = []
    const deferred = new Deferred<number>()
    deferred.addCallback(() => {
      deferred.pause()
      log.push('a')
    })
    deferred.addCallback(() => log.push('b'))
    deferred.callback(1)
    expect(log).toEqual(['a'])
    deferred.unpause()
    expect(log).toEqual(['a', 'b'])
  })

  test('unpause without pause throws, also while it waits for another', () => {
    const deferred = new Deferred()
    expect(() => deferred.unpause()).toThrow('unpause() without a pause()')
    const waiting = succeed(0).addCallback(() => new Deferred())
    expect(() => waiting.unpause()).toThrow('unpause() without a pause()')
    expect(waiting.paused).toBe(1)
  })

  test('a waiter that is paused does not hold back the rest of the one it waited for', () => {
    const inner = new Deferred<number>()
    const outer = succeed(0).addCallback(() => inner)
    outer.pause()
    const rest: unknown[] = []
    inner.addCallback(() => rest.push('ran'))
    inner.callback(1)
    expect(rest).toEqual(['ran'])
    const seen = outcomes(outer)
    expect(seen).toEqual([])
    outer.unpause()
    expect(seen).toEqual([1])
  })
})

describe('cancel', () => {
  test('without a canceller: CancelledError, and one later firing is ignored', () => {
    const deferred = new Deferred<number>()
    const seen = outcomes(deferred)
    deferred.cancel('why')
    expect(seen).toEqual([expect.any(CancelledError)])
    expect((seen[0] as Error).cause).toBe('why')
    deferred.callback(1)
    expect(() => deferred.callback(2)).toThrow(AlreadyCalledError)
  })

  test('the canceller may fire it; if it does not, CancelledError; a later firing throws', () => {
    const own = new Deferred<number>((deferred) => deferred.callback(9))
    own.cancel()
    expect(outcomes(own)).toEqual([9])
    const calls: unknown[] = []
    const silent: Deferred<number> = new Deferred<number>((deferred) => calls.push(deferred))
    silent.cancel()
    expect(calls[0] === silent && calls.length === 1).toBe(true)
    expect(outcomes(silent)).toEqual([expect.any(CancelledError)])
    expect(() => silent.callback(1)).toThrow(AlreadyCalledError)
  })

  test('does nothing to a fired one, and the canceller is not called', () => {
    const canceller = vi.fn()
    const deferred = new Deferred<number>(canceller)
    deferred.callback(1)
    deferred.cancel()
    expect(canceller).not.toHaveBeenCalled()
    expect(outcomes(deferred)).toEqual([1])
  })

  test('reaches the Deferred that is waited for, through any number of others', () => {
    const canceller = vi.fn()
    const innermost = new Deferred<number>(canceller)
    let outer: Deferred<any, any> = innermost
    for (let i = 0; i < 1e5; i++) {
      const inner = outer
      outer = succeed(0).addCallback(() => inner)
    }
    const seen = outcomes(outer)
    outer.cancel()
    expect(canceller).toHaveBeenCalledOnce()
    expect(seen).toEqual([expect.any(CancelledError)])
  })

  test('what a canceller throws comes out of cancel()', () => {
    const deferred = new Deferred<number>(() => {
      throw new Error('canceller')
    })
    expect(() => deferred.cancel()).toThrow('canceller')
    expect(deferred.called).toBe(false)
  })
})

describe('addTimeout', () => {
  test('cancels in time and makes a TimeoutError of it', () => {
    const clock = new ManualClock()
    const deferred = new Deferred<number>().addTimeout(100, { clock })
    const seen = outcomes(deferred)
    clock.advance(99)
    expect(seen).toEqual([])
    clock.advance(1)
    expect(seen).toEqual([expect.any(TimeoutError)])
  })

  test('a result in time ends the timer', () => {
    const clock = new ManualClock()
    const deferred = new Deferred<number>()
    const seen = outcomes(deferred.addTimeout(100, { clock }))
    deferred.callback(1)
    expect([seen, clock.pending]).toEqual([[1], 0])
  })

  test('covers only what was added before it', () => {
    const clock = new ManualClock()
    const slow = new Deferred<string>()
    const deferred = new Deferred<number>()
    const seen = outcomes(deferred.addTimeout(100, { clock }).addCallback(() => slow))
    deferred.callback(1)
    clock.advance(1000)
    expect(seen).toEqual([])
    slow.callback('done')
    expect(seen).toEqual(['done'])
  })

  test('another cancellation stays a CancelledError and does not call onTimeoutCancel', () => {
    const clock = new ManualClock()
    const onTimeoutCancel = vi.fn(() => 'late')
    const deferred = new Deferred<number>()
    const seen = outcomes(deferred.addTimeout(100, { clock, onTimeoutCancel }))
    deferred.cancel()
    expect(seen).toEqual([expect.any(CancelledError)])
    expect(onTimeoutCancel).not.toHaveBeenCalled()
  })

  test('onTimeoutCancel makes the outcome, from what the canceller gave too', () => {
    const clock = new ManualClock()
    const first = new Deferred<number>()
    const seen = outcomes(
      first.addTimeout(5, { clock, onTimeoutCancel: (outcome, ms) => [outcome instanceof Failure, ms] }),
    )
    clock.advance(5)
    expect(seen).toEqual([[true, 5]])
    const second = new Deferred<number>((deferred) => deferred.callback(3))
    const value = outcomes(second.addTimeout(5, { clock }))
    clock.advance(5)
    expect(value).toEqual([3])
  })

  test('refuses a wrong time', () => {
    expect(() => new Deferred().addTimeout(-1)).toThrow(
      'milliseconds must be zero or more milliseconds, got -1',
    )
    expect(() => new Deferred().addTimeout('1' as never)).toThrow(
      'milliseconds must be a number of milliseconds, got "1"',
    )
    expect(() => new Deferred().addTimeout(NaN)).toThrow(RangeError)
  })
})

describe('chainDeferred', () => {
  test('fires the other, with a failure too, and goes on with undefined', () => {
    const other = new Deferred<number, any>()
    const first = succeed(1)
    expect(outcomes(first.chainDeferred(other))).toEqual([undefined])
    expect(outcomes(other)).toEqual([1])
    const failing = new Deferred<number>()
    const bad = fail(new Error('x'))
    expect(outcomes(bad.chainDeferred(failing as never))).toEqual([undefined])
    expect(outcomes(failing)).toEqual([new Error('x')])
  })

  test('onto one that was fired: the error stays in the chain', () => {
    expect(outcomes(succeed(1).chainDeferred(succeed(2)))).toEqual([expect.any(AlreadyCalledError)])
  })
})

describe('in constant stack', () => {
  const MANY = 1e5
  test('a chain of a million links, added before and after the firing', () => {
    const deferred = new Deferred<number>()
    for (let i = 0; i < 1e6; i++) deferred.addCallback((n) => n + 1)
    deferred.callback(0)
    for (let i = 0; i < 1e6; i++) deferred.addCallback((n) => n + 1)
    expect(outcomes(deferred)).toEqual([2e6])
  })

  test('callbacks that add callbacks', () => {
    const deferred = succeed(0)
    const again = (n: number): number => {
      if (n < 1e6) deferred.addCallback(again)
      return n + 1
    }
    deferred.addCallback(again)
    expect(outcomes(deferred)).toEqual([1_000_001])
  })

  test('10^5 Deferreds that wait for one another', () => {
    const innermost = new Deferred<number, any>()
    let outer: Deferred<any, any> = innermost
    for (let i = 0; i < MANY; i++) {
      const inner = outer
      outer = succeed(0)
        .addCallback(() => inner)
        .addCallback((n) => n + 1)
      // Something is left to run in each after its outcome was handed on.
      inner.addCallback(() => undefined)
    }
    const seen = outcomes(outer)
    innermost.callback(0)
    expect(seen).toEqual([MANY])
  })

  test('10^5 Deferreds chained by chainDeferred', () => {
    const all = Array.from({ length: MANY }, () => new Deferred<number, any>())
    for (let i = 1; i < MANY; i++) all[i - 1]!.chainDeferred(all[i]!)
    const seen = outcomes(all[MANY - 1]!)
    all[0]!.callback(5)
    expect(seen).toEqual([5])
  })
})

describe('maybeDeferred', () => {
  test('makes a Deferred of a value, a throw, a Failure; gives a Deferred as it is', () => {
    expect(outcomes(maybeDeferred((a: number, b: number) => a + b, 1, 2))).toEqual([3])
    expect(outcomes(maybeDeferred(() => new Failure('f')))).toEqual(['f'])
    expect(
      outcomes(
        maybeDeferred(() => {
          throw new Error('t')
        }),
      ),
    ).toEqual([new Error('t')])
    const own = succeed(1)
    expect(maybeDeferred(() => own)).toBe(own)
    expect(() => maybeDeferred(1 as never)).toThrow('f must be a function, got 1')
  })

  test('follows a promise', async () => {
    const deferred = maybeDeferred(async (n: number) => n + 1, 1)
    expect(await deferred.result()).toBe(2)
  })
})
