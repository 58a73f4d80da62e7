/** Runs a program in virtual time: it moves on exactly when nothing else can happen. */
import { DeadlockError, Scheduler, setClock, type TaskBody } from '../index.ts'
import { hostTurn } from './host-turn.ts'
import { Random } from './schedule/random.ts'
import { replaceScheduler } from './thread-scheduler.ts'
import { VirtualClock } from './virtual-clock.ts'

/** How a program is run in virtual time. */
export interface VirtualTimeOptions {
  /** The clock; by default a new one that shows 0. */
  clock?: VirtualClock | undefined
  /** Draws who goes on at each step; an integer. Default: round robin. */
  seed?: number | undefined
}

/**
 * Runs `body` as a task, and what it spawns, to its end, in this call and in virtual time: sleeps, timeouts and periods last
 * no time at all. Gives what it returns, throws what it throws, and `DeadlockError` when nothing can go on. Tasks that
 * wait for promises or other threads can not be run so: see `inVirtualTimeAsync`.
 */
export function inVirtualTime<T>(
  body: (clock: VirtualClock) => ReturnType<TaskBody<T>>,
  options: VirtualTimeOptions = {},
): T {
  const { clock = new VirtualClock() } = options
  const scheduler = new Scheduler({ clock, manual: true, ...choosing(options.seed) })
  const main = scheduler.spawn(() => body(clock), { name: 'main' })
  main.poll() // its failure is thrown here, and not reported
  for (;;) {
    scheduler.runUntilIdle()
    if (main.done) break
    if (!clock._settle() && !clock.step()) throw scheduler.deadlock() ?? unreachable(scheduler)
  }
  return main.poll() as T
}

/**
 * Calls `f` and waits for its promise in virtual time: whenever all that the host has ready was run, the time moves on to the
 * next alarm. Meanwhile the clock is that of the whole thread, for `await sleep(…)`, timeouts and tasks alike. Timers of the
 * host and I/O go on in real time, and are not waited for.
 */
export async function inVirtualTimeAsync<T>(
  f: (clock: VirtualClock) => PromiseLike<T>,
  options: VirtualTimeOptions = {},
): Promise<T> {
  const { clock = new VirtualClock() } = options
  const clockBefore = setClock(clock)
  const schedulerBefore = replaceScheduler(new Scheduler({ clock, ...choosing(options.seed) }))
  let over = false
  const end = (): void => void (over = true)
  try {
    const outcome = f(clock)
    outcome.then(end, end)
    for (;;) {
      await hostTurn()
      if (over) return await outcome
      if (!clock._settle()) clock.step()
    }
  } finally {
    setClock(clockBefore)
    replaceScheduler(schedulerBefore)
  }
}

function choosing(seed: number | undefined): { choose?: (ready: readonly unknown[]) => number } {
  if (seed === undefined) return {}
  if (!Number.isInteger(seed)) throw new RangeError(`seed must be an integer, got ${String(seed)}`)
  const random = new Random(seed)
  return { choose: (ready) => random.below(ready.length) }
}

function unreachable(scheduler: Scheduler): DeadlockError {
  const lines = scheduler.waiting().map(({ task, waitsFor }) => `  ${task.name} waits in ${waitsFor}`)
  return new DeadlockError(
    `nothing can go on in this call; promises and other threads need inVirtualTimeAsync:\n${lines.join('\n')}`,
  )
}
