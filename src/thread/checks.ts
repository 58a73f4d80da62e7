/** Arguments that are wrong; each throws before anything changes. */

/** How a value reads in an error message. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'function') return value.name === '' ? 'a function' : `function ${value.name}`
  if (typeof value !== 'object' || value === null) return String(value)
  const made = (value as { constructor?: { name?: unknown } }).constructor?.name
  return typeof made === 'string' && made !== '' && made !== 'Object' ? `a ${made}` : 'an object'
}

export function requireFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`${name} must be a function, got ${shown(value)}`)
}

export function requireArray(name: string, value: unknown): void {
  if (!Array.isArray(value)) throw new TypeError(`${name} must be an array, got ${shown(value)}`)
}

export function requireString(name: string, value: unknown): void {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string, got ${shown(value)}`)
}

export function requireBoolean(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be a boolean, got ${shown(value)}`)
}

/** `shape` shows what may be in it. */
export function requireObject(name: string, value: unknown, shape: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`${name} must be an object ${shape}, got ${shown(value)}`)
}
