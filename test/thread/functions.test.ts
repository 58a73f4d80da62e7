import { Lock } from 'heddle'
import { Thread } from 'heddle/threads'
import { afterEach, describe, expect, test } from 'vitest'

const running: Thread[] = []

function start(f: (...args: any[]) => unknown, ...args: unknown[]): Thread {
  const thread = new Thread(f, { args }).start()
  running.push(thread)
  return thread
}

function caught(f: () => unknown): Error {
  try {
    f()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}

const refusal = (f: (...args: any[]) => unknown): string => caught(() => new Thread(f, { args: [] })).message

afterEach(() => {
  for (const thread of running.splice(0)) thread.terminate()
})

describe('a self-contained function', () => {
  test.each<[string, (...args: any[]) => unknown]>([
    ['arrow', (a, b) => a * b],
    ['async arrow', async (a, b) => a * b],
    [
      'function',
      function named(a: number, b: number): number {
        return b === 1 ? a : a + named(a, b - 1)
      },
    ],
    [
      'method',
      {
        times(a: number, b: number) {
          return a * b
        },
      }.times,
    ],
    [
      'one with parts of its own',
      (a, b) => {
        const { [0]: first, ...rest } = [a, b]
        class Product {
          value = first * rest[1]!
        }
        return new Product().value
      },
    ],
  ])('%s travels as text', async (_, f) => {
    expect(start(f, 6, 7).join().block()).toBe(42)
    expect(await start(f, 2, 3).join()).toBe(6)
  })

  test('may import what every thread can', async () => {
    // oxlint-disable-next-line typescript/no-implied-eval -- an import that no transform touches
    const f = new Function('return async () => (await import("node:path")).posix.join("a", "b")')()
    expect(await start(f).join()).toBe('a/b')
  })

  test('gets primitives of Heddle', async () => {
    const lock = new Lock()
    expect(await start((given: Lock) => given.run(() => 'inside'), lock).join()).toBe('inside')
  })

  test('is strict, as in a module', () => {
    const strict = function (this: unknown): boolean {
      return this === undefined
    }
    expect(start(strict).join().block()).toBe(true)
  })

  test('that throws tells where', async () => {
    const error = await start(() => {
      throw new RangeError('too far')
    })
      .join()
      .start()
      .then(undefined, (thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RangeError)
    expect((error as Error).stack).toMatch(/too far[^]*in Thread-\d+, started[^]*functions\.test\.ts/)
  })
})

describe('is refused at once, the reason named:', () => {
  let total = 0
  const limit = 3

  test('variables outside of it', () => {
    expect(refusal(() => (total += limit))).toMatch(
      /refers to total, limit outside of itself, which another thread does not have; write at the top level.*portable\(import\.meta\.url, 'f'/,
    )
    const counts = (): number => total
    expect(refusal(counts)).toMatch(
      /^counts refers to total .*given as an argument.*export const counts = portable/,
    )
  })

  test('this of its surroundings', () => {
    const owner = {
      make(): () => unknown {
        return () => this
      },
    }
    expect(refusal(owner.make())).toMatch('refers to this outside of itself')
  })

  test.each([
    ['() => __name(() => 1, "f")', /__name, which esbuild \(and so tsx/],
    ['function () { return _asyncToGenerator(function* () {})() }', /_asyncToGenerator, which Babel or SWC/],
    ['() => __awaiter(1)', /__awaiter, which TypeScript puts in/],
    ['() => (cov_1a2b3c().s[0]++, 1)', /cov_1a2b3c, which a coverage tool/],
    [
      '() => __vite_ssr_import_0__.f()',
      /__vite_ssr_import_0__, which Vite and vitest put in place of an import/,
    ],
    ['() => __webpack_require__(1)', /__webpack_require__, which webpack/],
    ['() => stryMutAct_9fa48("1") ? total : 0', /total .*, and to stryMutAct_9fa48, which a mutation tester/],
  ])('the helper of a tool in %s', (source, message) => {
    // oxlint-disable-next-line typescript/no-implied-eval -- what those tools leave behind
    const f = new Function(`return (${source})`)() as () => unknown
    const told = refusal(f)
    expect(told).toMatch(message)
    expect(told).toMatch('portable(import.meta.url')
  })

  test('relative imports, bound and built-in functions, classes, and what is no function', () => {
    expect(refusal(() => import('./fixtures/work.mjs' as string))).toMatch(
      /import\("\.\/fixtures|dynamic_import/,
    )
    expect(refusal(Math.max)).toMatch('f is a bound or built-in function, which has no text')
    expect(refusal((() => 1).bind(null))).toMatch('f is a bound or built-in function')
    expect(refusal(class {} as never)).toMatch(/is a class; .*static \{ portable/)
    expect(refusal('work' as never)).toBe('f must be a portable or a self-contained function, got "work"')
  })
})

test('a global that the thread does not have is named there', async () => {
  const home = globalThis as Record<string, unknown>
  home['onlyHere'] = 1
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- a name that no transform touches
    const f = new Function('return () => onlyHere')() as () => unknown
    await expect(start(f).join().start()).rejects.toThrow(
      /refers to onlyHere, global where it was made, but not in this/,
    )
  } finally {
    delete home['onlyHere']
  }
})
