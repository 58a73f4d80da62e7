/** Time for timeouts and looping calls; every one can be replaced by a virtual clock in a test. */

/** What is needed of a clock: the clocks of `heddle/testing` are of this kind. */
export interface DeferredClock {
  /** Milliseconds on a clock that never goes back. */
  now(): number
  /** Calls `f(argument)` once, `milliseconds` from now. */
  after<A>(milliseconds: number, f: (argument: A) => void, argument: A, ref: boolean): unknown
  /** Withdraws what `after` gave. */
  cancel(timer: unknown): void
}

const LONGEST = 2 ** 31 - 1

interface HostTimer {
  id: ReturnType<typeof setTimeout>
}

/** The host's own timers; a span longer than they can take is waited for in pieces. */
export const hostClock: DeferredClock = {
  now: () => performance.now(),

  after<A>(milliseconds: number, f: (argument: A) => void, argument: A): unknown {
    const timer: HostTimer = { id: undefined as never }
    const arm = (left: number): void => {
      const piece = Math.min(left, LONGEST)
      timer.id = setTimeout(() => (left > piece ? arm(left - piece) : f(argument)), Math.ceil(piece))
    }
    arm(milliseconds)
    return timer
  },

  cancel(timer: unknown): void {
    clearTimeout((timer as HostTimer).id)
  },
}
