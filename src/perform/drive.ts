/** Steps a generator of operations to its end: in microtasks for async code, or by sleeping. */
import { shown } from '../errors.ts'
import type { Suspend } from '../operation/waiter.ts'
import { thread } from '../wait/thread.ts'
import { asSleeper, requireSleep, Sleep } from './block.ts'
import { soon } from './soon.ts'
import { type Stepper, Wait } from './wait.ts'

/** One run of a generator in this thread's event loop. */
class Run<T> implements Stepper {
  readonly blocking = false
  readonly name: string
  private readonly generator: Generator<Suspend, T, unknown>
  private readonly resolve: (value: T) => void
  private readonly reject: (reason: unknown) => void

  constructor(
    name: string,
    generator: Generator<Suspend, T, unknown>,
    resolve: (value: T) => void,
    reject: (reason: unknown) => void,
  ) {
    this.name = name
    this.generator = generator
    this.resolve = resolve
    this.reject = reject
  }

  get clock(): Stepper['clock'] {
    return thread.clock
  }

  resume(): void {
    soon(this)
  }

  run(): void {
    const { running } = thread
    thread.running = this
    try {
      let step = this.generator.next()
      while (!step.done && !isWait(step.value)) step = this.generator.throw(notAWait(step.value))
      if (step.done) this.resolve(step.value)
    } catch (error) {
      this.reject(error)
    } finally {
      thread.running = running
    }
  }
}

function isWait(value: unknown): boolean {
  return (value as Suspend | null | undefined)?.suspended === true
}

function notAWait(value: unknown): TypeError {
  return new TypeError(
    `a task cannot yield ${shown(value)}; it waits by yield* with an operation: yield* lock.acquire()`,
  )
}

/** Runs the generator that `body` gives; its first step is taken at once. */
export function drive<T>(body: () => Generator<Suspend, T, unknown>): Promise<T> {
  return new Promise((resolve, reject) => new Run('async code', body(), resolve, reject).run())
}

/** Runs it to its end in this call, sleeping where it waits. */
export function driveBlocking<T>(body: () => Generator<Suspend, T, unknown>): T {
  const sleep = new Sleep('the thread')
  return asSleeper(sleep, () => {
    const generator = body()
    let step = generator.next()
    while (!step.done) {
      if (!isWait(step.value)) {
        step = generator.throw(notAWait(step.value))
        continue
      }
      const wait = step.value as Wait<unknown>
      const failure = slept(sleep, wait)
      sleep.rise()
      step = failure === undefined ? generator.next() : generator.throw(failure.reason)
    }
    return step.value
  })
}

/** Sleeps in `wait`; gives why not, where that would be for ever or is not allowed. */
function slept(sleep: Sleep, wait: Wait<unknown>): { reason: unknown } | undefined {
  try {
    requireSleep(wait.operation)
    sleep.until(wait)
    return undefined
  } catch (reason) {
    return { reason }
  }
}
