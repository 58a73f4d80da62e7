/** Functions and classes that another thread finds again: by the module that made them and a name. */
import { requireFunction } from './checks.ts'
import { state } from './state.ts'

const REFERENCE: unique symbol = Symbol.for('heddle.portable.1') as never

/** Where a portable function or class is to be found. */
export interface PortableReference {
  /** The URL of its module. */
  readonly module: string
  readonly name: string
}

/** A function that may be run in another thread, found there by module and name. */
export type Portable<A extends readonly unknown[] = any[], R = any> = ((...args: A) => R) & {
  readonly [REFERENCE]: PortableReference
}

/**
 * Marks `f` so that any thread finds it again: there `module` is imported, and what it marked with the same name is
 * called. Write it at the top level of a module: `export const square = portable(import.meta.url, 'square', (x: number) => x * x)`.
 * `f` may use everything its module has; the module is loaded anew in each thread. Returns `f` itself.
 *
 * A class is marked in its static block, `static { portable(import.meta.url, 'OrderError', this) }`, or where it stands.
 * Its instances then keep class and own fields on their way: errors, arguments, results, and threads of one's own.
 * Throws `TypeError` if `module` is no URL, `name` is empty or `f` is no function.
 */
export function portable<C extends abstract new (...args: any[]) => unknown>(
  module: string,
  name: string,
  f: C,
): C
export function portable<A extends readonly unknown[], R>(
  module: string,
  name: string,
  f: (...args: A) => R,
): Portable<A, R>
export function portable(module: string, name: string, f: Function): Function {
  if (typeof module !== 'string' || !/^[a-z][a-z\d+.-]*:/i.test(module))
    throw new TypeError(`module must be import.meta.url, got ${String(module)}`)
  if (typeof name !== 'string' || name === '')
    throw new TypeError('name must be a string that is unique in its module, got none')
  requireFunction('f', f)
  state.portables.set(keyOf({ module, name }), f)
  return Object.defineProperty(f, REFERENCE, { value: { module, name }, configurable: true })
}

/** Where `f` is to be found; `undefined` if it was not marked. A class does not inherit the mark. */
export function markOf(f: Function): PortableReference | undefined {
  return Object.hasOwn(f, REFERENCE) ? (f as Portable)[REFERENCE] : undefined
}

/** What a reference from another thread stands for, if its module has been loaded here. */
export function loaded(reference: PortableReference): Function | undefined {
  const found = state.portables.get(keyOf(reference))
  if (found !== undefined || !state.preloaded) return found
  // The bundle of a worker has another URL than that of the page; the names are the same.
  const named = [...state.portables].filter(([key]) => key.startsWith(`${reference.name} `))
  if (named.length > 1)
    throw new TypeError(
      `${named.length} modules of this worker call portable(…, ${JSON.stringify(reference.name)}, …); give each another name`,
    )
  return named[0]?.[1]
}

/** The function or class that a reference from another thread stands for. Throws `TypeError` if there is none. */
export function portableAt(reference: PortableReference): Function {
  const found = loaded(reference)
  if (found !== undefined) return found
  throw new TypeError(
    `${reference.module} was loaded in this thread, but did not call portable(import.meta.url, ${JSON.stringify(reference.name)}, …) ` +
      'at its top level; is the name right, and the call outside of any condition?',
  )
}

/** Tools put queries behind URLs, others in each thread. */
function keyOf({ module, name }: PortableReference): string {
  return `${name} ${module.replace(/[?#].*$/, '')}`
}
