/**
 * The halt matrix: a cancellation at each wait of each small program of try/catch/finally, `yield*`, return and throw. The
 * trace and the end must be those of the same program in which the wait threw. Effection's issue 1190 is of this kind: a
 * parent that went on after a halt whose child had waited in its `finally`.
 */
import { expect } from 'vitest'
import { coroutine, Event, InvalidStateError, Scheduler, type Task, yieldNow } from '../../src/index.ts'
import { AS_ORACLE, AS_TASK, type Node, nestings, sourceOf } from './programs.ts'

type Log = (entry: unknown) => void
type Program<R> = (
  log: Log,
  wait: () => R,
  one: () => boolean,
  call: (f: () => unknown) => unknown,
) => () => any

const yes = () => true
const through = (f: () => unknown): unknown => f()
const NEVER = 'cancelled'

/** The program of a source text. Reading the text takes longer than running it, so each is read once. */
function programOf<R>(source: string): Program<R> {
  if (source !== last.source) last = { source, program: read(source) as Program<any> }
  return last.program
}

function read(source: string): unknown {
  // oxlint-disable-next-line typescript/no-implied-eval
  return new Function(`return ${source}`)()
}

let last: { source: string; program: Program<any> } = { source: '', program: () => () => {} }

/** What the oracle does when its waits with the numbers of `strikes` throw. */
function expected(
  source: string,
  strikes: readonly number[],
): { trace: unknown[]; end: string; waits: number } {
  const trace: unknown[] = []
  let waits = 0
  const program = programOf<string>(source)
  const wait = () => {
    if (strikes.includes(waits++)) throw NEVER
    return 'granted'
  }
  let end: string
  try {
    end = `value ${program((entry) => trace.push(entry), wait, yes, through)()}`
  } catch (error) {
    end = error === NEVER ? NEVER : `error ${String(error)}`
  }
  return { trace, end, waits }
}

export type Suspension = 'parked' | 'turn' | 'about'

/** What the task does when it is cancelled at those waits. */
function actual(source: string, strikes: readonly number[], how: Suspension) {
  const trace: unknown[] = []
  const scheduler = new Scheduler({ manual: true, pauseBeforeWaits: how === 'about', onFailure: () => {} })
  const program = programOf<Generator<any, string>>(source)
  let waits = 0
  let event = new Event()
  const wait = function* (): Generator<any, string> {
    waits++
    event = new Event()
    if (how === 'turn') yield* yieldNow()
    else yield* event.wait()
    return 'granted'
  }
  const log: Log = (entry) =>
    trace.push((entry as Error | undefined)?.name === 'CancelledError' ? NEVER : entry)
  const task = scheduler.spawn(program(log, wait, yes, through)) as Task<string>
  const stops = () =>
    how === 'parked' ? task.state === 'waiting' : task.step === (how === 'turn' ? 'turn' : 'perform')
  let seen = 0
  for (let steps = 0; !task.done; steps++) {
    if (steps > 100) throw new Error('it does not end')
    if (waits > seen && stops()) {
      if (strikes.includes(seen++)) expect(task.cancel('strike', { again: true })).toBe(true)
      else event.set()
    }
    scheduler.step()
  }
  let end: string
  if (task.state === 'cancelled') end = NEVER
  else end = task.state === 'done' ? `value ${String(task.poll())}` : `error ${String(task.failure())}`
  return { trace, end, waits }
}

/** Tries each `step`th nesting; gives the number of cases. */
export function matrix(depth: number, how: Suspension, step: number): number {
  let cases = 0
  let index = 0
  for (const node of nestings(depth)) {
    if (index++ % step !== 0) continue
    const [task, oracle] = [sourceOf(node, AS_TASK), sourceOf(node, AS_ORACLE)]
    const { waits } = expected(oracle, [])
    for (let first = -1; first < waits; first++) {
      const strikes = first < 0 ? [] : [first]
      const want = expected(oracle, strikes)
      cases += check(task, strikes, how, want)
      // Once more, at each wait that comes after the first strike: in handlers and finally blocks.
      if (first < 0) continue
      for (let second = first + 1; second < want.waits; second++)
        cases += check(task, [first, second], how, expected(oracle, [first, second]))
    }
  }
  return cases
}

function check(source: string, strikes: readonly number[], how: Suspension, want: unknown): number {
  const got = actual(source, strikes, how)
  if (JSON.stringify(got) !== JSON.stringify(want))
    expect({ source, strikes, ...got }).toEqual({ source, strikes, ...(want as object) })
  return 1
}

/**
 * Closing a coroutine is a return at its `yield`: no handler sees it, and a `finally` that yields is told of. The oracle
 * throws a mark that handlers pass on.
 */
export function closings(depth: number, step: number): { cases: number; stubborn: number } {
  let cases = 0
  let stubborn = 0
  let index = 0
  for (const node of nestings(depth)) {
    if (index++ % step !== 0) continue
    const [source, oracle] = [sourceOf(node, AS_TASK), sourceOf(node, AS_ORACLE)]
    const { waits } = expected(oracle, [])
    for (let at = 0; at < waits; at++) {
      const want = closedOracle(node, at)
      const got = closed(source, at)
      if (JSON.stringify(got) !== JSON.stringify(want))
        expect({ source, at, ...got }).toEqual({ source, at, ...want })
      cases++
      if (got.end === 'yielded') stubborn++
    }
  }
  return { cases, stubborn }
}

const CLOSE = { toJSON: () => 'close' }
const YIELDED = { toJSON: () => 'yielded' }

function closedOracle(node: Node, at: number) {
  // A handler must not see the close, so it passes it on before it logs.
  const source = sourceOf(node, AS_ORACLE).replaceAll('catch (e) {', 'catch (e) { if (mark(e)) throw e;')
  const marked = read(`(mark) => ${source}`) as (mark: (error: unknown) => boolean) => Program<string>
  const program = marked((error) => error === CLOSE || error === YIELDED)
  const trace: unknown[] = []
  let waits = 0
  let shut = false
  const log: Log = (entry) => void (shut || trace.push(entry))
  const wait = () => {
    if (waits++ === at) throw CLOSE
    if (waits > at + 1) {
      shut = true
      throw YIELDED
    }
    return 'granted'
  }
  // A child that ends, in whatever way but an error, after the close struck within it, does not let its parent go on.
  const call = (f: () => unknown) => {
    const before = waits > at
    const value = f()
    if (waits > at && !before) throw CLOSE
    return value
  }
  let end = 'closed'
  try {
    program(log, wait, yes, call)()
  } catch (error) {
    if (shut) end = 'yielded'
    else if (error !== CLOSE) end = `error ${String(error)}`
  }
  if (shut) end = 'yielded'
  return { trace, end }
}

function closed(source: string, at: number) {
  const trace: unknown[] = []
  const program = programOf<Generator<any, string>>(source)
  const wait = function* (): Generator<string, string> {
    yield 'wait'
    return 'granted'
  }
  const c = coroutine(
    program((entry) => trace.push(entry), wait, yes, through) as () => Generator<unknown, string, unknown>,
  )
  for (let i = 0; i <= at; i++) c.next()
  let end = 'closed'
  try {
    c.close()
  } catch (error) {
    end = error instanceof InvalidStateError ? 'yielded' : `error ${String(error)}`
  }
  return { trace, end }
}
