/** Bugs of code that is cancelled, or gives up, between being served and going on. */
import { Event, Future, Lock, select, sleep, spawn, TimeoutError } from '../../../../src/index.ts'
import { Ledger, scenario, step } from '../../../../src/testing/index.ts'
import { Sleepers } from './home-made.ts'
import { planted, type Planted } from './planted.ts'

export const swallowedPermit: Planted = planted({
  name: 'a cancelled waiter of a semaphore swallows the permit it was woken for',
  report: 'python/cpython#90155',
  kind: 'deadlock',
  steps: 6,
  options: { cancels: { most: 1, tasks: ['A'] } },
  program: (broken) => {
    interface State {
      readonly sleepers: Sleepers
      permits: number
    }
    function release(s: State) {
      s.permits++
      s.sleepers.wake()
    }
    function* use(s: State) {
      while (s.permits === 0) yield* s.sleepers.sleep()
      s.permits--
      release(s)
    }
    return scenario({
      setup: (): State => ({ sleepers: new Sleepers(!broken), permits: 0 }),
      tasks: {
        A: use,
        B: use,
        *R(s) {
          release(s)
        },
      },
    })
  },
})

export const lostNotification: Planted = planted({
  name: 'a notified waiter of a condition is cancelled, and nobody else is told',
  report: 'python/cpython#112202',
  kind: 'deadlock',
  steps: 10,
  options: { cancels: { most: 1, tasks: ['A'] } },
  program: (broken) => {
    interface State {
      readonly lock: Lock
      readonly told: Sleepers
      open: boolean
    }
    /** As `wait` of a condition: without the lock while it sleeps, and with it again however it ends. */
    function* wait(s: State) {
      s.lock.release()
      let error: unknown
      try {
        yield* s.told.sleep()
      } catch (cancelled) {
        error = cancelled
      }
      for (let held = false; !held;) {
        try {
          yield* s.lock.acquire()
          held = true
        } catch (cancelled) {
          error = cancelled
          if (!broken) s.told.wake()
        }
      }
      if (error !== undefined) throw error
    }
    function* goThrough(s: State) {
      yield* s.lock.acquire()
      try {
        while (!s.open) yield* wait(s)
        s.told.wake() // each who goes through tells the next
      } finally {
        s.lock.release()
      }
    }
    return scenario({
      setup: (): State => ({ lock: new Lock(), told: new Sleepers(true), open: false }),
      tasks: {
        A: goThrough,
        B: goThrough,
        *N(s) {
          s.open = true
          s.told.wake()
        },
      },
    })
  },
})

export const weightedTimeout: Planted = planted({
  name: 'a semaphore with weights: the first in line gives up, and those behind it are not served',
  report: 'golang/go#37852',
  kind: 'deadlock',
  steps: 9,
  program: (broken) => {
    interface Request {
      readonly n: number
      readonly granted: Future<void>
    }
    interface State {
      free: number
      readonly line: Request[]
      readonly done: Event
    }
    function serve(s: State) {
      while (s.line.length > 0 && s.line[0]!.n <= s.free) {
        const { n, granted } = s.line.shift()!
        s.free -= n
        granted.setResult()
      }
    }
    function* acquire(s: State, n: number, timeout = Infinity) {
      const request: Request = { n, granted: new Future() }
      s.line.push(request)
      serve(s)
      const { key } = yield* select({ granted: request.granted, late: sleep(timeout) })
      if (key === 'granted') return true
      if (request.granted.done) release(s, n)
      else s.line.splice(s.line.indexOf(request), 1)
      if (!broken) serve(s)
      return false
    }
    function release(s: State, n: number) {
      s.free += n
      serve(s)
    }
    return scenario({
      setup: (): State => ({ free: 2, line: [], done: new Event() }),
      tasks: {
        *holder(s) {
          yield* acquire(s, 1)
          yield* s.done.wait()
          release(s, 1)
        },
        *large(s) {
          if (yield* acquire(s, 2, 10)) release(s, 2)
        },
        *small(s) {
          yield* acquire(s, 1)
          s.done.set()
          release(s, 1)
        },
      },
    })
  },
})

