/** What runs in the worker of a `Thread`: one call, and its outcome. */
import { blame, pack, type Parcel, packFailure, unpack } from './parcel.ts'
import { type FunctionReference, functionOf, load } from './reference.ts'
import type { Link } from './link.ts'

export interface Call {
  readonly f: FunctionReference
  readonly args: Parcel
  /** `f` is a class and `args` an instance of it, whose `run` is called. */
  readonly runs: boolean
}

/** How the call ended. */
export interface Outcome {
  readonly failed: boolean
  /** The result or the error. */
  readonly value: Parcel
}

export async function call(link: Link, input: unknown): Promise<void> {
  const { f, args, runs } = input as Call
  try {
    const found = await functionOf(f)
    await load(args.modules)
    const given = unpack(args)
    const value: unknown = await (runs
      ? (given as { run(): unknown }).run()
      : (found as (...args: unknown[]) => unknown)(...(given as unknown[])))
    give(link, value)
  } catch (error) {
    fail(link, error)
  }
  link.done()
}

function give(link: Link, value: unknown): void {
  const { parcel, transfer } = pack(value, 'the result')
  try {
    link.post({ failed: false, value: parcel } satisfies Outcome, transfer)
  } catch (error) {
    throw blame(error, parcel.value, 'the result')
  }
}

function fail(link: Link, error: unknown): void {
  link.post({ failed: true, value: packFailure(error).parcel } satisfies Outcome)
}
