import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  CancelledError,
  choose,
  DeadlockError,
  Future,
  InvalidStateError,
  NOT_READY,
  run,
  select,
  setDoneCallbackErrorHook,
  TimeoutError,
} from '../../src/index.ts'

const thrown: unknown[] = []
beforeEach(() => void setDoneCallbackErrorHook((error) => void thrown.push(error)))
afterEach(() => {
  setDoneCallbackErrorHook(undefined)
  thrown.length = 0
})

type Made = [Future<number>, string]
const pending = (): Made => [new Future<number>(), 'PENDING']
const running = (): Made => {
  const future = new Future<number>()
  future.setRunningOrNotifyCancel()
  return [future, 'RUNNING']
}
const cancelled = (): Made => {
  const future = new Future<number>()
  future.cancel()
  return [future, 'CANCELLED']
}
const notified = (): Made => {
  const [future] = cancelled()
  future.setRunningOrNotifyCancel()
  return [future, 'CANCELLED_AND_NOTIFIED']
}
const finished = (): Made => {
  const future = new Future<number>()
  future.setResult(1)
  return [future, 'FINISHED']
}
const failed = (): Made => {
  const future = new Future<number>()
  future.setException(new Error('no'))
  return [future, 'FINISHED']
}

describe('the table of states', () => {
  test.each([
    ['pending', pending, false, false, false],
    ['running', running, false, true, false],
    ['cancelled', cancelled, true, false, true],
    ['notified', notified, true, false, true],
    ['finished', finished, false, false, true],
    ['failed', failed, false, false, true],
  ])('%s', (_, make, isCancelled, isRunning, isDone) => {
    const [future, state] = make()
    expect(future.state).toBe(state)
    expect([future.cancelled, future.running, future.done]).toEqual([isCancelled, isRunning, isDone])
  })

  test.each([
    ['pending', pending, true, 'CANCELLED'],
    ['running', running, false, 'RUNNING'],
    ['cancelled', cancelled, true, 'CANCELLED'],
    ['notified', notified, true, 'CANCELLED_AND_NOTIFIED'],
    ['finished', finished, false, 'FINISHED'],
    ['failed', failed, false, 'FINISHED'],
  ])('cancel() of a %s one', (_, make, answer, after) => {
    const [future] = make()
    expect(future.cancel()).toBe(answer)
    expect(future.cancel()).toBe(answer)
    expect(future.state).toBe(after)
  })

  test.each([
    ['running', running],
    ['notified', notified],
    ['finished', finished],
  ])('setRunningOrNotifyCancel() of a %s one throws and changes nothing', (_, make) => {
    const [future, state] = make()
    expect(() => future.setRunningOrNotifyCancel()).toThrow(InvalidStateError)
    expect(future.state).toBe(state)
  })

  test.each([
    ['cancelled', cancelled],
    ['notified', notified],
    ['finished', finished],
    ['failed', failed],
  ])('setResult() and setException() of a %s one throw and change nothing', (_, make) => {
    const [future, state] = make()
    expect(() => future.setResult(2)).toThrow(InvalidStateError)
    expect(() => future.setException(new Error('other'))).toThrow(state)
    expect(future.state).toBe(state)
    if (state === 'FINISHED') expect(() => expect(future.poll()).toBe(1)).not.toThrow(/other/)
  })

  test('setRunningOrNotifyCancel() answers whether to run', () => {
    expect(new Future().setRunningOrNotifyCancel()).toBe(true)
    expect(cancelled()[0].setRunningOrNotifyCancel()).toBe(false)
  })
})

