import { describe, expect, test } from 'vitest'
import {
  always,
  CancelledError,
  choose,
  guard,
  never,
  NotInTaskError,
  Procedure,
  sleep,
  until,
} from '../../src/index.ts'

describe('always, never, guard', () => {
  test('always is ready with its value, each time', async () => {
    const operation = always(7)
    expect(await operation).toBe(7)
    expect(operation.block()).toBe(7)
    expect(await new Procedure('task', () => operation[Symbol.iterator]())).toBe(7)
  })

  test('never loses every choice, and says so to a thread', async () => {
    expect(await choose([never, always(1)])).toBe(1)
    expect(() => never.block()).toThrow(/only this thread itself could complete it/)
  })

  test('guard makes its operation anew at each perform, once', async () => {
    let made = 0
    const operation = guard(() => always(++made))
    expect(made).toBe(0)
    expect(await operation).toBe(1)
    expect(await choose([operation, never])).toBe(2)
    expect(await choose([never, sleep(1).map(() => 'slept'), guard(() => operation)])).toBe(3)
  })

  test('guard refuses what is no function, and a function that gives no operation', async () => {
    expect(() => guard(5 as never)).toThrow(/make must be a function, got 5/)
    await expect(guard(() => 5 as never).start()).rejects.toThrow(/must return an operation, got 5/)
  })
})

describe('sleep', () => {
  test('ends not before its time', async () => {
    const start = performance.now()
    await sleep(15)
    expect(performance.now() - start).toBeGreaterThan(14) // the host's timers count in whole milliseconds
  })

  test('blocks a thread', () => {
    const start = performance.now()
    sleep(15).block()
    expect(performance.now() - start).toBeGreaterThanOrEqual(15)
  })

  test('counts from the perform, and each perform is a new one', async () => {
    const nap = sleep(10)
    await nap
    const start = performance.now()
    await nap
    expect(performance.now() - start).toBeGreaterThan(9)
  })

  test.each([-1, Number.NaN, '5', undefined])('refuses %o', (milliseconds) => {
    expect(() => sleep(milliseconds as number)).toThrow(/milliseconds/)
  })

  test('a span longer than any host timer is no short one', async () => {
    expect(await choose([sleep(2 ** 40).map(() => 'long'), sleep(5).map(() => 'short')])).toBe('short')
    expect(await choose([sleep(Infinity).map(() => 'long'), sleep(5).map(() => 'short')])).toBe('short')
  })
})

describe('until', () => {
  test('gives what a promise gives, or throws', async () => {
    expect(await until(Promise.resolve(1))).toBe(1)
    await expect(until(Promise.reject(new Error('no'))).start()).rejects.toThrow('no')
  })

  test('a loser may reject later without being unhandled', async () => {
    let reject!: (reason: unknown) => void
    const promise = new Promise<never>((_, no) => (reject = no))
    expect(await choose([until(promise), always(1)])).toBe(1)
    expect(await choose([until(promise), sleep(1).map(() => 2)])).toBe(2)
    reject(new Error('too late'))
    await sleep(1) // an unhandled rejection would fail the run
  })

  test('the function form is called at each perform, its signal aborted when the wait is withdrawn', async () => {
    const signals: AbortSignal[] = []
    const operation = until((signal) => {
      signals.push(signal)
      return new Promise<never>(() => {})
    })
    expect(signals).toEqual([])
    await choose([operation, sleep(1)])
    await choose([operation, sleep(1)])
    expect(signals.map((signal) => signal.aborted)).toEqual([true, true])
    expect(signals[0]!.reason).toBeInstanceOf(CancelledError)
  })

  test('the function form is not aborted when it ends by itself', async () => {
    let seen: AbortSignal | undefined
    expect(
      await until(async (signal) => {
        seen = signal
        return 5
      }),
    ).toBe(5)
    expect(seen?.aborted).toBe(false)
  })

  test('one subscription a promise, however many waits', async () => {
    let subscriptions = 0
    const source: PromiseLike<never> = {
      // oxlint-disable-next-line unicorn/no-thenable
      then: () => {
        subscriptions++
        return source
      },
    }
    for (let i = 0; i < 100; i++) await choose([until(source), always(0)])
    expect(subscriptions).toBe(1)
  })

  test('refuses what is neither', () => {
    expect(() => until(5 as never)).toThrow(/source/)
  })
})

describe('an operation outside a task', () => {
  test('cannot be stepped by accident', () => {
    expect(() => [...(always(1) as unknown as Iterable<unknown>)]).toThrow(NotInTaskError)
    expect(() => sleep(1)[Symbol.iterator]().next()).toThrow(
      /yield\* in a task, await in an async function, or block\(\)/,
    )
  })
})
