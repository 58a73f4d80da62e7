/** Classic algorithms on `Atomics`, right and wrong, for the explorer to tell apart. */
import {
  modelAtomics,
  type ExploreOptions,
  type Program,
  type View,
} from '../../../src/testing/explorer/index.ts'

const { add, compareExchange, exchange, load, notify, store, wait } = modelAtomics

/** Nobody else is where a thread says it is. */
export function exclusive(view: View): string | void {
  const inside = view.threads.filter(({ marks, status }) => marks['inside'] === true && status !== 'killed')
  if (inside.length > 1) return 'two threads are inside'
}

/** A critical section as a program: enter, one step inside, leave. */
export function section(enter: Program, leave: Program): Program {
  return (env, state) => {
    ;(enter as (e: typeof env, s: unknown) => void)(env, state)
    env.mark('inside', true)
    env.pause('inside')
    env.mark('inside', false)
    ;(leave as (e: typeof env, s: unknown) => void)(env, state)
  }
}

export function peterson(swapped: boolean): ExploreOptions {
  const program: Program = section(
    (env) => {
      const { flag, turn } = env.memory as { flag: Int32Array; turn: Int32Array }
      const other = 1 - env.thread
      if (swapped) {
        store(turn, 0, other)
        store(flag, env.thread, 1)
      } else {
        store(flag, env.thread, 1)
        store(turn, 0, other)
      }
      do env.checkpoint('spin')
      while (load(flag, other) === 1 && load(turn, 0) === other)
    },
    (env) => store(env.memory['flag']!, env.thread, 0),
  )
  return { memory: { flag: 2, turn: 1 }, threads: [program, program], invariant: exclusive }
}

/** Dekker's algorithm; `polite` gives way when it is the other's turn. */
export function dekker(polite: boolean): ExploreOptions {
  const program: Program = section(
    (env) => {
      const flag = env.memory['flag']!
      const turn = env.memory['turn']!
      const me = env.thread
      store(flag, me, 1)
      for (;;) {
        env.checkpoint('ask')
        if (load(flag, 1 - me) === 0) return
        if (!polite || load(turn, 0) === me) continue
        store(flag, me, 0)
        do env.checkpoint('give way')
        while (load(turn, 0) !== me)
        store(flag, me, 1)
      }
    },
    (env) => {
      store(env.memory['turn']!, 0, 1 - env.thread)
      store(env.memory['flag']!, env.thread, 0)
    },
  )
  return { memory: { flag: 2, turn: 1 }, threads: [program, program], invariant: exclusive }
}

/** A lock that tests, and then sets. */
export const testThenSet: ExploreOptions = (() => {
  const program: Program = section(
    (env) => {
      do env.checkpoint('spin')
      while (load(env.memory['lock']!, 0) === 1)
      store(env.memory['lock']!, 0, 1)
    },
    (env) => store(env.memory['lock']!, 0, 0),
  )
  return { memory: { lock: 1 }, threads: [program, program], invariant: exclusive }
})()

export type FutexFault = 'none' | 'no re-check' | 'lost wake'

/** Drepper's mutex: 0 free, 1 held, 2 held and somebody may sleep. */
export function futex(threads: number, fault: FutexFault): ExploreOptions {
  const program: Program = section(
    (env) => {
      const lock = env.memory['lock']!
      let seen = compareExchange(lock, 0, 0, 1)
      if (seen === 0) return
      if (fault === 'no re-check') {
        exchange(lock, 0, 2)
        wait(lock, 0, 2)
        return
      }
      if (seen !== 2) seen = fault === 'lost wake' ? 1 : exchange(lock, 0, 2)
      while (seen !== 0) {
        wait(lock, 0, fault === 'lost wake' ? 1 : 2)
        seen = fault === 'lost wake' ? compareExchange(lock, 0, 0, 1) : exchange(lock, 0, 2)
      }
    },
    (env) => {
      if (add(env.memory['lock']!, 0, -1) === 1) return
      store(env.memory['lock']!, 0, 0)
      notify(env.memory['lock']!, 0, 1)
    },
  )
  return {
    memory: { lock: 1 },
    threads: Array.from({ length: threads }, () => program),
    invariant: exclusive,
    sleepKey: () => 'lock',
  }
}

/** Tickets; a faulty one does not draw its ticket in one step. */
export function ticket(threads: number, faulty: boolean): ExploreOptions {
  const program: Program = section(
    (env) => {
      const next = env.memory['next']!
      let mine: number
      if (faulty) {
        mine = load(next, 0)
        store(next, 0, mine + 1)
      } else mine = add(next, 0, 1)
      env.mark('ticket', mine)
      do env.checkpoint(mine)
      while (load(env.memory['serving']!, 0) !== mine)
    },
    (env) => add(env.memory['serving']!, 0, 1),
  )
  return {
    memory: { next: 1, serving: 1 },
    threads: Array.from({ length: threads }, () => program),
    invariant: exclusive,
  }
}

/** Each thread counts up once; `atomic` or by load and store. */
export function counter(threads: number, atomic: boolean): ExploreOptions {
  const program: Program = (env) => {
    const count = env.memory['count']!
    if (atomic) add(count, 0, 1)
    else store(count, 0, load(count, 0) + 1)
  }
  return {
    memory: { count: 1 },
    threads: Array.from({ length: threads }, () => program),
    outcome: (view) => String(view.read('count')),
  }
}
