/** Bugs of code that waits for one another: wake-ups that are lost, and waits in a circle. */
import { Condition, Event, Lock, RWLock, Semaphore, sleep } from '../../../../src/index.ts'
import { scenario, step } from '../../../../src/testing/index.ts'
import { BareMutex, type Body, Sleepers } from './home-made.ts'
import { planted, type Planted } from './planted.ts'

export const lockOrder: Planted = planted({
  name: 'deadlock: two locks, taken in opposite order',
  kind: 'deadlock',
  steps: 6,
  program: (broken) => {
    interface State {
      readonly left: Lock
      readonly right: Lock
    }
    function* both(first: Lock, second: Lock) {
      const one = yield* first.acquire()
      const two = yield* second.acquire()
      two.release()
      one.release()
    }
    return scenario({
      setup: (): State => ({ left: new Lock(), right: new Lock() }),
      tasks: {
        A: (s) => both(s.left, s.right),
        B: (s) => (broken ? both(s.right, s.left) : both(s.left, s.right)),
      },
    })
  },
})

export const lostWakeUp: Planted = planted({
  name: 'lost wake-up: looks, then goes to sleep, without looking again',
  kind: 'deadlock',
  steps: 4,
  program: (broken) => {
    interface State {
      readonly sleepers: Sleepers
      ready: boolean
    }
    return scenario({
      setup: (): State => ({ sleepers: new Sleepers(), ready: false }),
      tasks: {
        *consumer(s) {
          if (s.ready) return
          yield* step('about to sleep')
          if (broken || !s.ready) yield* s.sleepers.sleep()
        },
        *producer(s) {
          s.ready = true
          s.sleepers.wake()
        },
      },
    })
  },
})

export const forgottenNotify: Planted = planted({
  name: 'forgotten notify: only the first item of an empty buffer is announced',
  kind: 'deadlock',
  steps: 11,
  program: (broken) => {
    interface State {
      readonly changed: Condition
      readonly items: number[]
    }
    function* consume({ changed, items }: State) {
      const held = yield* changed.lock.acquire()
      while (items.length === 0) yield* changed.wait()
      const item = items.shift()
      held.release()
      return item
    }
    function* produce({ changed, items }: State) {
      for (const item of [1, 2]) {
        const held = yield* changed.lock.acquire()
        if (!broken || items.length === 0) changed.notify()
        items.push(item)
        held.release()
      }
    }
    return scenario({
      setup: (): State => ({ changed: new Condition(), items: [] }),
      tasks: { C: consume, D: consume, P: produce },
    })
  },
})

export const notifyOne: Planted = planted({
  name: 'notify instead of notifyAll: permits for two, one of the waiters is told',
  report: 'cutajarj/ConcurrentProgrammingWithGo#9',
  kind: 'deadlock',
  steps: 10,
  program: (broken) => {
    interface State {
      readonly changed: Condition
      free: number
    }
    function* acquire(s: State) {
      const held = yield* s.changed.lock.acquire()
      while (s.free === 0) yield* s.changed.wait()
      s.free--
      held.release()
    }
    return scenario({
      setup: (): State => ({ changed: new Condition(), free: 0 }),
      tasks: {
        A: acquire,
        B: acquire,
        *R(s) {
          const held = yield* s.changed.lock.acquire()
          s.free += 2
          if (broken) s.changed.notify()
          else s.changed.notifyAll()
          held.release()
        },
      },
    })
  },
})

export const transition: Planted = planted({
  name: 'a semaphore that wakes a waiter only when its count rises from zero',
  report: 'llvm/llvm-project#46357',
  kind: 'deadlock',
  steps: 7,
  program: (broken) => {
    interface State {
      readonly sleepers: Sleepers
      count: number
    }
    function* acquire(s: State) {
      while (s.count === 0) yield* s.sleepers.sleep()
      s.count--
    }
    return scenario({
      setup: (): State => ({ sleepers: new Sleepers(), count: 0 }),
      tasks: {
        A: acquire,
        B: acquire,
        *R(s) {
          for (let i = 0; i < 2; i++) {
            if (s.count++ === 0 || !broken) s.sleepers.wake()
            yield* step('released one')
          }
        },
      },
    })
  },
})

