/** Waiting until nothing but time can go on. */
import {
  currentTask,
  NOT_READY,
  Operation,
  type Poll,
  Procedure,
  type Scheduler,
  threadScheduler,
  until,
  type Waiter,
  yieldNow,
} from '../index.ts'
import { hostTurn } from './host-turn.ts'
import { VirtualClock } from './virtual-clock.ts'

/** Tasks that stand in this very wait count as blocked. */
const standing = /* @__PURE__ */ new WeakSet<object>()

/**
 * Waits until all other tasks are blocked: none is ready, so only time, a promise, another thread or whoever waits here can
 * bring them on. In a task it is about the tasks of its scheduler; elsewhere about those of `scheduler`, by default the
 * thread's.
 */
export function waitAllTasksBlocked(scheduler?: Scheduler): Procedure<void> {
  return new Procedure('waitAllTasksBlocked', function* () {
    const own = currentTask()
    const among = scheduler ?? own?.scheduler ?? threadScheduler()
    if (own?.scheduler === among && own.clock instanceof VirtualClock) return yield* new Quiet(own.clock)
    if (own !== undefined) standing.add(own)
    try {
      for (;;) {
        if (own?.scheduler === among) yield* yieldNow()
        else yield* until(hostTurn())
        if (among.ready.some((task) => task !== own && !standing.has(task))) continue
        if (among.manual) return
        yield* until(hostTurn())
        if (among.ready.every((task) => task === own || standing.has(task))) return
      }
    } finally {
      if (own !== undefined) standing.delete(own)
    }
  })
}

/** On a virtual clock who moves the time knows when all are blocked. */
class Quiet extends Operation<void> {
  private readonly clock: VirtualClock

  constructor(clock: VirtualClock) {
    super()
    this.clock = clock
  }

  poll(): Poll<void> {
    return NOT_READY
  }

  park(waiter: Waiter<void>): void {
    this.clock._quiet.add(waiter)
  }

  unpark(waiter: Waiter<void>): boolean {
    return this.clock._quiet.delete(waiter)
  }

  override describe(): string {
    return 'waitAllTasksBlocked'
  }
}
