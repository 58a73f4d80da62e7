/** The public list of `heddle`. */
import './perform/index.ts'
import './future/start.ts'

export {
  BrokenBarrierError,
  BrokenPoolError,
  CancelledError,
  ChannelClosedError,
  CodecError,
  DeadlockError,
  ForeignTableError,
  HandleError,
  HeddleError,
  InvalidStateError,
  NotHeldError,
  NotInTaskError,
  NotOwnerError,
  OverReleaseError,
  PoisonedError,
  QueueShutDownError,
  RejectedSubmissionError,
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
export { type Stepper, Wait } from './perform/wait.ts'
export { hostClock } from './wait/clock.ts'
export { always, guard, never, sleep } from './operation/basic.ts'
export { choose, type ChooseFunction, select, type Selected } from './operation/choose.ts'
export { type DebugOptions, type NeverPerformed, setDebug } from './operation/debug.ts'
export { until } from './operation/until.ts'

export type { Handle } from './wait/handle.ts'
export type { InspectedWaiter, Inspection } from './wait/inspect.ts'

export { setClock } from './wait/set-clock.ts'

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

export type { QueueOptions } from './queue/arguments.ts'
export { Broadcast, type BroadcastOptions, type BroadcastStatistics } from './queue/broadcast.ts'
export { Channel, type ChannelStatistics } from './queue/channel.ts'
export { LifoQueue } from './queue/lifo-queue.ts'
export { PriorityQueue, type PriorityQueueOptions } from './queue/priority-queue.ts'
export { Queue } from './queue/queue.ts'
export type { QueueIterator, QueueLike, QueueShutdownOptions, QueueStatistics } from './queue/queue-like.ts'
export type { Slow, Subscription, SubscriptionStatistics } from './queue/subscription.ts'

export { AsCompleted, asCompleted, type AsCompletedOptions } from './future/completed.ts'
export {
  Executor,
  type ExecutorOptions,
  type ShutdownOptions,
  type ShutdownReport,
  type Submitter,
} from './future/executor.ts'
export type { FutureState } from './future/future.ts'
export type { ItemIterator } from './future/iterate.ts'
export { InlineExecutor } from './future/inline-executor.ts'
export { type Call, Job, type Limits, type Outcome, type SubmitOptions } from './future/job.ts'
export { JobQueue } from './future/job-queue.ts'
export { Mapped, type MapOptions } from './future/map.ts'
export type { Rate } from './future/rate.ts'
export { type CheckAndReject, rejectWhenReached } from './future/rejection.ts'
export { END, type Next, Stream } from './future/stream.ts'
export { Future } from './future/shared.ts'
export type { FutureHandle } from './future/sharing.ts'
export { ExecutorStatistics } from './future/statistics.ts'
export { TaskExecutor, type TaskExecutorOptions } from './future/task-executor.ts'
export {
  type DoneCallbackErrorHook,
  setDoneCallbackErrorHook,
  setUnhandledExceptionHook,
  type UnhandledException,
  type UnhandledExceptionHook,
} from './future/unhandled.ts'
export { type DoneAndNotDone, type ReturnWhen, wait, type WaitFuturesOptions } from './future/wait.ts'

export { type Codec, structured } from './codec/index.ts'
export type { QueueCodec } from './queue/shared-codec.ts'
export type { AbandonedItems } from './queue/shared-core.ts'
export {
  SharedQueue,
  type SharedQueueAttachOptions,
  type SharedQueueOptions,
  type SharedQueueStatistics,
} from './queue/shared-queue.ts'
export {
  type RingType,
  type RingTypes,
  SharedRing,
  type SharedRingOptions,
  type SharedRingStatistics,
} from './queue/shared-ring.ts'

export type { MemberBody, TaskBody } from './task/body.ts'
export { Coroutine, coroutine } from './task/coroutine.ts'
export { currentTask } from './task/current.ts'
export { each, type EachOptions, type EachSource, type ItemSource } from './task/each.ts'
export { every, type EveryOptions, type Tick, Ticks } from './task/every.ts'
export { setTaskFailureHook } from './task/failures.ts'
export { type Group, group } from './task/group.ts'
export { joinAll, type JoinAllOptions } from './task/join-all.ts'
export { JoinedTasks, joinEach, type JoinEachOptions, type TaskIterator } from './task/join-each.ts'
export { TaskLocal } from './task/local.ts'
export type { GroupOptions } from './task/members.ts'
export type {
  Blocked,
  Choose,
  MonitorOptions,
  SchedulerOptions,
  SpawnOptions,
  TaskFailureHook,
  WaitingTask,
} from './task/options.ts'
export { run } from './task/run.ts'
export { Scheduler, threadScheduler } from './task/scheduler.ts'
export { shield, type Steps, withTimeout } from './task/scoped.ts'
export { type Spawn, spawn } from './task/spawn.ts'
export { type CancelOptions, type Step, Task, type TaskState } from './task/task.ts'
export { TaskGroup } from './task/task-group.ts'
export { yieldNow } from './task/turn.ts'
