/** The public list of `heddle/effect`. */
export { type LockFailure, WaitError, type WaitFailure, type WaitFailureTag } from './failures.ts'
export { fromEffect, fromEffectWith } from './from-effect.ts'
export {
  type Holding,
  scoped,
  withAll,
  withHeld,
  type WithHeld,
  withLock,
  withPermits,
  withRead,
  withWrite,
} from './locks.ts'
export { observed, type ObserveOptions } from './observe.ts'
export {
  checkedFunction,
  type CheckedFunction,
  MismatchError,
  type PlainSchema,
  schemaCodec,
  type Signature,
  submitChecked,
} from './schema.ts'
export { into, type Sink, subscribed, toStream, type ToStreamOptions } from './stream.ts'
export { executorLayer, submit, submitWith } from './submit.ts'
export { toEffect } from './to-effect.ts'
