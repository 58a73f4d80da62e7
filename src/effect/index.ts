/** The public list of `heddle/effect`. */
export { WaitError, type WaitFailure, type WaitFailureTag } from './failures.ts'
export { fromEffect, fromEffectWith } from './from-effect.ts'
export {
  type Holding,
  scoped,
  withHeld,
  type WithHeld,
  withLock,
  withPermits,
  withRead,
  withWrite,
} from './locks.ts'
export { toEffect } from './to-effect.ts'
