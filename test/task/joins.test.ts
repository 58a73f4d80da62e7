import { describe, expect, test } from 'vitest'
import { each, joinAll, joinEach, sleep, type Task, TimeoutError } from '../../src/index.ts'
import { type Bench, bench } from './support.ts'

function sleepers({ scheduler }: Bench, ...times: number[]): Task<number>[] {
  return times.map((time) =>
    scheduler.spawn(function* () {
      yield* sleep(Math.abs(time))
      if (time < 0) throw new Error(`failed at ${-time}`)
      return time
    }),
  )
}

function performed<T>({ scheduler }: Bench, wait: () => Iterable<unknown>): Task<T> {
  return scheduler.spawn(function* () {
    return (yield* wait() as Iterable<any>) as T
  })
}

describe('joinAll', () => {
  test('gives all, in the order of their ends', () => {
    const it = bench({ onFailure: () => {} })
    const tasks = sleepers(it, 3, 1, -2)
    const all = performed<Task[]>(it, () => joinAll(tasks))
    it.pass(3)
    expect((all.poll() as Task[]).map(({ id }) => id)).toEqual([2, 3, 1])
    const again = performed<Task[]>(it, () => joinAll(tasks))
    it.pass(0)
    expect(again.poll()).toHaveLength(3)
  })

  test('gives those that are over at its timeout, and 0 polls once', () => {
    const it = bench()
    const tasks = sleepers(it, 1, 5)
    const now = performed<Task[]>(it, () => joinAll(tasks, { timeout: 0 }))
    const late = performed<Task[]>(it, () => joinAll(tasks, { timeout: 2 }))
    it.pass(0)
    expect(now.poll()).toEqual([])
    it.pass(2)
    expect((late.poll() as Task[]).map(({ id }) => id)).toEqual([1])
    expect(tasks[1]?.state).toBe('waiting')
  })

  test('gives the first so many', () => {
    const it = bench()
    const tasks = sleepers(it, 3, 1, 2)
    const two = performed<Task[]>(it, () => joinAll(tasks, { count: 2 }))
    const none = performed<Task[]>(it, () => joinAll(tasks, { count: 0 }))
    it.pass(2)
    expect([(two.poll() as Task[]).map(({ id }) => id), none.poll()]).toEqual([[2, 3], []])
  })

  test('with raiseError throws the first failure, not a cancellation', () => {
    const it = bench()
    const tasks = sleepers(it, 9, 1, -2, -3)
    const all = performed<Task[]>(it, () => joinAll(tasks, { raiseError: true }))
    it.pass(0)
    tasks[1]?.cancel()
    it.pass(2)
    expect(() => all.poll()).toThrow('failed at 2')
    const after = performed<Task[]>(it, () => joinAll(tasks, { raiseError: true }))
    it.pass(0)
    expect(() => after.poll()).toThrow('failed at 2')
  })

  test('that is cancelled leaves nothing behind', () => {
    const it = bench()
    const tasks = sleepers(it, 3, 4)
    const all = performed<Task[]>(it, () => joinAll(tasks, { timeout: 100 }))
    it.pass(1)
    all.cancel()
    it.pass(5)
    expect([all.state, it.clock.pending.length]).toEqual(['cancelled', 0])
  })

  test('counts each task once, and an abort ends it with its reason', async () => {
    const it = bench()
    const tasks = sleepers(it, 1)
    const twice = performed<Task[]>(it, () => joinAll([...tasks, ...tasks]))
    it.pass(1)
    expect((twice.poll() as Task[]).map(({ id }) => id)).toEqual([1])
    const reason = new Error('enough')
    await expect(joinAll(sleepers(it, 5), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  test.each([
    [5, {}, /tasks must be an iterable of tasks, got 5/],
    [[5], {}, /tasks must be tasks.*got 5|one is 5/],
    [[], { timeout: -1 }, /timeout must be/],
    [[], { count: 0.5 }, /count must be an integer/],
    [[], { raiseError: 1 }, /raiseError must be a boolean/],
    [[], 5, /options must be an object/],
  ])('refuses %o, %o', (tasks, options, message) => {
    expect(() => joinAll(tasks as never, options as never)).toThrow(message)
  })
})

describe('joinEach', () => {
  test('gives each as it ends, those first that are over', async () => {
    const it = bench({ onFailure: () => {} })
    const tasks = sleepers(it, 3, 1, -2)
    it.pass(1)
    const order: number[] = []
    const loop = performed<void>(it, () =>
      each(joinEach(tasks), function* (task: Task<number>) {
        order.push(task.id)
      }),
    )
    it.pass(0)
    expect(order).toEqual([2])
    it.pass(2)
    expect([order, loop.state]).toEqual([[2, 3, 1], 'done'])
    const again: number[] = []
    for await (const task of joinEach(tasks)) again.push(task.id)
    expect(again).toEqual([1, 2, 3])
  })

  test('throws at its timeout, counted from the call', () => {
    const it = bench()
    const tasks = sleepers(it, 1, 5)
    const loop = performed<void>(it, () => each(joinEach(tasks, { timeout: 3 }), function* () {}))
    it.pass(3)
    expect(() => loop.poll()).toThrow(TimeoutError)
    expect(() => loop.poll()).toThrow('1 (of 2) tasks are not over')
  })

  test('close lets go of the tasks and ends who waits', () => {
    const it = bench()
    const joined = joinEach(sleepers(it, 5))
    const next = performed(it, () => joined.next())
    it.pass(0)
    joined.close()
    it.pass(0)
    expect(next.poll()).toEqual({ done: true, value: undefined })
  })

  test('ten thousand tasks are joined in linear time', () => {
    const it = bench()
    const tasks = sleepers(it, ...Array.from({ length: 10_000 }, () => 1))
    let count = 0
    performed(it, () =>
      each(joinEach(tasks), function* () {
        count++
      }),
    )
    it.scheduler.runUntilIdle()
    for (const task of tasks) task.cancel()
    it.scheduler.runUntilIdle()
    expect(count).toBe(10_000)
  })
})
