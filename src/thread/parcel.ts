/**
 * Values on their way to another thread. The structured clone carries most of them; a parcel adds what it cannot:
 * primitives of Heddle travel as handles and are attached on arrival, errors and instances of portable classes keep
 * their class, portable functions go by name, what `transfer` marked is moved; and what cannot travel is refused with
 * the path to it. What needs none of that is searched, but not copied.
 */
import { type PackedError, packError, unpackError } from './error.ts'
import { attachHandle, handleOf, type SentHandle } from './kinds.ts'
import { markOf, portableAt, type PortableReference } from './portable.ts'
import { isMoved, movable, movedWith } from './transfer.ts'

/** What is posted. */
export interface Parcel {
  readonly value: unknown
  /** Whether something in it has to be unpacked. */
  readonly packed: boolean
  /** Modules that must have been loaded before it is unpacked. */
  readonly modules: readonly string[]
}

/** A parcel, and what has to be moved with it. */
export interface Packed {
  readonly parcel: Parcel
  readonly transfer: readonly object[]
}

/** Stands in a parcel for what the structured clone cannot carry. */
const MARK = 'heddle parcel'

type Marked =
  | { readonly [MARK]: 'primitive'; readonly handle: SentHandle }
  | { readonly [MARK]: 'error'; readonly error: PackedError }
  | { readonly [MARK]: 'portable'; readonly reference: PortableReference }
  | { readonly [MARK]: 'instance'; readonly reference: PortableReference; readonly own: object }

const NOTHING: readonly never[] = []

/**
 * Packs `value`, which is called `name` in errors; moves also what is in `transfer`. Throws `TypeError` with the path to
 * a part of it that cannot travel.
 */
export function pack(value: unknown, name: string, transfer: readonly object[] = NOTHING): Packed {
  if (isSimple(value)) return { parcel: { value, packed: false, modules: NOTHING }, transfer }
  const packer = new Packer(transfer)
  const copy = packer.pack(value, name)
  const modules = packer.modules.size === 0 ? NOTHING : [...packer.modules]
  return { parcel: { value: copy, packed: packer.found, modules }, transfer: [...packer.transfer] }
}

/** The value of a parcel that arrived, once its modules are loaded. */
export function unpack(parcel: Parcel): unknown {
  return parcel.packed ? new Unpacker().unpack(parcel.value) : parcel.value
}

/** An error on its way; something always arrives. */
export function packFailure(error: unknown): Packed {
  try {
    const { parcel } = pack(error, 'the error')
    structuredClone(parcel.value)
    return { parcel, transfer: NOTHING } // what an error carries is copied
  } catch {
    const value = `(a thrown value that cannot travel: ${describe(error)})`
    return { parcel: { value, packed: false, modules: NOTHING }, transfer: NOTHING }
  }
}

/** What `postMessage` threw, with the path to what it would not clone in `value`, called `name`. */
export function blame(error: unknown, value: unknown, name: string): unknown {
  const path = findUncloneable(value, name, new Set())
  return path === undefined
    ? error
    : new TypeError(`${path} cannot travel to another thread: ${describe(error)}`, { cause: error })
}

function describe(value: unknown): string {
  try {
    return value instanceof Error ? value.message : String(value)
  } catch {
    return typeof value
  }
}

/** Whether the structured clone carries all of it as it should arrive, as far as can be told. */
function isSimple(value: unknown, seen?: Set<object>): boolean {
  if (typeof value === 'function' || typeof value === 'symbol') return false
  if (typeof value !== 'object' || value === null) return true
  if (isMoved(value)) return false
  if (ArrayBuffer.isView(value)) return handleOf(value) === undefined
  if (seen?.has(value)) return true
  seen = (seen ?? new Set()).add(value)
  if (Array.isArray(value)) {
    for (const item of value)
      if (typeof item !== 'number' && typeof item !== 'string' && !isSimple(item, seen)) return false
    return true
  }
  if (value instanceof Map) {
    for (const [key, item] of value) if (!isSimple(key, seen) || !isSimple(item, seen)) return false
    return true
  }
  if (value instanceof Set) {
    for (const item of value) if (!isSimple(item, seen)) return false
    return true
  }
  if (!isPlain(value)) {
    if (value instanceof Error || stays(value) || handleOf(value) !== undefined) return false
    if (referenceOfClass(value) !== undefined) return false
    if (tagOf(value) !== 'Object') return true
  }
  for (const key of Object.keys(value))
    if (!isSimple((value as Record<string, unknown>)[key], seen)) return false
  return true
}

