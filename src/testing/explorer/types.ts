/** What is explored, and what comes out. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * What a program gets besides the shared memory. Everything here that waits, chooses or pauses is a step between which
 * the other threads may run; `mark` and `checkpoint` are none.
 */
export interface Env {
  /** The index of this thread in `threads`; threads that start after a death come behind those. */
  readonly thread: number
  /** For a thread that starts after a death, the index of the thread that died; else -1. */
  readonly victim: number
  readonly memory: { readonly [name: string]: Int32Array }
  /** One cell a thread, 1 once it was killed. */
  readonly killed: Int32Array
  /** Every answer from 0 to n - 1 is explored. */
  choose(n: number, label?: string): number
  /** Whether this thread is cancelled by now; both answers are explored while `cancels` allows one more. */
  cancelled(): boolean
  /** `wait` for a program's own use: with `cancellable` a cancellation can end the sleep, with 'cancelled'. */
  wait(words: Int32Array, index: number, value: number, options?: SleepOptions): WaitAnswer
  /** Goes on, in one step, as soon as `test` of the cell is true, and returns the value. Pure `test` only. */
  until(words: Int32Array, index: number, test: (value: number) => boolean): number
  /** A step that does nothing: the place where others may run, for instance in a critical section. */
  pause(label?: string): void
  /** Tells the checks something about where this thread is. It holds from the step before to the next change. */
  mark(name: string, value: Json): void
  /** States that this thread's whole future is determined by `key` from here on, whatever led here. */
  checkpoint(key: Json): void
}

export type WaitAnswer = 'ok' | 'not-equal' | 'timed-out' | 'cancelled'

export interface SleepOptions {
  timeout?: number
  cancellable?: boolean
}

/** Plain synchronous code. It makes its own objects afresh, for it runs many times. */
export type Phase = (env: Env, state: any) => unknown

/** One function, or phases that hand plain JSON on; what the last returns is the thread's result, plain JSON too. */
export type Program = Phase | readonly Phase[]

export interface CellsSpec {
  /** How many cells to make, or memory that exists; its present contents are the initial ones. */
  cells: number | Int32Array
  initial?: readonly number[]
  /** Names of the cells for traces; by default `name[index]`, or `name` alone for a single cell. */
  names?: readonly string[] | ((index: number) => string)
  /** How a value of a cell is written in traces. */
  show?: (value: number, index: number) => string
}

export interface Sleep {
  thread: number
  cell: string
  value: number
  milliseconds: number
  marks: { readonly [name: string]: Json }
}

export interface KillOptions {
  /** How many threads die at most, in all. */
  most: number
  /** Which threads can be killed; by default those of `threads`. */
  threads?: readonly number[]
  /** Programs that start, each in a thread of its own, when `victim` has died. */
  starts?: (victim: number) => readonly Program[]
}

export interface TimeoutOptions {
  /** How many waits of one thread may time out; default 1. */
  most?: number
  /** Which waits may time out; by default all with a finite timeout. Leave periodic second looks out here. */
  fires?: (sleep: Sleep) => boolean
}

export interface CancelOptions {
  most: number
  threads?: readonly number[]
}

export interface ThreadView {
  readonly status: 'running' | 'asleep' | 'done' | 'killed' | 'dormant'
  readonly marks: { readonly [name: string]: Json }
  /** What the last phase returned, as plain JSON; `null` for nothing, `undefined` if the thread is not done. */
  readonly result: any
}

/** A state, as the checks see it. Only valid during the call. */
export interface View {
  read(name: string, index?: number): number
  readonly threads: readonly ThreadView[]
}

/** `false`, a message or a thrown error is a violation. */
export type Check = (view: View) => boolean | string | void

export interface ExploreOptions {
  memory: { readonly [name: string]: number | Int32Array | CellsSpec }
  threads: readonly Program[]
  /** Names of the threads in traces; by default A, B, C. */
  names?: readonly string[]
  /** Fills the memory, with shipped code if need be, before anything is explored. */
  setup?: (memory: { readonly [name: string]: Int32Array }) => void
  /** Called before each run of a program: for state of the explored modules that is not made afresh. */
  before?: (thread: number) => void
  /** Checked in every state. */
  invariant?: Check
  /** Checked in every terminal state. */
  atEnd?: Check
  /** The label of a terminal state. */
  outcome?: (view: View) => string
  /** Labels that must all occur. */
  expected?: readonly string[]
  /** Whether a label that is not expected is a violation. */
  onlyExpected?: boolean
  /** Whether a deadlock is an outcome, not a violation. */
  allowDeadlock?: (view: View) => boolean
  /** Threads that need not finish. */
  daemons?: readonly number[]
  kills?: KillOptions
  cancels?: CancelOptions
  timeouts?: TimeoutOptions
  /** The answers of `now()`, ascending; time passes at any moment. By default it is always 0. */
  clock?: readonly number[]
  /** Steps whose answer the code does not use; such answers tell no states apart. */
  unobserved?: (op: string, cell: string) => boolean
  /** Names a sleep whose thread's future depends on nothing but the phase, the marks, the cell and this key. */
  sleepKey?: (sleep: Sleep) => Json | undefined
  /** Whether code may use memory of its own, unknown here, through the same functions. */
  privateMemory?: boolean
  /** Whether steps that no other thread can notice are run at once; default true. */
  reduce?: boolean
  /** Whether a violation found with reduction is looked for again without, for the shortest trace; default true. */
  shortest?: boolean
  /** Whether states from which no end can be reached are violations; default true. */
  progress?: boolean
  /** More states than this are an error; default 1,000,000. */
  maxStates?: number
  /** More steps of one thread in one phase than this are an error; default 2,000. */
  maxSteps?: number
}

export type ViolationKind =
  'invariant' | 'end' | 'deadlock' | 'livelock' | 'threw' | 'unexpected outcome' | 'uncovered case'

export interface Violation {
  kind: ViolationKind
  message: string
  /** One line a step. */
  trace: readonly string[]
}

export interface Report {
  states: number
  transitions: number
  /** How often a program was run. */
  executions: number
  /** How many terminal states have each label. */
  outcomes: { readonly [label: string]: number }
  violation?: Violation
}
