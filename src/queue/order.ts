/**
 * The order of a priority queue that is given none: numbers and bigints by value, strings by code units, Dates by time,
 * arrays element by element, a shorter one first. Of different kinds, in this order.
 */
import { shown } from '../errors.ts'

const NUMBER = 0
const STRING = 1
const DATE = 2
const ARRAY = 3

/** Throws `TypeError` unless it has a place in the default order, with all its elements. */
export function requireOrdered(item: unknown): void {
  if (Array.isArray(item)) return item.forEach(requireOrdered)
  if (typeof item === 'string' || typeof item === 'bigint') return
  const value = item instanceof Date ? item.getTime() : item
  if (typeof value === 'number' && !Number.isNaN(value)) return
  throw new TypeError(
    'item must be a number (not NaN), a bigint, a string, a valid Date or an array of such, ' +
      `or the queue be made with { compare }; got ${shown(item)}`,
  )
}

export function defaultOrder(a: unknown, b: unknown): number {
  const [kind, other] = [kindOf(a), kindOf(b)]
  if (kind !== other) return kind - other
  if (kind === ARRAY) return elementwise(a as unknown[], b as unknown[])
  return ascending(a as number, b as number)
}

function elementwise(a: readonly unknown[], b: readonly unknown[]): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const order = defaultOrder(a[i], b[i])
    if (order !== 0) return order
  }
  return a.length - b.length
}

/** Dates compare by their time. */
function ascending(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function kindOf(value: unknown): number {
  if (typeof value === 'string') return STRING
  if (typeof value === 'object') return Array.isArray(value) ? ARRAY : DATE
  return NUMBER
}