/** An event whose waiters, once woken, look at the flag again. */
class RecheckedEvent {
  isSet = false
  private readonly sleepers = new Sleepers()

  set() {
    this.isSet = true
    this.sleepers.wake(Infinity)
  }

  clear() {
    this.isSet = false
  }

  *wait(): Body {
    while (!this.isSet) yield* this.sleepers.sleep()
  }
}

export const setThenClear: Planted = planted({
  name: 'missed signal: set and cleared before the waiter has looked again',
  report: 'python/cpython#109974',
  kind: 'deadlock',
  steps: 8,
  program: (broken) =>
    scenario({
      setup: () => ({ event: broken ? new RecheckedEvent() : new Event() }),
      tasks: {
        *waiter(s) {
          yield* s.event.wait()
        },
        *pulse(s) {
          yield* sleep(10)
          s.event.set()
          s.event.clear()
        },
      },
    }),
})

export const upgrade: Planted = planted({
  name: 'upgrade: two readers each wait for the other to stop reading',
  report: 'Amanieu/parking_lot#200',
  kind: 'deadlock',
  steps: 5,
  program: (broken) => {
    function* readThenWrite({ rw }: { rw: RWLock }) {
      const read = yield* rw.read()
      if (!broken) read.release()
      const write = yield* rw.write()
      write.release()
      if (broken) read.release()
    }
    return scenario({ setup: () => ({ rw: new RWLock() }), tasks: { A: readThenWrite, B: readThenWrite } })
  },
})

export const doubleRelease: Planted = planted({
  name: 'double release: the second one frees what somebody else holds',
  report: 'axboe/fio#1254',
  kind: 'invariant',
  steps: 4,
  program: (broken) => {
    interface State {
      readonly bare: BareMutex
      readonly lock: Lock
      inside: number
    }
    function* use(s: State) {
      const held = broken ? undefined : yield* s.lock.acquire()
      if (broken) yield* s.bare.acquire()
      s.inside++
      yield* step('inside')
      s.inside--
      if (broken) s.bare.release()
      else held?.release()
    }
    return scenario({
      setup: (): State => ({ bare: new BareMutex(), lock: new Lock(), inside: 0 }),
      tasks: {
        *A(s) {
          const held = broken ? undefined : yield* s.lock.acquire()
          if (broken) yield* s.bare.acquire()
          if (broken) s.bare.release()
          else held?.release()
          yield* step('cleans up')
          if (broken) s.bare.release()
          else held?.release()
        },
        B: use,
        C: use,
      },
      invariant: ({ inside }) => {
        if (inside > 1) throw new Error(`${inside} are inside`)
      },
    })
  },
})

export const philosophers: Planted = planted({
  name: 'three philosophers, each with the left fork first',
  kind: 'deadlock',
  steps: 9,
  program: (broken) => {
    const eat = (left: number, right: number) =>
      function* ({ forks }: { forks: readonly Semaphore[] }) {
        const first = yield* forks[left]!.acquire()
        const second = yield* forks[right]!.acquire()
        second.release()
        first.release()
      }
    return scenario({
      setup: () => ({ forks: [new Semaphore(), new Semaphore(), new Semaphore()] }),
      tasks: { A: eat(0, 1), B: eat(1, 2), C: broken ? eat(2, 0) : eat(0, 2) },
    })
  },
})

export const waiting: readonly Planted[] = [
  lockOrder,
  lostWakeUp,
  forgottenNotify,
  notifyOne,
  transition,
  setThenClear,
  upgrade,
  doubleRelease,
  philosophers,
]