describe('waiting', () => {
  test('in an async function, before and after the end', async () => {
    const future = new Future<number>()
    const first = future.result().start()
    const second = future.start()
    future.setResult(7)
    expect([await first, await second, await future, await future.result()]).toEqual([7, 7, 7, 7])
  })

  test('in a task and by block', async () => {
    const [future] = finished()
    expect(
      await run(function* () {
        return yield* future
      }),
    ).toBe(1)
    expect(future.block()).toBe(1)
    expect(() => new Future().block()).toThrow(DeadlockError)
  })

  test('an exception', async () => {
    const future = new Future<number>()
    const before = future.start()
    const asked = future.exception().start()
    const error = new RangeError('no')
    future.setException(error)
    await expect(before).rejects.toBe(error)
    await expect(future).rejects.toBe(error)
    expect(await asked).toBe(error)
    expect(await future.exception()).toBe(error)
    expect(() => future.poll()).toThrow(error)
  })

  test('exception() of one that succeeds is undefined', async () => {
    const future = new Future<number>()
    const asked = future.exception().start()
    future.setResult(1)
    expect(await asked).toBeUndefined()
    expect(await future.exception()).toBeUndefined()
  })

  test('a thrown undefined is an exception too', async () => {
    const future = new Future<number>()
    future.setException(undefined)
    expect(
      await future.then(
        () => 'value',
        (error) => ['error', error],
      ),
    ).toEqual(['error', undefined])
  })

  test('cancellation ends every wait at once, before the executor knows', async () => {
    const future = new Future<number>()
    const waits = [future.start(), future.result().start(), future.exception().start()]
    future.cancel()
    for (const wait of waits) await expect(wait).rejects.toBeInstanceOf(CancelledError)
    await expect(future).rejects.toBeInstanceOf(CancelledError)
    await expect(future.exception()).rejects.toBeInstanceOf(CancelledError)
    expect(future.state).toBe('CANCELLED')
  })

  test('a timeout or an abort ends the wait, not the future', async () => {
    const future = new Future<number>()
    const controller = new AbortController()
    await expect(future.result({ timeout: 0 })).rejects.toBeInstanceOf(TimeoutError)
    const wait = future.result({ signal: controller.signal }).start()
    controller.abort(new Error('gone'))
    await expect(wait).rejects.toThrow('gone')
    expect(future.state).toBe('PENDING')
    future.setResult(1)
    expect(await future).toBe(1)
  })

  test('as an arm of select, and two arms of one choice', async () => {
    const [a, b] = [new Future<number>(), new Future<string>()]
    const got = select({ a, b }).start()
    const twice = choose([b, b.result(), b.exception()]).start()
    b.setResult('x')
    expect(await got).toEqual({ key: 'b', value: 'x' })
    expect(await twice).toBe('x')
    a.setResult(1)
    expect(await select({ a, c: new Future() })).toEqual({ key: 'a', value: 1 })
  })

  test('a finished one is ready now', () => {
    expect(finished()[0].poll()).toBe(1)
    expect(new Future().poll()).toBe(NOT_READY)
  })

  test('catch and finally, as of a promise', async () => {
    const settled = vi.fn<() => void>()
    expect(await failed()[0].catch((error) => (error as Error).message)).toBe('no')
    expect(await finished()[0].finally(settled)).toBe(1)
    expect(settled).toHaveBeenCalledOnce()
    await expect(failed()[0].finally(settled)).rejects.toThrow('no')
  })

  test('it cannot be posted', () => {
    expect(() => structuredClone({ future: new Future() })).toThrow(/future_belongs_to_its_thread/)
  })
})

describe('done callbacks', () => {
  test('are called in order with the future, within the step that ends it', () => {
    const future = new Future<number>()
    const seen: unknown[] = []
    future.addDoneCallback((it) => seen.push(1, it === future))
    future.addDoneCallback(() => seen.push(2))
    future.addDoneCallback(() => seen.push(3))
    expect(seen).toEqual([])
    future.setResult(1)
    expect(seen).toEqual([1, true, 2, 3])
  })

  test('are called at once by one that is done, and by cancel()', () => {
    for (const make of [cancelled, notified, finished, failed]) {
      const callback = vi.fn<(future: unknown) => void>()
      make()[0].addDoneCallback(callback)
      expect(callback).toHaveBeenCalledOnce()
    }
    const future = new Future()
    const callback = vi.fn<(future: unknown) => void>()
    future.addDoneCallback(callback)
    future.cancel()
    future.setRunningOrNotifyCancel()
    expect(callback).toHaveBeenCalledOnce()
  })

  test('what one throws goes to the hook, and the others are called', () => {
    const future = new Future<number>()
    const last = vi.fn<() => void>()
    future.addDoneCallback(() => {
      throw new Error('callback')
    })
    future.addDoneCallback(last)
    future.setResult(1)
    expect(thrown).toEqual([new Error('callback')])
    expect(last).toHaveBeenCalledOnce()
    future.addDoneCallback(() => {
      throw new Error('late')
    })
    expect(thrown).toHaveLength(2)
  })

  test('a hook that throws is only logged; the first hook logs', () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    setDoneCallbackErrorHook(() => {
      throw new Error('hook')
    })
    finished()[0].addDoneCallback(() => {
      throw new Error('callback')
    })
    setDoneCallbackErrorHook(undefined)
    finished()[0].addDoneCallback(() => {
      throw new Error('callback')
    })
    expect(log.mock.calls).toEqual([
      ['A hook of Future threw', new Error('hook')],
      ['A done callback of a Future threw:', new Error('callback')],
    ])
    log.mockRestore()
  })

  test('one added by another is called too', () => {
    const future = new Future<number>()
    const inner = vi.fn<() => void>()
    future.addDoneCallback(() => future.addDoneCallback(inner))
    future.setResult(1)
    expect(inner).toHaveBeenCalledOnce()
  })

  test('something else is refused', () => {
    expect(() => new Future().addDoneCallback(1 as never)).toThrow(/callback must be a function/)
  })
})
