import { on } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, test } from 'vitest'
import {
  asCompleted,
  attach,
  CancelledError,
  Future,
  type FutureHandle,
  HandleError,
  InlineExecutor,
  Lock,
  wait,
  WorkerDiedError,
} from 'heddle'

/** A thread that does what `told.mjs` has a name for, one after the other. */
class Other {
  readonly worker: Worker
  private readonly messages: AsyncIterator<[unknown]>

  constructor(...futures: Future<any>[]) {
    const workerData = { handles: futures.map(({ handle }) => handle) }
    this.worker = new Worker(fileURLToPath(new URL('../fixtures/future/told.mjs', import.meta.url)), {
      workerData,
    })
    this.messages = on(this.worker, 'message') as AsyncIterator<[unknown]>
    running.push(this.worker)
  }

  async next(): Promise<any> {
    return (await this.messages.next()).value[0]
  }

  /** Has it begin, and gives what it says in the end. */
  async begin(way: string): Promise<{ outcome: Promise<any> }> {
    if (this.first) await this.next()
    this.first = false
    this.worker.postMessage(way)
    expect(await this.next()).toBe('begins')
    return { outcome: this.next() }
  }

  async does(way: string): Promise<any> {
    return (await this.begin(way)).outcome
  }

  private first = true
}

const running: Worker[] = []
afterEach(async () => void (await Promise.all(running.splice(0).map((worker) => worker.terminate()))))

const ended = (value: unknown): Future<unknown> => new InlineExecutor().submit(() => value)

describe('the result in another thread', () => {
  test.each([
    ['await', 5],
    ['block', 5],
    ['result', 5],
    ['exception', undefined],
    ['task', 5],
    ['select', ['future', 5]],
    ['callback', ['FINISHED', true]],
    ['wait', 1],
    ['waitBlocked', 1],
    ['completedBlocked', [0]],
  ])('%s, before it is there and afterwards', async (way, expected) => {
    const future = new Future<number>()
    const other = new Other(future)
    const { outcome } = await other.begin(way)
    future.setResult(5)
    expect(await outcome).toEqual({ value: expected })
    expect(await other.does(way)).toEqual({ value: expected })
    expect(await new Other(ended(5)).does(way)).toEqual({ value: expected })
  })

  test('is a copy of anything that can travel, of any size', async () => {
    const value = {
      list: [1, 2n, new Date(5)],
      map: new Map([['a', new Set([undefined])]]),
      text: 'ä'.repeat(3e6),
    }
    const future = new Future<typeof value>()
    const other = new Other(future, ended(value))
    const { outcome } = await other.begin('block')
    future.setResult(value)
    expect(await outcome).toEqual({ value })
    expect(await other.does('waitBlocked')).toEqual({ value: 2 })
    expect(await new Other(ended(value)).does('block')).toEqual({ value })
  })

  test.each(['completedBlocked', 'waitBlocked'])('several, in a thread that sleeps: %s', async (way) => {
    for (let round = 0; round < 5; round++) {
      const futures = [new Future<number>(), new Future<number>(), new Future<number>()]
      const { outcome } = await new Other(...futures).begin(way)
      for (const i of [2, 0, 1]) {
        futures[i]!.setResult(i)
        await new Promise((resolve) => setImmediate(resolve))
      }
      const { value } = await outcome
      expect(way === 'waitBlocked' ? value : value.toSorted()).toEqual(way === 'waitBlocked' ? 3 : [0, 1, 2])
    }
  })
})

describe('an exception in another thread', () => {
  test('keeps class, message and cause', async () => {
    class MyError extends Error {}
    const future = new Future<number>()
    const other = new Other(future)
    const { outcome } = await other.begin('block')
    future.setException(new MyError('no', { cause: new RangeError('why') }))
    const told = { error: 'MyError', made: 'MyError', message: 'no', cause: 'why', own: true }
    expect(await outcome).toEqual({ ...told, error: 'Error' })
    expect(await other.does('await')).toEqual({ ...told, error: 'Error' })
    const builtIn = new Future<number>()
    builtIn.setException(new TypeError('what'))
    expect(await new Other(builtIn).does('await')).toMatchObject({ error: 'TypeError', made: 'TypeError' })
  })

  test('a cancellation arrives', async () => {
    const [future, before] = [new Future<number>(), new Future<number>()]
    before.cancel()
    const other = new Other(future)
    const { outcome } = await other.begin('block')
    future.cancel()
    expect(await outcome).toMatchObject({ error: 'CancelledError' })
    expect(await other.does('state')).toEqual({ value: ['CANCELLED_AND_NOTIFIED', true, true, true] })
    expect(await new Other(before).does('block')).toMatchObject({ error: 'CancelledError' })
    await expect(future).rejects.toBeInstanceOf(CancelledError)
  })

  test('what cannot travel is told there, with the path; here it is as it was', async () => {
    const value = { deep: [{ f: () => 1 }] }
    for (const future of [new Future<unknown>(), ended(value)]) {
      const other = new Other(future)
      const { outcome } = await other.begin('block')
      if (!future.done) future.setResult(value)
      expect(await outcome).toMatchObject({
        error: 'TypeError',
        message: expect.stringContaining('deep[0].f'),
      })
      expect(await future).toBe(value)
    }
  })

  test('what is larger than the room is told there, with both sizes', async () => {
    const future = new Future<Uint8Array>()
    const other = new Other(future)
    const { outcome } = await other.begin('block')
    future.setResult(new Uint8Array(2 ** 26))
    expect(await outcome).toMatchObject({
      error: 'RangeError',
      message: expect.stringMatching(/takes 671088\d\d bytes.*room for 67108856/),
    })
    expect(await new Other(future).does('wait')).toEqual({ value: 1 })
  })
})

