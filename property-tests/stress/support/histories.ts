/** Histories of every primitive from real threads, and the models that must explain them. */
import {
  Barrier,
  BoundedSemaphore,
  BrokenBarrierError,
  Condition,
  Event,
  type Handle,
  Latch,
  Lock,
  OverReleaseError,
  RLock,
  RWLock,
  Semaphore,
  SharedQueue,
  TimeoutError,
} from '../../../src/index.ts'
import {
  barrierHistory,
  checkLinearizable,
  type CheckResult,
  conditionHistory,
  createHistoryClock,
  createHistoryLog,
  type History,
  HistoryRecorder,
  mergeHistories,
  models,
  readHistoryLog,
  type SequentialSpec,
} from '../../../src/testing/index.ts'
import type { Crew, Inspectable, Mode } from './crew.ts'
import { randomFrom } from './random.ts'

type Shared = Inspectable & { readonly handle: Handle }

interface Case {
  readonly make: () => Shared
  // Only `any` stands for the states of all models.
  readonly spec: SequentialSpec<any>
  /** Each user is a party of its own, not its thread. */
  readonly byUser?: boolean
  readonly prepare?: (history: History) => History
  /** What this thread calls, and records, as long as somebody waits for others that have no call left. */
  readonly free?: (primitive: any, recorder: HistoryRecorder) => void | Promise<void>
}

function quietly<T>(fn: () => T, expected: abstract new (...args: never) => Error): void {
  try {
    fn()
  } catch (error) {
    if (!(error instanceof expected)) throw error
  }
}

const setIt = (event: Event, recorder: HistoryRecorder): void => recorder.record('set', [], () => event.set())

/** Makes room, or puts what somebody can take. */
async function moveOne(queue: SharedQueue<number>, recorder: HistoryRecorder): Promise<void> {
  const item = 2 ** 31 + performance.now()
  try {
    if (queue.size > 0) await recorder.recordAsync('get', [], () => queue.get({ timeout: 50 }))
    else
      await recorder.recordAsync(
        'put',
        [item],
        () => queue.put(item, { timeout: 50 }),
        () => undefined,
      )
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error
  }
}

/** Every primitive that threads can share. */
export const cases: Readonly<Record<string, Case>> = {
  Lock: { make: () => new Lock(), spec: models.lock({ weakTry: true }) },
  RLock: { make: () => new RLock(), spec: models.lock({ weakTry: true, reentrant: true }), byUser: true },
  Semaphore: { make: () => new Semaphore(3), spec: models.semaphore({ permits: 3, weakTry: true }) },
  BoundedSemaphore: {
    make: () => new BoundedSemaphore(3),
    spec: models.semaphore({ permits: 3, weakTry: true, bounded: true }),
  },
  RWLock: { make: () => new RWLock(), spec: models.rwlock({ weakTry: true }) },
  Event: { make: () => new Event(), spec: models.event(), free: setIt },
  'auto-reset Event': {
    make: () => new Event({ autoReset: true }),
    spec: models.event({ autoReset: true }),
    free: setIt,
  },
  Latch: {
    make: () => new Latch(12),
    spec: models.latch(12),
    free: (latch: Latch, recorder) =>
      quietly(() => recorder.record('countDown', [1], () => latch.countDown()), OverReleaseError),
  },
  Barrier: {
    make: () => new Barrier(3),
    spec: models.barrier(3),
    prepare: barrierHistory,
    free: (barrier: Barrier, recorder) =>
      quietly(() => recorder.record('abort', [], () => barrier.abort()), BrokenBarrierError),
  },
  SharedQueue: {
    make: () => new SharedQueue<number>({ capacity: 2, codec: 'numbers' }),
    spec: models.queue({ capacity: 2 }),
    free: moveOne,
  },
  Condition: {
    make: () => new Condition(),
    spec: models.condition(),
    prepare: conditionHistory,
    async free(condition: Condition, recorder) {
      const held = await recorder.recordAsync(
        'acquire',
        [],
        () => condition.lock.acquire(),
        () => undefined,
      )
      recorder.record('notify', [9], () => condition.notify(9))
      recorder.record('release', [], () => held.release())
    },
  },
}

