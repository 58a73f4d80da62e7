/**
 * Errors as nodes of a graph: class, name, message, stack and own properties, `cause` and `errors` among them. An error
 * always arrives: a property that cannot travel is replaced by a note. The class is one of the language or of Heddle
 * where there is one of that name, else one made for that name.
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
} from '../errors.ts'
import { type Cell, ERROR, Flattener, type Node } from './graph.ts'

type ErrorClass = new (message?: string) => Error

/** By name, and not the whole module: a namespace would be in every bundle. */
const ours: Record<string, unknown> = {
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
}

/** Own properties that have a place of their own in the node. */
const PLACED: ReadonlySet<string> = new Set(['name', 'message', 'stack'])
/** Own properties that the language hides. */
const HIDDEN: ReadonlySet<string> = new Set(['cause', 'errors'])

/** Also one of another realm. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]'
}

export function errorNode(error: Error, graph: Flattener): Node {
  const made: unknown = error.constructor?.name
  const stack: unknown = error.stack
  const node: Node = [ERROR, text(made || 'Error'), text(error.name), text(error.message)]
  node.push(typeof stack === 'string' ? text(stack) : null)
  for (const key of Object.getOwnPropertyNames(error))
    if (!PLACED.has(key))
      node.push(text(key), !HIDDEN.has(key), property(error[key as keyof Error], key, graph))
  return node
}

/** The rest of the graph is not touched by what turns out not to travel. */
function property(value: unknown, key: string, graph: Flattener): Cell {
  if (typeof value !== 'object' || value === null || isError(value)) {
    if (typeof value !== 'function' && typeof value !== 'symbol') return graph.cell(value, `.${key}`)
    return `(${key} could not travel: it is a ${typeof value})`
  }
  try {
    new Flattener().flatten(value)
  } catch (reason) {
    return `(${key} could not travel: ${reason instanceof Error ? reason.message : String(reason)})`
  }
  return graph.cell(value, `.${key}`)
}

/** A fresh error of the class named. */
export function createError(className: string, name: string, message: string): Error {
  if (className === 'DOMException' && typeof DOMException === 'function')
    return new DOMException(message, name)
  const error =
    className === 'AggregateError' ? new AggregateError([], message) : new (named(className))(message)
  if (error.message !== message) define(error, 'message', message)
  if (error.name !== name) define(error, 'name', name)
  return error
}

const standIns = /* @__PURE__ */ new Map<string, ErrorClass>()

function named(name: string): ErrorClass {
  for (const home of [ours, globalThis as unknown as Record<string, unknown>]) {
    const found = Object.hasOwn(home, name) ? home[name] : undefined
    if (typeof found === 'function' && (found === Error || found.prototype instanceof Error))
      return found as ErrorClass
  }
  let standIn = standIns.get(name)
  if (standIn === undefined) {
    standIn = class extends Error {}
    define(standIn, 'name', name)
    standIns.set(name, standIn)
  }
  return standIn
}

export function define(target: object, key: string, value: unknown, enumerable: boolean = false): void {
  Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true })
}

function text(value: unknown): string {
  return String(value).replace(/[\uD800-\uDFFF]/gu, '\uFFFD')
}
