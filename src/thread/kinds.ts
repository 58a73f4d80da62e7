/** What travels as a handle: the primitives of the core, and what this entry point adds. */
import { attach } from '../index.ts'

/** A handle of any kind, as it is posted. */
export type SentHandle = { readonly heddle: string }

/** The handle of a primitive; `undefined` for anything else. */
export function handleOf(value: object): SentHandle | undefined {
  if (!('uncloneable' in value) || !('handle' in value)) return undefined
  return value.handle as SentHandle
}

export function attachHandle(handle: SentHandle): object {
  return attach(handle as Parameters<typeof attach>[0])
}
