import { CancelledError, HeddleError, select } from 'heddle'
import { portable, Thread, threaded, type ThreadOptions } from 'heddle/threads'
import { afterEach, describe, expect, test } from 'vitest'

const classes = await import('./fixtures/classes.mjs' as string)

const running: Thread[] = []

function started<T extends Thread>(thread: T): T {
  running.push(thread.start())
  return thread
}

function start(name: string, ...args: unknown[]): Thread {
  return started(new Thread(classes[name], { args }))
}

async function failure(thread: Thread): Promise<any> {
  return thread
    .join()
    .start()
    .then(String, (error: unknown) => error)
}

afterEach(() => {
  for (const thread of running.splice(0)) thread.terminate()
})

describe('class MyThread extends Thread', () => {
  test('gets its own fields, executes run there, and gives the result by join', async () => {
    const thread = started(new classes.MyThread(21, { daemon: true }))
    const result = await thread.join()
    expect(result).toEqual({
      name: thread.name,
      daemon: true,
      doubled: 42,
      lock: thread.lock,
      verbs: expect.stringMatching(/^join is for whoever made the thread/),
    })
    expect(result.lock).toBe(thread.lock)
    expect(thread.hidden).toBe('stays')
  })

  test('is numbered by its own name, or named', () => {
    const [first, second] = [new classes.MyThread(1), new classes.MyThread(1)]
    const number = Number(/^MyThread-(\d+)$/.exec(first.name)?.[1])
    expect(second.name).toBe(`MyThread-${number + 1}`)
    expect(new classes.MyThread(1, { name: 'mine' }).name).toBe('mine')
  })

  test('a field is cloned at the start, and may be set until then', async () => {
    const thread = new classes.Failing()
    thread.missing = 'the file'
    const error = await failure(started(thread))
    expect(error).toBeInstanceOf(classes.NotFoundError)
    expect(error.what).toBe('the file')
    expect(error.stack).toMatch(/classes\.mjs:\d+[^]*in Failing-\d+, started[^]*classes\.test\.ts/)
  })

  test('a field that cannot travel is refused with its path', () => {
    const thread = new classes.MyThread(1)
    thread.callback = () => 1
    expect(() => thread.start()).toThrow('this.callback is a function')
    delete thread.callback
    expect(started(thread).join().block().doubled).toBe(2)
  })

  test('needs run, a mark of its own, and no args', () => {
    expect(() => new classes.WithoutRun()).toThrow(/WithoutRun extends Thread .* must have a method run\(\)/)
    expect(() => new classes.NotPortable()).toThrow(
      'write in it: static { portable(import.meta.url, "NotPortable", this) }',
    )
    expect(() => new classes.MyThread(1, { args: [] })).toThrow(/args are for a function/)
  })
})

describe('an error keeps its class', () => {
  test('when that is portable, with what its prototype has', async () => {
    const error = await failure(start('throwsOf', 'NotFoundError'))
    expect(error).toBeInstanceOf(classes.NotFoundError)
    expect(error.constructor).toBe(classes.NotFoundError)
    expect([error.message, error.what, error.isApp, error.name]).toEqual([
      'it was not found',
      'it',
      true,
      'Error',
    ])
    expect(error.cause).toBeInstanceOf(classes.AppError)
    expect(error.cause.cause).toBeInstanceOf(AggregateError)
    expect(error.cause.cause.errors[0]).toBeInstanceOf(RangeError)
  })

  test('and its name on top of the nearest that is known, when it is not', async () => {
    const gone = await failure(start('throwsOf', 'GoneError'))
    expect(gone).toBeInstanceOf(classes.NotFoundError)
    expect([gone.constructor.name, gone.isApp]).toEqual(['GoneError', true])
    const far = await failure(start('throwsOf', 'TooFarError'))
    expect(far).toBeInstanceOf(RangeError)
    expect([far.constructor.name, far.name]).toEqual(['TooFarError', 'RangeError'])
    expect(far).not.toBeInstanceOf(classes.AppError)
  })

  test('on its way there, too', async () => {
    const error = new classes.NotFoundError('x')
    expect(await start('kindOf', error).join()).toEqual([true, 'NotFoundError', 'x'])
  })
})

describe('what is portable travels', () => {
  test('instances, in both directions, with their class', async () => {
    const { Point } = classes
    const [first, second] = (await start('scale', [new Point(3, 4), new Point(1, 0)], 2).join()) as any[]
    expect(first).toBeInstanceOf(Point)
    expect([first.length, second.length]).toEqual([10, 2])
  })

  test('functions, as arguments, to functions of other modules and to text', async () => {
    expect(await start('twice', classes.increment, 1).join()).toBe(3)
    const calls = (f: (x: number) => number, x: number): number => f(x)
    expect(await started(new Thread(calls, { args: [classes.increment, 1] })).join()).toBe(2)
  })

  test('but not to a thread that has not loaded its module', async () => {
    const module = new URL('./fixtures/work.mjs', import.meta.url).href
    const f = portable(module, 'notThere', () => 1)
    const error = await failure(started(new Thread(classes.twice, { args: [f, 1] })))
    expect(error.message).toMatch(/did not call portable\(import\.meta\.url, "notThere"/)
  })
})

describe('threaded', () => {
  test('gives a function that runs in a thread, and a future of its result', async () => {
    const scale = threaded(classes.scale as (points: unknown[], by: number) => unknown[], { name: 'scaler' })
    expect(scale.name).toBe((classes.scale as { name: string }).name)
    expect(await scale([], 2)).toEqual([])
    const sum = threaded((a: number, b: number) => a + b)
    const [one, two] = [sum(1, 2), sum(3, 4)]
    expect([await one, two.result().block()]).toEqual([3, 7])
    expect(select({ five: sum(2, 3) }).block()).toEqual({ key: 'five', value: 5 })
    expect([one.cancel(), one.cancelled]).toEqual([false, false])
    await expect(threaded(classes.throwsOf)('NotFoundError').result().start()).rejects.toBeInstanceOf(
      classes.NotFoundError,
    )
  })

  test('a cancelled future terminates the thread', async () => {
    const words = new Int32Array(new SharedArrayBuffer(4))
    const spins = threaded((shared: Int32Array) => {
      for (;;) Atomics.add(shared, 0, 1)
    })
    const future = spins(words)
    const waiting = future.result().start()
    expect(future.cancel()).toBe(true)
    expect([future.cancelled, future.cancel()]).toEqual([true, true])
    await expect(waiting).rejects.toThrow(CancelledError)
    expect(() => future.result().block()).toThrow(CancelledError)
    const idle = threaded((n: number) => n)
    expect(await idle(1)).toBe(1)
  })

  test('refuses what Thread refuses', () => {
    const outer = 1
    expect(() => threaded(() => outer)).toThrow(/refers to outer/)
    expect(() => threaded(() => 1, { args: [] } as ThreadOptions)).toThrow(/args are for/)
    expect(() => threaded(() => 1, { daemon: 1 as never })).toThrow(/daemon must be a boolean/)
    const refused = threaded((x: unknown) => x)
    expect(() => refused(() => 1)).toThrow('args[0] is a function')
  })
})

test('a thread of another class is refused as a thread that loads modules makes it', async () => {
  const module = new URL('./fixtures/fork-bomb.mjs', import.meta.url).href
  const error = await failure(started(new Thread(portable(module, 'f', () => 1))))
  expect(error).toBeInstanceOf(HeddleError)
  expect(error.message).toMatch(/isMainThread/)
})
