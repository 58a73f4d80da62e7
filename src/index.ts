/** The public list of `heddle`. */
import './perform/index.ts'

export {
  BrokenBarrierError,
  CancelledError,
  DeadlockError,
  ForeignTableError,
  HandleError,
  HeddleError,
  NotHeldError,
  NotInTaskError,
  NotOwnerError,
  OverReleaseError,
  PoisonedError,
  SharingError,
  TimeoutError,
  TooManyThreadsError,
  WorkerDiedError,
  WouldBlockError,
} from './errors.ts'

export { NOT_READY, Operation, type Poll } from './operation/operation.ts'
export { Procedure } from './operation/procedure.ts'
export type { WaitOptions } from './operation/options.ts'
export type { Clock, Host, Suspend, Waiter } from './operation/waiter.ts'
export { always, guard, never, sleep } from './operation/basic.ts'
export { choose, type ChooseFunction, select, type Selected } from './operation/choose.ts'
export { type DebugOptions, type NeverPerformed, setDebug } from './operation/debug.ts'
export { until } from './operation/until.ts'

export type { Handle } from './wait/handle.ts'
export type { InspectedWaiter, Inspection } from './wait/inspect.ts'

export { attach, type Attached } from './attach.ts'

export {
  Barrier,
  type BarrierAttachOptions,
  type BarrierOptions,
  type BarrierStatistics,
} from './sync/barrier.ts'
export {
  Condition,
  type ConditionHandle,
  type ConditionOptions,
  type ConditionStatistics,
} from './sync/condition.ts'
export { Event, type EventOptions, type EventStatistics } from './sync/event.ts'
export { Held } from './sync/held.ts'
export { Latch, type LatchStatistics } from './sync/latch.ts'
export { Lifeline, type LifelineEnd, type LifelineStatistics } from './sync/lifeline.ts'
export { Lock, type LockStatistics } from './sync/lock.ts'
export { type Lockable, lockAll } from './sync/lock-all.ts'
export { LockMap, type LockMapStatistics } from './sync/lock-map.ts'
export { Once, type OnceStatistics } from './sync/once.ts'
export type { OwnerOptions } from './sync/owner.ts'
export { RLock, type RLockOptions, type RLockStatistics } from './sync/rlock.ts'
export { RWLock, type RWLockStatistics } from './sync/rwlock.ts'
export { BoundedSemaphore, type Permits, Semaphore, type SemaphoreStatistics } from './sync/semaphore.ts'
export { Timer, type TimerOptions, type TimerStatistics } from './sync/timer.ts'

export { run } from './task/run.ts'
