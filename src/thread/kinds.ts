/** What travels as a handle: the primitives of the core, and what this entry point adds. */
import { attach } from '../index.ts'
import { SharedArray } from './shared-array.ts'
import { SharedValue } from './shared-value.ts'

/** A handle of any kind, as it is posted. */
export type SentHandle = { readonly heddle: string }

/** The handle of a primitive; `undefined` for anything else. */
export function handleOf(value: object): SentHandle | undefined {
  if (!('uncloneable' in value) || !('handle' in value)) return undefined
  return value.handle as SentHandle
}

export function attachHandle(handle: SentHandle): object {
  if (handle.heddle === 'SharedValue') return SharedValue.attach(handle as SharedValue['handle'])
  if (handle.heddle === 'SharedArray') return SharedArray.attach(handle as SharedArray['handle'])
  return attach(handle as Parameters<typeof attach>[0])
}
