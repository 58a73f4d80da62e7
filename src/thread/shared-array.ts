/** Numbers that threads share: typed arrays that keep their lock, and arrive in other threads as themselves. */
import { HeddleError, type Lock, type RLock } from '../index.ts'
import { shown } from './checks.ts'
import {
  constructorOf,
  lockFrom,
  newMemory,
  opened,
  requireAtomic,
  requireNumber,
  requireType,
  type SharedElements,
  type SharedHandle,
  type SharedNumber,
  type SharedOptions,
  type SharedType,
} from './shared-types.ts'

/** What a shared array has besides what every typed array has. */
export interface SharedArrayMembers<T extends SharedType> {
  readonly type: T
  /** A plain value that `SharedArray.attach` makes this array of in another thread. */
  readonly handle: SharedHandle<'SharedArray'> & { readonly type: T }
  /** Marks what threads share; no part of its use. */
  readonly uncloneable: () => void
  /** The lock that belongs to it. Throws `HeddleError` if it was made without one. */
  getLock(): Lock | RLock
  /** Adds atomically; returns the element before. Atomic operations throw `TypeError` for floats, `RangeError` beyond the end. */
  add(index: number, n: SharedNumber<T>): SharedNumber<T>
  /** Subtracts atomically; returns the element before. */
  sub(index: number, n: SharedNumber<T>): SharedNumber<T>
  /** Bitwise and, atomically; returns the element before. */
  and(index: number, n: SharedNumber<T>): SharedNumber<T>
  /** Bitwise or, atomically; returns the element before. */
  or(index: number, n: SharedNumber<T>): SharedNumber<T>
  /** Bitwise exclusive or, atomically; returns the element before. */
  xor(index: number, n: SharedNumber<T>): SharedNumber<T>
  /** Writes atomically; returns the element before. */
  exchange(index: number, n: SharedNumber<T>): SharedNumber<T>
  /** Writes `replacement` if the element is `expected`, in one step; returns the element before. */
  compareExchange(index: number, expected: SharedNumber<T>, replacement: SharedNumber<T>): SharedNumber<T>
  /** Reads in one order with all other atomic operations. */
  load(index: number): SharedNumber<T>
  /** Writes in one order with all other atomic operations. */
  store(index: number, n: SharedNumber<T>): void
}

/** A typed array in memory that threads share, with a lock. */
export type SharedArray<T extends SharedType = SharedType> = SharedElements[T] & SharedArrayMembers<T>

export interface SharedArrayConstructor {
  /**
   * A new array of `length` zeros, or of `items`. Throws `TypeError` if the type or an item is wrong, `RangeError` if the
   * length is, `SharingError` where memory cannot be shared.
   */
  new <T extends SharedType>(
    type: T,
    lengthOrItems: number | Iterable<SharedNumber<T>>,
    options?: SharedOptions,
  ): SharedArray<T>
  /** The array of this thread that `array.handle` of another thread stands for. Throws `HandleError`. */
  attach<T extends SharedType>(handle: SharedHandle<'SharedArray'> & { readonly type: T }): SharedArray<T>
  [Symbol.hasInstance](value: unknown): boolean
}

interface Inner {
  readonly type: SharedType
  readonly lock: Lock | RLock | undefined
  readonly own: boolean
}

const inners = /* @__PURE__ */ new WeakMap<object, Inner>()
/** One object a thread for each array that has a lock of its own. */
const attached = /* @__PURE__ */ new WeakMap<Lock | RLock, SharedArray>()

/**
 * `new SharedArray('float64', 100)`: a typed array, `array[3] = 1`, that arrives in other threads as itself, given as an
 * argument or by its `handle`. `array[3]++` is two steps: do it while you hold `array.getLock()`, or use `array.add(3, 1)`,
 * which integers have. What its methods make of it (`map`, `slice`, `subarray`) are plain typed arrays.
 */
export const SharedArray: SharedArrayConstructor = /* @__PURE__ */ makeClass()

