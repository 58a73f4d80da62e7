/**
 * Of which kinds is an error? By class, and by the names of all its classes: an error that came from another thread or
 * machine has lost its classes and kept, at best, their names.
 */
import { requireFunction } from './checks.ts'

/** A class of errors, also an abstract one. */
export type ErrorClass<E = unknown> = abstract new (...args: never[]) => E

/** A kind of error: its class, or the name of its class or of any parent of it. */
export type ErrorKind = ErrorClass | string

/** Under this key an error that was rebuilt carries the names of the classes it had, nearest first. */
export const NAMES: unique symbol = Symbol.for('heddle.error.names') as never

interface Named {
  readonly name?: unknown
  readonly message?: unknown
  readonly constructor?: unknown
  readonly [NAMES]?: unknown
}

function add(names: string[], name: unknown): void {
  if (typeof name === 'string' && name !== '' && !names.includes(name)) names.push(name)
}

/** Names that the value itself claims, beyond what its classes here say. */
function claimed(value: Named): string[] {
  const names: string[] = []
  if (Object.hasOwn(value, 'name')) add(names, value.name)
  const carried = value[NAMES]
  if (Array.isArray(carried)) for (const name of carried) add(names, name)
  // A plain `{ name, message }` is what is left of an error.
  if (names.length > 0 && typeof value.message === 'string') add(names, 'Error')
  return names
}

function inherited(value: object): string[] {
  const names: string[] = []
  for (
    let at: unknown = Object.getPrototypeOf(value);
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    const made = Object.hasOwn(at as object, 'constructor') ? (at as Named).constructor : undefined
    if (typeof made === 'function') add(names, made.name)
    const own = Object.getOwnPropertyDescriptor(at as object, 'name')
    if (own !== undefined) add(names, Reflect.get(at as object, 'name', value))
  }
  return names
}

/** All names of a value's kinds, nearest first. */
export function kindNames(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const names = claimed(value as Named)
  for (const name of inherited(value)) add(names, name)
  return names
}

/** Whether the value is of that kind. A class also matches, by its name, an error that lost its class on the way. */
export function isKind(value: unknown, kind: ErrorKind): boolean {
  if (typeof kind === 'string') return kindNames(value).includes(kind)
  requireFunction('type (an error class, or its name)', kind)
  if (value instanceof kind) return true
  if (typeof value !== 'object' || value === null || kind.name === '') return false
  // An error of another realm is no instance of anything here: there all names count.
  return (value instanceof Error ? claimed(value as Named) : kindNames(value)).includes(kind.name)
}
