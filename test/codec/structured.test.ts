import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { structured } from '../../src/codec/index.ts'
import * as errors from '../../src/errors.ts'
import { CodecError, Event, Lock, TimeoutError } from '../../src/index.ts'

const { HeddleError } = errors
type AnyError = new (message: string) => Error

/** A copy by way of bytes that nobody else writes over. */
const copy = <T>(value: T): T => structured.decode(structured.encode(value).slice()) as T

describe('what travels', () => {
  test.each([
    ['null', null],
    ['undefined', undefined],
    ['booleans', [true, false]],
    ['numbers', [0, -1, 1.5, NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 31), 1e-320]],
    ['minus zero', -0],
    ['minus zero inside', { a: [-0, 0] }],
    ['strings', ['', 'a', 'ä'.repeat(100), '\u{1F600}'.repeat(50), 'x'.repeat(70_000), '\0']],
    ['half a surrogate pair', ['\uD800', 'a\uDC00b', { '\uD800': 1 }]],
    ['bigints', [0n, -1n, 2n ** 63n, -(2n ** 63n), 2n ** 64n, -(2n ** 64n), 10n ** 300n, -(10n ** 5000n)]],
    ['an object', { a: { b: [1, { c: null }] }, 'not an identifier': 1, '': 2, 0: 3 }],
    ['undefined inside', { a: undefined, b: [undefined] }],
    // oxlint-disable-next-line no-sparse-arrays
    ['holes', [1, , 3, ,]],
    [
      'a Map',
      new Map<unknown, unknown>([
        ['a', 1],
        [{ b: 1 }, [2]],
        [NaN, -0],
      ]),
    ],
    ['a Set', new Set<unknown>([1, 'a', { b: 1 }, new Set([2])])],
    ['Dates', [new Date(0), new Date(-1), new Date(1e14), new Date(1_700_000_000_123), new Date(NaN)]],
    ['a RegExp', /a(b)?[/]\n/dgimsuy],
    ['an ArrayBuffer', new Uint8Array([1, 2, 3]).buffer],
    ['a DataView', new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2)],
    ['typed arrays', [new Int8Array([-1]), new Uint8ClampedArray([255]), new Float64Array([1.5, NaN])]],
    [
      'more of them',
      [new BigInt64Array([-1n]), new Uint16Array([1, 2]), new Float32Array(), new Uint8Array(5)],
    ],
    ['boxed primitives', [Object(1), Object('a'), Object(false), Object(-0), Object('\uDC00')]],
    ['the key __proto__', JSON.parse('{ "__proto__": { "a": 1 }, "b": 2 }')],
    ['the key constructor', { constructor: 'mine', toJSON: 1, hasOwnProperty: 2 }],
    ['many keys', Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`k${i}`, i]))],
    ['many items', Array.from({ length: 70_000 }, (_, i) => ({ i }))],
  ])('%s', (_, value) => {
    const arrived: unknown = copy(value)
    expect(arrived).toStrictEqual(structuredClone(value))
    if (typeof value === 'object' && value !== null) expect(arrived).not.toBe(value)
  })

  test('a hole stays a hole', () => {
    // oxlint-disable-next-line no-sparse-arrays
    expect(1 in copy([1, , 3])).toBe(false)
    const far: unknown[] = []
    far[4_000_000_000] = 'far'
    expect(Object.keys(copy(far))).toEqual(['4000000000'])
  })

  test('an object without a prototype, and one of a class of this package, as plain data', () => {
    expect(copy(Object.assign(Object.create(null), { a: 1 }))).toStrictEqual({ a: 1 })
  })

  test('a byte array at the top, whatever it is a view of; a Buffer as a Uint8Array', () => {
    const pool = new Uint8Array(100).fill(7)
    expect(copy(pool.subarray(10, 12))).toStrictEqual(new Uint8Array([7, 7]))
    expect(copy({ a: pool.subarray(10, 12) }).a.buffer.byteLength).toBe(2)
    expect(copy<Uint8Array>(Buffer.from('ab'))).toStrictEqual(new Uint8Array([97, 98]))
    expect(copy<Uint8Array[]>([Buffer.from('ab')])).toStrictEqual([new Uint8Array([97, 98])])
  })

  test('nothing that arrived is a view of the bytes it came in', () => {
    const bytes = structured.encode({ a: new Uint8Array([1, 2]) }).slice()
    const plain = structured.encode(new Uint8Array([3])).slice()
    const [arrived, other] = [structured.decode(bytes), structured.decode(plain)]
    bytes.fill(0)
    plain.fill(0)
    expect(arrived).toEqual({ a: new Uint8Array([1, 2]) })
    expect(other).toEqual(new Uint8Array([3]))
  })

  test('cycles and shared parts', () => {
    const part = { deep: [1] }
    const list: unknown[] = [part, part]
    const map = new Map<unknown, unknown>([[part, list]])
    const set = new Set<unknown>([map])
    const root: Record<string, unknown> = { list, map, set }
    root['root'] = root
    list.push(list)
    map.set(map, set)
    set.add(set)
    const error = new Error('round', { cause: root })
    root['error'] = error

    const it = copy(root) as any
    expect(it.root).toBe(it)
    expect(it.list[0]).toBe(it.list[1])
    expect(it.list[2]).toBe(it.list)
    expect([...it.map.keys()]).toEqual([it.list[0], it.map])
    expect(it.map.get(it.map)).toBe(it.set)
    expect(it.set.has(it.set)).toBe(true)
    expect(it.error.cause).toBe(it)
  })

  test('a chain of 100,000 objects', () => {
    let chain: unknown = null
    for (let i = 0; i < 100_000; i++) chain = { next: chain }
    let length = 0
    for (let at = copy(chain) as any; at !== null; at = at.next) length++
    expect(length).toBe(100_000)
  })

  test('whatever a structured clone carries', { timeout: 30_000 }, () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withNullPrototype: false,
      withUnicodeString: true,
      maxDepth: 4,
    })
    fc.assert(
      fc.property(anything, (value) => {
        expect(copy(value)).toStrictEqual(structuredClone(value))
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('errors', () => {
  test('class, name, message, stack, cause and own properties', () => {
    const cause = new RangeError('deep')
    const error = Object.assign(new TypeError('top', { cause }), { code: 'E1', list: [1n] })
    const it = copy(error) as typeof error
    expect(it).toBeInstanceOf(TypeError)
    expect([it.name, it.message, it.stack, it.code, it.list]).toEqual([
      'TypeError',
      'top',
      error.stack,
      'E1',
      [1n],
    ])
    expect(it.cause).toBeInstanceOf(RangeError)
    expect((it.cause as Error).message).toBe('deep')
    expect(Object.keys(it)).toEqual(['code', 'list'])
  })

  test("each of Heddle's own", () => {
    const classes = Object.values<unknown>(errors).filter(
      (each): each is AnyError => typeof each === 'function' && each.prototype instanceof Error,
    )
    expect(classes.length).toBeGreaterThan(10)
    for (const each of classes) {
      const it = copy(new each('message'))
      expect(it).toBeInstanceOf(each)
      expect(it.constructor).toBe(each)
      expect(it).toBeInstanceOf(HeddleError)
    }
  })

  test('the rest of the language', () => {
    const all = copy(new AggregateError([new SyntaxError('a'), 1], 'all'))
    expect(all).toBeInstanceOf(AggregateError)
    expect(all.errors[0]).toBeInstanceOf(SyntaxError)
    const aborted = copy(new DOMException('stop', 'AbortError'))
    expect(aborted).toBeInstanceOf(DOMException)
    expect([aborted.name, aborted.message, aborted.code]).toEqual(['AbortError', 'stop', 20])
  })

  test('a class of ones own keeps its name', () => {
    class NotFound extends Error {
      readonly path: string
      constructor(path: string) {
        super(`no ${path}`)
        this.path = path
      }
    }
    const it = copy(new NotFound('/x'))
    expect([it.constructor.name, it.message, it.path]).toEqual(['NotFound', 'no /x', '/x'])
    expect(it).toBeInstanceOf(Error)
    const named = new Error('x')
    named.name = 'Custom'
    expect(copy(named).name).toBe('Custom')
  })

  test('always arrive: a property that cannot travel is replaced by a note', () => {
    const error = Object.assign(new Error('x'), { socket: { on() {} }, retry: () => 1, fine: { a: 1 } })
    const it = copy(error) as unknown as Record<string, unknown>
    expect(it['socket']).toMatch(/socket could not travel: .*\.on is function on/)
    expect(it['retry']).toMatch(/retry could not travel/)
    expect(it['fine']).toEqual({ a: 1 })
  })
})

describe('what cannot travel is refused with the path to it', () => {
  class Point {
    x = 1
  }
  test.each<[string, () => unknown, string]>([
    ['a function', () => ({ a: [{ f() {} }] }), 'value.a[0].f is function f'],
    ['a symbol', () => ({ 'a b': Symbol('s') }), 'value["a b"] is Symbol(s)'],
    ['a class instance', () => new Map([['p', new Point()]]), 'value.get("p") is a Point'],
    ['a lock', () => ({ lock: new Lock() }), 'value.lock is a Lock, a primitive of Heddle; send its handle'],
    ['shared memory', () => [new SharedArrayBuffer(4)], 'value[0] is a SharedArrayBuffer'],
    ['a handle', () => new Event().handle, 'value.memory is a SharedArrayBuffer'],
    ['a port', () => new MessageChannel().port1, 'value is a MessagePort'],
    ['a promise', () => new Set([Promise.resolve()]), 'value (an item) is a Promise'],
    ['a key', () => new Map([[() => 1, 1]]), 'value (a key) is a function'],
    ['a WeakMap', () => [[new WeakMap()]], 'value[0][0] is a WeakMap'],
    ['a function at the top', () => Math.max, 'value is function max'],
  ])('%s', (_, make, message) => {
    const value = make()
    expect(() => structured.encode(value)).toThrow(TypeError)
    expect(() => structured.encode(value)).toThrow(message)
    if (value instanceof MessagePort) value.close()
    // Nothing of it stays behind.
    expect(copy({ a: 1 })).toEqual({ a: 1 })
  })
})

describe('bytes that are none of its own', () => {
  const samples = [
    { id: 1, name: 'one', tags: ['a', 'b'], ok: true },
    [1n << 100n, new Map([[1, new Set([2])]]), new Date(0), /a/g, new Float64Array(3), -0],
    Object.assign(new TimeoutError('x', { cause: new Error('y') }), { code: 1 }),
    'text '.repeat(50),
  ]

  test('are refused, never a crash or a hang', () => {
    expect(() => structured.decode(new Uint8Array())).toThrow(CodecError)
    expect(() => structured.decode(new Uint8Array([9, 1, 2]))).toThrow(/begin with 9/)
    for (const sample of samples) {
      const bytes = structured.encode(sample).slice()
      for (let length = 1; length < bytes.length; length++)
        expect(() => structured.decode(bytes.subarray(0, length))).toThrow(CodecError)
    }
  })

  test('with any byte changed they are refused or mean something else', { timeout: 30_000 }, () => {
    for (const sample of samples) {
      const bytes = structured.encode(sample).slice()
      for (let at = 0; at < bytes.length; at++)
        for (const byte of [0, 0x7f, 0x9f, 0xc9, 0xd4, 0xdd, 0xff]) {
          const damaged = bytes.slice()
          damaged[at] = byte
          try {
            structured.decode(damaged)
          } catch (error) {
            expect(error).toBeInstanceOf(CodecError)
          }
        }
    }
  })

  test('random bytes', { timeout: 30_000 }, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(1, 2), (noise, mark) => {
        try {
          structured.decode(new Uint8Array([mark, ...noise]))
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError)
        }
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('the built codec', () => {
  const run = (program: string): string => {
    const flags = ['--disallow-code-generation-from-strings', '--input-type=module', '-e']
    const code = `import { structured } from './dist/codec.js'; ${program}`
    return execFileSync(process.execPath, [...flags, code], { encoding: 'utf8' })
  }

  test('works where no code may be made of strings', () => {
    const out = run(`
      const one = (id) => ({ id, name: 'n' + id, tags: ['a', 'b'], ok: true, at: new Date(id) })
      const value = Array.from({ length: 10 }, (_, id) => one(id))
      for (let i = 0; i < 10; i++) {
        const back = structured.decode(structured.encode(value).slice())
        if (JSON.stringify(back) !== JSON.stringify(value)) throw new Error('differs')
      }
      try { new Function('') } catch { console.log('fine') }`)
    expect(out).toBe('fine\n')
  })

  test('makes no code of a record, for whose reader msgpackr has code that does', () => {
    // fixext 1, "r", id 0x40, four keys and values; then the same record again, so that its reader would be made.
    const out = run(`
      const keys = [0x94, 0xa1, 97, 0xa1, 98, 0xa1, 99, 0xa1, 100]
      const again = Array(5).fill([0x40, 1, 2, 3, 4]).flat()
      const bytes = new Uint8Array([1, 0x96, 0xd4, 0x72, 0x40, ...keys, 1, 2, 3, 4, ...again])
      let made = 0
      const traps = { construct: () => (made++, {}), apply: () => (made++, {}) }
      globalThis.Function = new Proxy(Function, traps)
      const { length } = structured.decode(bytes)
      console.log(length, made)`)
    expect(out).toBe('6 0\n')
  })
})
