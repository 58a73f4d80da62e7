/** One number that threads share. */
import { HeddleError, type Lock, type RLock } from '../index.ts'
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

type Words = SharedElements['int32']

/** One object a thread for each value that has a lock of its own. */
const attached = /* @__PURE__ */ new WeakMap<Lock | RLock, SharedValue>()

/**
 * One number in memory that threads share: `new SharedValue('int32', 5)`. It arrives in other threads as itself, given as
 * an argument or by its `handle`.
 *
 * Reading and writing `value` are two steps: `counter.value++` in two threads loses updates. Do it while you hold
 * `getLock()`, or use the atomic operations, which integers have.
 */
export class SharedValue<T extends SharedType = SharedType> {
  readonly type: T
  /** Makes a structured clone of it fail instead of giving something that is not shared. */
  readonly uncloneable: () => void = refuse
  readonly #words: SharedElements[SharedType]
  readonly #lock: Lock | RLock | undefined
  readonly #own: boolean

  /** Throws `TypeError` if the type or the number is wrong, `SharingError` where memory cannot be shared. */
  constructor(type: T, value?: SharedNumber<T>, options: SharedOptions = {}) {
    requireType(type)
    if (value !== undefined) requireNumber('value', type, value)
    this.#lock = lockFrom(options)
    this.type = type
    this.#words = new (constructorOf(type))(memoryOf(options) ?? newMemory(type, 1))
    if (value !== undefined) this.#words[0] = value
    this.#own = this.#lock !== undefined && (options.lock === undefined || 'own' in options)
    if (this.#own) attached.set(this.#lock!, this)
  }

  /** The value of this thread that `value.handle` of another thread stands for. Throws `HandleError`. */
  static attach<T extends SharedType>(
    handle: SharedHandle<'SharedValue'> & { readonly type: T },
  ): SharedValue<T> {
    const { type, memory, lock, own } = opened(handle, 'SharedValue')
    const present = own ? attached.get(lock!) : undefined
    const options = { lock: lock ?? (false as const), ...(own && { own }), [MEMORY]: memory }
    return (present ?? new SharedValue(type, undefined, options)) as SharedValue<T>
  }

  /** A plain value that `SharedValue.attach` makes this value of in another thread. */
  get handle(): SharedHandle<'SharedValue'> & { readonly type: T } {
    const memory = this.#words.buffer as SharedArrayBuffer
    return { heddle: 'SharedValue', type: this.type, memory, lock: this.#lock?.handle, own: this.#own }
  }

  /** The number as it is now. Integers wrap around when they are written, as in typed arrays. */
  get value(): SharedNumber<T> {
    return this.#words[0] as SharedNumber<T>
  }

  set value(value: SharedNumber<T>) {
    requireNumber('value', this.type, value)
    this.#words[0] = value
  }

  /** The lock that belongs to it. Throws `HeddleError` if it was made without one. */
  getLock(): Lock | RLock {
    if (this.#lock === undefined)
      throw new HeddleError('getLock(): this SharedValue was made with { lock: false }')
    return this.#lock
  }

  /** Adds atomically; returns the value before. */
  add(n: SharedNumber<T>): SharedNumber<T> {
    return Atomics.add(this.#atomic('add', n), 0, n as number) as SharedNumber<T>
  }

  /** Subtracts atomically; returns the value before. */
  sub(n: SharedNumber<T>): SharedNumber<T> {
    return Atomics.sub(this.#atomic('sub', n), 0, n as number) as SharedNumber<T>
  }

  /** Bitwise and, atomically; returns the value before. */
  and(n: SharedNumber<T>): SharedNumber<T> {
    return Atomics.and(this.#atomic('and', n), 0, n as number) as SharedNumber<T>
  }

  /** Bitwise or, atomically; returns the value before. */
  or(n: SharedNumber<T>): SharedNumber<T> {
    return Atomics.or(this.#atomic('or', n), 0, n as number) as SharedNumber<T>
  }

  /** Bitwise exclusive or, atomically; returns the value before. */
  xor(n: SharedNumber<T>): SharedNumber<T> {
    return Atomics.xor(this.#atomic('xor', n), 0, n as number) as SharedNumber<T>
  }

  /** Writes atomically; returns the value before. */
  exchange(n: SharedNumber<T>): SharedNumber<T> {
    return Atomics.exchange(this.#atomic('exchange', n), 0, n as number) as SharedNumber<T>
  }

  /** Writes `replacement` if the value is `expected`, in one step; returns the value before. */
  compareExchange(expected: SharedNumber<T>, replacement: SharedNumber<T>): SharedNumber<T> {
    const words = this.#atomic('compareExchange', expected)
    requireNumber('replacement', this.type, replacement)
    return Atomics.compareExchange(words, 0, expected as number, replacement as number) as SharedNumber<T>
  }

  /** Reads in one order with all other atomic operations. */
  load(): SharedNumber<T> {
    return Atomics.load(this.#atomic('load'), 0) as SharedNumber<T>
  }

  /** Writes in one order with all other atomic operations. */
  store(n: SharedNumber<T>): void {
    Atomics.store(this.#atomic('store', n), 0, n as number)
  }

  #atomic(verb: string, n?: unknown): Words {
    requireAtomic(verb, this.type)
    if (n !== undefined || verb !== 'load') requireNumber('n', this.type, n)
    return this.#words as Words
  }
}

/** How `attach` hands the memory to the constructor. */
const MEMORY: unique symbol = Symbol('memory') as never

function memoryOf(options: SharedOptions): SharedArrayBuffer | undefined {
  return (options as { [MEMORY]?: SharedArrayBuffer })[MEMORY]
}

/** Its source is what a structured clone complains about. */
const refuse = function send_the_handle_of_this_value_instead(): void {}
