import { describe, expect, it } from 'vitest'
import {
  attach,
  CancelledError,
  Condition,
  DeadlockError,
  HandleError,
  type Held,
  Lock,
  NotHeldError,
  NotOwnerError,
  PoisonedError,
  type Procedure,
  RLock,
  run,
  Scheduler,
  select,
  TimeoutError,
} from '../../src/index.ts'
import { settle } from '../support/watch.ts'

interface Outcome {
  state: 'pending' | 'value' | 'error'
  result: unknown
}

/** Performs a procedure and notes how it ends, and whether the lock was held then. */
function follow(procedure: PromiseLike<unknown>, then: (outcome: Outcome) => void = () => {}): Outcome {
  const outcome: Outcome = { state: 'pending', result: undefined }
  const end = (state: 'value' | 'error') => (result: unknown) => {
    Object.assign(outcome, { state, result })
    then(outcome)
  }
  void procedure.then(end('value'), end('error'))
  return outcome
}

/** One async flow: acquires, waits, notes its name when it holds the lock again, releases. */
function waiter(condition: Condition, log: string[], name: string, options?: object): Promise<void> {
  const lock = condition.lock as Lock
  return (async () => {
    using _held = await lock.acquire()
    try {
      await condition.wait(options)
      expect(lock.locked).toBe(true)
      log.push(name)
    } catch (error) {
      expect(lock.locked).toBe(true)
      log.push(`${name}: ${(error as Error).name}`)
    }
    await settle()
    expect(lock.locked).toBe(true)
  })()
}

const modes = ['unshared', 'shared'] as const

function make(mode: (typeof modes)[number], lock: Lock | RLock = new Lock()): Condition {
  const condition = new Condition(lock)
  if (mode === 'shared') expect(Condition.attach(condition.handle)).toBe(condition)
  return condition
}

async function notify(condition: Condition, n: number): Promise<void> {
  using _held = await (condition.lock as Lock).acquire()
  condition.notify(n)
}

