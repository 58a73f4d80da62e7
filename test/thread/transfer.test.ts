import { Lock, Queue } from 'heddle'
import { Thread, transfer } from 'heddle/threads'
import { afterEach, describe, expect, test } from 'vitest'

const running: Thread[] = []

function start(f: (...args: any[]) => unknown, args: unknown[], move?: object[]): Thread {
  const thread = new Thread(f, { args, ...(move && { transfer: move }) }).start()
  running.push(thread)
  return thread
}

afterEach(() => {
  for (const thread of running.splice(0)) thread.terminate()
})

const lengthOf = (value: { byteLength: number }): number => value.byteLength

describe('is moved', () => {
  test('a marked buffer, once', async () => {
    const buffer = new ArrayBuffer(8)
    expect(await start(lengthOf, [transfer(buffer)]).join()).toBe(8)
    expect(buffer.byteLength).toBe(0)
    const copied = new ArrayBuffer(8)
    expect(await start(lengthOf, [copied]).join()).toBe(8)
    expect(copied.byteLength).toBe(8)
  })

  test('what is in the list of the options', async () => {
    const bytes = new Uint8Array(8)
    expect(await start(lengthOf, [bytes], [bytes.buffer]).join()).toBe(8)
    expect(bytes.byteLength).toBe(0)
  })

  test('everything in a marked value that can be, beside what is attached', async () => {
    const value = { a: new Float64Array(2), deep: [new Map([['b', new ArrayBuffer(4)]])], lock: new Lock() }
    const lengths = await start(
      (v: typeof value) => [v.a.length, v.deep[0]!.get('b')!.byteLength, v.lock.locked],
      [transfer(value)],
    ).join()
    expect(lengths).toEqual([2, 4, false])
    expect([value.a.length, value.deep[0]!.get('b')!.byteLength]).toEqual([0, 0])
  })

  test('only what the mark names', async () => {
    const [moved, kept] = [new ArrayBuffer(4), new ArrayBuffer(4)]
    const sum = (v: { moved: ArrayBuffer; kept: ArrayBuffer }): number =>
      v.moved.byteLength + v.kept.byteLength
    expect(await start(sum, [transfer({ moved, kept }, [moved])]).join()).toBe(8)
    expect([moved.byteLength, kept.byteLength]).toEqual([0, 4])
  })

  test('a port, which then works', async () => {
    const { port1, port2 } = new MessageChannel()
    const answer = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)))
    const thread = start((port: MessagePort) => port.postMessage('from there'), [transfer(port2)])
    await thread.join()
    expect(await answer).toBe('from there')
    port1.close()
  })

  test('a result', async () => {
    const { createRequire } = await import('node:module')
    const url = createRequire(import.meta.url).resolve('heddle/threads')
    const moves = async (from: string): Promise<unknown> => {
      // oxlint-disable-next-line typescript/no-implied-eval -- an import that no transform touches
      const { transfer: move } = await new Function('u', 'return import(u)')(from)
      const buffer = new ArrayBuffer(16)
      setTimeout(() => {})
      return move({ buffer })
    }
    const back = (await start(moves, [url]).join()) as { buffer: ArrayBuffer }
    expect(back.buffer.byteLength).toBe(16)
  })
})

describe('stays, and is refused with the path to it:', () => {
  class Holder {
    readonly promise: Promise<void> = Promise.resolve()
  }

  test.each<[string, unknown, string]>([
    [
      'a function in a class instance',
      {
        a: [
          new (class Own {
            f = () => 1
          })(),
        ],
      },
      'args[0].a[0].f is a function',
    ],
    ['a symbol under a strange key', { 'a b': Symbol('s') }, 'args[0]["a b"] is a symbol'],
    ['a promise', new Holder(), 'args[0].promise is a Promise that somebody waits for'],
    ['an operation', [new Lock().acquire()], 'that somebody waits for (await it before)'],
    ['a WeakMap in a map', new Map([['k', new WeakMap()]]), 'args[0].get("k") is a WeakMap'],
    ['an iterator in a set', new Set([[].values()]), 'an item of args[0] is a Array Iterator'],
    ['a URL, of which nothing would arrive', { to: new URL('http://localhost') }, 'args[0].to is a URL'],
    ['a primitive of one thread', [new Queue()], 'args[0][0] is a Queue, which belongs to one thread'],
  ])('%s', (_, value, path) => {
    const thread = new Thread((x: unknown) => x, { args: [value] })
    expect(() => thread.start()).toThrow(path)
    expect(() => thread.start()).toThrow(TypeError)
    expect(thread.isAlive).toBe(false)
  })

  test('what is no object cannot be marked', () => {
    expect(() => transfer(1 as never)).toThrow('value must be an object')
    expect(() => transfer({}, 1 as never)).toThrow('list must be an array')
  })
})

test('a failed start moves nothing', () => {
  const buffer = new ArrayBuffer(8)
  expect(() => new Thread((...all: unknown[]) => all, { args: [transfer(buffer), () => 1] }).start()).toThrow(
    /args\[1\]/,
  )
  expect(buffer.byteLength).toBe(8)
})