export class Packer {
  found = false
  readonly modules: Set<string> = new Set()
  readonly transfer: Set<object>
  /** Whether what can be moved in the part that is being packed is. */
  private moving = false
  private readonly seen = new Map<object, unknown>()

  constructor(transfer: Iterable<object>) {
    this.transfer = new Set(transfer)
  }

  pack(value: unknown, path: string): unknown {
    if (typeof value === 'function') return this.packFunction(value, path)
    if (typeof value === 'symbol') throw refusal(path, 'a symbol')
    if (typeof value !== 'object' || value === null) return value
    if (this.seen.has(value)) return this.seen.get(value)
    if (!isMoved(value)) return this.packObject(value, path)
    const list = movedWith(value)
    for (const each of list ?? []) this.transfer.add(movable(each) ?? each)
    const { moving } = this
    this.moving = list === undefined
    const packed = this.packObject(value, path)
    this.moving = moving
    return packed
  }

  private packFunction(f: Function, path: string): Marked {
    const reference = markOf(f)
    if (reference === undefined)
      throw new TypeError(
        `${path} is a function, which cannot travel to another thread; ` +
          "a portable one can: export const f = portable(import.meta.url, 'f', (x) => …)",
      )
    this.found = true
    this.modules.add(reference.module)
    return { [MARK]: 'portable', reference }
  }

  private packObject(value: object, path: string): unknown {
    if (Array.isArray(value)) {
      const copy = this.keep<unknown[]>(value, [])
      for (let i = 0; i < value.length; i++) copy.push(this.pack(value[i], `${path}[${i}]`))
      return copy
    }
    if (value instanceof Map) {
      const copy = this.keep<Map<unknown, unknown>>(value, new Map())
      for (const [key, item] of value)
        copy.set(this.pack(key, `a key of ${path}`), this.pack(item, `${path}.get(${keyName(key)})`))
      return copy
    }
    if (value instanceof Set) {
      const copy = this.keep<Set<unknown>>(value, new Set())
      for (const item of value) copy.add(this.pack(item, `an item of ${path}`))
      return copy
    }
    if (isPlain(value)) return this.packOwn(value, this.keep(value, {}), path)
    if (value instanceof Error) {
      this.found = true
      const mark = this.keep(value, { [MARK]: 'error', error: {} as PackedError })
      packError(value, mark.error, this)
      return mark
    }
    const owner = this.moving ? movable(value) : undefined
    if (owner !== undefined) this.transfer.add(owner)
    const handle = handleOf(value)
    if (handle !== undefined) {
      this.found = true
      return this.keep<Marked>(value, { [MARK]: 'primitive', handle })
    }
    const why = this.transfer.has(value) ? undefined : stays(value)
    if (why !== undefined) throw refusal(path, why)
    const reference = referenceOfClass(value)
    if (reference !== undefined) return this.packInstance(value, reference, path)
    if (tagOf(value) !== 'Object' || isSimple(value)) return value
    return this.packOwn(value, this.keep(value, {}), path)
  }

  private packInstance(value: object, reference: PortableReference, path: string): Marked {
    this.found = true
    this.modules.add(reference.module)
    const mark = this.keep(value, { [MARK]: 'instance', reference, own: {} } as const)
    this.packOwn(value, mark.own, path)
    return mark
  }

  private packOwn(from: object, into: object, path: string): object {
    for (const key of Object.keys(from))
      define(into, key, this.pack((from as Record<string, unknown>)[key], `${path}${propertyName(key)}`))
    return into
  }

