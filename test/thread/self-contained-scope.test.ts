import { describe, expect, test } from 'vitest'
import { analyse } from '../../src/thread/self-contained-scope.ts'

const outer = (source: string): readonly string[] => analyse(source).outer

describe('refers to nothing outside', () => {
  test.each([
    '(a, b) => a + b',
    'async (x) => { const y = await x; return y }',
    'function* f(n) { if (n > 0) yield* f(n - 1) }',
    '({ a, b: [c = a, ...d], ...e }, f = c) => [a, c, d, e, f]',
    '() => { try { throw 1 } catch ({ message }) { return message } }',
    '() => { try { throw 1 } catch { return 2 } }',
    '() => { for (const [k, v] of Object.entries({})) console.log(k, v); for (let i = 0; i < 3; i++) i }',
    '() => { for (var i in {}) i; return i }',
    '() => { if (true) { var later = 1 } return later }',
    '() => { return hoisted(); function hoisted() { return 1 } }',
    '() => { use(); const use = () => 1 }',
    '() => { outerLabel: for (;;) break outerLabel }',
    '(o) => o.missing?.[o.key]({ missing: 1, method() { return this.missing } })',
    '(o) => { const { a: { b } = {} } = o; ({ c: o.d } = o); [o.e] = [b] }',
    'function () { return [this, arguments.length, new.target] }',
    '(Base) => class Named extends Base { #p = 1; static s = this.x; get p() { return this.#p + super.p + Named.s } }',
    '() => { class Local { [Symbol.iterator]() { return new Local() } } return Local }',
    '() => { class WithBlock { static { var own = 1; this.n = own } } return WithBlock.n }',
    '(kind) => { switch (kind) { case 1: let inside = 2; return inside } }',
    '() => import("node:fs")',
    '(x) => `${x} ${typeof x}`',
    'method(a) { return a }',
    'async *method(a) { yield a }',
  ])('%s', (source) => {
    expect(analyse(source)).toMatchObject({ outer: [], imports: [] })
  })
})

describe('refers to what is outside', () => {
  test.each([
    ['() => total++', ['total']],
    ['() => { total = 1 }', ['total']],
    ['() => ({ total })', ['total']],
    ['() => [a, ...b, c.d, e`x`]', ['a', 'b', 'c', 'e']],
    ['(x = preset) => x', ['preset']],
    ['({ [key]: x }) => x', ['key']],
    ['() => { { let inner = 1 } return inner }', ['inner']],
    ['() => { { function inBlock() {} } return inBlock }', ['inBlock']],
    ['() => { for (let i = 0; i < 1; i++); return i }', ['i']],
    ['() => { try {} catch (caught) {} return caught }', ['caught']],
    ['() => { (function named() {}); return named }', ['named']],
    ['() => { (class Named {}); return Named }', ['Named']],
    ['() => class extends Base {}', ['Base']],
    ['() => class { [key] = 1; field = value }', ['key', 'value']],
    ['() => { [target] = [1]; ({ a: other } = {}) }', ['target', 'other']],
    ['() => { for (item of []); }', ['item']],
    ['() => this.x', ['this']],
    ['() => super.x', ['super']],
    ['() => arguments.length', ['arguments']],
    ['() => import.meta.url', ['import.meta']],
    ['() => typeof missing', ['missing']],
    ['() => Math.max(missing)', ['missing']],
  ])('%s', (source, names) => {
    expect([...outer(source)].sort()).toEqual([...names].sort())
  })
})

test('names the globals it uses, unless it has such names of its own', () => {
  expect(analyse('(Map) => [Math.PI, Map, globalThis]').globals).toEqual(['Math', 'globalThis'])
})

test('knows imports that mean something else in another module', () => {
  expect(analyse('(name) => [import("./x.js"), import(name), import("pkg")]').imports).toEqual([
    'import("./x.js")',
    'import(…)',
    'import("pkg")',
  ])
})

test('tells the text of a method, and refuses what is no function', () => {
  expect(analyse('method() {}').isMethod).toBe(true)
  expect(analyse('() => 1').isMethod).toBe(false)
  expect(() => analyse('() => {')).toThrow(SyntaxError)
})
