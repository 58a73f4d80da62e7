import { describe, expect, test } from 'vitest'
import {
  CancelledError,
  currentTask,
  Event,
  type Group,
  group,
  InvalidStateError,
  run,
  sleep,
  TaskGroup,
  TimeoutError,
  withTimeout,
  yieldNow,
} from '../../src/index.ts'
import { bench } from './support.ts'

function failing(milliseconds: number, error: unknown) {
  return function* (): Generator<any, never> {
    yield* sleep(milliseconds)
    throw error
  }
}

function lasting(log: string[], name: string) {
  return function* (): Generator<any, void> {
    try {
      yield* sleep(1000)
    } catch (error) {
      log.push(`${name} ${(error as Error).name}`)
      throw error
    } finally {
      yield* sleep(1)
      log.push(`${name} cleaned`)
    }
  }
}

describe('group', () => {
  test('gives the value of its body when all members are over', () => {
    const { scheduler, pass } = bench()
    const log: string[] = []
    const task = scheduler.spawn(() =>
      group(function* (g) {
        const x = g.spawn(function* () {
          yield* sleep(1)
          return 1
        })
        g.spawn(function* () {
          yield* sleep(3)
          log.push('late')
        })
        expect(g.size).toBe(2)
        return (yield* x) + 1
      }),
    )
    pass(2)
    expect(task.state).toBe('waiting')
    pass(1)
    expect([task.poll(), log]).toEqual([2, ['late']])
  })

  test('the first failure cancels the siblings and the body; all failures are kept, in order', () => {
    const { scheduler, pass } = bench()
    const log: string[] = []
    const [first, second, third] = [new Error('first'), new Error('second'), new Error('third')]
    const task = scheduler.spawn(() =>
      group(function* (g) {
        g.spawn(lasting(log, 'sibling'))
        g.spawn(failing(2, first))
        g.spawn(function* () {
          try {
            yield* sleep(10)
          } finally {
            // oxlint-disable-next-line no-unsafe-finally
            throw second
          }
        })
        try {
          yield* sleep(10)
        } finally {
          yield* sleep(1)
          // oxlint-disable-next-line no-unsafe-finally
          throw third
        }
      }),
    )
    pass(2)
    expect(log).toEqual(['sibling CancelledError'])
    pass(1)
    expect(log).toEqual(['sibling CancelledError', 'sibling cleaned'])
    expect(task.state).toBe('failed')
    const error = task.failure() as AggregateError
    expect(error).toBeInstanceOf(AggregateError)
    expect(error.errors).toEqual([first, second, third])
    expect(error.message).toBe('3 failed in the group; first: first')
  })

  test('a failure that the body learns by joining is kept once', () => {
    const { scheduler, pass } = bench()
    const error = new Error('no')
    const task = scheduler.spawn(() =>
      group(function* (g) {
        yield* g.spawn(failing(1, error))
      }),
    )
    pass(1)
    expect((task.failure() as AggregateError).errors).toEqual([error])
  })

  test('an error of the body cancels the members', () => {
    const { scheduler, pass } = bench()
    const log: string[] = []
    const error = new Error('no')
    const task = scheduler.spawn(() =>
      group(function* (g) {
        g.spawn(lasting(log, 'member'))
        yield* sleep(1)
        throw error
      }),
    )
    pass(2)
    expect(log).toEqual(['member CancelledError', 'member cleaned'])
    expect((task.failure() as AggregateError).errors).toEqual([error])
  })

  test('a cancellation from outside ends body and members, then the task', () => {
    const { scheduler, pass } = bench()
    const log: string[] = []
    const task = scheduler.spawn(() =>
      group(function* (g) {
        g.spawn(lasting(log, 'member'))
        yield* lasting(log, 'body')()
      }),
    )
    pass(1)
    task.cancel()
    pass(1)
    expect([task.state, log]).toEqual([
      'waiting',
      ['body CancelledError', 'body cleaned', 'member CancelledError'],
    ])
    pass(1)
    expect([task.state, log.at(-1)]).toEqual(['cancelled', 'member cleaned'])
  })

  test('a deadline around it is a TimeoutError after all are over', () => {
    const { scheduler, pass } = bench()
    const log: string[] = []
    const task = scheduler.spawn(() =>
      withTimeout(2, () =>
        group(function* (g) {
          g.spawn(lasting(log, 'member'))
          yield* yieldNow()
        }),
      ),
    )
    pass(2)
    expect(task.state).toBe('waiting')
    pass(1)
    expect(() => task.poll()).toThrow(TimeoutError)
    expect(log).toEqual(['member CancelledError', 'member cleaned'])
  })

  test('a member that is cancelled by itself is no failure', () => {
    const { scheduler, pass } = bench()
    const task = scheduler.spawn(() =>
      group(function* (g) {
        const member = g.spawn(() => sleep(10)[Symbol.iterator]())
        yield* yieldNow()
        member.cancel()
        return 1
      }),
    )
    pass(0)
    expect(task.poll()).toBe(1)
  })

  test('with supervise a failure is reported, and nothing else happens', () => {
    const told: unknown[] = []
    const { scheduler, pass } = bench({ onFailure: (error) => told.push(error) })
    const error = new Error('no')
    const task = scheduler.spawn(() =>
      group(
        function* (g) {
          g.spawn(failing(1, error))
          const other = g.spawn(function* () {
            yield* sleep(2)
            return 1
          })
          return yield* other
        },
        { supervise: true },
      ),
    )
    pass(2)
    expect([task.poll(), told]).toEqual([1, [error]])
  })

  test('cancel() ends it with a CancelledError; whoever is spawned after it never runs', () => {
    const { scheduler, pass } = bench({ onFailure: () => {} })
    const log: string[] = []
    let after = ''
    const task = scheduler.spawn(() =>
      group(function* (g) {
        g.spawn(lasting(log, 'member'))
        yield* yieldNow()
        g.cancel('enough')
        after = g.spawn(lasting(log, 'late')).state
        yield* sleep(1)
      }),
    )
    pass(2)
    expect([after, log]).toEqual(['cancelled', ['member CancelledError', 'member cleaned']])
    expect(() => task.poll()).toThrow(CancelledError)
  })

  test('a group that is over spawns nobody', () => {
    const { scheduler, pass } = bench()
    let kept: Group | undefined
    scheduler.spawn(() =>
      group(function* (g) {
        kept = g
        yield* yieldNow()
      }),
    )
    pass(0)
    expect(() => kept!.spawn(() => sleep(1)[Symbol.iterator]())).toThrow(InvalidStateError)
  })

  test('async functions are members, told by the signal of their task, and always awaited', async () => {
    const log: string[] = []
    const ended = new Event()
    await expect(
      run(
        () =>
          group(function* (g) {
            g.spawn(async ({ signal }) => {
              expect(currentTask()?.name).toBe('main') // it begins in the code that spawns it
              await new Promise((resolve) => signal.addEventListener('abort', resolve))
              await ended.wait()
              log.push('async over')
              signal.throwIfAborted()
            })
            g.spawn(function* () {
              yield* yieldNow()
              throw new Error('no')
            })
            try {
              yield* sleep(10_000)
            } finally {
              log.push('body over')
              ended.set()
            }
          }),
        { name: 'main' },
      ),
    ).rejects.toMatchObject({ errors: [{ message: 'no' }] })
    expect(log).toEqual(['body over', 'async over'])
  })

  test.each([
    [5, undefined, /body must be a function, got 5/],
    [function* () {}, 5, /options must be an object/],
    [function* () {}, { supervise: 1 }, /supervise must be a boolean, got 1/],
  ])('refuses %o, %o', (body, options, message) => {
    expect(() => group(body as never, options as never)).toThrow(message)
  })

  test('a member that is no body is refused, and leaves nothing behind', () => {
    const { scheduler, pass } = bench()
    const task = scheduler.spawn(() =>
      group(function* (g) {
        expect(() => g.spawn((() => 5) as never)).toThrow(/body must be a generator function or an async/)
        return g.size
      }),
    )
    pass(0)
    expect(task.poll()).toBe(0)
  })
})

