import { describe, expect, expectTypeOf, test, vi } from 'vitest'
import {
  always,
  CancelledError,
  Condition,
  DeadlockError,
  Event,
  Future,
  type Held,
  Lock,
  lockAll,
  Procedure,
  setUnhandledExceptionHook,
  until,
} from '../../src/index.ts'

describe('an operation', () => {
  test('is performed now, once, for many', async () => {
    const lock = new Lock()
    const held = lock.acquire().start()
    expect(held).toBeInstanceOf(Future)
    expect(held.done).toBe(true)
    expect(lock.locked).toBe(true)
    const waiting = lock.acquire().start()
    expect(waiting.state).toBe('PENDING')
    ;(await held).release()
    expect((await waiting).abandoned).toBe(false)
    expect(await waiting).toBe(await waiting)
  })

  test('cancelling withdraws the wait', async () => {
    const lock = new Lock()
    const held = lock.tryAcquire()!
    const waiting = lock.acquire().start()
    expect(waiting.cancel()).toBe(true)
    expect(waiting.cancel()).toBe(true)
    expect(waiting.state).toBe('CANCELLED_AND_NOTIFIED')
    await expect(waiting).rejects.toBeInstanceOf(CancelledError)
    held.release()
    expect(lock.locked).toBe(false)
    expect(lock.statistics().waiters).toBe(0)
  })

  test('a grant that came first wins', async () => {
    const event = new Event()
    const waiting = event.wait().start()
    event.set()
    expect(waiting.cancel()).toBe(false)
    await waiting
    expect(waiting.state).toBe('FINISHED')
    expect(waiting.cancel()).toBe(false)
  })

  test('keeps errors: of the wait, of map, of poll', async () => {
    const lock = new Lock()
    const held = lock.tryAcquire()!
    const waiting = lock.acquire().start()
    const mapped = until(Promise.resolve(1))
      .map(() => {
        throw new Error('map')
      })
      .start()
    const poll = always(1)
      .map(() => {
        throw new Error('poll')
      })
      .start()
    expect(poll.done).toBe(true)
    lock.cancelWaiters(new Error('all'))
    await expect(waiting).rejects.toThrow('all')
    await expect(mapped).rejects.toThrow('map')
    await expect(poll).rejects.toThrow('poll')
    held.release()
  })

  test('stands where a promise is asked for', async () => {
    const promised: Promise<number> = always(1).start()
    expectTypeOf(promised.then(String)).toEqualTypeOf<Promise<string>>()
    expect(await Promise.all([promised, always(2).start()])).toEqual([1, 2])
    const late = vi.fn<() => void>()
    const no = until(Promise.reject(new Error('no'))).start()
    expect(await no.then(String).catch((error: Error) => error.message)).toBe('no')
    await expect(no.then(String).finally(late)).rejects.toThrow('no')
    expect(await promised.then((one) => one + 1).finally(late)).toBe(2)
    expect(late).toHaveBeenCalledTimes(2)
  })

  test('whose future was settled by hand gives back what it was granted', async () => {
    const lock = new Lock()
    const held = lock.tryAcquire()!
    const waiting = lock.acquire().start()
    waiting.setResult(held)
    held.release()
    await expect.poll(() => lock.locked).toBe(false)
    expect(await waiting).toBe(held)
  })

  test('is waited for by this thread, so block() on its future would never end', () => {
    const lock = new Lock()
    lock.tryAcquire()
    void lock.handle // from now on another thread could release it
    expect(() => lock.acquire().start().block()).toThrow(DeadlockError)
  })

  test('done callbacks run outside of the task that ends', async () => {
    const before = setUnhandledExceptionHook(undefined)
    setUnhandledExceptionHook(before)
    const event = new Event()
    const procedure = new Procedure('it', function* () {
      yield* event.wait()
    })
    const started = procedure.start()
    let stepped: unknown
    started.addDoneCallback(() => {
      try {
        always(1)[Symbol.iterator]().next()
      } catch (error) {
        stepped = error
      }
    })
    event.set()
    await started
    expect(stepped).toHaveProperty('name', 'NotInTaskError')
  })
})

describe('a procedure', () => {
  test('begins now', async () => {
    const [a, b] = [new Lock(), new Lock()]
    const both = lockAll([a, b]).start()
    expect(both.state).toBe('FINISHED')
    expect(a.locked && b.locked).toBe(true)
    expectTypeOf(both).toEqualTypeOf<Future<Held>>()
    ;(await both).release()
  })

  test('cancelled between two steps, it gives back what it has', async () => {
    const locks = [new Lock(), new Lock()]
    for (const busy of locks) {
      const held = busy.tryAcquire()!
      const both = lockAll(locks).start()
      expect(both.cancel()).toBe(true)
      expect(both.state).toBe('CANCELLED_AND_NOTIFIED')
      await expect(both).rejects.toBeInstanceOf(CancelledError)
      held.release()
      expect(locks.map(({ locked }) => locked)).toEqual([false, false])
    }
  })

  test('is cancelled only after it has done what it must: a condition takes its lock again', async () => {
    const condition = new Condition()
    const held = condition.lock.tryAcquire()!
    const wait = condition.wait().start()
    const other = condition.lock.tryAcquire()!
    expect(other).toBeDefined()
    expect(wait.cancel()).toBe(true)
    expect(wait.cancel()).toBe(true)
    expect([wait.state, wait.done]).toEqual(['PENDING', false])
    other.release()
    await expect(wait).rejects.toBeInstanceOf(CancelledError)
    expect(wait.state).toBe('CANCELLED_AND_NOTIFIED')
    expect(condition.lock.locked).toBe(true)
    held.release()
  })

  test('a grant that came first wins', async () => {
    const event = new Event()
    const procedure = new Procedure('it', function* () {
      yield* event.wait()
      return 1
    })
    const started = procedure.start()
    event.set()
    expect(started.cancel()).toBe(false)
    expect(await started).toBe(1)
  })

  test('that catches its cancellation goes on', async () => {
    const [first, second] = [new Event(), new Event()]
    const started = new Procedure('it', function* () {
      try {
        yield* first.wait()
      } catch {
        yield* second.wait()
      }
      return 'went on'
    }).start()
    expect(started.cancel()).toBe(true)
    second.set()
    expect(await started).toBe('went on')
    const atOnce = new Procedure('it', function* () {
      try {
        yield* new Event().wait()
      } catch {
        return 'ended'
      }
    }).start()
    expect(atOnce.cancel()).toBe(false)
    expect(await atOnce).toBe('ended')
  })

  test('that throws, or whose body throws, keeps the error', async () => {
    const throws = new Procedure('it', function* () {
      throw new Error('no')
    })
    await expect(throws.start()).rejects.toThrow('no')
    const broken = new Procedure('it', () => {
      throw new Error('body')
    })
    await expect(broken.start()).rejects.toThrow('body')
  })
})