  private keep<C>(original: object, copy: C): C {
    this.seen.set(original, copy)
    return copy
  }
}

export class Unpacker {
  private readonly seen = new Map<object, unknown>()

  unpack(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
    if (this.seen.has(value)) return this.seen.get(value)
    if (isMarked(value)) return this.unpackMarked(value)
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
      this.unpackOwn(value, value)
    }
    return value
  }

  private unpackMarked(mark: Marked): unknown {
    switch (mark[MARK]) {
      case 'primitive':
        return this.keep(mark, attachHandle(mark.handle))
      case 'error':
        return unpackError(mark.error, this, (error) => this.keep(mark, error))
      case 'portable':
        return this.keep(mark, portableAt(mark.reference))
      case 'instance': {
        const made = Object.create(portableAt(mark.reference).prototype as object) as object
        return this.unpackOwn(mark.own, this.keep(mark, made))
      }
    }
  }

  private unpackOwn(from: object, into: object): object {
    for (const key of Object.keys(from))
      define(into, key, this.unpack((from as Record<string, unknown>)[key]))
    return into
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

function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}

/** The structured clone refuses these, without telling where they are, or makes an empty object of them. */
const STAYING =
  /^(WeakMap|WeakSet|WeakRef|FinalizationRegistry|Promise|Module|URL|URLSearchParams|Headers|Request|Response|AbortController|AbortSignal|(Async)?Generator|.* Iterator)$/

/** What it is, if it has to stay in its thread. */
function stays(value: object): string | undefined {
  if (typeof (value as { then?: unknown }).then === 'function')
    return `a ${nameOf(value)} that somebody waits for (await it before)`
  if (('uncloneable' in value || 'cancelWaiters' in value) && handleOf(value) === undefined)
    return `a ${nameOf(value)}, which belongs to one thread`
  return STAYING.test(tagOf(value)) ? `a ${tagOf(value)}` : undefined
}

function referenceOfClass(value: object): PortableReference | undefined {
  return typeof value.constructor === 'function' ? markOf(value.constructor) : undefined
}

/** In a bundle, a class that names itself has an underscore before its name. */
function nameOf(value: object): string {
  return value.constructor?.name?.replace(/^_(?=[A-Z])/, '') || 'value'
}

function refusal(path: string, what: string): TypeError {
  return new TypeError(`${path} is ${what}; it cannot travel to another thread`)
}

function findUncloneable(value: unknown, path: string, seen: Set<object>): string | undefined {
  if (typeof value === 'object' && value !== null) {
    if (seen.has(value)) return undefined
    seen.add(value)
    const parts = movable(value) === undefined ? partsOf(value, path) : NOTHING
    for (const [part, where] of parts) {
      const found = findUncloneable(part, where, seen)
      if (found !== undefined) return found
    }
    if (Array.isArray(value) || isPlain(value)) return undefined
  }
  try {
    structuredClone(value)
    return undefined
  } catch {
    return path
  }
}

function* partsOf(value: object, path: string): Generator<[unknown, string]> {
  if (value instanceof Map)
    for (const [key, item] of value) {
      yield [key, `a key of ${path}`]
      yield [item, `${path}.get(${keyName(key)})`]
    }
  else if (value instanceof Set) for (const item of value) yield [item, `an item of ${path}`]
  else if (!ArrayBuffer.isView(value))
    for (const key of Object.keys(value))
      yield [
        (value as Record<string, unknown>)[key],
        Array.isArray(value) ? `${path}[${key}]` : `${path}${propertyName(key)}`,
      ]
}

function propertyName(key: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

function keyName(key: unknown): string {
  return typeof key === 'string'
    ? JSON.stringify(key)
    : typeof key === 'object' && key !== null
      ? `a ${nameOf(key)}`
      : String(key)
}

function isMarked(value: object): value is Marked {
  return Object.hasOwn(value, MARK)
}

/** Also a key named `__proto__` becomes a property. */
function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
}
