import { expect, test } from 'vitest'
import {
  CancelledError,
  currentTask,
  Event,
  Lock,
  NotInTaskError,
  select,
  sleep,
  spawn,
  type Task,
  yieldNow,
} from '../../src/index.ts'
import { bench } from './support.ts'

test('tasks take turns, and are joined in each way', () => {
  const { scheduler, settle } = bench()
  const order: string[] = []
  const worker = (name: string) =>
    function* () {
      for (let i = 0; i < 3; i++) {
        order.push(`${name}${i}`)
        yield* yieldNow()
      }
      return name
    }
  const main = scheduler.spawn(function* () {
    const a = spawn(worker('a'))
    const b = spawn(worker('b'), { name: 'bee' })
    expect([a.name, b.name, a.parent === currentTask()]).toEqual(['task 2', 'bee', true])
    const first = yield* select({ a, b: b.join() })
    return [first.key, yield* a, yield* b.join()]
  })
  expect(main.state).toBe('new')
  settle()
  expect(main.poll()).toEqual(['a', 'a', 'b'])
  expect(order).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'b2'])
})

test('a task is awaited; a failure is thrown to each who joins it', async () => {
  const error = new Error('no')
  const task = spawn(function* () {
    yield* sleep(1)
    throw error
  })
  const outcomes = await Promise.allSettled([task, task.join()])
  expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason === error)).toEqual([
    true,
    true,
  ])
  expect(task.state).toBe('failed')
})

test('a join that times out leaves the task alone', () => {
  const { scheduler, settle, pass } = bench()
  const task = scheduler.spawn(function* () {
    yield* sleep(10)
    return 1
  })
  const seen: unknown[] = []
  scheduler.spawn(function* () {
    try {
      yield* task.join({ timeout: 5 })
    } catch (error) {
      seen.push((error as Error).name)
    }
    seen.push(yield* task)
  })
  pass(4)
  expect(seen).toEqual([])
  pass(1)
  expect(seen).toEqual(['TimeoutError'])
  pass(5)
  settle()
  expect(seen).toEqual(['TimeoutError', 1])
})

test('each task has a state, an operation and a step to tell', () => {
  const { scheduler } = bench()
  const event = new Event()
  const task = scheduler.spawn(function* () {
    yield* yieldNow()
    yield* event.wait()
    seen.push([task.state, task.step])
  })
  const seen: unknown[] = [[task.state, task.step, task.operation]]
  scheduler.step()
  seen.push([task.state, task.step, task.operation])
  scheduler.step()
  seen.push([task.state, task.step, task.operation?.describe()])
  event.set()
  seen.push([task.state, task.step, task.operation?.describe()])
  scheduler.step()
  seen.push([task.state, task.step, task.operation])
  const wait = `${event.inspect().id}.wait()`
  expect(seen).toEqual([
    ['new', 'start', undefined],
    ['ready', 'turn', undefined],
    ['waiting', undefined, wait],
    ['ready', 'resume', wait],
    ['running', undefined],
    ['done', undefined, undefined],
  ])
})

test.each([
  [5, /body must be a function, got 5/],
  [() => 5, /body must be a generator function .*gave 5/],
  [async () => 5, /body must be a generator function .*not an async function.*TaskGroup/],
  [() => Promise.resolve(5), /body must be a generator function .*gives a Promise.*until/],
])('spawn refuses %o', (body, message) => {
  const { scheduler } = bench()
  expect(() => scheduler.spawn(body as never)).toThrow(message)
  expect(scheduler.size).toBe(0)
})

test.each([
  [{ name: 5 }, /name must be a string, got 5/],
  [{ priority: 0.5 }, /priority must be an integer/],
  [5, /options must be an object/],
])('spawn refuses the options %o', (options, message) => {
  const { scheduler } = bench()
  expect(() => scheduler.spawn(function* () {}, options as never)).toThrow(message)
})

test('a method that returns a generator is spawned by an arrow function', () => {
  const { scheduler, settle } = bench()
  class Worker {
    *work() {
      yield* yieldNow()
      return this.value
    }
    readonly value = 7
  }
  const worker = new Worker()
  const task = scheduler.spawn(() => worker.work())
  settle()
  expect(task.poll()).toBe(7)
})

