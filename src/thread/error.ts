/**
 * Errors on their way to another thread: class, message, stack, cause and own properties. The class is one of the
 * language or of Heddle where there is one of that name, else one made for that name: `error.name` and
 * `error.constructor.name` are right, `instanceof` a class of one's own is not.
 */
import {
  BrokenBarrierError,
  CancelledError,
  DeadlockError,
  ForeignTableError,
  HandleError,
  HeddleError,
  InvalidStateError,
  NotHeldError,
  NotInTaskError,
  NotOwnerError,
  OverReleaseError,
  PoisonedError,
  RejectedSubmissionError,
  SharingError,
  TimeoutError,
  TooManyThreadsError,
  WorkerDiedError,
  WouldBlockError,
} from '../index.ts'
import type { Packer, Unpacker } from './parcel.ts'

export interface PackedError {
  class: string
  name: string
  message: string
  stack: string | undefined
  /** Own properties, `cause` and `errors` among them, each packed. */
  own: Record<string, unknown>
}

type ErrorClass = new (message?: string, options?: object) => Error

/** By name, and not the whole module: a namespace would keep every bundle from leaving out what it does not use. */
const ours = {
  HeddleError,
  TimeoutError,
  CancelledError,
  NotHeldError,
  NotOwnerError,
  OverReleaseError,
  PoisonedError,
  BrokenBarrierError,
  DeadlockError,
  WouldBlockError,
  NotInTaskError,
  ForeignTableError,
  HandleError,
  SharingError,
  TooManyThreadsError,
  WorkerDiedError,
  InvalidStateError,
  RejectedSubmissionError,
}

const BUILT_IN = new Set(['name', 'message', 'stack'])

/** Fills `into`. What cannot travel is replaced by a note, so that the error itself always arrives. */
export function packError(error: Error, into: PackedError, packer: Packer): void {
  into.class = error.constructor?.name || 'Error'
  into.name = String(error.name)
  into.message = String(error.message)
  into.stack = typeof error.stack === 'string' ? error.stack : undefined
  into.own = {}
  for (const key of Object.getOwnPropertyNames(error)) {
    if (BUILT_IN.has(key)) continue
    into.own[key] = packProperty(error[key as keyof Error], key, packer)
  }
}

function packProperty(value: unknown, key: string, packer: Packer): unknown {
  try {
    const packed = packer.pack(value, key)
    structuredClone(packed)
    return packed
  } catch (reason) {
    return `(${key} could not travel to this thread: ${reason instanceof Error ? reason.message : String(reason)})`
  }
}

/** `keep` is told of the error before its properties are unpacked, which may name it. */
export function unpackError(packed: PackedError, unpacker: Unpacker, keep: (error: Error) => Error): Error {
  const error = keep(create(packed))
  if (error.name !== packed.name) define(error, 'name', packed.name)
  define(error, 'stack', packed.stack)
  for (const [key, value] of Object.entries(packed.own)) {
    const hidden = key === 'cause' || key === 'errors'
    define(error, key, unpacker.unpack(value), !hidden)
  }
  return error
}

function create(packed: PackedError): Error {
  if (packed.class === 'DOMException' && typeof DOMException === 'function')
    return new DOMException(packed.message, packed.name)
  if (packed.class === 'AggregateError') return new AggregateError([], packed.message)
  return new (classNamed(packed.class))(packed.message)
}

const made = /* @__PURE__ */ new Map<string, ErrorClass>()

function classNamed(name: string): ErrorClass {
  for (const home of [globalThis, ours] as unknown as Record<string, unknown>[]) {
    const found = Object.hasOwn(home, name) ? home[name] : undefined
    if (typeof found === 'function' && (found === Error || found.prototype instanceof Error))
      return found as ErrorClass
  }
  let standIn = made.get(name)
  if (standIn === undefined) {
    standIn = class extends Error {}
    define(standIn, 'name', name)
    made.set(name, standIn)
  }
  return standIn
}

function define(target: object, key: string, value: unknown, enumerable: boolean = false): void {
  Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true })
}
