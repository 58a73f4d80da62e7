/** The public list of `heddle/testing`. */
export { explore, modelAtomics, StateLimitError, verify } from './explorer/index.ts'
export type {
  CancelOptions as ExploreCancelOptions,
  CellsSpec,
  Check,
  Env,
  ExploreOptions,
  Json,
  KillOptions,
  ModelAtomics,
  Phase,
  Program,
  Report,
  Sleep,
  SleepOptions,
  ThreadView,
  TimeoutOptions as ExploreTimeoutOptions,
  View,
  Violation,
  ViolationKind,
  WaitAnswer,
} from './explorer/index.ts'

export {
  type CallEvent,
  createHistoryClock,
  type HistoryEvent,
  HistoryRecorder,
  type HistoryRecorderOptions,
  type ReturnEvent,
  type ThreadLog,
} from './history.ts'

export {
  assertLinearizable,
  checkLinearizable,
  type CheckOptions,
  type CheckResult,
  type Linearizable,
  type NotLinearizable,
  type Undecided,
} from './linearizability/check.ts'
export { type Failure as RecordedFailure, failure, failureName } from './linearizability/json.ts'
export { type History, mergeHistories, parseHistory, type RecordedCall } from './linearizability/merge.ts'
export type { LinearizedCall } from './linearizability/search.ts'
export { createHistoryLog, readHistoryLog } from './linearizability/shared-log.ts'
export {
  anyOf,
  keyed,
  PENDING,
  type SequentialSpec,
  type Several,
  type Step as SpecStep,
} from './linearizability/spec.ts'
export { splitCalls } from './linearizability/split.ts'
export { describeCall, timeline } from './linearizability/timeline.ts'

export { barrierHistory, type BarrierState } from './models/barrier.ts'
export { conditionHistory, type ConditionState } from './models/condition.ts'
export { models } from './models/index.ts'
export type { LockModelOptions, LockState } from './models/lock.ts'
export { answers, maySucceed, mayThrow, model, type ModelOperation, type ModelParts } from './models/model.ts'
export type { RWLockState } from './models/rwlock.ts'
export type { SemaphoreModelOptions, SemaphoreState } from './models/semaphore.ts'

export { waitAllTasksBlocked } from './blocked.ts'
export { VirtualClock } from './virtual-clock.ts'
export { inVirtualTime, inVirtualTimeAsync, type VirtualTimeOptions } from './virtual-time.ts'
export { SchedulePlan } from './schedule/plan.ts'
export { Sequencer, Turn } from './sequencer.ts'
export { exploreSchedules, replaySchedule, sampleSchedules, verifySchedules } from './schedule/explore.ts'
export { Ledger } from './schedule/ledger.ts'
export { type FailureKind, UnrepeatableError } from './schedule/moves.ts'
export {
  describeViolation,
  type ExploreSchedulesOptions,
  type SampleSchedulesOptions,
  type Scenario,
  scenario,
  ScheduleError,
  type ScheduleOptions,
  type ScheduleProgram,
  type ScheduleReport,
  type ScheduleViolation,
  type TaskProgram,
} from './schedule/program.ts'
export { step } from './schedule/step.ts'
