/** The public list of `heddle/threads`. */
export { Actor, type ActorStatistics } from './actor.ts'
export type { Behaviour } from './actor-behaviour.ts'
export type { ActorFailure, ActorOptions, ActorThreadOptions, Backoff, Directive } from './actor-options.ts'
export { mapReduce, type MapReduceOptions, type MapReduceProgress } from './map-reduce.ts'
export type { ThreadOptions } from './options.ts'
export { currentExecutor, currentSignal, reportProgress } from './pool/current.ts'
export { Mapping, type Progress } from './pool/mapping.ts'
export type { CrewOptions } from './pool/options.ts'
export {
  type ApplyOptions,
  type ImapOptions,
  Pool,
  type PoolCallOptions,
  type PoolMapOptions,
  type PoolOptions,
} from './pool/pool.ts'
export type { ProgressStream } from './pool/progress.ts'
export {
  ThreadPoolExecutor,
  type ThreadPoolExecutorOptions,
  type ThreadSubmitOptions,
} from './pool/thread-pool-executor.ts'
export type { Unordered } from './pool/unordered.ts'
export { portable, type Portable, type PortableReference } from './portable.ts'
export type { ResourceLimits, WorkerFactory } from './spawn.ts'
export { SharedArray, type SharedArrayConstructor, type SharedArrayMembers } from './shared-array.ts'
export type { SharedElements, SharedHandle, SharedNumber, SharedOptions, SharedType } from './shared-types.ts'
export { SharedValue } from './shared-value.ts'
export { Thread } from './thread.ts'
export { threaded, type ThreadedOptions } from './threaded.ts'
export { transfer } from './transfer.ts'
