/**
 * What a history may hold: JSON values, so that it survives `postMessage`, a shared log and a file alike.
 */

/** The recorded result of a call that threw; `threw` is the name of the error. */
export interface Failure {
  readonly threw: string
}

/** A result that says: the call threw an error of this name. */
export function failure(name: string): Failure {
  return { threw: name }
}

/** The error's name when `result` records a call that threw. */
export function failureName(result: unknown): string | undefined {
  if (typeof result !== 'object' || result === null || !('threw' in result)) return undefined
  return typeof result.threw === 'string' ? result.threw : undefined
}

/**
 * A deep copy of `value`, so that a later change of it does not rewrite what was recorded.
 * Throws `TypeError` for what JSON would lose; `undefined` is allowed at the top only.
 */
export function snapshot(value: unknown, where: string): unknown {
  return value === undefined ? undefined : copy(value, where, new Set())
}

function copy(value: unknown, where: string, path: Set<object>): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw new TypeError(`${where}: ${value} is no JSON value; record a string instead`)
    return value === 0 ? 0 : value // JSON has no -0
  }
  if (typeof value !== 'object') {
    throw new TypeError(
      `${where}: expected a JSON value, got ${value === undefined ? 'undefined' : `a ${typeof value}`}`,
    )
  }
  if (path.has(value))
    throw new TypeError(`${where}: expected a JSON value, got an object that contains itself`)
  path.add(value)
  try {
    if (Array.isArray(value))
      return Array.from(value, (item: unknown, at) => copy(item, `${where}[${at}]`, path))
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== null && prototype !== Object.prototype) {
      const name = (prototype as { constructor?: { name?: string } }).constructor?.name ?? 'class instance'
      throw new TypeError(`${where}: expected a JSON value, got a ${name}; record what matters of it instead`)
    }
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, copy(item, `${where}.${key}`, path)]),
    )
  } finally {
    path.delete(value)
  }
}

/** Deep equality of JSON values, blind to the order of keys. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every(
    (key) =>
      Object.hasOwn(b, key) &&
      sameJson((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  )
}

/** A short, one-line form of a value for reports. */
export function show(value: unknown): string {
  const text = value === undefined ? 'undefined' : JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
