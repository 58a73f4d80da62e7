/** What every exclusive lock must do, whatever it is made of. Each implementation runs the whole suite. */
import { describe, expect, it } from 'vitest'
import {
  always,
  CancelledError,
  choose,
  DeadlockError,
  type Held,
  type Inspection,
  type Operation,
  run,
  TimeoutError,
  type WaitOptions,
} from '../../src/index.ts'
import { settle, turnsUntil, watch } from './watch.ts'

/** One lock under test. */
export interface LockSubject {
  acquire(options?: WaitOptions): Operation<Held>
  tryAcquire(): Held | undefined
  run<R>(fn: (held: Held) => R | PromiseLike<R>, options?: WaitOptions): Promise<R>
  cancelWaiters(reason?: unknown): void
  inspect(): Inspection
  statistics(): { readonly waiters: number }
}

/** How one kind of lock differs from the others. */
export interface LockKind {
  /** A fresh lock that nobody holds. */
  make(): LockSubject
  /** Gives back without a token, where that exists. */
  release?(lock: LockSubject): void
  /** What a release of a free lock throws; left out where it is no mistake. */
  overRelease?: new (...args: never[]) => Error
  /** Whether other threads can release it, so that `block()` may sleep. */
  shared?: boolean
}

function taken(lock: LockSubject): Held {
  const held = lock.tryAcquire()
  if (held === undefined) throw new Error('the lock should have been free')
  return held
}

