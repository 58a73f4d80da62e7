import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { always, CancelledError, Lock, never, run, select, sleep, TimeoutError } from '../../src/index.ts'
import { Deferred, Failure, fail, race, succeed } from '../../src/deferred/index.ts'

function outcomes(deferred: Deferred<any, any>): any[] {
  const seen: unknown[] = []
  deferred.addBoth((outcome) => void seen.push(outcome instanceof Failure ? outcome.value : outcome))
  return seen
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const unhandled: unknown[] = []
const note = (reason: unknown): void => void unhandled.push(reason)
beforeEach(() => void process.on('unhandledRejection', note))
afterEach(() => {
  process.off('unhandledRejection', note)
  expect(unhandled.splice(0)).toEqual([])
})

describe('result()', () => {
  test('waits for the outcome at this point, which the chain keeps; any number of times', async () => {
    const deferred = new Deferred<number>()
    const first = deferred.result()
    const wait = Promise.all([first.start(), first.start()])
    const later = deferred.addCallback((n) => n + 1)
    const last = later.result().start()
    deferred.callback(1)
    expect(await wait).toEqual([1, 1])
    expect([await last, await later.result()]).toEqual([2, 2])
    expect(outcomes(later)).toEqual([2])
  })

  test('throws the error', async () => {
    await expect(fail(new Error('x')).result()).rejects.toThrow('x')
    const deferred = new Deferred<number>()
    const wait = deferred.result().start()
    deferred.errback(new Error('y'))
    await expect(wait).rejects.toThrow('y')
  })

  test('a settled one is ready now, one that waits or is paused is not', async () => {
    expect(succeed(1).result().block()).toBe(1)
    const paused = succeed(2)
    paused.pause()
    await expect(paused.result({ timeout: 0 })).rejects.toThrow(TimeoutError)
    paused.unpause()
    expect(await paused.result({ timeout: 0 })).toBe(2)
  })

  test('is an arm of select, and leaves nothing behind when it loses', async () => {
    const deferred = new Deferred<number>()
    for (let i = 0; i < 100; i++)
      expect(await select({ it: deferred.result(), other: always(i) })).toMatchObject({ key: 'other' })
    const wait = select({ it: deferred.result(), never: never }).start()
    deferred.callback(5)
    expect(await wait).toEqual({ key: 'it', value: 5 })
    expect(await deferred.result({ signal: new AbortController().signal })).toBe(5)
  })

  test('a wait that is withdrawn does not cancel the Deferred', async () => {
    const deferred = new Deferred<number>()
    const controller = new AbortController()
    const wait = deferred.result({ signal: controller.signal }).start()
    controller.abort(new Error('enough'))
    await expect(wait).rejects.toThrow('enough')
    deferred.callback(1)
    expect(await deferred.result()).toBe(1)
  })

  test('yield* in a task gives the value or throws the error, at once where it is there', async () => {
    const later = new Deferred<number>()
    const task = run(function* () {
      const first = yield* succeed(1)
      try {
        yield* fail(new Error('x'))
      } catch (error) {
        return [first, (error as Error).message, yield* later]
      }
    })
    later.callback(2)
    expect(await task).toEqual([1, 'x', 2])
  })

  test('stepping a Deferred outside a task or an inlineCallbacks function throws', () => {
    expect(() => [...(succeed(1) as Iterable<unknown>)]).toThrow('outside a task')
  })
})

describe('toPromise()', () => {
  test('settles with the outcome, which the chain keeps', async () => {
    const deferred = new Deferred<number>()
    const promise = deferred.toPromise()
    expect(promise).toBeInstanceOf(Promise)
    deferred.callback(1)
    expect([await promise, await deferred.toPromise()]).toEqual([1, 1])
    await expect(fail(new Error('x')).toPromise()).rejects.toThrow('x')
  })

  test('a failure that is handled in the chain makes no unhandled rejection', async () => {
    const deferred = new Deferred<number>()
    const promise = deferred.toPromise()
    const seen = outcomes(deferred)
    deferred.errback(new Error('handled'))
    await turn()
    expect(seen).toEqual([new Error('handled')])
    await expect(promise).rejects.toThrow('handled')
  })

  test('what its then gives is an ordinary promise', () => {
    const next = succeed(1)
      .toPromise()
      .then(() => 2)
    expect(next.constructor).toBe(Promise)
  })
})

describe('Deferred.from', () => {
  test('a promise, a call, an operation', async () => {
    expect(await Deferred.from(Promise.resolve(1)).result()).toBe(1)
    expect(await Deferred.from(async () => 2).result()).toBe(2)
    expect(outcomes(Deferred.from(always(3)))).toEqual([3])
    await expect(Deferred.from(Promise.reject(new Error('x'))).result()).rejects.toThrow('x')
    expect(() => Deferred.from(1 as never)).toThrow(
      'source must be a promise, an operation or a function that takes a signal, got 1',
    )
  })

  test('cancelling aborts the signal of the call, at once', () => {
    let signal: AbortSignal | undefined
    const deferred = Deferred.from((given) => {
      signal = given
      return new Promise<number>(() => {})
    })
    const seen = outcomes(deferred)
    deferred.cancel()
    expect([signal?.aborted, seen]).toEqual([true, [expect.any(CancelledError)]])
  })

  test('cancelling withdraws from a lock, and a lock that comes too late is given back', async () => {
    const lock = new Lock()
    const held = lock.tryAcquire()!
    const withdrawn = Deferred.from(lock.acquire())
    outcomes(withdrawn)
    withdrawn.cancel()
    held.release()
    await turn()
    expect(lock.locked).toBe(false)
    const again = lock.tryAcquire()!
    const late = Deferred.from(lock.acquire())
    again.release()
    late.cancel()
    const seen = outcomes(late)
    await turn()
    expect([lock.locked, seen]).toEqual([false, [expect.any(CancelledError)]])
  })

  test('a promise that rejects after the cancellation is no unhandled rejection', async () => {
    let reject!: (error: Error) => void
    const deferred = Deferred.from(new Promise<number>((_, no) => (reject = no)))
    outcomes(deferred)
    deferred.cancel()
    reject(new Error('late'))
    await turn()
  })
})

describe('a callback may return', () => {
  test('a promise, an operation, another thenable', async () => {
    // oxlint-disable-next-line unicorn/no-thenable
    const thenable = { then: (resolve: (value: number) => void) => resolve(4) }
    const deferred = succeed(0)
      .addCallback(async (n) => n + 1)
      .addCallback((n) => always(n + 1))
      .addCallback((n) => sleep(0).map(() => n + 1))
      .addCallback((n) => [n, thenable] as const)
      .addCallback(([n, other]) => (n === 3 ? (other as PromiseLike<number>) : 0))
    expect(await deferred.result()).toBe(4)
  })

  test('a promise that rejects: the errback gets it', async () => {
    const deferred = succeed(0)
      .addCallback(() => Promise.reject(new RangeError('x')))
      .addErrback((failure) => failure.type)
    expect(await deferred.result()).toBe('RangeError')
  })

  test('an operation, which is withdrawn by cancel', async () => {
    const lock = new Lock()
    const held = lock.tryAcquire()!
    const deferred = succeed(0).addCallback(() => lock.acquire())
    const seen = outcomes(deferred)
    deferred.cancel()
    expect(seen).toEqual([expect.any(CancelledError)])
    held.release()
    expect(lock.locked).toBe(false)
  })
})

describe('cancelOn', () => {
  /** A signal that counts its listeners. */
  function counted(): { controller: AbortController; listeners: () => number } {
    const controller = new AbortController()
    const { signal } = controller
    let listeners = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: any[]): void => void (listeners++, (add as any)(...args))
    signal.removeEventListener = (...args: any[]): void => void (listeners--, (remove as any)(...args))
    return { controller, listeners: () => listeners }
  }

  test('an abort cancels, with the reason as cause; before too', () => {
    const { controller, listeners } = counted()
    const seen = outcomes(new Deferred<number>().cancelOn(controller.signal))
    const reason = new Error('stop')
    controller.abort(reason)
    expect(seen).toEqual([expect.any(CancelledError)])
    expect([seen[0].cause, listeners()]).toEqual([reason, 0])
    expect(outcomes(new Deferred<number>().cancelOn(controller.signal))).toEqual([expect.any(CancelledError)])
  })

  test('the listener goes when the outcome comes', () => {
    const { controller, listeners } = counted()
    const deferred = new Deferred<number>().cancelOn(controller.signal)
    expect(listeners()).toBe(1)
    deferred.callback(1)
    expect(listeners()).toBe(0)
    controller.abort()
    expect(outcomes(deferred)).toEqual([1])
    expect(() => deferred.cancelOn(1 as never)).toThrow('signal must be an AbortSignal, got 1')
  })
})

test('many races against one promise settle each in its own way', async () => {
  const long = new Promise<number>(() => {})
  for (let i = 0; i < 1000; i++) expect(outcomes(race([Deferred.from(long), succeed(i)]))).toEqual([[1, i]])
})
