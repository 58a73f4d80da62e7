/** Every operation there is. */
import {
  asCompleted,
  choose,
  Event,
  every,
  Future,
  type Held,
  joinAll,
  joinEach,
  Latch,
  Lifeline,
  Lock,
  Once,
  type Operation,
  Scheduler,
  type Task,
  TaskExecutor,
  TaskGroup,
  until,
  wait,
} from '../../src/index.ts'
import { holdable } from './holdable.ts'
import { queues } from './queues.ts'
import type { NamedSubject } from './subject.ts'

/** A lock is held at first; supplying is releasing whoever holds it. */
function lock(shared: boolean) {
  return () => {
    const lock = new Lock()
    if (shared) void lock.handle
    let held: Held | undefined = lock.tryAcquire()
    return {
      operation: (options?: object) => lock.acquire(options),
      canSupply: () => held !== undefined,
      supply: () => {
        const last = held!
        held = undefined
        last.release()
      },
      available: () => (lock.locked ? 0 : 1),
      delivered: (value: unknown) => {
        held = value as Held
      },
    }
  }
}

/** A promise settles once, for everybody who waits then or later. */
function promise() {
  let resolve!: (value: string) => void
  const source = new Promise<string>((yes) => (resolve = yes))
  let supplied = false
  const settled = until(source)
  void settled.poll() // nobody can tell that a promise has settled who has not subscribed to it before
  return {
    operation: (options?: object): Operation<unknown> => (options ? until(source, options) : settled),
    canSupply: () => !supplied,
    supply: () => {
      supplied = true
      resolve('value')
    },
    available: () => (supplied ? Infinity : 0),
    delivered: () => {},
  }
}

/** A future ends once, for everybody who waits then or later. */
function future(operation: (future: Future<string>, options?: object) => Operation<unknown>) {
  return () => {
    const future = new Future<string>()
    return {
      operation: (options?: object) => operation(future, options),
      canSupply: () => !future.done,
      supply: () => future.setResult('value'),
      available: () => (future.done ? Infinity : 0),
      delivered: () => {},
    }
  }
}

/** An item that is taken is not disposable by itself; given back, it is counted, since its source cannot have it again. */
function items(next: (options?: object) => Operation<unknown>) {
  let returned = 0
  return {
    operation: (options?: object) =>
      next(options).map((item) => ({ item, [Symbol.dispose]: () => void returned++ })),
    returned: () => returned,
  }
}

/** Each future is given once. */
function completed() {
  const futures = Array.from({ length: 60 }, () => new Future<number>())
  const source = asCompleted(futures)
  const { operation, returned } = items((options) => source.next(options))
  let supplied = 0
  return {
    operation,
    canSupply: () => supplied < futures.length - 1,
    supply: () => futures[supplied++]!.setResult(0),
    available: () => source['ready'].length - source['taken'] + source['returned'].length + returned(),
    delivered: () => {},
  }
}

/** The results of a map, in order; each ends when its job is let go. */
function mapped() {
  const ends: (() => void)[] = []
  const results = new TaskExecutor().map(
    (i) => until(new Promise<number>((resolve) => ends.push(() => resolve(i)))),
    Array.from({ length: 60 }, (_, i) => i),
  )
  const { operation, returned } = items((options) => results.next(options))
  let supplied = 0
  return {
    operation,
    canSupply: () => supplied < 59,
    supply: () => ends[supplied++]!(),
    available: () =>
      results['slots'].filter((future) => future?.done).length + results['returned'].length + returned(),
    delivered: () => {},
  }
}

/** An executor is idle once, for everybody. */
function idle(operation: (executor: TaskExecutor, options?: object) => Operation<unknown>) {
  return () => {
    const executor = new TaskExecutor({ concurrency: 1 })
    executor.pause()
    void executor.submit(() => 0)
    return {
      operation: (options?: object) => operation(executor, options),
      canSupply: () => executor.paused,
      supply: () => executor.resume(),
      available: () => (executor.paused ? 0 : Infinity),
      delivered: () => {},
    }
  }
}

/** An event: a manual one is there for everybody once it is set, an auto-reset one has a pass for one. */
function event(autoReset: boolean, shared: boolean) {
  return () => {
    const event = new Event({ autoReset })
    if (shared) void event.handle
    return {
      operation: (options?: object) => event.wait(options),
      gone: autoReset,
      canSupply: () => !event.isSet,
      supply: () => event.set(),
      available: () => (event.isSet ? (autoReset ? 1 : Infinity) : 0),
      delivered: () => {},
    }
  }
}

