/** Bounded concurrency in one event loop. */
import { requireInteger } from '../errors.ts'
import type { Clock } from '../operation/waiter.ts'
import { thread } from '../wait/thread.ts'
import { requireOptions } from './checks.ts'
import { context } from './context.ts'
import type { ExecutorOptions } from './executor.ts'
import { JobQueue } from './job-queue.ts'
import type { Job } from './job.ts'
import { LoopExecutor } from './loop-executor.ts'
import { type Rate, RateWindow } from './rate.ts'

/** What `new TaskExecutor` takes. */
export interface TaskExecutorOptions extends ExecutorOptions {
  /** How many calls may run at once; an integer, or `Infinity`, the default. */
  concurrency?: number | undefined
  /** How often calls may begin; default: as often as they can. */
  rate?: Rate | undefined
}

/**
 * Runs async functions, and generator functions as tasks, in this event loop, at most `concurrency` at once; in the order
 * of submission among those of equal priority. A call begins within `submit` if there is room. It runs in the async
 * context of its submission.
 */
export class TaskExecutor extends LoopExecutor {
  private most: number
  private readonly queue: JobQueue = new JobQueue((job) => this.withdrawn(job))
  private readonly window: RateWindow | undefined
  private halted = false
  private pumping = false
  private alarm: { readonly clock: Clock; readonly timer: unknown } | undefined = undefined

  constructor(options?: TaskExecutorOptions) {
    const { concurrency = Infinity, rate } = requireOptions(options, 'concurrency?, rate?, checkAndReject?')
    requireConcurrency(concurrency)
    const window = rate === undefined ? undefined : new RateWindow(rate)
    super(options)
    this.most = concurrency
    this.window = window
  }

  /** How many calls may run at once. */
  get concurrency(): number {
    return this.most
  }

  get pendingCount(): number {
    return this.queue.size
  }

  /** Whether it is paused. */
  get paused(): boolean {
    return this.halted
  }

  /** Changes how many may run at once. Those that run go on, also where they are too many now. */
  resize(concurrency: number): void {
    this.most = requireConcurrency(concurrency)
    this.pump()
  }

  /** Lets nothing begin until `resume()`. What runs goes on. */
  pause(): void {
    this.halted = true
    this.silence()
  }

  /** Ends a pause. */
  override resume(): void {
    this.halted = false
    this.pump()
  }

  /** Cancels everything that has not begun, also what is delayed: who waits for it gets `CancelledError`. */
  clear(): void {
    this.dropAll()
  }

  protected accept(job: Job): void {
    const { queue } = this
    if (queue.size === 0 && this.window === undefined && !this.halted && this.activeCount < this.most) {
      this.start(job)
      return
    }
    job.context = context()
    queue.push(job)
    this.pump()
  }

  protected next(): void {
    this.pump()
    this.changed()
  }

  protected dropPending(): void {
    for (let job = this.queue.shift(); job !== undefined; job = this.queue.shift()) this.drop(job)
    this.silence()
  }

  /** Begins what can begin. A call that ends at once does not begin the next one by itself: this loop does. */
  private pump(): void {
    if (this.pumping) return
    this.pumping = true
    const { queue, window } = this
    const waiting = queue.size
    while (!this.halted && queue.size > 0 && this.activeCount < this.most) {
      if (window !== undefined && !this.admits(window)) break
      this.start(queue.shift()!)
    }
    this.pumping = false
    if (queue.size < waiting) this.changed()
  }

  private admits(window: RateWindow): boolean {
    const { clock } = thread
    const now = clock.now()
    const wait = window.wait(now)
    if (wait === 0) {
      window.count(now)
      return true
    }
    this.alarm ??= { clock, timer: clock.after(wait, ring, this, true) }
    return false
  }

  /** Called by the clock. */
  ring(): void {
    this.alarm = undefined
    this.pump()
  }

  /** A job was cancelled while it waited. */
  private withdrawn(job: Job): void {
    this.drop(job)
    if (this.queue.size === 0) this.silence()
    this.changed()
  }

  private silence(): void {
    if (this.alarm === undefined) return
    this.alarm.clock.cancel(this.alarm.timer)
    this.alarm = undefined
  }
}

function ring(executor: TaskExecutor): void {
  executor.ring()
}

function requireConcurrency(value: number): number {
  return value === Infinity ? value : requireInteger('concurrency', value, 1)
}