describe('TaskGroup', () => {
  test('waits for all members at the end of its block', async () => {
    const log: string[] = []
    {
      await using g = new TaskGroup()
      g.spawn(function* () {
        yield* sleep(1)
        log.push('task')
      })
      g.spawn(async () => {
        await sleep(2)
        log.push('async')
      })
      expect(g.size).toBe(2)
    }
    expect(log.sort()).toEqual(['async', 'task'])
  })

  test('the first failure cancels the others, aborts its signal, and all are kept', async () => {
    const log: string[] = []
    const [first, second] = [new Error('first'), new Error('second')]
    const use = async () => {
      await using g = new TaskGroup()
      g.spawn(failing(1, first))
      g.spawn(lasting(log, 'sibling'))
      g.spawn(async ({ signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        throw second
      })
      await new Promise((resolve) => g.signal.addEventListener('abort', resolve))
      log.push((g.signal.reason as Error).name)
    }
    await expect(use()).rejects.toMatchObject({ errors: [first, second] })
    expect(log).toContain('sibling cleaned')
    expect(log).toContain('CancelledError')
  })

  test('an async member that passes its abort on is cancelled, not failed', async () => {
    await TaskGroup.run(async (g) => {
      const member = g.spawn(async ({ signal }) => {
        await new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError'))),
        )
      })
      const thrown = g.spawn(async ({ signal }) => {
        await new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        )
      })
      await g
        .join({ timeout: 1 })
        .then(undefined, (error) => expect(error).toHaveProperty('name', 'TimeoutError'))
      member.cancel()
      thrown.cancel()
      await g.join()
      expect([member.state, thrown.state]).toEqual(['cancelled', 'cancelled'])
    })
  })

  test('run cancels the members when its body throws, and keeps that error too', async () => {
    const log: string[] = []
    const error = new Error('no')
    await expect(
      TaskGroup.run(async (g) => {
        g.spawn(lasting(log, 'member'))
        await sleep(1)
        throw error
      }),
    ).rejects.toMatchObject({ errors: [error] })
    expect(log).toEqual(['member CancelledError', 'member cleaned'])
    await expect(TaskGroup.run(async () => 1)).resolves.toBe(1)
  })

  test('that is over spawns nobody', async () => {
    const g = new TaskGroup({ supervise: true })
    await g[Symbol.asyncDispose]()
    expect(() => g.spawn(async () => {})).toThrow(InvalidStateError)
  })
})