export function lockSuite(name: string, kind: LockKind): void {
  const { make, release, overRelease, shared = false } = kind

  /** Nobody holds it and nobody waits, so that whatever was tried left no trace. */
  const expectFree = (lock: LockSubject): void => {
    expect(lock.statistics().waiters).toBe(0)
    expect(lock.inspect().holder).toBeUndefined()
    taken(lock).release()
  }

  describe(`${name} as a lock`, () => {
    describe('taking and giving back', () => {
      it('is held by one at a time', () => {
        const lock = make()
        const held = taken(lock)
        expect(lock.tryAcquire()).toBeUndefined()
        held.release()
        expectFree(lock)
      })

      it('is taken by await, yield* and block() alike', async () => {
        const lock = make()
        ;(await lock.acquire()).release()
        await run(function* () {
          const held = yield* lock.acquire()
          held.release()
        })
        lock.acquire().block().release()
        expectFree(lock)
      })

      it('does not suspend a task when it is free', async () => {
        const lock = make()
        let finished = false
        await settle() // so that the slice of this turn is not over
        const done = run(function* () {
          const held = yield* lock.acquire()
          held.release()
          finished = true
        })
        expect(finished).toBe(true)
        await done
      })

      it('takes nothing until it is performed, and takes again at each perform', async () => {
        const lock = make()
        const acquire = lock.acquire()
        expectFree(lock)
        const first = await acquire
        const second = watch(acquire)
        await settle()
        expect(second.value).toBeUndefined()
        first.release()
        await settle()
        second.value!.release()
        expectFree(lock)
      })

      it('gives one token to each of two performs of one operation at the same time', async () => {
        const lock = make()
        const acquire = lock.acquire()
        const waits = [watch(acquire), watch(acquire)]
        await settle()
        expect(waits.map(({ value }) => value !== undefined)).toEqual([true, false])
        waits[0]!.value!.release()
        await settle()
        waits[1]!.value!.release()
        expectFree(lock)
      })
    })

    describe('its token', () => {
      it('releases once', async () => {
        const lock = make()
        const first = taken(lock)
        first.release()
        const second = taken(lock)
        first.release()
        first[Symbol.dispose]()
        expect(lock.tryAcquire()).toBeUndefined()
        second.release()
        expectFree(lock)
      })

      it('releases nothing of the waiter that took over', async () => {
        const lock = make()
        const first = taken(lock)
        const next = watch(lock.acquire())
        first.release()
        first.release()
        expect(lock.tryAcquire()).toBeUndefined()
        await settle()
        next.value!.release()
        expectFree(lock)
      })

      it('is released at the end of a using block, also by an error', async () => {
        const lock = make()
        await expect(
          (async () => {
            using held = await lock.acquire()
            expect(held.abandoned).toBe(false)
            expect(lock.tryAcquire()).toBeUndefined()
            throw new Error('inside')
          })(),
        ).rejects.toThrow('inside')
        expectFree(lock)
      })

      it('is released when the function given to map throws', async () => {
        const lock = make()
        const fails = lock.acquire().map((): never => {
          throw new Error('in map')
        })
        await expect(fails).rejects.toThrow('in map')
        const held = taken(lock)
        const waiting = expect(fails).rejects.toThrow('in map')
        held.release()
        await waiting
        expectFree(lock)
      })
    })

    describe('order', () => {
      it('serves waiters first in, first out, however they wait', async () => {
        const lock = make()
        const held = taken(lock)
        const order: number[] = []
        const waits: PromiseLike<void>[] = []
        for (let i = 0; i < 6; i++) {
          waits.push(
            i % 2 === 0
              ? lock.run(() => void order.push(i))
              : run(function* () {
                  const mine = yield* lock.acquire()
                  order.push(i)
                  mine.release()
                }),
          )
          // A task's first step waits for a turn of the host where the slice of this one is over.
          await turnsUntil(() => lock.statistics().waiters > i)
        }
        held.release()
        await Promise.all(waits)
        expect(order).toEqual([0, 1, 2, 3, 4, 5])
        expectFree(lock)
      })

      it('lets no newcomer pass the waiter it was handed to', async () => {
        const lock = make()
        const held = taken(lock)
        const first = watch(lock.acquire())
        held.release()
        expect(lock.tryAcquire()).toBeUndefined()
        const second = watch(lock.acquire())
        await settle()
        expect([first.value !== undefined, second.value !== undefined]).toEqual([true, false])
        first.value!.release()
        await settle()
        second.value!.release()
        expectFree(lock)
      })

      it('keeps sections apart that interleave at every await', async () => {
        const lock = make()
        let inside = 0
        let most = 0
        await Promise.all(
          Array.from({ length: 50 }, async (_, i) => {
            for (let round = 0; round < 4; round++) {
              using _held = await lock.acquire()
              most = Math.max(most, ++inside)
              for (let step = 0; step < (i + round) % 4; step++) await Promise.resolve()
              inside--
            }
          }),
        )
        expect([most, inside]).toEqual([1, 0])
        expectFree(lock)
      })
    })

    describe('a wait that ends without the lock', () => {
      it('polls once with a timeout of 0', async () => {
        const lock = make()
        ;(await lock.acquire({ timeout: 0 })).release()
        const held = taken(lock)
        await expect(lock.acquire({ timeout: 0 })).rejects.toBeInstanceOf(TimeoutError)
        held.release()
        expectFree(lock)
      })

      it('ends at its timeout and leaves no trace', async () => {
        const lock = make()
        const held = taken(lock)
        await expect(lock.acquire({ timeout: 1 })).rejects.toBeInstanceOf(TimeoutError)
        expect(lock.statistics().waiters).toBe(0)
        held.release()
        expectFree(lock)
      })

      it('ends with the reason of its signal, aborted before or while it waits', async () => {
        const lock = make()
        const reason = new Error('enough')
        await expect(lock.acquire({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
        expectFree(lock)
        const held = taken(lock)
        const controller = new AbortController()
        const wait = watch(lock.acquire({ signal: controller.signal }))
        controller.abort(reason)
        await settle()
        expect(wait.error).toBe(reason)
        held.release()
        expectFree(lock)
      })

      it('hands over to the others whichever waiter of three withdraws, before or after the release', async () => {
        for (const leaver of [0, 1, 2])
          for (const when of ['before', 'after'] as const) {
            const lock = make()
            const held = taken(lock)
            const controllers = [0, 1, 2].map(() => new AbortController())
            const waits = controllers.map(({ signal }) => watch(lock.acquire({ signal })))
            if (when === 'before') controllers[leaver]!.abort(new Error('left'))
            held.release()
            if (when === 'after') controllers[leaver]!.abort(new Error('left'))
            let served = 0
            for (let round = 0; round < 3; round++) {
              await settle()
              const holder = waits.find(({ value }) => value !== undefined)
              if (holder === undefined) break
              served++
              holder.value!.release()
              holder.value = undefined
            }
            // The grant is the commit: an abort after it came too late for the first.
            expect([leaver, when, served]).toEqual([leaver, when, when === 'after' && leaver === 0 ? 3 : 2])
            expectFree(lock)
          }
      })

      it('is told the reason of cancelWaiters, and the holder keeps the lock', async () => {
        const lock = make()
        const held = taken(lock)
        const waits = [watch(lock.acquire()), watch(lock.acquire())]
        lock.cancelWaiters()
        const named = watch(lock.acquire())
        const reason = new Error('closing')
        lock.cancelWaiters(reason)
        await settle()
        for (const { error } of waits) expect(error).toBeInstanceOf(CancelledError)
        expect(named.error).toBe(reason)
        expect(lock.tryAcquire()).toBeUndefined()
        held.release()
        expectFree(lock)
      })
    })

    describe('as an arm of choose', () => {
      it('is not taken when another arm is ready', async () => {
        const lock = make()
        expect(await choose.biased([always('other'), lock.acquire()])).toBe('other')
        expectFree(lock)
      })

      it('is given up when another arm wins later', async () => {
        const [lock, other] = [make(), make()]
        const helds = [taken(lock), taken(other)]
        const wait = watch(choose([lock.acquire(), other.acquire()]))
        expect(lock.statistics().waiters).toBe(1)
        helds[1]!.release()
        await settle()
        expect(lock.statistics().waiters).toBe(0)
        wait.value!.release()
        helds[0]!.release()
        expectFree(lock)
        expectFree(other)
      })

      it('commits once for each of two choices over the same two locks', async () => {
        const [a, b] = [make(), make()]
        const helds = [taken(a), taken(b)]
        const waits = [watch(choose([a.acquire(), b.acquire()])), watch(choose([b.acquire(), a.acquire()]))]
        helds[0]!.release()
        helds[1]!.release()
        await settle()
        expect(waits.every(({ value }) => value !== undefined)).toBe(true)
        expect([a.tryAcquire(), b.tryAcquire()]).toEqual([undefined, undefined])
        for (const { value } of waits) value!.release()
        expectFree(a)
        expectFree(b)
      })

      it('takes one of two arms on the same lock', async () => {
        const lock = make()
        const held = taken(lock)
        const wait = watch(choose([lock.acquire(), lock.acquire()]))
        held.release()
        await settle()
        expect(lock.statistics().waiters).toBe(0)
        wait.value!.release()
        expectFree(lock)
      })
    })

    describe('run', () => {
      it('gives the result and releases, however the function ends', async () => {
        const lock = make()
        expect(await lock.run(() => 1)).toBe(1)
        expect(await lock.run(async () => 2)).toBe(2)
        const fails = (): never => {
          throw new Error('fn')
        }
        await expect(lock.run(fails)).rejects.toThrow('fn')
        await expect(lock.run(async () => fails())).rejects.toThrow('fn')
        expectFree(lock)
      })

      it('starts at once and holds while the function runs', async () => {
        const lock = make()
        const result = lock.run((held) => {
          expect(held.abandoned).toBe(false)
          return lock.tryAcquire()
        })
        expect(lock.tryAcquire()).toBeUndefined()
        expect(await result).toBeUndefined()
        expectFree(lock)
      })

      it('does not call the function when the wait fails', async () => {
        const lock = make()
        const held = taken(lock)
        let called = false
        await expect(lock.run(() => (called = true), { timeout: 0 })).rejects.toBeInstanceOf(TimeoutError)
        expect(called).toBe(false)
        held.release()
        expectFree(lock)
      })
    })

    describe('block()', () => {
      it('sleeps until its timeout, or refuses a sleep that only this thread could end', () => {
        const lock = make()
        const held = taken(lock)
        const ending = shared && !ownedBy(lock) ? TimeoutError : DeadlockError
        expect(() => lock.acquire({ timeout: 1 }).block()).toThrow(ending)
        expect(lock.statistics().waiters).toBe(0)
        held.release()
        expectFree(lock)
      })
    })

    describe('misuse', () => {
      it.each<[string, (lock: LockSubject) => unknown, RegExp]>([
        ['a negative timeout', (lock) => lock.acquire({ timeout: -1 }), /timeout must be zero or more/],
        ['a timeout that is no number', (lock) => lock.acquire({ timeout: NaN }), /timeout must be/],
        ['a timeout as text', (lock) => lock.acquire({ timeout: '5' as never }), /timeout must be a number/],
        ['a signal that is none', (lock) => lock.acquire({ signal: {} as never }), /signal must be/],
        ['a ref that is none', (lock) => lock.acquire({ ref: 1 as never }), /ref must be a boolean/],
        ['options that are none', (lock) => lock.acquire('5' as never), /options must be an object/],
      ])('%s throws at once and changes nothing', (_, misuse, message) => {
        const lock = make()
        expect(() => misuse(lock)).toThrow(message)
        expectFree(lock)
      })

      it('run without a function is refused and takes nothing', async () => {
        const lock = make()
        await expect(lock.run(undefined as never)).rejects.toThrow(/fn must be a function/)
        expectFree(lock)
      })

      if (overRelease !== undefined)
        it('a release of what nobody holds throws and changes nothing', () => {
          const lock = make()
          expect(() => release?.(lock)).toThrow(overRelease)
          expectFree(lock)
        })

      if (release !== undefined)
        it('a release without the token hands over as one with it', async () => {
          const lock = make()
          taken(lock)
          const next = watch(lock.acquire())
          release(lock)
          await settle()
          next.value!.release()
          expectFree(lock)
        })
    })

    describe('inspect', () => {
      it('names the kind, the holder and who waits for what', async () => {
        const lock = make()
        const { kind: named, id } = lock.inspect()
        expect(id.startsWith(`${named}#`)).toBe(true)
        const held = taken(lock)
        const wait = watch(lock.acquire())
        const { holder, waiters } = lock.inspect()
        expect(holder).toBeTypeOf('string')
        expect(waiters).toHaveLength(1)
        expect(waiters[0]!.operation).toContain('acquire')
        expect(waiters[0]!.age).toBeGreaterThanOrEqual(0)
        held.release()
        await settle()
        wait.value!.release()
        expectFree(lock)
      })
    })
  })

  /** Whether only the holder's thread may release it, so that a sleep of that thread would never end. */
  function ownedBy(lock: LockSubject): boolean {
    return lock.inspect().kind.includes('Lock')
  }
}
