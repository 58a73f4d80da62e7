import {
  choose,
  HeddleError,
  InvalidStateError,
  Lock,
  NotHeldError,
  select,
  sleep,
  TimeoutError,
  WorkerDiedError,
  WouldBlockError,
} from 'heddle'
import { portable, type Portable, Thread } from 'heddle/threads'
import { afterEach, describe, expect, test } from 'vitest'

const work: Record<string, Portable> = await import('./fixtures/work.mjs' as string)

const running: Thread[] = []

function start(name: string, ...args: unknown[]): Thread {
  const thread = new Thread(work[name]!, { args }).start()
  running.push(thread)
  return thread
}

function caught(f: () => unknown): unknown {
  try {
    return f()
  } catch (error) {
    return error
  }
}

/** The error of a join, performed by `await` or by `block()`. */
async function failure(thread: Thread, how: string): Promise<any> {
  return how === 'block' ? caught(() => thread.join().block()) : thread.join().then(String, (error) => error)
}

afterEach(() => {
  for (const thread of running.splice(0)) thread.terminate()
})

describe('a result', () => {
  test('by await, by block(), in a choice, more than once', async () => {
    const thread = start('add', 20, 22)
    expect(thread.join().block()).toBe(42)
    expect(await thread.join()).toBe(42)
    expect(await select({ sum: thread.join(), late: sleep(60_000) })).toEqual({ key: 'sum', value: 42 })
    expect(await choose([start('later', 'x').join()])).toBe('x')
    expect(await Promise.all([thread.join(), thread.join()])).toEqual([42, 42])
  })

  test('at once, after the end and not before', async () => {
    const lock = new Lock()
    const held = await lock.acquire()
    const thread = start('waits', lock)
    expect(() => thread.result).toThrow(InvalidStateError)
    expect(() => new Thread(work['add']!, { args: [] }).result).toThrow(/join\(\) waits for it/)
    held.release()
    await thread.join()
    expect(thread.result).toBe('released')
    const failing = start('failsWith', 'a string')
    await failure(failing, 'await')
    expect(caught(() => failing.result)).toBe('a string')
  })

  test('of an async function, and of one that returns an operation', async () => {
    expect(await start('later', { a: [1] }).join()).toEqual({ a: [1] })
    expect(start('operation').join().block()).toBe('from an operation')
  })

  test('keeps cycles, maps, sets, dates and keys of any name', async () => {
    const value: Record<string, unknown> = {
      when: new Date(0),
      set: new Set([1n]),
      map: new Map([['k', [1]]]),
    }
    value['self'] = value
    value['lock'] = new Lock()
    Object.defineProperty(value, '__proto__', { value: 1, enumerable: true })
    const back = (await start('echo', value).join()) as typeof value
    expect(back['self']).toBe(back)
    expect(back['lock']).toBe(value['lock'])
    expect([back['when'], back['set'], back['map']]).toEqual([value['when'], value['set'], value['map']])
    expect(Object.keys(back)).toContain('__proto__')
  })
})

describe('primitives travel', () => {
  test('as arguments: a counter under a lock is exact', () => {
    const lock = new Lock()
    const words = new Int32Array(new SharedArrayBuffer(4))
    const threads = [1, 2, 3].map(() => start('count', lock, words, 2000))
    for (const thread of threads) thread.join().block()
    expect(words[0]).toBe(6000)
  })

  test('as results, inside a map', async () => {
    const { inside } = (await start('givesLock').join()) as { inside: Map<string, Lock> }
    expect(inside.get('lock')).toBeInstanceOf(Lock)
  })

  test('what a thread held when it ended is abandoned', async () => {
    const lock = new Lock()
    await failure(start('holdsAndExits', lock), 'await')
    expect((await lock.acquire()).abandoned).toBe(true)
  })
})

