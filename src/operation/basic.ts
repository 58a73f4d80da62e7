/** The operations that need no primitive: `always`, `never`, `sleep`, `guard`. */
import { requireFunction, requireMilliseconds, shown } from '../errors.ts'
import { asPart } from './debug.ts'
import { isOperation, NOT_READY, Operation, type Poll, TIME } from './operation.ts'
import { limited, type WaitOptions } from './options.ts'
import type { Waiter } from './waiter.ts'

class Always<T> extends Operation<T> {
  readonly value: T

  constructor(value: T) {
    super()
    this.value = value
  }

  poll(): T {
    return this.value
  }

  park(waiter: Waiter<T>): void {
    waiter.grant(this.value)
  }

  unpark(): boolean {
    return false
  }
}

/** An operation that is ready with `value`, always. The last arm of `choose.biased` makes it a default. */
export function always<T>(value: T): Operation<T> {
  return new Always(value)
}

class Never extends Operation<never> {
  poll(): Poll<never> {
    return NOT_READY
  }

  park(): void {}

  unpark(): boolean {
    return true
  }

  override describe(): string {
    return 'never'
  }
}

/** An operation that is never ready: an arm of `choose` that is switched off. */
export const never: Operation<never> = /* @__PURE__ */ new Never()

class Sleep extends Operation<void> {
  readonly milliseconds: number

  constructor(milliseconds: number) {
    super()
    this.milliseconds = milliseconds
  }

  poll(): Poll<void> {
    return NOT_READY
  }

  park(waiter: Waiter<void>): void {
    waiter.data = waiter.host.clock.after(this.milliseconds, wake, waiter, waiter.ref)
  }

  unpark(waiter: Waiter<void>): boolean {
    if (waiter.data === undefined) return false
    waiter.host.clock.cancel(waiter.data)
    waiter.data = undefined
    return true
  }

  override reach(): number {
    return TIME
  }

  override describe(): string {
    return `sleep(${this.milliseconds})`
  }
}

function wake(waiter: Waiter<void>): void {
  waiter.data = undefined
  waiter.grant(undefined)
}

/**
 * Waits for `milliseconds`, counted from the perform, as exactly as the host's timers count. 0 lets the host run once;
 * `Infinity` never ends.
 */
export function sleep(milliseconds: number, options?: WaitOptions): Operation<void> {
  return limited(new Sleep(requireMilliseconds('milliseconds', milliseconds)), options)
}

class Guard<T> extends Operation<T> {
  readonly make: () => Operation<T>

  constructor(make: () => Operation<T>) {
    super()
    this.make = make
  }

  override prepare(): Operation<T> {
    const made = this.make()
    if (!isOperation(made))
      throw new TypeError(`guard: the function must return an operation, got ${shown(made)}`)
    return asPart(made).prepare()
  }

  // A performer prepares first and performs what that gives, so these three are never reached.
  poll(): Poll<T> {
    return NOT_READY
  }

  park(): void {
    throw new TypeError('guard: prepare() must be called before park()')
  }

  unpark(): boolean {
    return true
  }
}

/** An operation that is made anew by `make` at each perform. */
export function guard<T>(make: () => Operation<T>): Operation<T> {
  return new Guard(requireFunction('make', make))
}
