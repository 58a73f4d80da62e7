/** What every queue must do, whatever it is made of. Each implementation runs the whole suite. */
import { describe, expect, it } from 'vitest'
import {
  always,
  CancelledError,
  choose,
  type Operation,
  OverReleaseError,
  Procedure,
  type QueueLike,
  QueueShutDownError,
  run,
  Semaphore,
  sleep,
  TimeoutError,
  type WaitOptions,
} from '../../src/index.ts'
import { settle, states, watch as watchOperation, type Watched } from './watch.ts'

/** A wait that may take several steps, and then is no arm of a choice. */
export type Waits<T> = Operation<T> | Procedure<T>

/** One queue under test. Its items are numbers, put in ascending order wherever order matters. */
export interface QueueSubject extends Omit<
  QueueLike<number>,
  'put' | 'putMany' | 'get' | 'getMany' | 'peek' | 'next' | 'join'
> {
  put(item: number, options?: WaitOptions): Waits<void>
  putMany(items: Iterable<number>, options?: WaitOptions): Waits<void>
  get(options?: WaitOptions): Waits<number>
  getMany(max: number, options?: WaitOptions): Waits<number[]>
  peek(options?: WaitOptions): Waits<number>
  next(options?: WaitOptions): Waits<IteratorResult<number, undefined>>
  join(options?: WaitOptions): Waits<void>
}

/** How one kind of queue differs from the others. */
export interface QueueKind {
  /** A fresh queue; not bounded without a capacity. */
  make(capacity?: number): QueueSubject | QueueLike<number>
  /** Whether the item that was put last is given first. */
  lifo?: boolean
  /** Whether its waits take several steps: then they are no arms of a choice, and a newcomer may be faster than a waiter. */
  procedures?: boolean
  /** Whether it has to have a capacity. */
  bounded?: boolean
}

export function watch<T>(waits: Waits<T>): Watched<T> {
  return watchOperation(waits as Operation<T>)
}

const ended = { done: true, value: undefined }
const item = (value: number) => ({ done: false, value })

