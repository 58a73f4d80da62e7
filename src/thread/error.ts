/**
 * Errors on their way to another thread: class, message, stack, cause and own properties. The class is one of the
 * language, of Heddle, or one that was made portable, where there is one; else it is made for its name on top of the
 * nearest ancestor that is known here: `error.name` and `error.constructor.name` are right, and `instanceof` that
 * ancestor. The class's constructor does not run again.
 */
import {
  BrokenBarrierError,
  BrokenPoolError,
  CancelledError,
  ChannelClosedError,
  CodecError,
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
  QueueShutDownError,
  RejectedSubmissionError,
  SharingError,
  TimeoutError,
  TooManyThreadsError,
  WorkerDiedError,
  WouldBlockError,
} from '../index.ts'
import type { Packer, Unpacker } from './parcel.ts'
import { runtimeIs } from './platform.ts'
import { loaded, markOf, type PortableReference } from './portable.ts'

export interface PackedError {
  /** The class and its ancestors but `Error`. */
  classes: PackedClass[]
  name: string
  message: string
  stack: string | undefined
  /** Own properties, `cause` and `errors` among them, each packed. */
  own: Record<string, unknown>
}

interface PackedClass {
  readonly name: string
  readonly reference: PortableReference | undefined
}

type ErrorClass = new (message?: string) => Error

/** By name, and not the whole module: a namespace would keep every bundle from leaving out what it does not use. */
const ours = {
  HeddleError,
  TimeoutError,
  CancelledError,
  ChannelClosedError,
  CodecError,
  NotHeldError,
  NotOwnerError,
  OverReleaseError,
  PoisonedError,
  QueueShutDownError,
  BrokenBarrierError,
  BrokenPoolError,
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

/** Where JavaScriptCore keeps where an error was made. */
const PLACES = new Set(['line', 'column', 'sourceURL', 'originalLine', 'originalColumn'])

/** Classes of Bun whose instances only it can make. */
const UNMAKEABLE = new Set(['ResolveMessage', 'BuildMessage'])

/** Fills `into`. What cannot travel is replaced by a note, so that the error itself always arrives. */
export function packError(error: Error, into: PackedError, packer: Packer): void {
  into.classes = classesOf(error)
  for (const { reference } of into.classes) if (reference !== undefined) packer.modules.add(reference.module)
  into.name = String(error.name)
  into.message = String(error.message)
  into.stack = typeof error.stack === 'string' ? error.stack : undefined
  into.own = {}
  for (const key of Object.getOwnPropertyNames(error)) {
    if (BUILT_IN.has(key) || (PLACES.has(key) && runtimeIs('bun'))) continue
    into.own[key] = packProperty(error[key as keyof Error], key, packer)
  }
  const { code } = error as { code?: unknown }
  if (typeof code === 'string') into.own['code'] ??= code
}

function classesOf(error: Error): PackedClass[] {
  const classes: PackedClass[] = []
  for (let at: unknown = Object.getPrototypeOf(error); at instanceof Error; at = Object.getPrototypeOf(at)) {
    const found: unknown = Object.hasOwn(at as object, 'constructor') ? (at as Error).constructor : undefined
    if (typeof found === 'function' && found.name !== '')
      classes.push({ name: found.name, reference: markOf(found) })
  }
  return classes
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
  if (packed.classes[0]?.name === 'DOMException' && typeof DOMException === 'function')
    return new DOMException(packed.message, packed.name)
  return Reflect.construct(Error, [packed.message], classOf(packed.classes)) as Error
}

const made = /* @__PURE__ */ new WeakMap<ErrorClass, Map<string, ErrorClass>>()

function classOf(classes: readonly PackedClass[]): ErrorClass {
  const known = classes.map(knownClass)
  const nearest = known.findIndex((each) => each !== undefined)
  const base = known[nearest] ?? Error
  const name = classes[0]?.name
  if (name === undefined || nearest === 0) return base
  const standIns = made.get(base) ?? new Map<string, ErrorClass>()
  made.set(base, standIns)
  let standIn = standIns.get(name)
  if (standIn === undefined) {
    standIn = class extends base {}
    define(standIn, 'name', name)
    standIns.set(name, standIn)
  }
  return standIn
}

function knownClass({ name, reference }: PackedClass): ErrorClass | undefined {
  if (reference !== undefined) return loaded(reference) as ErrorClass | undefined
  if (UNMAKEABLE.has(name)) return undefined
  for (const home of [globalThis, ours] as unknown as Record<string, unknown>[]) {
    const found = Object.hasOwn(home, name) ? home[name] : undefined
    if (typeof found === 'function' && (found === Error || found.prototype instanceof Error))
      return found as ErrorClass
  }
  return undefined
}

function define(target: object, key: string, value: unknown, enumerable: boolean = false): void {
  Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true })
}