describe('the thread that brings it about', () => {
  async function lent(): Promise<{ other: Other; future: Future<unknown>; handle: FutureHandle }> {
    const other = new Other()
    const { value: handle } = await other.does('own')
    return { other, handle, future: attach(handle) as Future<unknown> }
  }

  test('tells all that wait, blocked or not', async () => {
    const { other, future } = await lent()
    const third = new Other(future)
    const { outcome } = await third.begin('block')
    expect([future.state, future.running, future.cancelled]).toEqual(['PENDING', false, false])
    other.worker.postMessage('settle')
    expect(future.block()).toBe('from the worker')
    expect(await outcome).toEqual({ value: 'from the worker' })
  })

  test('dies: who waits gets WorkerDiedError, in every way', async () => {
    const { other, future } = await lent()
    const third = new Other(future)
    const { outcome } = await third.begin('block')
    const waits = [future.start(), wait([future]).start(), asCompleted([future]).next().start()]
    let called = 0
    future.addDoneCallback(() => called++)
    await other.worker.terminate()
    await expect(waits[0]).rejects.toBeInstanceOf(WorkerDiedError)
    expect(((await waits[1]) as { done: Set<unknown> }).done.has(future)).toBe(true)
    expect(((await waits[2]) as { value: unknown }).value).toBe(future)
    expect(await outcome).toMatchObject({ error: 'WorkerDiedError', made: 'WorkerDiedError' })
    expect(future.done && called).toBe(1)
  })

  test('dies after it has settled: the outcome stays', async () => {
    const { other, future, handle } = await lent()
    await other.does('settle')
    await other.worker.terminate()
    expect(await future).toBe('from the worker')
    expect(await new Other(Future.attach(handle)).does('block')).toEqual({ value: 'from the worker' })
  })
})

describe('in the other thread it', () => {
  test('is one object, also here', async () => {
    const future = new Future<number>()
    expect(Future.attach(future.handle)).toBe(future)
    expect(future.handle).toBe(future.handle)
    expect(await new Other(future).does('same')).toEqual({ value: true })
  })

  test('cannot be settled or cancelled', async () => {
    const other = new Other(new Future())
    const told = (verb: string): string =>
      `InvalidStateError: ${verb}(): the future is brought about by another thread`
    expect(await other.does('refuses')).toEqual({
      value: [told('setResult'), told('setException'), told('setRunningOrNotifyCancel')],
    })
    expect(await other.does('state')).toEqual({ value: ['PENDING', false, false, false] })
  })

  test('leaves nothing behind when a wait for it ends early', async () => {
    const other = new Other()
    const future = attach((await other.does('own')).value) as Future<unknown>
    await expect(future.result({ timeout: 1 }).start()).rejects.toThrow(
      'Future.result() did not end within 1 ms',
    )
    expect(() => future.result({ timeout: 0 }).block()).toThrow('Future.result() did not end within 0 ms')
    expect((await wait([future], { timeout: 1 })).notDone.size).toBe(1)
    const completed = asCompleted([future])
    await expect(completed.next({ timeout: 1 }).start()).rejects.toThrow('did not end')
    completed.close()
    const started = future.start()
    expect(started.cancel()).toBe(true)
    expect((future as unknown as { line: { size: number } }).line.size).toBe(0)
  })
})

test('a handle that is none is refused', () => {
  const { handle } = new Future()
  expect(() => Future.attach(new Lock().handle as never)).toThrow(/handle is of a Lock, not of a Future/)
  expect(() => Future.attach(undefined as never)).toThrow(HandleError)
  expect(() => Future.attach({ ...handle, room: new ArrayBuffer(8) } as never)).toThrow(
    /handle.room of the Future must be shared memory, got an? ArrayBuffer/,
  )
  expect(() => Future.attach({ ...handle, memory: new SharedArrayBuffer(8) })).toThrow(HandleError)
  expect(() => Lock.attach(handle as never)).toThrow(/handle is of a Future, not of a Lock/)
})