describe.each(modes)('%s', (mode) => {
  it('wakes as many as told, in order', async () => {
    const condition = make(mode)
    const log: string[] = []
    const all = ['a', 'b', 'c', 'd'].map((name) => waiter(condition, log, name))
    await settle()
    expect(condition.statistics()).toEqual({ waiting: 4, waiters: 4 })
    await notify(condition, 1)
    await settle()
    await settle()
    expect(log).toEqual(['a'])
    await notify(condition, 2)
    for (let i = 0; i < 4; i++) await settle()
    expect(log).toEqual(['a', 'b', 'c'])
    using _held = await (condition.lock as Lock).acquire()
    condition.notifyAll()
    condition.notifyAll()
    _held.release()
    await Promise.all(all)
    expect(log).toEqual(['a', 'b', 'c', 'd'])
    expect(condition.statistics()).toEqual({ waiting: 0, waiters: 0 })
    expect((condition.lock as Lock).locked).toBe(false)
  })

  it('keeps no notification for those who come later', async () => {
    const condition = make(mode)
    await notify(condition, 5)
    const log: string[] = []
    const wait = waiter(condition, log, 'late', { timeout: 1 })
    await wait
    expect(log).toEqual(['late: TimeoutError'])
  })

  it('gives the lock up while it waits, and the token from before stays good', async () => {
    const condition = make(mode)
    const lock = condition.lock as Lock
    const held = await lock.acquire()
    const wait = follow(condition.wait())
    const stranger = lock.tryAcquire()!
    held.release() // stands for nothing now
    expect(lock.locked).toBe(true)
    condition.notify()
    await settle()
    expect(wait.state).toBe('pending')
    stranger.release()
    await settle()
    expect(wait.state).toBe('value')
    stranger.release()
    expect(lock.locked).toBe(true)
    held.release()
    expect(lock.locked).toBe(false)
  })

  it('answers a timeout only when it holds the lock again', async () => {
    const condition = make(mode)
    const lock = condition.lock as Lock
    const held = await lock.acquire()
    const wait = follow(condition.wait({ timeout: 0 }), () => expect(lock.tryAcquire()).toBeUndefined())
    const stranger = lock.tryAcquire()
    expect(stranger).toBeUndefined() // timeout 0 has looked once and goes straight for the lock
    await settle()
    expect(wait.result).toBeInstanceOf(TimeoutError)
    expect((wait.result as Error).message).toMatch(/wait\(\) did not end within 0 ms/)
    held.release()
    expect(lock.locked).toBe(false)
  })

  it('answers an abort only when it holds the lock again', async () => {
    const condition = make(mode)
    const lock = condition.lock as Lock
    const held = await lock.acquire()
    const abort = new AbortController()
    const wait = follow(condition.wait({ signal: abort.signal }))
    const stranger = lock.tryAcquire()!
    abort.abort('enough')
    await settle()
    expect(wait.state).toBe('pending')
    lock.cancelWaiters() // does not end that wait either
    await settle()
    expect(wait.state).toBe('pending')
    stranger.release()
    await settle()
    expect(wait).toEqual({ state: 'error', result: 'enough' })
    expect(lock.locked).toBe(true)
    held.release()
    expect(condition.statistics()).toEqual({ waiting: 0, waiters: 0 })
  })

  it('passes on a notification that arrives with a cancellation', async () => {
    const condition = make(mode)
    const lock = condition.lock as Lock
    const log: string[] = []
    const abort = new AbortController()
    const first = waiter(condition, log, 'first', { signal: abort.signal })
    const second = waiter(condition, log, 'second')
    await settle()
    const held = await lock.acquire()
    abort.abort(new CancelledError('x'))
    condition.notify() // `first` is no more told, but it has not left yet
    held.release()
    await Promise.all([first, second])
    expect(log.toSorted()).toEqual(['first: CancelledError', 'second'])
  })

  it('tells nothing to a wait that has failed, so that nothing is left over for one that begins later', async () => {
    const condition = make(mode)
    const lock = condition.lock as Lock
    const log: string[] = []
    const abort = new AbortController()
    const told = waiter(condition, log, 'told')
    const gone = waiter(condition, log, 'gone', { signal: abort.signal })
    await settle()
    const held = await lock.acquire()
    const later = waiter(condition, log, 'later') // before `gone` in the queue for the lock
    await settle()
    abort.abort(new CancelledError('x'))
    await settle()
    condition.notify(2)
    held.release()
    await Promise.all([told, gone])
    expect(log.toSorted()).toEqual(['gone: CancelledError', 'told'])
    expect(condition.statistics()).toEqual({ waiting: 1, waiters: 1 })
    await notify(condition, 1)
    await later
  })

  it('takes a notification that came before the abort', async () => {
    const condition = make(mode)
    const lock = condition.lock as Lock
    const log: string[] = []
    const abort = new AbortController()
    const first = waiter(condition, log, 'first', { signal: abort.signal })
    await settle()
    const held = await lock.acquire()
    condition.notify()
    abort.abort(new CancelledError('x'))
    held.release()
    await first
    expect(log).toEqual(['first'])
  })

  it('waitFor tests first, under the lock, until it is so, and gives the last value', async () => {
    const condition = make(mode)
    const lock = condition.lock as Lock
    let value = 0
    let calls = 0
    const predicate = (): number => {
      expect(lock.locked).toBe(true)
      calls++
      return value
    }
    using held = await lock.acquire()
    value = 7
    expect(await condition.waitFor(predicate)).toBe(7)
    expect(calls).toBe(1)
    value = 0
    const wait = follow(condition.waitFor(predicate))
    for (const next of [0, 0, 3]) {
      using _other = await lock.acquire()
      value = next
      condition.notify()
      _other.release()
      await settle()
    }
    expect(wait).toEqual({ state: 'value', result: 3 })
    expect(calls).toBe(5)
    void held
  })

  it('waitFor looks a last time after its timeout', async () => {
    const condition = make(mode)
    const lock = condition.lock as Lock
    let value = 0
    const held = await lock.acquire()
    await expect(condition.waitFor(() => value, { timeout: 0 }).start()).rejects.toThrow(
      /waitFor\(\) did not end/,
    )
    await expect(condition.waitFor(() => value, { timeout: 1 }).start()).rejects.toThrow(TimeoutError)
    const wait = follow(condition.waitFor(() => value, { timeout: 1 }))
    {
      using _other = lock.tryAcquire()!
      value = 9
      while (condition.statistics().waiters > 0) await settle()
    }
    await settle()
    expect(wait).toEqual({ state: 'value', result: 9 })
    expect(lock.locked).toBe(true)
    held.release()
  })

  it('an error of the predicate is the outcome, the lock held', async () => {
    const condition = make(mode)
    using _held = await (condition.lock as Lock).acquire()
    const bad = (): never => {
      throw new Error('predicate')
    }
    await expect(condition.waitFor(bad).start()).rejects.toThrow('predicate')
    expect((condition.lock as Lock).locked).toBe(true)
    expect(condition.statistics().waiting).toBe(0)
  })

  it('cancelWaiters ends every wait, each with the lock held', async () => {
    const condition = make(mode)
    const log: string[] = []
    const all = ['a', 'b'].map((name) => waiter(condition, log, name))
    await settle()
    condition.cancelWaiters()
    await Promise.all(all)
    expect(log).toEqual(['a: CancelledError', 'b: CancelledError'])
    expect(condition.statistics()).toEqual({ waiting: 0, waiters: 0 })
  })

  it('releases an RLock however deep, and restores the depth', async () => {
    const rlock = new RLock()
    const condition = make(mode, rlock)
    const log: string[] = []
    const first = run(function* () {
      using _a = yield* rlock.acquire()
      using _b = yield* rlock.acquire()
      yield* condition.wait()
      expect(rlock.depth).toBe(2)
      expect(rlock.isOwned()).toBe(true)
      log.push('woken')
    })
    await settle()
    expect(rlock.locked).toBe(false)
    await rlock.run(async (owner) => {
      condition.notify()
      await settle()
      expect(log).toEqual([])
      expect(rlock.isOwned(owner)).toBe(true)
    })
    await first
    expect(log).toEqual(['woken'])
    expect(rlock.locked).toBe(false)
  })

  it('on an RLock waits by owner, by run and by nested run', async () => {
    const rlock = new RLock()
    const condition = make(mode, rlock)
    const done: string[] = []
    const byOwner = (async () => {
      const owner = {}
      using _held = await rlock.acquire({ owner })
      await condition.wait({ owner })
      done.push('owner')
      condition.notify(1, { owner })
    })()
    const byRun = rlock.run(() =>
      rlock.run(async () => {
        await condition.waitFor(() => done.length > 0)
        expect(rlock.depth).toBe(2)
        done.push('run')
      }),
    )
    await settle()
    expect(condition.statistics().waiting).toBe(2)
    await rlock.run(() => condition.notifyAll())
    await Promise.all([byOwner, byRun])
    expect(done).toEqual(['owner', 'run'])
    expect(rlock.locked).toBe(false)
  })

  it('a poisoned lock is the one end without the lock, and nothing stays behind', async () => {
    const condition = make(mode)
    const lock = condition.lock as Lock
    const held = await lock.acquire()
    const wait = follow(condition.wait())
    lock.tryAcquire()!.poison()
    condition.cancelWaiters()
    await settle()
    expect(wait.result).toBeInstanceOf(PoisonedError)
    held.release()
    lock.clearPoison()
    expect(lock.locked).toBe(false)
    expect(condition.statistics()).toEqual({ waiting: 0, waiters: 0 })
    const log: string[] = []
    const next = waiter(condition, log, 'next')
    await settle()
    await notify(condition, 1)
    await next
    expect(log).toEqual(['next'])
  })
})