function makeClass(): SharedArrayConstructor {
  function SharedArray(type: unknown, given: unknown, options: SharedOptions = {}): unknown {
    const checked = requireType(type)
    const items = typeof given === 'number' ? undefined : itemsOf(given, checked)
    const length = items?.length ?? (given as number)
    if (!Number.isSafeInteger(length) || length < 0)
      throw new RangeError(`length must be an integer of at least 0, got ${shown(length)}`)
    const lock = lockFrom(options)
    const own = lock !== undefined && options.lock === undefined
    const array = view(newMemory(checked, length), { type: checked, lock, own })
    items?.forEach((item, i) => (array[i] = item))
    return array
  }
  const attach = (handle: unknown): SharedArray => {
    const { memory, ...inner } = opened(handle, 'SharedArray')
    return (inner.own ? attached.get(inner.lock!) : undefined) ?? view(memory, inner)
  }
  Object.defineProperty(SharedArray, 'attach', { value: attach })
  Object.defineProperty(SharedArray, Symbol.hasInstance, {
    value: (value: unknown) => typeof value === 'object' && value !== null && inners.has(value),
  })
  return SharedArray as unknown as SharedArrayConstructor
}

function itemsOf(given: unknown, type: SharedType): (number | bigint)[] {
  if (typeof (given as Partial<Iterable<unknown>> | undefined)?.[Symbol.iterator] !== 'function')
    throw new TypeError(`lengthOrItems must be a number or an iterable of numbers, got ${shown(given)}`)
  const items = [...(given as Iterable<number | bigint>)]
  items.forEach((item, i) => requireNumber(`lengthOrItems[${i}]`, type, item))
  return items
}

function view(memory: SharedArrayBuffer, inner: Inner): SharedArray {
  const array = new (constructorOf(inner.type))(memory) as SharedArray
  Object.setPrototypeOf(array, prototypeOf(inner.type))
  inners.set(array, inner)
  if (inner.own) attached.set(inner.lock!, array)
  return array
}

const prototypes = /* @__PURE__ */ new Map<SharedType, object>()

/** Between the arrays and the typed array's own prototype; `constructor`, and so the species, stays the typed array. */
function prototypeOf(type: SharedType): object {
  let made = prototypes.get(type)
  if (made === undefined) {
    const base = (constructorOf(type) as unknown as { prototype: object }).prototype
    made = Object.create(base, Object.getOwnPropertyDescriptors(members)) as object
    prototypes.set(type, made)
  }
  return made
}

function innerOf(array: object): Inner {
  const inner = inners.get(array)
  if (inner === undefined) throw new TypeError(`this must be a SharedArray, got ${shown(array)}`)
  return inner
}

type Words = Int32Array

const members = {
  get type(): SharedType {
    return innerOf(this).type
  },
  get handle(): SharedHandle<'SharedArray'> {
    const { type, lock, own } = innerOf(this)
    const memory = (this as unknown as Words).buffer as unknown as SharedArrayBuffer
    return { heddle: 'SharedArray', type, memory, lock: lock?.handle, own }
  },
  uncloneable(): void {},
  getLock(): Lock | RLock {
    const { lock } = innerOf(this)
    if (lock === undefined) throw new HeddleError('getLock(): this SharedArray was made with { lock: false }')
    return lock
  },
  add(index: number, n: number): number {
    return Atomics.add(atomic(this, 'add', index, n), index, n)
  },
  sub(index: number, n: number): number {
    return Atomics.sub(atomic(this, 'sub', index, n), index, n)
  },
  and(index: number, n: number): number {
    return Atomics.and(atomic(this, 'and', index, n), index, n)
  },
  or(index: number, n: number): number {
    return Atomics.or(atomic(this, 'or', index, n), index, n)
  },
  xor(index: number, n: number): number {
    return Atomics.xor(atomic(this, 'xor', index, n), index, n)
  },
  exchange(index: number, n: number): number {
    return Atomics.exchange(atomic(this, 'exchange', index, n), index, n)
  },
  compareExchange(index: number, expected: number, replacement: number): number {
    requireNumber('replacement', innerOf(this).type, replacement)
    return Atomics.compareExchange(
      atomic(this, 'compareExchange', index, expected),
      index,
      expected,
      replacement,
    )
  },
  load(index: number): number {
    return Atomics.load(atomic(this, 'load', index), index)
  },
  store(index: number, n: number): void {
    Atomics.store(atomic(this, 'store', index, n), index, n)
  },
}

function atomic(array: object, verb: string, index: unknown, n?: unknown): Words {
  const { type } = innerOf(array)
  requireAtomic(verb, type)
  const words = array as Words
  if (!Number.isInteger(index) || (index as number) < 0 || (index as number) >= words.length)
    throw new RangeError(`index must be an integer from 0 to ${words.length - 1}, got ${shown(index)}`)
  if (n !== undefined || verb !== 'load') requireNumber('n', type, n)
  return words
}
