/** What a program is given: choices, pauses and marks, each handed on to the run. */
import type { Locals } from './locals.ts'
import { CANCELLED, CHOOSE, PAUSE, SNOOZE, WAIT, WAIT_ANSWERS } from './ops.ts'
import type { Env, Json, SleepOptions, WaitAnswer } from './types.ts'

/** The name under which the cells stand that tell who was killed. */
export const KILLED_CELLS = 'killed'

export function createEnv(
  locals: Locals,
  memory: { readonly [name: string]: Int32Array },
  thread: number,
  victim: number,
): Env {
  return {
    thread,
    victim,
    memory,
    killed: memory[KILLED_CELLS] as Int32Array,
    choose(n: number, label = ''): number {
      if (!Number.isInteger(n) || n < 1)
        throw locals.fail(new RangeError(`n must be a whole number, at least 1; it is ${n}`))
      return locals.take(CHOOSE, -1, n, 0, label)
    },
    cancelled: (): boolean => locals.take(CANCELLED, -1, 0, 0) === 1,
    wait(words: Int32Array, index: number, value: number, options: SleepOptions = {}): WaitAnswer {
      const op = options.cancellable === true ? SNOOZE : WAIT
      return WAIT_ANSWERS[locals.step(op, words, index, value, options.timeout ?? Infinity)] as WaitAnswer
    },
    until: (words: Int32Array, index: number, test: (value: number) => boolean): number =>
      locals.until(words, index, test),
    pause(label = ''): void {
      locals.take(PAUSE, -1, 0, 0, label)
    },
    mark: (name: string, value: Json): void => locals.mark(name, value),
    checkpoint: (key: Json): void => locals.checkpoint(key),
  }
}
