/** The host's timers as a `Clock`. Spans longer than a host timer can take are waited for in pieces. */
import type { Clock } from '../operation/waiter.ts'

const LONGEST = 2 ** 31 - 1

type HostTimer = ReturnType<typeof setTimeout>

interface LongTimer {
  timer: HostTimer | undefined
}

function arm<A>(long: LongTimer, left: number, f: (argument: A) => void, argument: A, ref: boolean): void {
  const span = Math.min(left, LONGEST)
  long.timer = setTimeout(() => (left > span ? arm(long, left - span, f, argument, ref) : f(argument)), span)
  if (!ref) unref(long.timer)
}

function unref(timer: HostTimer): void {
  refTimer(timer, false)
}

interface DenoTimers {
  readonly refTimer: (id: number) => void
  readonly unrefTimer: (id: number) => void
}

/** Lets a timer hold the process, or not, where that exists: Node's timers are objects, Deno's may be numbers. */
export function refTimer(timer: unknown, ref: boolean): void {
  if (typeof timer === 'object')
    (timer as Record<string, (() => void) | undefined>)[ref ? 'ref' : 'unref']?.()
  else (globalThis as { Deno?: DenoTimers }).Deno?.[ref ? 'refTimer' : 'unrefTimer'](timer as number)
}

export const hostClock: Clock = {
  now: () => performance.now(),

  after<A>(milliseconds: number, f: (argument: A) => void, argument: A, ref: boolean): unknown {
    if (milliseconds > LONGEST) {
      const long: LongTimer = { timer: undefined }
      arm(long, milliseconds, f, argument, ref)
      return long
    }
    // A host truncates to whole milliseconds; rounding up keeps "not before".
    const timer = setTimeout(f, Math.ceil(milliseconds), argument)
    if (!ref) unref(timer)
    return timer
  },

  cancel(timer: unknown): void {
    if (typeof timer === 'object' && timer !== null && 'timer' in timer)
      clearTimeout((timer as LongTimer).timer)
    else clearTimeout(timer as HostTimer)
  },
}
