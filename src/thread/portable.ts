/** Functions that another thread finds again: by the module that made them and a name. */
import { state } from './state.ts'

const REFERENCE: unique symbol = Symbol.for('heddle.portable.1') as never

/** Where a portable function is to be found. */
export interface PortableReference {
  /** The URL of its module. */
  readonly module: string
  readonly name: string
}

/** A function that may be run in another thread. */
export type Portable<A extends readonly unknown[] = any[], R = any> = ((...args: A) => R) & {
  readonly [REFERENCE]: PortableReference
}

/**
 * Marks `f` so that any thread finds it again: there `module` is imported, and what it marked with the same name is
 * called. Write it at the top level of a module: `export const square = portable(import.meta.url, 'square', (x: number) => x * x)`.
 * `f` may use everything its module has; the module is loaded anew in each thread. Returns `f` itself.
 * Throws `TypeError` if `module` is no URL, `name` is empty or `f` is no function.
 */
export function portable<A extends readonly unknown[], R>(
  module: string,
  name: string,
  f: (...args: A) => R,
): Portable<A, R> {
  if (typeof module !== 'string' || !/^[a-z][a-z\d+.-]*:/i.test(module))
    throw new TypeError(`module must be import.meta.url, got ${String(module)}`)
  if (typeof name !== 'string' || name === '')
    throw new TypeError('name must be a string that is unique in its module, got none')
  if (typeof f !== 'function') throw new TypeError(`f must be a function, got ${typeof f}`)
  state.portables.set(keyOf({ module, name }), f)
  return Object.defineProperty(f, REFERENCE, { value: { module, name }, configurable: true }) as Portable<
    A,
    R
  >
}

/** Where `f` is to be found. Throws `TypeError` if it was not made portable. */
export function referenceTo(f: unknown): PortableReference {
  const reference = typeof f === 'function' ? (f as Partial<Portable>)[REFERENCE] : undefined
  if (reference !== undefined) return reference
  const shown = typeof f === 'function' ? `function ${f.name || '(anonymous)'}` : String(f)
  throw new TypeError(
    `f must be a portable function, got ${shown}; write at the top level of a module: ` +
      "export const f = portable(import.meta.url, 'f', (x) => …)",
  )
}

/** The function that a reference from another thread stands for, once its module is loaded here. */
export function portableAt(reference: PortableReference): Function {
  const found = state.portables.get(keyOf(reference))
  if (found !== undefined) return found
  throw new TypeError(
    `${reference.module} was loaded in this thread, but did not call portable(import.meta.url, ${JSON.stringify(reference.name)}, …) ` +
      'at its top level; is the name right, and the call outside of any condition?',
  )
}

function keyOf({ module, name }: PortableReference): string {
  return `${name} ${module}`
}
