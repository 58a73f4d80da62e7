import { expect, test } from 'vitest'
import { always, DeadlockError, Event, Once, run, sleep, TimeoutError } from '../../src/index.ts'
import { settle, states, watch } from '../support/watch.ts'

test('a synchronous function is called at the first perform, once, in all ways to wait', async () => {
  let calls = 0
  const once = new Once(() => ++calls)
  const operation = once.get()
  expect(calls).toBe(0)
  expect(once.statistics().state).toBe('idle')
  expect(operation.block()).toBe(1)
  expect(await operation).toBe(1)
  expect(
    await run(function* () {
      return yield* once.get({ timeout: 0 })
    }),
  ).toBe(1)
  expect(calls).toBe(1)
  expect(once.statistics()).toEqual({ state: 'done', waiters: 0 })
})

test('an async function runs once for all who wait at the same time', async () => {
  let calls = 0
  let finish!: (value: string) => void
  const once = new Once(() => {
    calls++
    return new Promise<string>((yes) => (finish = yes))
  })
  const waits = Array.from({ length: 3 }, () => watch(once.get()))
  await settle()
  expect(once.statistics()).toEqual({ state: 'running', waiters: 3 })
  finish('result')
  await settle()
  expect(states(waits)).toEqual(['result', 'result', 'result'])
  expect(calls).toBe(1)
})

test('an operation that the function returns is waited for', async () => {
  const event = new Event()
  const once = new Once(() => event.wait().map(() => 'through'))
  const wait = watch(once.get())
  await settle()
  expect(wait.state).toBe('pending')
  event.set()
  await settle()
  expect(wait.value).toBe('through')
  expect(await new Once(() => always(3)).get()).toBe(3)
})

test.each([
  [
    'throws',
    () => {
      throw new RangeError('bad')
    },
  ],
  ['rejects', () => Promise.reject(new RangeError('bad'))],
])('an error is kept and given to all: %s', async (_, fail) => {
  let calls = 0
  const once = new Once(() => {
    calls++
    return fail() as Promise<never>
  })
  const waits = [watch(once.get()), watch(once.get())]
  await settle()
  waits.push(watch(once.get()))
  await settle()
  expect(states(waits)).toEqual(['RangeError', 'RangeError', 'RangeError'])
  expect(new Set(waits.map(({ error }) => error)).size).toBe(1)
  expect(() => once.get().block()).toThrow('bad')
  expect(calls).toBe(1)
  expect(once.statistics().state).toBe('failed')
})

test('it runs on when everybody gave up', async () => {
  let finish!: (value: number) => void
  const once = new Once(() => new Promise<number>((yes) => (finish = yes)))
  const controller = new AbortController()
  const wait = watch(once.get({ signal: controller.signal }))
  await settle()
  await expect(once.get({ timeout: 0 }).start()).rejects.toThrow(TimeoutError)
  controller.abort(new Error('enough'))
  const cancelled = watch(once.get())
  await settle()
  once.cancelWaiters()
  finish(7)
  await settle()
  expect(states([wait, cancelled])).toEqual(['Error', 'CancelledError'])
  expect(once.get().block()).toBe(7)
})

test('a rejection that nobody waits for is nobody’s unhandled rejection', async () => {
  const unhandled: unknown[] = []
  const note = (error: unknown): void => void unhandled.push(error)
  process.on('unhandledRejection', note)
  let fail!: (error: Error) => void
  const once = new Once(() => new Promise<never>((_, no) => (fail = no)))
  const wait = watch(once.get())
  once.cancelWaiters()
  await settle()
  fail(new Error('late'))
  await settle()
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
  expect(wait.ends).toBe(1)
  expect(() => once.get().block()).toThrow('late')
})

test('block() on a function that is not done is a deadlock, also from within', () => {
  expect(() => new Once(() => sleep(1)).get().block()).toThrow(DeadlockError)
  const self: Once<number> = new Once((): number => self.get().block())
  expect(() => self.get().block()).toThrow(DeadlockError)
})

test('misuse', () => {
  expect(() => new Once(3 as never)).toThrow(/fn must be a function, got 3/)
  expect(new Once(() => 1).inspect()).toMatchObject({ kind: 'Once', shared: false, waiters: [] })
  expect('handle' in new Once(() => 1)).toBe(false)
})
