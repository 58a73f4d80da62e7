/** What the owner of a pool and its workers tell each other. Calls and outcomes go in batches, as parallel arrays. */
import type { Parcel } from '../parcel.ts'
import type { FunctionReference } from '../reference.ts'

/** What a worker does with the value of a call. */
export const CALL = 0 // the arguments: f(...value)
export const MAP = 1 // items: the results of f(item) for each
export const STARMAP = 2 // lists of arguments: the results of f(...list) for each
export const NUMBERS = 3 // numbers in shared memory: the results of f(number) in their place, if they are numbers too
export const GROUP = 4 // a reference of a combiner, and inputs: what f(input) gives for each, gathered by key; see group.ts
export type Mode = typeof CALL | typeof MAP | typeof STARMAP | typeof NUMBERS | typeof GROUP

/** What the program `serve` is given. */
export interface ServeInput {
  readonly cells: Int32Array | undefined
  readonly initializer: FunctionReference | undefined
  readonly initargs: Parcel
}

/**
 * Calls, to the worker: `seq` counts up from `first`. An array, as the clone of an object with names takes twice the time;
 * what is not needed at the end is left out.
 */
export type Calls = readonly [
  first: number,
  /** The one of all, or of each. */
  functions: readonly number[] | number,
  values: readonly unknown[],
  mode: Mode,
  /** Whether the worker says that the (only) call begins. */
  announce?: boolean,
  /** The places of values that are parcels. */
  packed?: readonly number[] | undefined,
  /** Functions that the worker has not seen, by their numbers. */
  known?: readonly (readonly [number, FunctionReference])[],
]

/** Calls that have ended, to the owner. */
export type Ended = readonly [
  /** The only one, the first of a row without gaps, or all of them. */
  seqs: number | readonly number[],
  values: readonly unknown[],
  /** Function, number of its calls, milliseconds they took; three numbers a function. */
  times: readonly number[],
  /** Absent if all are plain results. */
  kinds?: readonly Kind[],
]

/** To the worker. */
export type Order =
  | Calls
  /** The future of a call has ended before the call. */
  | { readonly k: 'abort'; readonly seq: number; readonly reason: Parcel }
  /** The outcome of a call that this worker had submitted. */
  | { readonly k: 'outcome'; readonly id: number; readonly failed: boolean; readonly value: Parcel }
  /** Nothing more comes. */
  | { readonly k: 'close' }

/** To the owner. */
export type Report =
  /** The initializer is through. */
  | { readonly k: 'initialized' }
  /** … or has failed. */
  | { readonly k: 'broken'; readonly error: Parcel }
  /** A call that was to be announced begins. */
  | { readonly k: 'begins'; readonly seq: number }
  | Ended
  /** A call says how far it is. */
  | { readonly k: 'progress'; readonly seq: number; readonly value: Parcel }
  /** A call submits another. */
  | {
      readonly k: 'submit'
      readonly id: number
      readonly f: FunctionReference
      readonly args: Parcel
      /** Whether it may be aborted. */
      readonly limited: boolean
    }
  /** The future of such a one has ended before it. */
  | { readonly k: 'abort'; readonly id: number; readonly reason: Parcel }

/** A result as it is, a parcel of one, or the parcel of an error. */
export const PLAIN = 0
export const PACKED = 1
export const FAILED = 2
export type Kind = typeof PLAIN | typeof PACKED | typeof FAILED