export const timeoutOutside: Planted = planted({
  name: 'a timeout bolted on from outside: who gave up still takes the lock, to release it',
  report: 'DirtyHairy/async-mutex#54',
  kind: 'threw',
  steps: 11,
  program: (broken) => {
    interface State {
      locked: boolean
      readonly line: Future<void>[]
      /** How many really wait. */
      waiting: number
    }
    function acquire(s: State): Future<void> {
      const granted = new Future<void>()
      if (s.locked) s.line.push(granted)
      else granted.setResult()
      s.locked = true
      return granted
    }
    function release(s: State) {
      const next = s.line.shift()
      if (next === undefined) s.locked = false
      else next.setResult()
    }
    function* impatient(s: State) {
      const granted = acquire(s)
      s.waiting++
      const { key } = yield* select({ granted, late: sleep(10) })
      s.waiting--
      if (key === 'granted' || granted.done) return release(s)
      if (!broken) return void s.line.splice(s.line.indexOf(granted), 1)
      spawn.detached(function* () {
        yield* granted
        release(s)
      })
    }
    return scenario({
      setup: (): State => ({ locked: false, line: [], waiting: 0 }),
      tasks: {
        *A(s) {
          yield* acquire(s)
          yield* sleep(20)
          const wanted = s.waiting > 0
          release(s)
          if (s.locked && !wanted) throw new Error('released, wanted by nobody, and still locked')
        },
        B: impatient,
      },
    })
  },
})

export const singleFlight: Planted = planted({
  name: 'single flight: a caller that gives up makes the key free while the call still runs',
  report: 'janos/singleflight#4',
  kind: 'invariant',
  steps: 6,
  options: { cancels: { most: 1, tasks: ['A', 'B'] } },
  program: (broken) => {
    interface State {
      running: number
      call: Future<number> | undefined
    }
    function* load(s: State) {
      if (s.call === undefined) {
        const call = new Future<number>()
        s.call = call
        spawn.detached(function* () {
          s.running++
          try {
            yield* step('loads')
            call.setResult(42)
          } finally {
            s.running--
            if (!call.done) call.cancel()
            if (s.call === call) s.call = undefined
          }
        })
      }
      try {
        return yield* s.call
      } finally {
        if (broken) s.call = undefined
      }
    }
    return scenario({
      setup: (): State => ({ running: 0, call: undefined }),
      tasks: { A: load, B: load },
      invariant: ({ running }) => {
        if (running > 1) throw new Error(`${running} calls run for one key`)
      },
    })
  },
})

export const lostItem: Planted = planted({
  name: 'a queue hands an item to a getter that is cancelled before it goes on',
  report: 'python/asyncio#256',
  kind: 'lost result',
  steps: 4,
  options: { cancels: { most: 1, tasks: ['getter'] } },
  program: (broken) => {
    interface State {
      readonly ledger: Ledger<string>
      readonly items: string[]
      readonly getters: Future<string>[]
    }
    function* get(s: State) {
      if (s.items.length > 0) return s.items.shift()!
      const getter = new Future<string>()
      s.getters.push(getter)
      try {
        return yield* getter
      } catch (error) {
        if (!getter.done) void s.getters.splice(s.getters.indexOf(getter), 1)
        else if (!broken) s.items.unshift(getter.poll() as string)
        throw error
      }
    }
    return scenario({
      setup: (): State => ({ ledger: new Ledger(), items: [], getters: [] }),
      tasks: {
        *getter(s) {
          s.ledger.received(yield* get(s))
        },
        *putter(s) {
          s.ledger.sent('x')
          const getter = s.getters.shift()
          if (getter === undefined) s.items.push('x')
          else getter.setResult('x')
        },
      },
      atEnd: ({ items, ledger }) => {
        for (const item of items) ledger.received(item)
      },
    })
  },
})

export const clearedInFinally: Planted = planted({
  name: 'a signal that arrives while a timeout is handled is cleared with it',
  report: 'pipecat-ai/pipecat#3797',
  kind: 'end',
  steps: 13,
  program: (broken) => {
    interface State {
      readonly active: Event
      seen: number
    }
    function* watch(s: State) {
      for (let round = 0; round < 2; round++) {
        try {
          yield* s.active.wait({ timeout: 10 })
          s.seen++
          if (!broken) s.active.clear()
        } catch (error) {
          if (!(error instanceof TimeoutError)) throw error
          yield* step('tells that nothing happens')
        } finally {
          if (broken) s.active.clear()
        }
      }
    }
    return scenario({
      setup: (): State => ({ active: new Event(), seen: 0 }),
      tasks: {
        watch,
        *user(s) {
          yield* sleep(10)
          s.active.set()
        },
      },
      atEnd: ({ seen }) => {
        if (seen !== 1) throw new Error(`one sign of activity, ${seen} seen`)
      },
    })
  },
})

export const cancelling: readonly Planted[] = [
  swallowedPermit,
  lostNotification,
  weightedTimeout,
  timeoutOutside,
  singleFlight,
  lostItem,
  clearedInFinally,
]