describe('a task that is cancelled', () => {
  it('between the notification and its turn: holds the lock when the error comes out', () => {
    const scheduler = new Scheduler({ manual: true })
    const condition = new Condition()
    const log: string[] = []
    const waiting = (name: string) =>
      scheduler.spawn(function* () {
        const held = yield* condition.lock.acquire()
        try {
          yield* condition.wait()
          log.push(`${name} goes on`)
        } finally {
          log.push(`${name} holds it: ${condition.lock.locked}`)
          held.release()
        }
      })
    const first = waiting('first')
    waiting('second')
    scheduler.runUntilIdle()
    scheduler.spawn(function* () {
      const held = yield* condition.lock.acquire()
      condition.notify()
      held.release()
    })
    scheduler.step()
    first.cancel()
    scheduler.runUntilIdle()
    expect(first.state).toBe('cancelled')
    expect(log).toEqual(['first holds it: true', 'second goes on', 'second holds it: true'])
    expect(condition.lock.locked).toBe(false)
  })

  /** Steps a procedure by hand up to its `step`-th wait, as a task, and throws into it there. */
  const cases = [
    ['while it waits', 0],
    ['after it was told', 1],
    ['while it waits for the lock', 2],
  ] as const

  it.each(cases)(
    '%s: holds the lock when the error comes out, and passes its notification on',
    async (_, when) => {
      const lock = new Lock()
      const condition = new Condition(lock)
      const log: string[] = []
      const reason = new CancelledError('cancelled')
      let interrupt!: (error: unknown) => void
      // A task around the wait, into which an error can be thrown at any time.
      const task = run(function* () {
        const held = yield* lock.acquire()
        const steps = condition.wait()[Symbol.iterator]()
        let step = steps.next()
        let thrown: { error: unknown } | undefined
        interrupt = (error) => (thrown = { error })
        try {
          while (!step.done) {
            if (thrown === undefined) {
              if (when === 0 && log.includes('cancel')) interrupt(reason)
            }
            if (thrown !== undefined) {
              const { error } = thrown
              thrown = undefined
              interrupt = () => {}
              step = steps.throw(error)
              continue
            }
            yield step.value
            if (thrown === undefined) step = steps.next()
          }
          log.push('first woken')
        } catch (error) {
          expect(error).toBe(reason)
          expect(lock.locked).toBe(true)
          log.push('first cancelled')
        }
        held.release()
      })
      const second = waiter(condition, log, 'second')
      await settle()
      const held = await lock.acquire()
      if (when === 0) condition.notify(2)
      interrupt(reason)
      if (when === 1) condition.notify()
      if (when === 2) {
        condition.notify()
        await settle()
      }
      held.release()
      await Promise.all([task, second])
      expect(log.toSorted()).toEqual(['first cancelled', 'second'])
      expect(lock.locked).toBe(false)
      expect(condition.statistics()).toEqual({ waiting: 0, waiters: 0 })
    },
  )

  it('closed from outside, still takes the lock back first', async () => {
    const lock = new Lock()
    const condition = new Condition(lock)
    let end!: () => void
    const closed = run(function* () {
      const held = yield* lock.acquire()
      const steps = condition.wait()[Symbol.iterator]()
      let step = steps.next()
      expect(lock.locked).toBe(false)
      const other = lock.tryAcquire()!
      end = () => other.release()
      step = steps.return(undefined)
      while (!step.done) {
        yield step.value
        step = steps.next()
      }
      expect(lock.locked).toBe(true)
      held.release()
    })
    end()
    await closed
    expect(lock.locked).toBe(false)
    expect(condition.statistics()).toEqual({ waiting: 0, waiters: 0 })
  })
})

