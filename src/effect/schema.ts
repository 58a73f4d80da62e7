/** Schemas at the border between threads: what crosses it is encoded on leaving and decoded on arrival. */
import { Data, Effect, Schema, SchemaIssue } from 'effect'
import { type Codec, type Executor, structured, type SubmitOptions } from '../index.ts'
import type { WaitFailure } from './failures.ts'
import { submitWith } from './submit.ts'

/** A schema that needs no services. */
export type PlainSchema<T> = Schema.Codec<T, any>

/** What crossed the border, or was about to, is not what the schema says. */
export class MismatchError extends Data.Error<{
  readonly _tag: 'MismatchError'
  readonly message: string
  readonly path: readonly (string | number)[]
}> {
  /** `path` leads to the first bad field, beginning with `item`, `arguments` or `result`. */
  constructor(message: string, path: readonly (string | number)[]) {
    super({ _tag: 'MismatchError', message, path })
    this.name = 'MismatchError'
  }
}

const issues = SchemaIssue.makeFormatterStandardSchemaV1()

/** Runs a step of a schema; what it complains about becomes a `MismatchError`. */
function checked<A>(place: string, step: () => A): A {
  try {
    return step()
  } catch (error) {
    if (!Schema.isSchemaError(error)) throw error
    const [first] = issues(error.issue).issues
    const path = [place, ...(first?.path ?? []).map(keyOf)]
    throw new MismatchError(`${written(path)}: ${first?.message ?? error.message}`, path)
  }
}

function keyOf(segment: PropertyKey | { readonly key: PropertyKey }): string | number {
  const key = typeof segment === 'object' ? segment.key : segment
  return typeof key === 'symbol' ? String(key) : key
}

function written([place, ...rest]: readonly (string | number)[]): string {
  return rest.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${key}`),
    String(place),
  )
}

/**
 * A codec for a `SharedQueue`, on both sides: items travel as the schema's encoded side. A bad item throws `MismatchError`
 * where it is put; one that came from elsewhere, where it is taken, and is gone.
 */
export function schemaCodec<T>(schema: PlainSchema<T>): Codec<T> {
  const encode = Schema.encodeSync(schema)
  const decode = Schema.decodeUnknownSync(schema)
  return {
    encode: (item) => structured.encode(checked('item', () => encode(item))),
    decode: (bytes) => checked('item', () => decode(structured.decode(bytes))),
  }
}

/** What `checkedFunction` takes: a schema for each argument, and one for what the function gives in the end. */
export interface Signature<A extends readonly unknown[], R> {
  readonly args: { readonly [I in keyof A]: PlainSchema<A[I]> }
  readonly result: PlainSchema<R>
}

interface Border<A extends readonly unknown[], R> {
  readonly leave: (args: A) => unknown[]
  readonly arrive: (result: unknown) => R
}

const borders = new WeakMap<object, Border<any, any>>()

/** A function that takes and gives encoded values. `submitChecked` calls it with decoded ones. */
export interface CheckedFunction<A extends readonly unknown[], R> {
  (...encoded: { [I in keyof A]: any }): Promise<unknown>
  /** Types only. */
  readonly signature?: (...args: A) => R
}

/**
 * Wraps a function that is submitted to threads (make the outcome `portable`): it decodes its arguments where it runs, and
 * encodes its result there. Throws `MismatchError`, with the path to the field.
 */
export function checkedFunction<A extends readonly unknown[], R>(
  { args, result }: Signature<A, R>,
  f: (...args: A) => R | PromiseLike<R>,
): CheckedFunction<A, R> {
  const tuple = Schema.Tuple(args as any) as unknown as PlainSchema<A>
  const [encodeArguments, decodeArguments] = [Schema.encodeSync(tuple), Schema.decodeUnknownSync(tuple)]
  const [encodeResult, decodeResult] = [Schema.encodeSync(result), Schema.decodeUnknownSync(result)]
  const wrapped = async (...encoded: unknown[]): Promise<unknown> => {
    const given = await f(...checked('arguments', () => decodeArguments(encoded)))
    return checked('result', () => encodeResult(given))
  }
  borders.set(wrapped, {
    leave: (values: A) => checked('arguments', () => encodeArguments(values)) as unknown[],
    arrive: (value: unknown) => checked('result', () => decodeResult(value)),
  })
  return wrapped as CheckedFunction<A, R>
}

/** As `submitWith`, for a `checkedFunction`: the arguments are encoded here and the result decoded, or `MismatchError`. */
export function submitChecked<A extends readonly unknown[], R>(
  executor: Executor,
  f: CheckedFunction<A, R>,
  args: A,
  options: Omit<SubmitOptions, 'signal'> = {},
): Effect.Effect<R, WaitFailure | MismatchError> {
  const border = borders.get(f) as Border<A, R> | undefined
  if (border === undefined) throw new TypeError('f must come from checkedFunction')
  const attempt = <T>(step: () => T): Effect.Effect<T, MismatchError> =>
    Effect.suspend(() => {
      try {
        return Effect.succeed(step())
      } catch (error) {
        return error instanceof MismatchError ? Effect.fail(error) : Effect.die(error)
      }
    })
  return attempt(() => border.leave(args)).pipe(
    Effect.flatMap((encoded) =>
      submitWith<any, Promise<unknown>, MismatchError>(executor, options, f, ...encoded),
    ),
    Effect.catchTag('MismatchError', ({ message, path }) => Effect.fail(new MismatchError(message, path))),
    Effect.flatMap((value) => attempt(() => border.arrive(value))),
  )
}
