/** A loop over whatever gives items, in a task. */
import { requireFunction, requireInteger, shown } from '../errors.ts'
import { isOperation } from '../operation/operation.ts'
import type { Operation } from '../operation/operation.ts'
import { until } from '../operation/until.ts'
import type { Suspend } from '../operation/waiter.ts'
import { group } from './group.ts'
import type { Steps } from './scoped.ts'

/** Gives items by operations: a queue, `every(ms)`, `joinEach(tasks)`. */
export interface ItemSource<T> {
  next(): Operation<IteratorResult<T, unknown>>
}

/** What `each` takes from: a source of operations, an iterable, or an async iterable. */
export type EachSource<T> = ItemSource<T> | AsyncIterable<T> | Iterable<T>

/** What `each` takes. */
export interface EachOptions {
  /** How many items are worked on at once, each in a task of its own; an integer of at least 1. Default 1: in this task. */
  concurrency?: number | undefined
}

type Pull<T> = () => Generator<Suspend, IteratorResult<T, unknown>, unknown>

/**
 * Runs `body` for each item: `yield* each(queue, function* (item, index) { … })`. It ends with the source, or with the first
 * failure, which ends the iterator of an iterable too; items of a queue that were not taken stay there. With `concurrency`
 * several bodies run at once, as a `group`.
 */
export function each<T>(
  source: EachSource<T>,
  body: (item: T, index: number) => Steps<unknown>,
  options: EachOptions = {},
): Generator<Suspend, void, unknown> {
  requireFunction('body', body)
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`options must be an object { concurrency? }, got ${shown(options)}`)
  const { concurrency = 1 } = options
  requireInteger('concurrency', concurrency, 1)
  return loop(source, body, concurrency)
}

function* loop<T>(
  source: EachSource<T>,
  body: (item: T, index: number) => Steps<unknown>,
  concurrency: number,
): Generator<Suspend, void, unknown> {
  const { pull, close } = puller(source)
  let index = 0
  let over = false
  const worker = function* (): Generator<Suspend, void, unknown> {
    while (!over) {
      const step = yield* pull()
      if (step.done === true) over = true
      else yield* body(step.value, index++)
    }
  }
  try {
    if (concurrency === 1) yield* worker()
    else
      yield* group(function* (g) {
        for (let i = 1; i < concurrency; i++) void g.spawn(worker)
        yield* worker()
      })
  } finally {
    if (!over) yield* close()
  }
}

interface Puller<T> {
  readonly pull: Pull<T>
  readonly close: () => Generator<Suspend, void, unknown>
}

interface AnyIterator<T> {
  next(): unknown
  return?(): unknown
  [Symbol.iterator]?(): Iterator<T>
  [Symbol.asyncIterator]?(): AsyncIterator<T>
}

/** How to ask this source for an item, found out by the form of its first answer. */
function puller<T>(source: EachSource<T>): Puller<T> {
  const given = source as unknown as Partial<AnyIterator<T>> | null | undefined
  if (typeof given?.next === 'function') return fromIterator(given as AnyIterator<T>)
  if (typeof given?.[Symbol.asyncIterator] === 'function')
    return fromIterator(given[Symbol.asyncIterator]!() as AnyIterator<T>)
  if (typeof given?.[Symbol.iterator] === 'function')
    return fromIterator(given[Symbol.iterator]!() as AnyIterator<T>)
  throw new TypeError(`source must have next(), or be iterable or async iterable, got ${shown(source)}`)
}

function fromIterator<T>(iterator: AnyIterator<T>): Puller<T> {
  let operations = false
  return {
    *pull() {
      const answer = iterator.next()
      if (isOperation(answer)) {
        operations = true
        return (yield* answer) as IteratorResult<T, unknown>
      }
      return yield* settled<IteratorResult<T, unknown>>(answer)
    },
    *close() {
      if (!operations) yield* settled(iterator.return?.())
    },
  }
}

function* settled<T>(answer: unknown): Generator<Suspend, T, unknown> {
  return typeof (answer as PromiseLike<T> | undefined)?.then === 'function'
    ? yield* until(answer as PromiseLike<T>)
    : (answer as T)
}
