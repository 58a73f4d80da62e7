/** What the owner of a pool and its workers tell each other. Calls and outcomes go in batches, as parallel arrays. */
import type { Parcel } from '../parcel.ts'
import type { FunctionReference } from '../reference.ts'

/** What a worker does with the value of a call. */
export const CALL = 0 // the arguments: f(...value)
export const MAP = 1 // items: the results of f(item) for each
export const STARMAP = 2 // lists of arguments: the results of f(...list) for each
export const NUMBERS = 3 // numbers in shared memory: the results of f(number) in their place, if they are numbers too
export type Mode = typeof CALL | typeof MAP | typeof STARMAP | typeof NUMBERS

/** What the program `serve` is given. */
export interface ServeInput {
  readonly cells: Int32Array | undefined
  readonly initializer: FunctionReference | undefined
  readonly initargs: Parcel
}

/** To the worker. */
export type Order =
  /** Calls: `seq` counts up from `first`; `packed` are the places of values that are parcels. */
  | {
      readonly k: 'calls'
      readonly first: number
      readonly functions: readonly number[] | number
      readonly values: readonly unknown[]
      readonly packed: readonly number[] | undefined
      readonly mode: Mode
      /** Functions that the worker has not seen, by their numbers. */
      readonly known: readonly (readonly [number, FunctionReference])[] | undefined
      /** Whether the worker says that the (only) call begins. */
      readonly announce: boolean
    }
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
  /** Calls that have ended. */
  | {
      readonly k: 'ended'
      /** The only one, the first of a row without gaps, or all of them. */
      readonly seqs: number | readonly number[]
      readonly values: readonly unknown[]
      /** `undefined` if all are plain results. */
      readonly kinds: readonly Kind[] | undefined
      /** Function, number of its calls, milliseconds they took; three numbers a function. */
      readonly times: readonly number[]
    }
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
