/**
 * Functions that travel as text: a convenience for those that refer to nothing outside of themselves but globals. A parser
 * finds that out; it is loaded with the first such function. On servers that is at once; in a page it takes a moment.
 */
import { HeddleError } from '../index.ts'
import { workerThreads } from './platform.ts'
import { helperOf } from './self-contained-helpers.ts'
import type { Analysis } from './self-contained-scope.ts'
import { state } from './state.ts'

/** A function as text. */
export interface SourceReference {
  readonly source: string
  /** How it is called in errors. */
  readonly name: string
  readonly isMethod: boolean
  /** Globals that the other thread must have, too; absent as long as it has not been parsed. */
  globals?: readonly string[]
}

type Analyse = (source: string) => Analysis

let analyse: Analyse | undefined
const known = /* @__PURE__ */ new WeakMap<Function, SourceReference>()

/** Throws `TypeError` if `f` cannot travel as text, as far as that can be told at once. */
export function sourceOf(f: Function, name: string): SourceReference {
  const before = known.get(f)
  if (before !== undefined) return before
  const source = Function.prototype.toString.call(f)
  const called = f.name === '' ? name : f.name
  if (/\{\s*\[native code\]\s*\}\s*$/.test(source))
    throw new TypeError(`${name} is a bound or built-in function, which has no text; ${form(called)}`)
  if (/^class\b/.test(source)) throw new TypeError(`${name} is a class; ${classForm(called)}`)
  analyse ??= loadAtOnce()
  const reference: SourceReference = analyse
    ? examine(source, called, analyse)
    : { source, name: called, isMethod: false }
  known.set(f, reference)
  return reference
}

/** Where `sourceOf` could not load the parser: loads it, and rejects with what `sourceOf` would have thrown. */
export function refuseOuter(reference: SourceReference): Promise<void> | undefined {
  return reference.globals === undefined ? parseLater(reference) : undefined
}

async function parseLater(reference: SourceReference): Promise<void> {
  if (state.parser === undefined)
    throw new HeddleError(
      `${reference.name} is not portable, and nothing here can examine it; ${form(reference.name)}`,
    )
  analyse ??= (await state.parser()).analyse
  Object.assign(reference, examine(reference.source, reference.name, analyse))
}

/** `undefined` in a page. */
function loadAtOnce(): Analyse | undefined {
  if (workerThreads() === undefined) return undefined
  const here = import.meta.url
  try {
    const require = process.getBuiltinModule('node:module').createRequire(here)
    return (require('./self-contained.cjs') as { analyse: Analyse }).analyse
  } catch (error) {
    throw new HeddleError(
      'a function that is not portable is examined by self-contained.cjs of heddle, which is not beside ' +
        `${here}: copy it there, as worker.js; or ${form('f')}`,
      { cause: error },
    )
  }
}

function examine(source: string, name: string, by: Analyse): SourceReference {
  let analysis: Analysis
  try {
    analysis = by(source)
  } catch (error) {
    throw new TypeError(
      `${name} has a text that is no function by itself: ${(error as Error).message}; ${form(name)}`,
      { cause: error },
    )
  }
  const { outer, imports, isMethod, globals } = analysis
  if (outer.length > 0) throw new TypeError(`${name} refers to ${explained(outer)}; ${form(name)}`)
  if (imports.length > 0)
    throw new TypeError(
      `${name} has ${imports.join(', ')}, which another thread would not find from where it is; ${form(name)}`,
    )
  return { source, name, isMethod, globals }
}

function explained(outer: readonly string[]): string {
  const helpers = outer.filter((each) => helperOf(each) !== undefined)
  const own = outer.filter((each) => helperOf(each) === undefined)
  const one = own.length === 1 && !/^(this|super|import\.meta)$/.test(own[0]!)
  return [
    ...(own.length === 0
      ? []
      : [
          `${own.join(', ')} outside of itself, which another thread does not have${one ? ' (it can be given as an argument)' : ''}`,
        ]),
    ...helpers.map((each) => `${each}, which ${helperOf(each)}`),
  ].join(', and to ')
}

const functions = /* @__PURE__ */ new Map<string, Function>()

/** The function, in the other thread. Throws `TypeError` if a global is not there, `HeddleError` where code may not be made of text. */
export function evaluate(reference: SourceReference): Function {
  const { source, name, isMethod, globals = [] } = reference
  const before = functions.get(source)
  if (before !== undefined) return before
  const absent = globals.filter((each) => !(each in globalThis))
  if (absent.length > 0)
    throw new TypeError(
      `${name} refers to ${absent.join(', ')}, global where it was made, but not in this thread; ${form(name)}`,
    )
  let made: unknown
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- the text of a function that was given to be run here
    made = new Function(`'use strict'; return (${isMethod ? `{${source}}` : source})`)()
  } catch (error) {
    throw new HeddleError(
      `${name} cannot be made of its text in this thread, where that is forbidden (a Content-Security-Policy without ` +
        `'unsafe-eval'?); ${form(name)}`,
      { cause: error },
    )
  }
  const f = (isMethod ? Object.values(made as object)[0] : made) as Function
  functions.set(source, f)
  return f
}

function form(name: string): string {
  const shown = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : 'f'
  return `write at the top level of a module: export const ${shown} = portable(import.meta.url, '${shown}', (…) => …)`
}

function classForm(name: string): string {
  return `a class travels when it is portable: static { portable(import.meta.url, '${name}', this) }`
}
