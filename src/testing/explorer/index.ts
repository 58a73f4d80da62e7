/** The interleaving explorer for plain synchronous code on `Atomics`. */
export { explore, StateLimitError, verify } from './explore.ts'
export { modelAtomics, type ModelAtomics } from './gate.ts'
export type {
  CancelOptions,
  CellsSpec,
  Check,
  Env,
  ExploreOptions,
  Json,
  KillOptions,
  Phase,
  Program,
  Report,
  Sleep,
  SleepOptions,
  ThreadView,
  TimeoutOptions,
  View,
  Violation,
  ViolationKind,
  WaitAnswer,
} from './types.ts'
