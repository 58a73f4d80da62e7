/** What went wrong, as a value that travels down the errback side of a Deferred. */
import { shown } from './checks.ts'
import { type ErrorClass, type ErrorKind, isKind, kindNames, NAMES } from './names.ts'

/** A Failure as plain data, fit for `postMessage` and JSON. */
export interface FailureData {
  /** The names of the error's classes, nearest first. */
  readonly names: readonly string[]
  readonly message: string
  readonly stack?: string
  readonly cause?: FailureData
  readonly errors?: readonly FailureData[]
}

/** An error on its way to an errback, with questions that can be asked of it. */
export class Failure<E = unknown> {
  /** What was thrown. */
  readonly value: E

  constructor(value: E) {
    this.value = value
  }

  /** The Failure itself if `value` is one, else a new one around it. */
  static of(value: unknown): Failure {
    return value instanceof Failure ? value : new Failure(value)
  }

  /** Rebuilds a Failure from plain data: an Error that `check` and `trap` still know by the names of all its classes. */
  static fromJSON(data: FailureData): Failure<Error> {
    return new Failure(revive(data))
  }

  /** The nearest name of the error's kind. */
  get type(): string {
    return kindNames(this.value)[0] ?? typeof this.value
  }

  /**
   * The first of `types` that the error is of, or `undefined`. A type is a class, or the name of a class; parents count.
   * A class also matches, by name, an error that lost its class on the way from another thread or machine.
   */
  check<const K extends readonly ErrorKind[]>(...types: K): K[number] | undefined {
    for (const type of types) if (isKind(this.value, type)) return type
    return undefined
  }

  /** As `check`, but an error of no such type is thrown on: the rest of the errback handles only what it names. */
  trap<const K extends readonly ErrorKind[]>(...types: K): K[number] {
    const type = this.check(...types)
    if (type === undefined) throw this.value
    return type
  }

  /** The error, typed, if it is an instance of `type` here; else `undefined`. */
  as<T>(type: ErrorClass<T>): T | undefined {
    return this.value instanceof type ? this.value : undefined
  }

  /** Throws the error. */
  raiseException(): never {
    throw this.value
  }

  /** The message alone. */
  getErrorMessage(): string {
    return messageOf(this.value)
  }

  /** The stack of the error and of everything that caused it; `brief` leaves the frames out. */
  getTraceback(options: { brief?: boolean } = {}): string {
    return describe(this.value, options.brief === true, '', new Set())
  }

  /** The error, then its cause, then the cause of that; a cycle ends it. */
  *causes(): Generator<unknown, void, undefined> {
    const seen = new Set<unknown>()
    for (let at: unknown = this.value; at !== undefined && !seen.has(at); at = causeOf(at)) {
      seen.add(at)
      yield at
    }
  }

  toString(): string {
    return `[Failure ${headline(this.value)}]`
  }

  /** Plain data for another thread or machine. */
  toJSON(): FailureData {
    return flatten(this.value, new Set())
  }
}

function field(value: unknown, name: 'cause' | 'errors' | 'message' | 'stack'): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

function messageOf(value: unknown): string {
  const message = field(value, 'message')
  if (typeof message === 'string') return message
  return typeof value === 'string' ? value : shown(value)
}

function causeOf(value: unknown): unknown {
  return field(value, 'cause')
}

function partsOf(value: unknown): readonly unknown[] {
  const errors = field(value, 'errors')
  return Array.isArray(errors) ? errors : []
}

function headline(value: unknown): string {
  const name = kindNames(value)[0]
  const message = messageOf(value)
  return name === undefined ? message : message === '' ? name : `${name}: ${message}`
}

function describe(value: unknown, brief: boolean, indent: string, seen: Set<unknown>): string {
  if (typeof value === 'object' && value !== null) {
    if (seen.has(value)) return `${indent}${headline(value)} (shown above)`
    seen.add(value)
  }
  const stack = brief ? undefined : field(value, 'stack')
  // An engine puts the headline as it was at the throw before the frames, or leaves it out; ours is put in its place.
  const frames =
    typeof stack === 'string' ? stack.split('\n').filter((line) => /^\s+at |@.*:\d+/.test(line)) : []
  const lines = [headline(value), ...frames.map((line) => `    ${line.trim()}`)].map((line) => indent + line)
  for (const part of partsOf(value)) lines.push(describe(part, brief, `${indent}  | `, seen))
  const cause = causeOf(value)
  if (cause !== undefined) lines.push(`${indent}caused by:`, describe(cause, brief, indent, seen))
  return lines.join('\n')
}

function flatten(value: unknown, seen: Set<unknown>): FailureData {
  seen.add(value)
  const stack = field(value, 'stack')
  const cause = causeOf(value)
  const errors = partsOf(value).filter((part) => !seen.has(part))
  return {
    names: kindNames(value),
    message: messageOf(value),
    ...(typeof stack === 'string' && { stack }),
    ...(cause !== undefined && !seen.has(cause) && { cause: flatten(cause, seen) }),
    ...(errors.length > 0 && { errors: errors.map((part) => flatten(part, seen)) }),
  }
}

function revive(data: FailureData): Error {
  const error = new Error(data.message, data.cause === undefined ? undefined : { cause: revive(data.cause) })
  const put = (key: PropertyKey, value: unknown): void => {
    Object.defineProperty(error, key, { value, configurable: true, writable: true })
  }
  put('name', data.names[0] ?? 'Error')
  put(NAMES, data.names)
  if (data.stack !== undefined) put('stack', data.stack)
  if (data.errors !== undefined) put('errors', data.errors.map(revive))
  return error
}
