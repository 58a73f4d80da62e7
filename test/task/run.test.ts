import { expect, test } from 'vitest'
import { always, Lock, run, sleep } from '../../src/index.ts'

test('a task waits by yield* and gives its value', async () => {
  const lock = new Lock()
  const order: string[] = []
  const worker = (name: string) => () =>
    (function* () {
      const held = yield* lock.acquire()
      order.push(`${name} in`)
      yield* sleep(1)
      order.push(`${name} out`)
      held.release()
      return name
    })()
  expect(await Promise.all([run(worker('a')), run(worker('b'))])).toEqual(['a', 'b'])
  expect(order).toEqual(['a in', 'a out', 'b in', 'b out'])
})

test('a task fails with what it throws, also before its first wait', async () => {
  const failing = function* (): Generator<never, void> {
    throw new Error('early')
  }
  await expect(run(failing)).rejects.toThrow('early')
  await expect(
    run(function* () {
      yield* sleep(1)
      throw new Error('late')
    }),
  ).rejects.toThrow('late')
})

test('a yield of something that is no wait throws at that line, and names yield*', async () => {
  const seen: unknown[] = []
  const value = await run(function* () {
    try {
      yield always(1) as never
    } catch (error) {
      seen.push((error as Error).message)
    }
    return yield* always(2)
  })
  expect(value).toBe(2)
  expect(seen).toEqual([expect.stringMatching(/cannot yield a Always; it waits by yield\* /)])
})

test.each([
  [5, /body must be a function, got 5/],
  [() => 5, /body must be a generator function.*gave 5/],
  [
    async () => 5,
    /body must be a generator function.*not an async function: make it a member of a TaskGroup/,
  ],
])('refuses %o', async (body, message) => {
  await expect((async () => run(body as never))()).rejects.toThrow(message)
})
