import { expectTypeOf, test } from 'vitest'
import {
  coroutine,
  each,
  type Group,
  group,
  joinAll,
  joinEach,
  Queue,
  run,
  select,
  shield,
  sleep,
  spawn,
  type Task,
  TaskGroup,
  TaskLocal,
  withTimeout,
  yieldNow,
} from '../../src/index.ts'

test('what a task returns is what it is joined with', () => {
  const task = spawn(function* () {
    yield* yieldNow()
    return 'text'
  })
  expectTypeOf(task).toEqualTypeOf<Task<string>>()
  expectTypeOf(
    run(function* () {
      const joined = yield* task
      expectTypeOf(joined).toEqualTypeOf<string>()
      const won = yield* select({ task, late: sleep(1) })
      if (won.key === 'task') expectTypeOf(won.value).toEqualTypeOf<string>()
      return joined.length
    }),
  ).toEqualTypeOf<Promise<number>>()
  void (async () => expectTypeOf(await task).toEqualTypeOf<string>())
})

test('groups infer the values of their members, generators or async functions', () => {
  void run(() =>
    group(function* (g) {
      expectTypeOf(g).toEqualTypeOf<Group>()
      const x = g.spawn(function* () {
        yield* sleep(1)
        return 1
      })
      const y = g.spawn(async ({ signal }) => signal.aborted)
      return [yield* x, yield* y] as const
    }),
  ).then((value) => expectTypeOf(value).toEqualTypeOf<readonly [number, boolean]>())
  const g = new TaskGroup()
  expectTypeOf(g.spawn(async () => 'text')).toEqualTypeOf<Task<string>>()
})

test('parts of a task give what their body gives', () => {
  void run(function* () {
    expectTypeOf(yield* withTimeout(1, () => new Queue<number>().get())).toEqualTypeOf<number>()
    expectTypeOf(
      yield* shield(function* () {
        return 'text'
      }),
    ).toEqualTypeOf<string>()
    yield* each(new Queue<number>(), function* (item, index) {
      expectTypeOf(item).toEqualTypeOf<number>()
      expectTypeOf(index).toEqualTypeOf<number>()
    })
    yield* each(['a'], function* (item) {
      expectTypeOf(item).toEqualTypeOf<string>()
    })
    const tasks = [spawn(() => withTimeout(1, () => sleep(1)))]
    expectTypeOf(yield* joinAll(tasks)).toEqualTypeOf<Task<void>[]>()
    yield* each(joinEach(tasks), function* (task) {
      expectTypeOf(task).toEqualTypeOf<Task<void>>()
    })
  })
})

test('spawn takes no async function, and a task cannot be spread', () => {
  // @ts-expect-error an async function is no body of a task
  void (() => spawn(async () => 1))
})

test('a coroutine knows what goes in and out', () => {
  const c = coroutine(function* (): Generator<string, boolean, number> {
    const n = yield 'a'
    return n > 1
  })
  expectTypeOf(c.send).parameter(0).toEqualTypeOf<number>()
  expectTypeOf(c.next()).toEqualTypeOf<string | undefined>()
  expectTypeOf(c.result).toEqualTypeOf<boolean | undefined>()
})

test('a task-local value needs an initial one, unless it may be undefined', () => {
  expectTypeOf(new TaskLocal(1).get()).toEqualTypeOf<number>()
  expectTypeOf(new TaskLocal<string | undefined>().get()).toEqualTypeOf<string | undefined>()
  // @ts-expect-error no initial value
  void (() => new TaskLocal<string>())
})
