/** What a chain makes of the values that callbacks return. */
import type { Operation } from '../index.ts'
import type { Deferred } from './deferred.ts'
import type { Failure } from './failure.ts'

type IsAny<T> = 0 extends 1 & T ? true : false

/**
 * The value that the next callback gets when a callback returns `R`: what a Deferred, an Operation or a promise
 * ends in, nothing for a Failure (that goes to the errback), and everything else as it is.
 */
export type Settled<R> =
  IsAny<R> extends true
    ? any
    : R extends Failure<any>
      ? never
      : R extends Deferred<any, infer T>
        ? T
        : R extends Operation<infer T>
          ? T
          : R extends PromiseLike<infer T>
            ? Awaited<T>
            : R

/** Any Deferred at all. */
export type AnyDeferred = Deferred<any, any>

/** What a Deferred ends in. */
export type ValueOf<D> = D extends Deferred<any, infer T> ? T : never