describe.each(['await', 'block'])('an error, by %s', (how) => {
  test('arrives with class name, properties, cause and both stacks', async () => {
    const lock = new Lock()
    const error = await failure(start('fails', lock), how)
    expect(error).toBeInstanceOf(Error)
    expect([error.name, error.constructor.name, error.message]).toEqual([
      'OrderError',
      'OrderError',
      'no such order',
    ])
    expect(error.order.number).toBe(42)
    expect(error.order.lock).toBe(lock)
    expect(error.retry).toMatch(/could not travel/)
    expect(error.cause).toBeInstanceOf(RangeError)
    expect(error.cause.message).toBe('42 is too much')
    expect(error.stack).toMatch(/work\.mjs:\d+[^]*in Thread-\d+, started[^]*thread\.test\.ts/)
  })

  test('of Heddle, of the language and of the platform keeps its class', async () => {
    expect(await failure(start('failsWith', 'poison'), how)).toBeInstanceOf(NotHeldError)
    const both = await failure(start('failsWith', 'AggregateError'), how)
    expect(both).toBeInstanceOf(AggregateError)
    expect(both.errors).toEqual([new TypeError('one'), 'two'])
    const stop = await failure(start('failsWith', 'DOMException'), how)
    expect(stop).toBeInstanceOf(DOMException)
    expect(stop.name).toBe('AbortError')
    const round = await failure(start('failsWith', 'cycle'), how)
    expect(round.cause).toBe(round)
  })

  test('that is no Error arrives as it is', async () => {
    expect(await failure(start('failsWith', 'a string'), how)).toBe('a string')
  })

  test.each(['throwsLater', 'rejectsUnseen'])('that nothing catches: %s', async (name) => {
    const error = await failure(start(name), how)
    expect([error.name, error.message]).toEqual(['OrderError', expect.stringMatching(/^nobody/)])
  })

  test('for a thread that exits', async () => {
    const error = await failure(start('exits', 3), how)
    expect(error).toBeInstanceOf(WorkerDiedError)
    expect(error.message).toMatch(/^Thread-\d+ ended before its work was done: it exited with status 3$/)
  })

  test('for a promise that nothing will ever settle', async () => {
    expect(await failure(start('neverSettles'), how)).toBeInstanceOf(WorkerDiedError)
  })

  test('for a result that cannot travel names the path', async () => {
    const error = await failure(start('uncloneable', 'function'), how)
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toMatch('the result.list[1].callback is a function')
    expect((await failure(start('uncloneable', 'other'), how)).message).toMatch('the result is a WeakMap')
    const port = await failure(start('uncloneable', 'port'), how)
    expect([port.name, port.message]).toEqual([
      'TypeError',
      expect.stringMatching(/^the result\.at cannot travel/),
    ])
  })

  test('for a module that cannot be loaded is the very error', async () => {
    const broken = new URL('./fixtures/broken.mjs', import.meta.url).href
    const thread = new Thread(portable(broken, 'f', () => 1)).start()
    expect(await failure(thread, how)).toMatchObject({
      name: 'RangeError',
      message: 'broken at its top level',
    })
    const absent = new Thread(portable('file:///no/such/module.mjs', 'f', () => 1)).start()
    expect(await failure(absent, how)).toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
  })

  test('for a name that the module does not have', async () => {
    const module = new URL('./fixtures/work.mjs', import.meta.url).href
    const thread = new Thread(portable(module, 'absent', () => 1)).start()
    expect((await failure(thread, how)).message).toMatch(/did not call portable\(import\.meta\.url, "absent"/)
  })

  test('for a thread that makes threads while it loads: no fork bomb', async () => {
    const module = new URL('./fixtures/fork-bomb.mjs', import.meta.url).href
    const error = await failure(new Thread(portable(module, 'f', () => 1)).start(), how)
    expect(error).toBeInstanceOf(HeddleError)
    expect(error.message).toMatch(/was being loaded in a thread itself/)
  })

  test('for a terminated thread, a busy one too', async () => {
    const words = new Int32Array(new SharedArrayBuffer(4))
    const thread = start('spins', words)
    Atomics.wait(words, 0, 0)
    thread.terminate()
    expect(await failure(thread, how)).toMatchObject({ name: 'WorkerDiedError' })
    expect(thread.isAlive).toBe(false)
  })
})

describe('a join that does not end', () => {
  test('times out, and the thread goes on', async () => {
    const lock = new Lock()
    const held = await lock.acquire()
    const thread = start('waits', lock)
    await expect(thread.join({ timeout: 1 }).start()).rejects.toThrow(TimeoutError)
    expect(() => thread.join({ timeout: 1 }).block()).toThrow(TimeoutError)
    expect(thread.isAlive).toBe(true)
    held.release()
    expect(await thread.join()).toBe('released')
    expect(thread.isAlive).toBe(false)
  })

  test('ends with the reason of a signal', async () => {
    const lock = new Lock()
    const held = await lock.acquire()
    const thread = start('waits', lock)
    const controller = new AbortController()
    const join = thread.join({ signal: controller.signal }).start()
    controller.abort('enough')
    await expect(join).rejects.toBe('enough')
    held.release()
  })
})

describe('use', () => {
  test('names are counted, or given', () => {
    const [first, second] = [new Thread(work['add']!, { args: [] }), new Thread(work['add']!, { args: [] })]
    const number = Number(/^Thread-(\d+)$/.exec(first.name)?.[1])
    expect(second.name).toBe(`Thread-${number + 1}`)
    expect(new Thread(work['add']!, { args: [], name: 'adder' }).name).toBe('adder')
  })

  test('tells when it runs, and when it never will', async () => {
    const thread = new Thread(work['waits']!, { args: [new Lock()] })
    expect(() => thread.whenReady()).toThrow(/start\(\) it before/)
    running.push(thread.start())
    expect(await thread.whenReady()).toBe(undefined)
    expect(await thread.whenReady({ timeout: 0 })).toBe(undefined)
    const stopped = start('neverSettles')
    stopped.terminate()
    expect(await stopped.whenReady()).toBe(undefined)
    await failure(stopped, 'await')
  })

  test('a thread does not sleep where one that it started would not run meanwhile, as in a page', () => {
    const home = globalThis as unknown as Record<symbol, Set<object>>
    const starting = home[Symbol.for('heddle.starting.1')]!
    const lock = new Lock()
    const thread = start('waits', lock)
    const fake = { name: 'Thread-in-a-page' }
    starting.add(fake)
    try {
      expect(caught(() => thread.join().block())).toBeInstanceOf(WouldBlockError)
      expect(() => thread.join().block()).toThrow(
        /Thread-in-a-page was started and does not run yet.*whenReady\(\)/,
      )
      expect(sleep(1).block()).toBe(undefined)
    } finally {
      starting.delete(fake)
    }
    expect(thread.join().block()).toBe('released')
  })

  test('is named in messages', async () => {
    const thread = new Thread(work['neverSettles']!, { args: [], name: 'idle' }).start()
    running.push(thread)
    await expect(thread.join({ timeout: 0 }).start()).rejects.toThrow(
      /^idle\.wait\(\) did not end within 0 ms/,
    )
  })

  test('starts once; is waited for and stopped after that only', () => {
    const thread = new Thread(work['add']!, { args: [1, 2] })
    expect(thread.isAlive).toBe(false)
    expect(() => thread.join()).toThrow(/start\(\) it before/)
    expect(() => thread.terminate()).toThrow(/start\(\) it before/)
    running.push(thread.start())
    expect(thread.isAlive).toBe(true)
    expect(() => thread.start()).toThrow(/started before/)
    expect(thread.join().block()).toBe(3)
    expect(thread.isAlive).toBe(false)
  })

  test.each([
    ['a bound function', () => new Thread((() => 1).bind(null)), /portable\(import\.meta\.url/],
    ['args that are no array', () => new Thread(work['add']!, { args: 1 as never }), /args must be an array/],
    [
      'a name that is no string',
      () => new Thread(work['add']!, { args: [], name: 1 as never }),
      /name must be/,
    ],
    [
      'a daemon that is no boolean',
      () => new Thread(work['add']!, { args: [], daemon: 1 as never }),
      /daemon must/,
    ],
    ['a module that is no URL', () => portable('./here.mjs', 'f', () => 1), /import\.meta\.url/],
    ['a portable without a name', () => portable(import.meta.url, '', () => 1), /name must be/],
    ['a portable that is no function', () => portable(import.meta.url, 'f', 1 as never), /f must be/],
  ])('%s is refused', (_, misuse, message) => {
    expect(caught(misuse)).toBeInstanceOf(TypeError)
    expect(misuse).toThrow(message)
  })

  test('an argument that cannot travel is refused with its path, and the thread is not started', () => {
    const args = [{ list: [1, () => 1] as unknown[] }]
    const thread = new Thread(work['echo']!, { args })
    expect(() => thread.start()).toThrow('args[0].list[1] is a function')
    args[0]!.list[1] = new WeakMap()
    expect(() => thread.start()).toThrow('args[0].list[1] is a WeakMap')
    args[0]!.list[1] = new MessageChannel().port1
    expect(() => thread.start()).toThrow('args[0].list[1] cannot travel to another thread')
    args[0]!.list[1] = 'now it can'
    expect(running[running.push(thread.start()) - 1]!.join().block()).toEqual({ list: [1, 'now it can'] })
  })
})