export function queueSuite(name: string, kind: QueueKind): void {
  const { make, lifo = false, procedures = false, bounded = false } = kind
  /** The order in which items come out that were put in ascending order. */
  const out = (...items: number[]): number[] => (lifo ? items.toReversed() : items)
  /** Tests of what only waits of one step promise. */
  const oneStep = (name: string, test: () => unknown): void => {
    if (!procedures) it(name, test as () => void)
  }

  /** Nobody waits, and it works: whatever was tried left no trace. */
  const expectIdle = (queue: QueueSubject): void => {
    expect(queue.statistics()).toMatchObject({ getters: 0, putters: 0, joiners: 0 })
    expect(queue.inspect().waiters).toEqual([])
  }

  const filled = (capacity: number | undefined, ...items: number[]): QueueSubject => {
    const queue = make(capacity)
    for (const each of items) expect(queue.tryPut(each)).toBe(true)
    return queue
  }

  describe(`${name} as a queue`, () => {
    describe('putting and taking', () => {
      it('gives its items in its order, each once', async () => {
        const queue = filled(8, 1, 2, 3)
        expect([queue.size, queue.capacity]).toEqual([3, 8])
        expect([await queue.get(), await queue.get(), await queue.get()]).toEqual(out(1, 2, 3))
        expect([queue.size, queue.tryGet()]).toEqual([0, undefined])
        expectIdle(queue)
      })

      it('is used by await, yield* and block() alike', async () => {
        const queue = make(4)
        await queue.put(1)
        expect(
          await run(function* () {
            const got = yield* queue.get()
            yield* queue.put(got + 1)
            return got
          }),
        ).toBe(1)
        expect(queue.get().block()).toBe(2)
        queue.put(3).block()
        expect(queue.peek().block()).toBe(3)
        queue.taskDone(3)
        queue.join().block()
      })

      it('does not suspend a task where nothing has to be waited for', async () => {
        const queue = make(4)
        let finished = false
        const done = new Procedure('a task', function* () {
          yield* queue.put(1)
          yield* queue.putMany([2, 3])
          yield* queue.peek()
          yield* queue.getMany(3)
          finished = true
        }).start()
        if (!procedures) expect(finished).toBe(true)
        await done
      })

      it('gives a getter that waits what is put next', async () => {
        const queue = make(2)
        const wait = watch(queue.get())
        await settle()
        expect(wait.state).toBe('pending')
        expect(queue.tryPut(7)).toBe(true)
        await settle()
        expect([wait.value, queue.size]).toEqual([7, 0])
        expectIdle(queue)
      })

      it('holds back who puts into a full queue, until there is room', async () => {
        const queue = filled(2, 1, 2)
        const wait = watch(queue.put(3))
        await settle()
        expect([wait.state, queue.size, queue.tryPut(4)]).toEqual(['pending', 2, false])
        const first = queue.tryGet()
        await settle()
        expect([first, wait.state, queue.size]).toEqual([lifo ? 2 : 1, 'value', 2])
        expect([queue.tryGet(), queue.tryGet()]).toEqual(lifo ? [3, 1] : [2, 3])
        expectIdle(queue)
      })

      it('tells an item from none by a value of the caller', () => {
        const queue = filled(2, 1)
        const none = Symbol('none')
        expect([queue.tryGet(none), queue.tryGet(none), queue.tryGet(null)]).toEqual([1, none, null])
      })

      it('peeks without taking, and lets all who peek see it', async () => {
        const queue = make(2)
        const waits = [watch(queue.peek()), watch(queue.peek()), watch(queue.get()), watch(queue.peek())]
        await settle()
        expect(states(waits)).toEqual(['pending', 'pending', 'pending', 'pending'])
        queue.tryPut(5)
        await settle()
        expect(states(waits)).toEqual(['5', '5', '5', 'pending'])
        queue.tryPut(6)
        await settle()
        expect([waits[3]!.value, queue.size]).toEqual([6, 1])
        expectIdle(queue)
      })

      it('performs a kept operation anew each time', async () => {
        const queue = filled(8, 1, 2)
        const [get, put] = [queue.get(), queue.put(3)]
        expect([await get, await get]).toEqual(out(1, 2))
        await put
        await put
        expect([queue.size, queue.statistics().unfinished]).toEqual([2, 4])
      })
    })

    describe('batches', () => {
      it('takes all that is there, up to the most that is asked for', async () => {
        const queue = filled(8, 1, 2, 3)
        expect(await queue.getMany(2)).toEqual(lifo ? [3, 2] : [1, 2])
        expect(await queue.getMany(99)).toEqual(lifo ? [1] : [3])
        const wait = watch(queue.getMany(2))
        await settle()
        expect(wait.state).toBe('pending')
        await queue.putMany([4, 5, 6])
        await settle()
        expect(wait.value).toEqual(lifo ? [6, 5] : [4, 5])
        expect(queue.size).toBe(1)
        expectIdle(queue)
      })

      it('puts all together or waits for room for all', async () => {
        const queue = filled(3, 1, 2)
        const wait = watch(queue.putMany([3, 4]))
        await settle()
        expect([wait.state, queue.size, queue.statistics().putters]).toEqual(['pending', 2, 1])
        queue.tryGet()
        await settle()
        expect([wait.state, queue.size]).toEqual(['value', 3])
        expectIdle(queue)
      })

      it('puts none where it is given none, and reads its items once, when called', async () => {
        const queue = make(3)
        await queue.putMany([])
        const items = [1, 2]
        const put = queue.putMany(items)
        items.push(3)
        await put
        expect([queue.size, queue.statistics().unfinished]).toEqual([2, 2])
      })

      it('serves several getters from one batch', async () => {
        const queue = make(8)
        const waits = [watch(queue.get()), watch(queue.getMany(2)), watch(queue.get())]
        await settle()
        await queue.putMany([1, 2, 3, 4, 5])
        await settle()
        expect(waits.map(({ value }) => value)).toEqual(lifo ? [5, [4, 3], 2] : [1, [2, 3], 4])
        expect(queue.size).toBe(1)
      })
    })

    describe('order of those who wait', () => {
      oneStep('serves getters first in, first out, however they wait', async () => {
        const queue = make(4)
        const got: number[] = []
        const waits: PromiseLike<void>[] = []
        for (let i = 0; i < 6; i++) {
          const one = async (): Promise<void> => void (got[i] = await queue.get())
          const task = run(function* () {
            if (i % 2 === 1) got[i] = yield* queue.get()
          })
          waits.push(task, i % 2 === 0 ? one() : task)
          await settle()
        }
        expect(queue.statistics().getters).toBe(6)
        for (let i = 0; i < 6; i++) await queue.put(i)
        await Promise.all(waits)
        expect(got).toEqual([0, 1, 2, 3, 4, 5])
      })

      it('serves putters first in, first out, a batch not overtaken by what would fit', async () => {
        const queue = filled(3, 1, 2, 3)
        const batch = watch(queue.putMany([4, 5]))
        await settle()
        const single = watch(queue.put(6))
        await settle()
        queue.tryGet()
        await settle()
        if (!procedures) {
          expect(states([batch, single])).toEqual(['pending', 'pending'])
          expect(queue.tryPut(7)).toBe(false)
        }
        queue.tryGet()
        queue.tryGet()
        await settle()
        expect([batch.state, single.state, queue.size]).toEqual(['value', 'value', 3])
        expectIdle(queue)
      })

      oneStep('lets no newcomer take what a waiter was given', async () => {
        const queue = make(4)
        const wait = watch(queue.get())
        queue.tryPut(1)
        expect(queue.tryGet()).toBeUndefined()
        await settle()
        expect(wait.value).toBe(1)
      })
    })

    describe('a wait that ends without an item, or without room', () => {
      it('polls once with a timeout of 0', async () => {
        const queue = filled(1, 1)
        await expect(queue.put(2, { timeout: 0 })).rejects.toBeInstanceOf(TimeoutError)
        await expect(queue.putMany([2], { timeout: 0 })).rejects.toBeInstanceOf(TimeoutError)
        await expect(queue.join({ timeout: 0 })).rejects.toBeInstanceOf(TimeoutError)
        expect(await queue.peek({ timeout: 0 })).toBe(1)
        expect(await queue.get({ timeout: 0 })).toBe(1)
        for (const wait of [
          queue.get({ timeout: 0 }),
          queue.getMany(1, { timeout: 0 }),
          queue.peek({ timeout: 0 }),
          queue.next({ timeout: 0 }),
        ])
          await expect(wait).rejects.toBeInstanceOf(TimeoutError)
        expectIdle(queue)
        expect(queue.size).toBe(0)
      })

      it('ends at its timeout, and what is put later goes to the next', async () => {
        const queue = make(1)
        await expect(queue.get({ timeout: 1 })).rejects.toBeInstanceOf(TimeoutError)
        expectIdle(queue)
        await queue.put(1)
        await expect(queue.put(2, { timeout: 1 })).rejects.toBeInstanceOf(TimeoutError)
        expectIdle(queue)
        expect([await queue.get(), queue.size]).toEqual([1, 0])
      })

      it('ends with the reason of its signal, aborted before or while it waits', async () => {
        const queue = make(1)
        const reason = new Error('enough')
        await expect(queue.get({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
        await expect(queue.put(1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
        const controller = new AbortController()
        const { signal } = controller
        const get = watch(queue.get({ signal }))
        const join = filled(1, 1)
        const joined = watch(join.join({ signal }))
        const put = watch(join.put(2, { signal }))
        await settle()
        controller.abort(reason)
        await settle()
        for (const { error } of [get, joined, put]) expect(error).toBe(reason)
        expectIdle(queue)
        expectIdle(join)
        expect([queue.size, join.size, join.statistics().unfinished]).toEqual([0, 1, 1])
      })

      it('loses no item and gives none twice, whichever of three getters withdraws, before or after the put', async () => {
        for (const leaver of [0, 1, 2])
          for (const when of ['before', 'after'] as const) {
            const queue = make(4)
            const controllers = [0, 1, 2].map(() => new AbortController())
            const waits = controllers.map(({ signal }) => watch(queue.get({ signal })))
            await settle()
            if (when === 'before') controllers[leaver]!.abort(new Error('left'))
            await queue.putMany([1, 2])
            if (when === 'after') controllers[leaver]!.abort(new Error('left'))
            await settle()
            const got = waits.flatMap(({ value }) => value ?? [])
            while (queue.size > 0) got.push(queue.tryGet()!)
            expect(new Set(got)).toEqual(new Set([1, 2]))
            expect(got).toHaveLength(2)
            await queue.put(3)
            await settle()
            expect(waits.filter(({ state }) => state === 'pending').length + queue.size).toBe(
              waits.filter(({ value }) => value === 3).length === 1 ? 0 : 1,
            )
          }
      })

      it('lets those behind through when a batch at the head withdraws', async () => {
        const queue = filled(2, 1)
        const controller = new AbortController()
        const batch = watch(queue.putMany([2, 3], { signal: controller.signal }))
        await settle()
        const single = watch(queue.put(4))
        await settle()
        controller.abort()
        await settle()
        expect([batch.state, single.state, queue.size]).toEqual(['error', 'value', 2])
        expectIdle(queue)
      })

      it('is told the reason of cancelWaiters, and the items stay', async () => {
        const queue = filled(1, 1)
        const empty = make(1)
        const [put, join, get] = [watch(queue.put(2)), watch(queue.join()), watch(empty.get())]
        await settle()
        queue.cancelWaiters()
        const reason = new Error('closing')
        empty.cancelWaiters(reason)
        await settle()
        for (const { error } of [put, join]) expect(error).toBeInstanceOf(CancelledError)
        expect(get.error).toBe(reason)
        expect(queue.size).toBe(1)
        expectIdle(queue)
        expectIdle(empty)
      })
    })

    if (!procedures)
      describe('as an arm of choose', () => {
        const operation = <T>(waits: Waits<T>) => waits as Operation<T>

        oneStep('takes nothing, and puts nothing, when another arm is ready', async () => {
          const queue = filled(2, 1)
          expect(
            await choose.biased([always('other'), operation(queue.get()), operation(queue.put(2))]),
          ).toBe('other')
          expect([queue.size, queue.statistics().unfinished]).toEqual([1, 1])
        })

        oneStep('is given up when another arm wins later', async () => {
          const [one, other] = [make(1), make(1)]
          const wait = watch(choose([operation(one.get()), operation(other.get())]))
          await settle()
          expect([one.statistics().getters, other.statistics().getters]).toEqual([1, 1])
          other.tryPut(7)
          await settle()
          expect(wait.value).toBe(7)
          expectIdle(one)
          expectIdle(other)
        })

        oneStep('takes one item for two arms on one queue, or puts one', async () => {
          const queue = make(2)
          const wait = watch(choose([operation(queue.get()), operation(queue.get())]))
          await queue.putMany([1, 2])
          await settle()
          expect([wait.ends, queue.size]).toEqual([1, 1])
          await choose([operation(queue.put(3)), operation(queue.put(4))])
          expect(queue.size).toBe(2)
          const full = watch(choose([operation(queue.put(5)), operation(queue.put(6))]))
          await settle()
          queue.tryGet()
          queue.tryGet()
          await settle()
          expect([full.state, queue.size]).toEqual(['value', 1])
          expectIdle(queue)
        })

        oneStep('commits a get here or a put there', async () => {
          const [source, target] = [make(1), filled(1, 1)]
          const both = () =>
            choose([operation(source.get()).map(() => 'got'), operation(target.put(9)).map(() => 'put')])
          const waits = [watch(both()), watch(both())]
          await settle()
          source.tryPut(5)
          target.tryGet()
          await settle()
          expect(states(waits).toSorted()).toEqual(['got', 'put'])
          expect([source.size, target.tryGet(), target.size]).toEqual([0, 9, 0])
          expectIdle(source)
          expectIdle(target)
        })

        oneStep('sees what another arm of the same choice has done since the poll', async () => {
          const queue = make(2)
          const { until } = await import('../../src/index.ts')
          const wait = watch(
            choose.biased([
              until(() => {
                queue.tryPut(1)
                return new Promise<number>(() => {})
              }),
              operation(queue.get()),
            ]),
          )
          await settle()
          expect([wait.value, queue.size]).toEqual([1, 0])
          expectIdle(queue)
        })

        // Withdrawing the inner loser lets the semaphore look, where an arm of the outer choice is next.
        oneStep('delivers to a choice in a choice, whatever its withdrawn arms let through', async () => {
          const [queue, permits] = [make(1), new Semaphore(0)]
          const inner = choose.biased([operation(queue.get()), permits.acquire(5).map(() => 5)])
          const wait = watch(choose.biased([inner, permits.acquire(1).map(() => 1)]))
          permits.release(1)
          queue.tryPut(7)
          await settle()
          expect([wait.value, permits.value, queue.size]).toEqual([7, 1, 0])
        })

        oneStep('takes back what was granted to a task that is gone, and gives it to the next', async () => {
          for (const verb of ['get', 'getMany', 'next', 'peek'] as const) {
            const queue = make(3)
            let iterator!: Iterator<unknown>
            const wait = verb === 'getMany' ? queue.getMany(2) : queue[verb]()
            void new Procedure('gone', function* () {
              iterator = operation<unknown>(wait as Waits<unknown>)[Symbol.iterator]() as Iterator<unknown>
              iterator.next()
            }).start()
            await queue.putMany([1, 2])
            const before = watch(queue.peek())
            iterator.return!(undefined)
            expect(queue.statistics()).toMatchObject({ size: 2, unfinished: 2, getters: 0 })
            await settle()
            expect([before.state, await queue.getMany(3)]).toEqual(['value', out(1, 2)])
          }
        })

        oneStep('a thread that sleeps in a choice wakes by its timer, and takes nothing', () => {
          const queue = make(1)
          expect(choose([operation(queue.get()), sleep(1).map(() => 'late')]).block()).toBe('late')
          expectIdle(queue)
        })
      })

    describe('taskDone and join', () => {
      it('joins at once where nothing was ever put', async () => {
        await make(1).join()
      })

      it('ends join when the work on every item put is done, whoever took it', async () => {
        const queue = filled(4, 1, 2)
        const joins = [watch(queue.join()), watch(queue.join())]
        await queue.getMany(2)
        await settle()
        expect(joins[0]!.state).toBe('pending')
        queue.taskDone()
        await settle()
        expect(joins[0]!.state).toBe('pending')
        queue.taskDone()
        await settle()
        expect(joins.map(({ state }) => state)).toEqual(['value', 'value'])
        expectIdle(queue)
      })

      it('counts puts, not takes', async () => {
        const queue = filled(4, 1, 2)
        queue.taskDone(2)
        await queue.join()
        expect(queue.size).toBe(2)
      })

      it('refuses to be done more often than items were put, and changes nothing', () => {
        const queue = filled(4, 1, 2)
        expect(() => queue.taskDone(3)).toThrow(OverReleaseError)
        expect(queue.statistics().unfinished).toBe(2)
        queue.taskDone(2)
        expect(() => queue.taskDone()).toThrow(OverReleaseError)
      })

      it('does not count a put that was given up', async () => {
        const queue = filled(1, 1)
        await expect(queue.put(2, { timeout: 0 })).rejects.toThrow()
        queue.tryPut(2)
        expect(queue.statistics().unfinished).toBe(1)
      })
    })

    describe('clear', () => {
      it('drops what lies there, counts it as done, and lets putters in', async () => {
        const queue = filled(2, 1, 2)
        const [join, put] = [watch(queue.join()), watch(queue.put(3))]
        await settle()
        expect(queue.clear()).toBe(2)
        await settle()
        expect([put.state, queue.size, queue.statistics().unfinished]).toEqual(['value', 1, 1])
        expect(queue.clear()).toBe(1)
        expect(queue.clear()).toBe(0)
        await settle()
        expect(join.state).toBe('value')
      })
    })

    describe('shutdown', () => {
      it('without immediate: puts throw, what lies there is drained, then gets throw', async () => {
        const queue = filled(2, 1, 2)
        const put = watch(queue.put(3))
        await settle()
        expect(queue.isShutDown).toBe(false)
        queue.shutdown()
        await settle()
        expect([queue.isShutDown, queue.size]).toEqual([true, 2])
        expect(put.error).toBeInstanceOf(QueueShutDownError)
        await expect(queue.put(3)).rejects.toBeInstanceOf(QueueShutDownError)
        await expect(queue.putMany([3])).rejects.toBeInstanceOf(QueueShutDownError)
        expect(() => queue.tryPut(3)).toThrow(QueueShutDownError)
        expect([await queue.get(), queue.tryGet()]).toEqual(out(1, 2))
        await expect(queue.get()).rejects.toBeInstanceOf(QueueShutDownError)
        await expect(queue.peek()).rejects.toBeInstanceOf(QueueShutDownError)
        await expect(queue.getMany(2)).rejects.toBeInstanceOf(QueueShutDownError)
        expect(() => queue.tryGet()).toThrow(QueueShutDownError)
        expect(await queue.next()).toEqual(ended)
        expectIdle(queue)
      })

      it('ends the waits of all getters, each as its verb does', async () => {
        const queue = make(2)
        const gets = [watch(queue.get()), watch(queue.peek()), watch(queue.getMany(2))]
        const next = watch(queue.next())
        await settle()
        queue.shutdown()
        await settle()
        for (const { error } of gets) expect(error).toBeInstanceOf(QueueShutDownError)
        expect(next.value).toEqual(ended)
        expectIdle(queue)
      })

      it('without immediate it holds join until what is left is done', async () => {
        const queue = filled(2, 1, 2)
        const join = watch(queue.join())
        await settle()
        queue.shutdown()
        await queue.getMany(2)
        queue.taskDone()
        await settle()
        expect(join.state).toBe('pending')
        queue.taskDone()
        await settle()
        expect(join.state).toBe('value')
      })

      it('immediate: what lies there is dropped and counts as done', async () => {
        const queue = filled(4, 1, 2, 3)
        const join = watch(queue.join())
        await settle()
        queue.shutdown({ immediate: true })
        await settle()
        expect([join.state, queue.size, queue.statistics().unfinished]).toEqual(['value', 0, 0])
        await expect(queue.get()).rejects.toBeInstanceOf(QueueShutDownError)
        await queue.join()
      })

      it('immediate: what was taken and is not done still holds join', async () => {
        const queue = filled(4, 1, 2, 3)
        await queue.get()
        const join = watch(queue.join())
        await settle()
        queue.shutdown({ immediate: true })
        await settle()
        expect([join.state, queue.statistics().unfinished]).toEqual(['pending', 1])
        queue.taskDone()
        await settle()
        expect(join.state).toBe('value')
      })

      it('immediate: what was said to be done before it was taken is not counted twice', () => {
        const queue = filled(4, 1, 2)
        queue.taskDone(2)
        queue.shutdown({ immediate: true })
        expect(queue.statistics().unfinished).toBe(0)
        expect(() => queue.taskDone()).toThrow(OverReleaseError)
      })

      it('may be called again, also to drop what was left to be drained', () => {
        const queue = filled(4, 1, 2)
        queue.shutdown()
        queue.shutdown()
        expect(queue.size).toBe(2)
        queue.shutdown({ immediate: true })
        queue.shutdown()
        expect([queue.size, queue.statistics().unfinished]).toEqual([0, 0])
      })
    })

    describe('iteration', () => {
      it('gives items until it is shut down and drained', async () => {
        const queue = filled(8, 1, 2, 3)
        queue.shutdown()
        const got: number[] = []
        for await (const each of queue) got.push(each)
        expect(got).toEqual(out(1, 2, 3))
      })

      it('waits for what is put later, and leaves nothing behind when it is left early', async () => {
        const queue = make(8)
        const got: number[] = []
        const loop = (async () => {
          for await (const each of queue) {
            got.push(each)
            if (each === 2) break
          }
        })()
        for (const each of [1, 2, 3]) {
          await queue.put(each)
          await settle()
        }
        await loop
        expect([got, queue.size]).toEqual([[1, 2], 1])
        expectIdle(queue)
      })

      it('steps by next()', async () => {
        const queue = filled(2, 1)
        expect(await queue.next()).toEqual(item(1))
        const wait = watch(queue.next())
        await settle()
        queue.tryPut(2)
        await settle()
        expect(wait.value).toEqual(item(2))
      })

      it('two iterators share the items', async () => {
        const queue = make(4)
        const drain = async (): Promise<number[]> => {
          const got: number[] = []
          for await (const each of queue) got.push(each)
          return got
        }
        const both = Promise.all([drain(), drain()])
        for (let i = 0; i < 10; i++) await queue.put(i)
        queue.shutdown()
        expect((await both).flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, i) => i))
      })
    })

    describe('as a stream', () => {
      it('gives the items and ends with the queue', async () => {
        const queue = filled(8, 1, 2)
        const reader = queue.toReadableStream().getReader()
        const first = await reader.read()
        expect([first.value, queue.size]).toEqual([lifo ? 2 : 1, 1])
        queue.shutdown()
        expect((await reader.read()).value).toBe(lifo ? 1 : 2)
        expect((await reader.read()).done).toBe(true)
      })

      it('takes nothing before it is asked, and nothing once it is cancelled', async () => {
        const queue = filled(8, 1)
        const reader = queue.toReadableStream().getReader()
        await settle()
        expect(queue.size).toBe(1)
        await reader.read()
        const read = reader.read()
        await settle()
        // Between the put and the turn in which the reader would take it.
        queue.tryPut(2)
        await reader.cancel()
        await read
        await settle()
        expect(queue.size).toBe(1)
        expectIdle(queue)
      })
    })

    describe('misuse', () => {
      it.each<[string, (queue: QueueSubject) => unknown, RegExp]>([
        ['a negative timeout', (queue) => queue.get({ timeout: -1 }), /timeout must be zero or more/],
        ['a signal that is none', (queue) => queue.put(1, { signal: {} as never }), /signal must be/],
        ['a ref that is none', (queue) => queue.join({ ref: 1 as never }), /ref must be a boolean/],
        ['no number of items', (queue) => queue.getMany(0), /max must be an integer from 1/],
        ['half an item', (queue) => queue.getMany(1.5), /max must be an integer/],
        ['a batch that never fits', (queue) => queue.putMany([1, 2, 3, 4, 5]), /capacity of 4/],
        ['a batch that is none', (queue) => queue.putMany(5 as never), /items must be an iterable/],
        ['done less than once', (queue) => queue.taskDone(0), /n must be an integer from 1/],
        ['options of shutdown', (queue) => queue.shutdown(true as never), /options must be an object/],
        [
          'immediate as text',
          (queue) => queue.shutdown({ immediate: 'yes' as never }),
          /immediate must be a boolean/,
        ],
      ])('%s throws at once and changes nothing', (_, misuse, message) => {
        const queue = filled(4, 1)
        expect(() => misuse(queue)).toThrow(message)
        expect(queue.statistics()).toMatchObject({ size: 1, unfinished: 1, isShutDown: false })
        expectIdle(queue)
      })

      it.each([
        [0, /at least 1, got 0/],
        [-1, /capacity must be/],
        [1.5, /capacity must be/],
        [NaN, /capacity must be/],
        ['5', /capacity must be/],
        [null, /capacity must be/],
      ])('a capacity of %s', (capacity, message) => {
        expect(() => make(capacity as never)).toThrow(message)
      })

      if (!bounded)
        it('is not bounded unless it is told to be', () => {
          const queue = make()
          expect(queue.capacity).toBe(Infinity)
          for (let i = 0; i < 1000; i++) expect(queue.tryPut(i)).toBe(true)
        })
    })

    if (!procedures)
      describe('inspect', () => {
        oneStep('names the kind, and who waits for what', async () => {
          const queue = filled(1, 1)
          const [put, join] = [watch(queue.put(2)), watch(queue.join())]
          await settle()
          const { kind: named, id, waiters } = queue.inspect()
          expect(id.startsWith(`${named}#`)).toBe(true)
          expect(waiters.map(({ operation }) => operation)).toEqual([
            expect.stringContaining('put'),
            expect.stringContaining('join'),
          ])
          queue.shutdown({ immediate: true })
          await settle()
          expect([put.state, join.state]).toEqual(['error', 'value'])
        })
      })

    it('loses and doubles nothing among many producers and consumers with timeouts', async () => {
      const queue = make(3)
      const got: number[] = []
      const consumers = Array.from({ length: 4 }, async (_, i) => {
        for (;;) {
          const next = await queue.next(i % 2 === 0 ? { timeout: 1 } : {}).then(
            (result) => result,
            (error: unknown) => (error instanceof TimeoutError ? null : Promise.reject(error)),
          )
          if (next === null) continue
          if (next.done) return
          got.push(next.value)
          queue.taskDone()
        }
      })
      await Promise.all(
        Array.from({ length: 4 }, async (_, i) => {
          for (let j = 0; j < 50; j++) await queue.put(50 * i + j)
        }),
      )
      await queue.join()
      queue.shutdown()
      await Promise.all(consumers)
      expect(got.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i))
      expectIdle(queue)
    })
  })
}