test('a yield that is no wait, or the wait of another task, throws at that line', () => {
  const { scheduler, settle } = bench()
  const seen: string[] = []
  const never = new Event()
  let foreign: unknown
  const other = scheduler.spawn(function* (): Generator<any, void> {
    foreign = never.wait()[Symbol.iterator]().next().value
    yield foreign
  })
  scheduler.spawn(function* (): Generator<any, void> {
    for (const value of [5, never.wait(), foreign]) {
      try {
        yield value
      } catch (error) {
        seen.push((error as Error).message)
      }
    }
  })
  settle()
  expect(seen).toHaveLength(3)
  for (const message of seen) expect(message).toMatch(/cannot yield .* yield\* with an operation/)
  expect(other.state).toBe('waiting')
})

test('an operation that is spread in a task throws in place of looping', () => {
  const { scheduler, settle } = bench()
  const event = new Event()
  const task = scheduler.spawn(function* () {
    return [...(event.wait() as Iterable<unknown>)]
  })
  settle()
  expect(() => task.poll()).toThrow(NotInTaskError)
  expect(event.statistics().waiters).toBe(0)
})

test('children are cancelled and awaited when their parent ends, in any depth', () => {
  const { scheduler, settle } = bench()
  const order: string[] = []
  const event = new Event()
  const child = (name: string, depth: number) =>
    function* (): Generator<any, void> {
      if (depth > 0) spawn(child(`${name}.`, depth - 1))
      try {
        yield* event.wait()
      } finally {
        yield* yieldNow()
        order.push(`${name} cleaned`)
      }
    }
  const main = scheduler.spawn(function* () {
    spawn(child('a', 2))
    spawn(child('b', 0))
    yield* yieldNow()
    yield* yieldNow()
    yield* yieldNow()
    return 1
  })
  while (main.state !== 'ending') scheduler.step()
  expect(order).toEqual([])
  expect(main.poll()).not.toBe(1)
  expect(main.cancel()).toBe(false)
  settle()
  expect(order.sort()).toEqual(['a cleaned', 'a. cleaned', 'a.. cleaned', 'b cleaned'])
  expect(main.poll()).toBe(1)
  expect(scheduler.size).toBe(0)
})

test('a line of twenty thousand parents ends without a deep stack', () => {
  const { scheduler, settle } = bench()
  let depth = 0
  const link = function* (): Generator<any, void> {
    if (++depth < 20_000) spawn(link)
    yield* yieldNow()
    yield* yieldNow()
  }
  const first = scheduler.spawn(link)
  settle()
  expect([first.state, scheduler.size]).toEqual(['done', 0])
})

test('a detached task outlives who spawned it', () => {
  const { scheduler, settle, pass } = bench()
  let detached: Task<number> | undefined
  scheduler.spawn(function* () {
    yield* yieldNow()
    detached = spawn.detached(function* () {
      yield* sleep(5)
      return 1
    })
  })
  settle()
  expect([detached?.state, detached?.parent]).toEqual(['waiting', undefined])
  pass(5)
  expect(detached?.poll()).toBe(1)
})

test('a failure that nobody waits for is told once; one that is joined is not', () => {
  const told: unknown[] = []
  const { scheduler, settle } = bench({ onFailure: (error, task) => told.push([error, task.name]) })
  const error = new Error('no')
  const fail = function* () {
    yield* yieldNow()
    throw error
  }
  scheduler.spawn(fail, { name: 'forgotten' })
  const joined = scheduler.spawn(fail)
  scheduler.spawn(function* () {
    try {
      yield* joined
    } catch {}
  })
  scheduler.spawn(fail).cancel()
  settle()
  settle()
  expect(told).toEqual([[error, 'forgotten']])
})

test('a lock is granted to the task that waits longest, and held while it waits elsewhere', () => {
  const { scheduler, pass } = bench()
  const lock = new Lock()
  const order: string[] = []
  const worker = (name: string) =>
    function* () {
      const held = yield* lock.acquire()
      order.push(`${name} in`)
      yield* sleep(1)
      order.push(`${name} out`)
      held.release()
    }
  for (const name of ['a', 'b', 'c']) scheduler.spawn(worker(name))
  pass(3)
  expect(order).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out'])
})

test('a cancelled task fails its joiners with a CancelledError of their own', () => {
  const { scheduler, settle } = bench()
  const task = scheduler.spawn(function* () {
    yield* sleep(1)
  })
  settle()
  task.cancel('enough')
  settle()
  const errors = [0, 1].map(() => {
    try {
      return task.poll()
    } catch (error) {
      return error as Error
    }
  }) as Error[]
  expect(errors[0]).toBeInstanceOf(CancelledError)
  expect(errors.map(({ message, cause }) => [message, cause])).toEqual([
    ['task 1 was cancelled', 'enough'],
    ['task 1 was cancelled', 'enough'],
  ])
  expect(errors[0]).not.toBe(errors[1])
})
