/**
 * Values on their way to another thread. The structured clone carries most of them; a parcel adds what it cannot:
 * primitives of Heddle travel as handles and are attached on arrival, errors keep their class, and a function or symbol
 * is refused with the path to it. Plain objects, arrays, maps and sets are searched; nothing is copied that needs not be.
 */
import { attach } from '../index.ts'
import { packError, unpackError, type PackedError } from './error.ts'

/** What is posted. */
export interface Parcel {
  readonly value: unknown
  /** Whether something in it has to be unpacked. */
  readonly packed: boolean
}

/** Stands in a parcel for what the structured clone cannot carry. */
const MARK = 'heddle parcel'

type Marked =
  | { readonly [MARK]: 'primitive'; readonly handle: Parameters<typeof attach>[0] }
  | { readonly [MARK]: 'error'; readonly error: PackedError }

/** Packs `value`, which is called `name` in errors. Throws `TypeError` if a part of it cannot travel. */
export function pack(value: unknown, name: string): Parcel {
  const packer = new Packer()
  const copy = packer.pack(value, name)
  return packer.found ? { value: copy, packed: true } : { value, packed: false }
}

/** The value of a parcel that arrived. */
export function unpack(parcel: Parcel): unknown {
  return parcel.packed ? new Unpacker().unpack(parcel.value) : parcel.value
}

export class Packer {
  found = false
  private readonly seen = new Map<object, unknown>()

  pack(value: unknown, path: string): unknown {
    if (typeof value === 'function' || typeof value === 'symbol')
      throw new TypeError(`${path} is a ${typeof value}, which cannot travel to another thread`)
    if (typeof value !== 'object' || value === null) return value
    if (this.seen.has(value)) return this.seen.get(value)
    if (Array.isArray(value)) {
      const copy = this.keep<unknown[]>(value, [])
      for (let i = 0; i < value.length; i++) copy.push(this.pack(value[i], `${path}[${i}]`))
      return copy
    }
    if (value instanceof Map) {
      const copy = this.keep<Map<unknown, unknown>>(value, new Map())
      for (const [key, item] of value)
        copy.set(this.pack(key, `a key of ${path}`), this.pack(item, `${path}.get(${String(key)})`))
      return copy
    }
    if (value instanceof Set) {
      const copy = this.keep<Set<unknown>>(value, new Set())
      for (const item of value) copy.add(this.pack(item, `an item of ${path}`))
      return copy
    }
    if (isPlain(value)) {
      const copy = this.keep<Record<string, unknown>>(value, {})
      for (const key of Object.keys(value)) define(copy, key, this.pack(value[key], `${path}.${key}`))
      return copy
    }
    if (value instanceof Error) {
      this.found = true
      const mark = this.keep(value, { [MARK]: 'error', error: {} as PackedError })
      packError(value, mark.error, this)
      return mark
    }
    const handle = handleOf(value)
    if (handle === undefined) return value
    this.found = true
    return this.keep<Marked>(value, { [MARK]: 'primitive', handle })
  }

  private keep<C>(original: object, copy: C): C {
    this.seen.set(original, copy)
    return copy
  }
}

export class Unpacker {
  private readonly seen = new Map<object, unknown>()

  unpack(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value
    if (this.seen.has(value)) return this.seen.get(value)
    if (isMarked(value)) {
      if (value[MARK] === 'primitive') return this.keep(value, attach(value.handle))
      return unpackError(value.error, this, (error) => this.keep(value, error))
    }
    this.seen.set(value, value)
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) value[i] = this.unpack(value[i])
    } else if (value instanceof Map) {
      const entries = [...value]
      value.clear()
      for (const [key, item] of entries) value.set(this.unpack(key), this.unpack(item))
    } else if (value instanceof Set) {
      const items = [...value]
      value.clear()
      for (const item of items) value.add(this.unpack(item))
    } else if (isPlain(value)) {
      for (const key of Object.keys(value)) define(value, key, this.unpack(value[key]))
    }
    return value
  }

  private keep<C>(original: object, copy: C): C {
    this.seen.set(original, copy)
    return copy
  }
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function isMarked(value: object): value is Marked {
  return Object.hasOwn(value, MARK)
}

/** Also a key named `__proto__` becomes a property. */
function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
}

/** The handle of a primitive; `undefined` for anything else. */
function handleOf(value: object): Parameters<typeof attach>[0] | undefined {
  if (!('uncloneable' in value) || !('handle' in value)) return undefined
  return value.handle as Parameters<typeof attach>[0]
}
