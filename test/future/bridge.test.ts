/** Between futures, Deferreds, promises and signals: nothing is lost, and nothing handled is reported. */
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CancelledError, Future, setUnhandledExceptionHook, TaskExecutor, until } from '../../src/index.ts'
import { Deferred, fail, Failure, setUnhandledFailureHook, succeed } from '../../src/deferred/index.ts'

const rejections: unknown[] = []
const seen = (error: unknown): void => void rejections.push(error)
beforeEach(() => void process.on('unhandledRejection', seen))
afterEach(async () => {
  await setImmediate()
  process.off('unhandledRejection', seen)
  expect(rejections.splice(0)).toEqual([])
})

describe('a future becomes a Deferred', () => {
  test('with its result, and its exception', async () => {
    const [a, b] = [new Future<number>(), new Future<number>()]
    const sum = Deferred.from(a).addCallback((value) => value + 1)
    const caught = Deferred.from(b).addErrback((failure) => failure.getErrorMessage())
    a.setResult(1)
    b.setException(new Error('no'))
    expect(await sum.result()).toBe(2)
    expect(await caught.result()).toBe('no')
  })

  test('cancelled, it fails with CancelledError', async () => {
    const future = new Future<number>()
    const deferred = Deferred.from(future).addErrback(
      (failure) => failure.check(CancelledError) !== undefined,
    )
    future.cancel()
    expect(await deferred.result()).toBe(true)
  })

  test('a callback returns one, and the chain waits for it', async () => {
    const future = new Future<number>()
    const deferred = succeed(1).addCallback((one) => future.map((value) => value + one))
    future.setResult(2)
    expect(await deferred.result()).toBe(3)
  })

  test('cancelling the Deferred withdraws the wait; the future goes on', async () => {
    const future = new Future<number>()
    const deferred = Deferred.from(future)
    deferred.addErrback(() => 'cancelled')
    deferred.cancel()
    expect(await deferred.result()).toBe('cancelled')
    future.setResult(1)
    expect(await future).toBe(1)
  })
})

describe('a Deferred becomes a future', () => {
  test('with its result, and its failure', async () => {
    const deferred = new Deferred<number>()
    const future = deferred.result().start()
    expect(future.state).toBe('PENDING')
    deferred.callback(1)
    expect(await future).toBe(1)
    expect(await fail(new Error('no')).result().start().exception()).toEqual(new Error('no'))
  })

  test('cancelling the future leaves the Deferred alone', async () => {
    const deferred = new Deferred<number>()
    expect(deferred.result().start().cancel()).toBe(true)
    deferred.callback(1)
    expect(await deferred.result()).toBe(1)
  })

  test('an executor waits for one that a function gives the wait for', async () => {
    const deferred = new Deferred<number>()
    const future = new TaskExecutor().submit(() => deferred.result())
    deferred.errback(new Failure(new RangeError('no')))
    await expect(future).rejects.toThrow(new RangeError('no'))
  })
})

describe('promises', () => {
  test('to a future and back', async () => {
    expect(await Promise.all([until(Promise.resolve(1)).start(), 2])).toEqual([1, 2])
    await expect(Promise.all([until(Promise.reject(new Error('no'))).start(), 2])).rejects.toThrow('no')
  })

  test('an exception that is asked for late is no unhandled rejection', async () => {
    const future = new Future<number>()
    future.setException(new Error('no'))
    await setImmediate()
    await expect(future).rejects.toThrow('no')
  })
})

test('a signal cancels what has not begun, and a cancelled future can abort one', async () => {
  const executor = new TaskExecutor({ concurrency: 1 })
  executor.pause()
  const controller = new AbortController()
  const future = executor.with({ signal: controller.signal }).submit(() => 1)
  const other = new AbortController()
  future.addDoneCallback(({ cancelled }) => cancelled && other.abort())
  controller.abort()
  expect(future.cancelled && other.signal.aborted).toBe(true)
})

test('the hooks of both are replaced and given back', () => {
  const mine = (): void => undefined
  const first = setUnhandledExceptionHook(mine)
  expect(setUnhandledExceptionHook(first)).toBe(mine)
  expect(setUnhandledFailureHook(setUnhandledFailureHook(mine))).toBe(mine)
})
