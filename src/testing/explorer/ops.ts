/** The kinds of step that a thread can stand before, and how a run is stopped there. */

export const LOAD = 0
export const STORE = 1
export const COMPARE_EXCHANGE = 2
export const EXCHANGE = 3
export const ADD = 4
export const OR = 5
export const AND = 6
export const NOTIFY = 7
export const WAIT = 8
/** A wait that a cancellation can end. */
export const SNOOZE = 9
export const UNTIL = 10
export const NOW = 11
export const CHOOSE = 12
export const CANCELLED = 13
export const PAUSE = 14
/** Not steps: the ways in which a thread no longer moves. */
export const DONE = 15
export const THREW = 16
export const KILLED = 17
export const DORMANT = 18

export const OP_NAMES: readonly string[] = [
  'load',
  'store',
  'compareExchange',
  'exchange',
  'add',
  'or',
  'and',
  'notify',
  'wait',
  'wait',
  'until',
  'now',
  'choose',
  'cancelled',
  'pause',
  'done',
  'threw',
  'killed',
  'dormant',
]

export const WOKEN = 0
export const NOT_EQUAL = 1
export const TIMED_OUT = 2
export const ANSWER_CANCELLED = 3
export const WAIT_ANSWERS: readonly string[] = ['ok', 'not-equal', 'timed-out', 'cancelled']

/** The answer of a step whose answer was declared unobserved: a number that shows when it is used after all. */
export const UNOBSERVED = -0x5eed

/** Whether the step may change the cell; a notify counts, for it changes who sleeps there. */
export function writes(op: number): boolean {
  return op >= STORE && op <= NOTIFY
}

/** The value that a cell has after a step which is neither a load nor a wait. */
export function after(op: number, old: number, a: number, b: number): number {
  switch (op) {
    case STORE:
    case EXCHANGE:
      return a | 0
    case COMPARE_EXCHANGE:
      return old === (a | 0) ? b | 0 : old
    case ADD:
      return (old + a) | 0
    case OR:
      return old | a
    case AND:
      return old & a
    default:
      return old
  }
}

/** Thrown out of a run at its first new step. No `Error`, so that it costs no stack. */
export const STOP: object = Object.freeze({ stop: 'the explorer stopped this run; do not catch it' })