describe('misuse', () => {
  it('throws and changes nothing', async () => {
    const lock = new Lock()
    const condition = new Condition(lock)
    expect(() => new Condition(3 as never)).toThrow(/lock must be a Lock or an RLock, got 3/)
    expect(() => condition.notify()).toThrow(NotHeldError)
    expect(() => condition.notifyAll()).toThrow(/notifyAll\(\) needs Lock#\d+: nobody holds it/)
    await expect(condition.wait().start()).rejects.toThrow(NotHeldError)
    await expect(condition.waitFor(() => true).start()).rejects.toThrow(NotHeldError)
    using _held = lock.tryAcquire()!
    expect(() => condition.notify(0)).toThrow(/n must be an integer from 1/)
    expect(() => condition.notify(1.5)).toThrow(RangeError)
    expect(() => condition.waitFor(7 as never)).toThrow(/predicate must be a function/)
    expect(() => condition.wait({ timeout: -1 })).toThrow(/timeout/)
    expect(() => condition.wait(4 as never)).toThrow(/options must be an object/)
    expect(() => select({ a: condition.wait() as never })).toThrow(/must be an operation/)
    expect(lock.locked).toBe(true)
    expect(condition.statistics()).toEqual({ waiting: 0, waiters: 0 })
  })

  it('on an RLock only the innermost owner may wait or notify', async () => {
    const rlock = new RLock()
    const condition = new Condition(rlock)
    using _held = rlock.tryAcquire({ owner: 1 })!
    expect(() => condition.notify()).toThrow(NotOwnerError)
    expect(() => condition.notify(1, { owner: 2 })).toThrow(NotOwnerError)
    condition.notify(1, { owner: 1 })
    await expect(condition.wait().start()).rejects.toThrow(NotOwnerError)
    expect(rlock.depth).toBe(1)
  })

  it('does nothing until it is performed, and each perform is a wait of its own', async () => {
    const lock = new Lock()
    const condition = new Condition(lock)
    const wait: Procedure<void> = condition.wait()
    expect(condition.statistics().waiting).toBe(0)
    const a = await lock.acquire()
    const first = follow(wait)
    const b: Held = lock.tryAcquire()!
    const second = follow(wait)
    expect(condition.statistics().waiting).toBe(2)
    await notify(condition, 2)
    await settle()
    expect([first.state, second.state]).toEqual(['value', 'pending'])
    a.release()
    await settle()
    expect(second.state).toBe('value')
    b.release()
    expect(lock.locked).toBe(false)
  })

  it('block() on an unshared condition is a deadlock, the lock held again', () => {
    const lock = new Lock()
    const condition = new Condition(lock)
    const held = lock.tryAcquire()!
    expect(() => condition.wait().block()).toThrow(DeadlockError)
    expect(lock.locked).toBe(true)
    expect(condition.waitFor(() => 5).block()).toBe(5)
    held.release()
    expect(lock.locked).toBe(false)
    expect(condition.statistics()).toEqual({ waiting: 0, waiters: 0 })
  })

  it('refuses a handle with another lock, or none', () => {
    const condition = new Condition()
    const { handle } = condition
    const copy = (changes: object) =>
      // A received buffer is a new object, but the same memory: only then is it attached anew.
      ({ ...handle, ...changes }) as never
    expect(() => attach({ ...new Lock().handle, heddle: 'Condition' } as never)).toThrow(HandleError)
    expect(attach(handle)).toBe(condition)
    expect(Condition.attach(copy({}))).toBe(condition)
    expect(() => Condition.attach(new RLock().handle as never)).toThrow(/handle is of a RLock/)
  })

  it('can be shared while tasks wait', async () => {
    const condition = new Condition()
    const log: string[] = []
    const all = ['a', 'b'].map((name) => waiter(condition, log, name))
    await settle()
    void condition.handle
    await notify(condition, 1)
    for (let i = 0; i < 3; i++) await settle()
    expect(log).toEqual(['a'])
    await notify(condition, 1)
    await Promise.all(all)
    expect(log).toEqual(['a', 'b'])
  })
})
