/** Arguments are checked before anything changes. */

/** How a value reads in an error message. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'function') return value.name === '' ? 'a function' : `function ${value.name}`
  if (typeof value !== 'object' || value === null) return String(value)
  const { name } = (value as { constructor?: { name?: unknown } }).constructor ?? {}
  // Bundlers put `_` before the name of a class that refers to itself.
  const made = typeof name === 'string' ? name.replace(/^_(?=[A-Z])/, '') : ''
  return made !== '' && made !== 'Object' ? `a ${made}` : 'an object'
}

/** Throws unless `value` is a function. */
export function requireFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`${name} must be a function, got ${shown(value)}`)
}

/** Throws unless `value` is a finite time span in milliseconds. */
export function requireSpan(name: string, value: unknown): void {
  if (typeof value !== 'number')
    throw new TypeError(`${name} must be a number of milliseconds, got ${shown(value)}`)
  if (!(value >= 0 && value < Infinity))
    throw new RangeError(`${name} must be zero or more milliseconds, got ${value}`)
}