export interface HistoryOptions {
  /** How many calls, or pairs of calls, each user makes. */
  readonly calls?: number
  /** Plants a fault: some try verbs answer yes without asking. */
  readonly fault?: boolean
  /** What each thread does, in place of what the seed would decide. */
  readonly programs?: readonly Program[]
}

/** The commands of one thread: a verb and a number, of permits or milliseconds. */
export interface Program {
  readonly mode: Mode
  readonly commands: readonly (readonly [verb: string, n: number])[]
}

/** One history of three threads. */
export async function record(
  crew: Crew,
  name: string,
  seed: number,
  { calls = 5, fault = false, programs }: HistoryOptions = {},
): Promise<History> {
  const random = randomFrom(seed)
  const { make, byUser = false, prepare, free } = cases[name]!
  const primitive = make()
  const clock = createHistoryClock()
  const own = new HistoryRecorder({ thread: 'main', clock })
  const round = crew.begin(`history of ${name}, seed ${seed}`)
  round.primitives = [primitive]
  const logs: SharedArrayBuffer[] = []
  for (let me = 0; me < 3; me++) {
    const mode: Mode = random(2) === 0 ? 'block' : 'loop'
    await round.enlist(programs?.[me]?.mode ?? mode)
  }
  for (const [me, { mode }] of round.members.entries()) {
    const users = byUser && mode === 'loop' ? 3 : 1
    const mine = Array.from({ length: users }, () => createHistoryLog(1 << 16))
    logs.push(...mine)
    const more = { clock, logs: mine, fault, byUser, program: programs?.[me]?.commands, threads: 3 }
    const rounds = mode === 'block' ? calls * 2 : calls
    round.order(me, { play: 'history', seed, mode, rounds, handles: [primitive.handle], more })
  }
  let last = -1
  let turns = 0
  let busy = false
  await round.until('every call has ended', () => {
    // Nobody else can free those that wait for a call that nobody has left.
    if (round.progress() !== last) turns = 0
    last = round.progress()
    if (free !== undefined && !busy && ++turns % 500 === 0 && !round.done()) {
      busy = true
      void Promise.resolve(free(primitive, own)).then(() => (busy = false))
    }
    return round.done() && !busy
  })
  await round.end()
  const history = mergeHistories(...logs.map(readHistoryLog), own.log())
  return prepare === undefined ? history : prepare(history)
}

/** Whether the model of `name` explains a history. */
export function explain(name: string, history: History): CheckResult {
  return checkLinearizable(history, cases[name]!.spec, { maxSteps: 2_000_000 })
}

/** How many calls began while one of another thread was open: without them a history proves little. */
function overlaps(history: History): number {
  const end = ({ return: end }: History[number]): number => end ?? Infinity
  return history.filter((call) =>
    history.some((other) => other.thread !== call.thread && other.call < call.call && end(other) > call.call),
  ).length
}

/**
 * Records and checks so many histories; throws for the first that is not explained, with its seed. Answers how many
 * calls there were, and how many of them met one of another thread.
 */
export async function checkHistories(
  crew: Crew,
  name: string,
  from: number,
  to: number,
): Promise<{ calls: number; met: number }> {
  let calls = 0
  let met = 0
  for (let seed = from; seed < to; seed++) {
    const history = await record(crew, name, seed)
    const result = explain(name, history)
    calls += history.length
    met += overlaps(history)
    if (result.verdict === 'linearizable') continue
    const why =
      result.verdict === 'undecided'
        ? `undecided after ${result.steps} steps of ${history.length} calls`
        : result.timeline
    throw new Error(`history of ${name}, seed ${seed}: ${why}`)
  }
  return { calls, met }
}
