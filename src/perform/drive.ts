/** Steps a generator of operations to its end: in microtasks for async code, or by sleeping. */
import { shown } from '../errors.ts'
import type { Performing } from '../operation/performers.ts'
import type { Suspend } from '../operation/waiter.ts'
import { thread } from '../wait/thread.ts'
import { asSleeper, requireSleep, Sleep } from './block.ts'
import { soon } from './soon.ts'
import { type Runner, type Stepper, Wait } from './wait.ts'

type Steps<T> = Generator<Suspend, T, unknown>

/** One run of a generator in this thread's event loop. */
class Run<T> implements Runner, Performing {
  readonly blocking = false
  readonly name = 'async code'
  private readonly generator: Steps<T>
  private readonly resolve: (value: T) => void
  private readonly reject: (reason: unknown) => void
  /** What it sleeps in. */
  private wait: Wait<unknown> | undefined = undefined

  constructor(generator: Steps<T>, resolve: (value: T) => void, reject: (reason: unknown) => void) {
    this.generator = generator
    this.resolve = resolve
    this.reject = reject
  }

  get clock(): Stepper['clock'] {
    return thread.clock
  }

  admits(): boolean {
    return true
  }

  /** A wait that is granted as it is parked resumes nobody. */
  resume(wait: Wait<any>): void {
    if (wait === this.wait) soon(this)
  }

  run(): void {
    this.step(undefined)
  }

  stop(error: unknown): boolean {
    if (this.wait?.cancel() !== true) return false
    this.step({ error })
    return true
  }

  /** Goes on to the next wait. Whoever is told of the end runs no more as this. */
  private step(thrown: { readonly error: unknown } | undefined): void {
    const { generator } = this
    const { running } = thread
    thread.running = this
    this.wait = undefined
    let step: IteratorResult<Suspend, T>
    try {
      step = thrown === undefined ? generator.next() : generator.throw(thrown.error)
      while (!step.done && !isWait(step.value)) step = generator.throw(notAWait(step.value))
    } catch (error) {
      thread.running = running
      this.reject(error)
      return
    }
    thread.running = running
    if (step.done) this.resolve(step.value)
    else this.wait = step.value as Wait<unknown>
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

/** Runs a generator; its first step is taken at once. */
export function begin<T>(
  generator: Steps<T>,
  fulfilled: (value: T) => void,
  rejected: (reason: unknown) => void,
): Performing {
  const run = new Run(generator, fulfilled, rejected)
  run.run()
  return run
}

/** Runs the generator that `body` gives, for `await`. */
export function drive<T>(body: () => Steps<T>): Promise<T> {
  return new Promise((resolve, reject) => void begin(body(), resolve, reject))
}

/** Runs it to its end in this call, sleeping where it waits. */
export function driveBlocking<T>(body: () => Steps<T>): T {
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
