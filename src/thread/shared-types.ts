/** The elements of shared values and arrays, their memory and their atomic operations. */
import { HandleError, Lock, RLock, SharingError } from '../index.ts'
import { requireObject, shown } from './checks.ts'

/** The typed arrays by the names of their elements. */
export interface SharedElements {
  int8: Int8Array
  uint8: Uint8Array
  uint8clamped: Uint8ClampedArray
  int16: Int16Array
  uint16: Uint16Array
  int32: Int32Array
  uint32: Uint32Array
  float32: Float32Array
  float64: Float64Array
  bigint64: BigInt64Array
  biguint64: BigUint64Array
}

export type SharedType = keyof SharedElements

/** What an element of that type is in JavaScript. */
export type SharedNumber<T extends SharedType> = T extends 'bigint64' | 'biguint64' ? bigint : number

/** What a shared value or array is made with. */
export interface SharedOptions {
  /** What `getLock()` gives: default a new `Lock`; `false` for none. */
  lock?: Lock | RLock | false
}

/** What stands for a shared value or array on its way to another thread. A plain value. */
export interface SharedHandle<Kind extends string = string> {
  readonly heddle: Kind
  readonly type: SharedType
  readonly memory: SharedArrayBuffer
  readonly lock: Lock['handle'] | RLock['handle'] | undefined
  /** Whether the lock is of this one alone. */
  readonly own: boolean
}

type Elements = SharedElements[SharedType]
type Constructor = { readonly BYTES_PER_ELEMENT: number; new (memory: SharedArrayBuffer): Elements }

const constructors: { readonly [T in SharedType]: Constructor } = {
  int8: Int8Array,
  uint8: Uint8Array,
  uint8clamped: Uint8ClampedArray,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
  bigint64: BigInt64Array,
  biguint64: BigUint64Array,
}

const UNATOMIC = /* @__PURE__ */ new Set<SharedType>(['float32', 'float64', 'uint8clamped'])

export function requireType(type: unknown): SharedType {
  if (typeof type === 'string' && Object.hasOwn(constructors, type)) return type as SharedType
  throw new TypeError(`type must be one of ${Object.keys(constructors).join(', ')}, got ${shown(type)}`)
}

/** Throws `SharingError` where there is no shared memory, as in a page that is not isolated. */
export function newMemory(type: SharedType, length: number): SharedArrayBuffer {
  if (typeof SharedArrayBuffer !== 'function')
    throw new SharingError(
      'there is no shared memory here; a page needs the headers Cross-Origin-Opener-Policy: same-origin and ' +
        'Cross-Origin-Embedder-Policy: require-corp',
    )
  return new SharedArrayBuffer(length * constructors[type].BYTES_PER_ELEMENT)
}

export function constructorOf(type: SharedType): Constructor {
  return constructors[type]
}

export function requireNumber(name: string, type: SharedType, value: unknown): void {
  const wanted = type.startsWith('big') ? 'bigint' : 'number'
  if (typeof value !== wanted)
    throw new TypeError(`${name} must be a ${wanted} for ${type}, got ${shown(value)}`)
}

/** Throws `TypeError` if there are no atomic operations for the type. */
export function requireAtomic(verb: string, type: SharedType): void {
  if (UNATOMIC.has(type))
    throw new TypeError(
      `${verb}() is not there for ${type}, which the platform has no atomic operations for; change it while you hold getLock()`,
    )
}

export function lockFrom(options: SharedOptions): Lock | RLock | undefined {
  requireObject('options', options, '{ lock? }')
  const { lock = new Lock() } = options
  if (lock === false) return undefined
  if (lock instanceof Lock || lock instanceof RLock) return lock
  throw new TypeError(`lock must be a Lock, an RLock or false, got ${shown(lock)}`)
}

/** The parts of a handle of that kind. Throws `HandleError` if it is none. */
export function opened(
  handle: unknown,
  kind: string,
): { type: SharedType; memory: SharedArrayBuffer; lock: Lock | RLock | undefined; own: boolean } {
  const { heddle, type, memory, lock, own } = (
    typeof handle === 'object' && handle !== null ? handle : {}
  ) as Partial<SharedHandle>
  if (heddle !== kind)
    throw new HandleError(`handle must be the handle of a ${kind}, got ${shown(heddle ?? handle)}`)
  if (typeof type !== 'string' || !Object.hasOwn(constructors, type))
    throw new HandleError(`handle.type of the ${kind} is ${shown(type)}, which is no type of elements`)
  const size = constructors[type].BYTES_PER_ELEMENT
  if (!isShared(memory) || memory.byteLength % size !== 0)
    throw new HandleError(`handle.memory of the ${kind} must be shared memory for ${type}`)
  return { type, memory, lock: lock && attachLock(lock), own: own === true && lock !== undefined }
}

function attachLock(handle: Lock['handle'] | RLock['handle']): Lock | RLock {
  return handle.heddle === 'RLock' ? RLock.attach(handle) : Lock.attach(handle)
}

function isShared(memory: unknown): memory is SharedArrayBuffer {
  return Object.prototype.toString.call(memory) === '[object SharedArrayBuffer]'
}
