export { Deferred, type TimeoutOptions } from './deferred.ts'
export { Failure, type FailureData } from './failure.ts'
export type { ErrorClass, ErrorKind } from './names.ts'
export { AlreadyCalledError, FailureGroup, FirstError } from './errors.ts'
export { fail, maybeDeferred, succeed } from './functions.ts'
export {
  DeferredList,
  type DeferredListOptions,
  type DeferredListResult,
  gatherResults,
  type MemberResult,
  type MemberResults,
  race,
} from './list.ts'
export { inlineCallbacks } from './inline.ts'
export { LoopingCall, type LoopingCallOptions } from './looping.ts'
export type { DeferredClock } from './clock.ts'
export type { Settled, ValueOf, AnyDeferred } from './types.ts'
export type { PromiseSource } from './bridge.ts'
export { setUnhandledFailureHook, type UnhandledFailure, type UnhandledFailureHook } from './unhandled.ts'