/** What comes once, for everybody who waits then or later. */
function once(make: () => { operation: (options?: object) => Operation<unknown>; supply: () => void }) {
  return () => {
    const { operation, supply } = make()
    let supplied = false
    return {
      operation,
      canSupply: () => !supplied,
      supply: () => {
        supplied = true
        supply()
      },
      available: () => (supplied ? Infinity : 0),
      delivered: () => {},
    }
  }
}

function latch(shared: boolean) {
  return once(() => {
    const latch = new Latch(2)
    if (shared) void latch.handle
    latch.countDown()
    return { operation: (options) => latch.wait(options), supply: () => latch.countDown() }
  })
}

function lifeline(shared: boolean) {
  return once(() => {
    const lifeline = new Lifeline()
    if (shared) void lifeline.handle
    lifeline.bind()
    return { operation: (options) => lifeline.wait(options), supply: () => lifeline.end() }
  })
}

/** A task ends once, for everybody who waits then or later. */
function joining(operation: (task: Task<void>, options?: object) => Operation<unknown>) {
  return once(() => {
    const [scheduler, gate] = [new Scheduler({ manual: true }), new Event()]
    const task = scheduler.spawn(() => gate.wait()[Symbol.iterator]())
    scheduler.runUntilIdle()
    return {
      operation: (options) => operation(task, options),
      supply: () => {
        gate.set()
        scheduler.runUntilIdle()
      },
    }
  })
}

/** Each task is given once. */
function joined() {
  const scheduler = new Scheduler({ manual: true })
  const gates = Array.from({ length: 60 }, () => new Event())
  const source = joinEach(gates.map((gate) => scheduler.spawn(() => gate.wait()[Symbol.iterator]())))
  const { operation, returned } = items((options) => source.next(options))
  let supplied = 0
  return {
    operation,
    canSupply: () => supplied < gates.length - 1,
    supply: () => {
      gates[supplied++]!.set()
      scheduler.runUntilIdle()
    },
    available: () => source['over'].length - source['given'] + returned(),
    delivered: () => {},
  }
}

const grouped = once(() => {
  const [group, gate] = [new TaskGroup(), new Event()]
  const member = group.spawn(() => gate.wait()[Symbol.iterator]())
  return { operation: (options) => group.join(options), supply: () => void member.cancel() }
})

/** Ticks that are stopped are over for everybody. */
const stopped = once(() => {
  const ticks = every(1_000_000)
  return { operation: (options) => ticks.next(options), supply: () => ticks.stop() }
})

/** The result of a function that somebody has called already. */
const result = once(() => {
  let resolve!: (value: string) => void
  const once = new Once(() => new Promise<string>((yes) => (resolve = yes)))
  void once.get().start()
  return { operation: (options) => once.get(options), supply: () => resolve('value') }
})

export const subjects: readonly NamedSubject[] = [
  { name: 'Lock.acquire', make: lock(false) },
  { name: 'Lock.acquire, shared', make: lock(true) },
  { name: 'until(promise)', make: promise },
  { name: 'Event.wait', make: event(false, false) },
  { name: 'Event.wait, shared', make: event(false, true) },
  { name: 'Event.wait, auto-reset', make: event(true, false) },
  { name: 'Event.wait, auto-reset, shared', make: event(true, true) },
  { name: 'Latch.wait', make: latch(false) },
  { name: 'Latch.wait, shared', make: latch(true) },
  { name: 'Lifeline.wait', make: lifeline(false) },
  { name: 'Lifeline.wait, shared', make: lifeline(true) },
  { name: 'Once.get', make: result },
  { name: 'Future.result', make: future((future, options) => future.result(options)) },
  { name: 'Future.exception', make: future((future, options) => future.exception(options)) },
  {
    name: 'wait(futures)',
    // Its own timeout is no error, so a choice of one bears the options that the laws give.
    make: future((future, options) => choose([wait([future])], options)),
  },
  { name: 'asCompleted.next', make: completed },
  { name: 'Mapped.next', make: mapped },
  { name: 'Executor.whenIdle', make: idle((executor, options) => executor.whenIdle(options)) },
  { name: 'Executor.whenBelow', make: idle((executor, options) => executor.whenBelow(1, options)) },
  { name: 'Task.join', make: joining((task, options) => task.join(options)) },
  {
    name: 'joinAll',
    // Its own timeout is no error, so a choice of one bears the options that the laws give.
    make: joining((task, options) => choose([joinAll([task])], options)),
  },
  { name: 'joinEach.next', make: joined },
  { name: 'TaskGroup.join', make: grouped },
  { name: 'every.next', make: stopped },
  ...holdable,
  ...queues,
]
