/** RLock, Condition and RWLock between real threads, which may be killed. Uses the built package. */
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { Condition, type Handle, RLock, RWLock } from '../../src/index.ts'

const living = new Set<Other>()

/** Another thread; `told` holds its locks by the names they were given. */
class Other {
  private readonly worker: Worker
  private readonly waiting: Map<number, { resolve(value: unknown): void; reject(error: unknown): void }> =
    new Map()
  private last = 0

  private constructor(handles: Record<string, Handle | SharedArrayBuffer>) {
    this.worker = new Worker(new URL('../fixtures/sync/told.mjs', import.meta.url), { workerData: handles })
    this.worker.on('message', ({ number, value, error }) => {
      const call = this.waiting.get(number)!
      if (error === undefined) call.resolve(value)
      else call.reject(new Error(error))
    })
    this.worker.on('error', (error) => {
      for (const call of this.waiting.values()) call.reject(error)
    })
    living.add(this)
  }

  static async start(handles: Record<string, Handle | SharedArrayBuffer>): Promise<Other> {
    const other = new Other(handles)
    await other.answer(0)
    return other
  }

  /** Runs code there; the promise is of its value. */
  do(code: string): Promise<any> {
    const number = ++this.last
    const answer = this.answer(number)
    this.worker.postMessage({ number, code })
    return answer
  }

  async kill(): Promise<void> {
    living.delete(this)
    await this.worker.terminate()
  }

  private answer(number: number): Promise<unknown> {
    const answer = new Promise<unknown>((resolve, reject) => this.waiting.set(number, { resolve, reject }))
    answer.catch(() => {})
    return answer
  }
}

afterEach(async () => {
  for (const other of living) await other.kill()
})

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise<void>((done) => void setImmediate(done))
}

describe('RLock', () => {
  it('is held by one thread at a time, each as deep as it likes', async () => {
    const rlock = new RLock()
    const counter = new RWLock() // anything with memory of its own would do
    const others = await Promise.all(
      [1, 2].map(() => Other.start({ rlock: rlock.handle, counter: counter.handle })),
    )
    const code = `
      const { rlock, counter } = things
      for (let i = 0; i < 100; i++) {
        const outer = i % 2 ? await rlock.acquire({ owner: i }) : rlock.acquire({ owner: i }).block()
        const inner = i % 3 ? await rlock.acquire({ owner: i }) : rlock.acquire({ owner: i }).block()
        const alone = counter.tryWrite()
        if (alone === undefined) throw new Error('not alone')
        alone.release()
        inner.release()
        if (rlock.depth !== 1) throw new Error('depth')
        outer.release()
      }
      return rlock.statistics().waiters`
    expect(await Promise.all(others.map((other) => other.do(code)))).toEqual([0, 0])
    expect(rlock.locked).toBe(false)
  })

  it('is not released by another thread, and is abandoned by one that dies', async () => {
    const rlock = new RLock()
    const other = await Other.start({ rlock: rlock.handle })
    await other.do(
      `kept.held = await things.rlock.acquire({ owner: 1 }); await things.rlock.acquire({ owner: 1 })`,
    )
    expect(rlock.locked).toBe(true)
    expect(rlock.depth).toBe(0)
    expect(() => rlock.release(1)).toThrow(/another thread holds it/)
    expect(rlock.tryAcquire({ owner: 1 })).toBeUndefined()
    const next = rlock.acquire({ owner: 2 }).start()
    await other.kill()
    const held = await next
    expect(held.abandoned).toBe(true)
    expect((await rlock.acquire({ owner: 2 })).abandoned).toBe(false)
    expect(rlock.depth).toBe(2)
  })
})

describe('Condition', () => {
  const waits = `
    const { condition } = things
    const { lock } = condition
    const held = await lock.acquire()
    kept.state = 'waits'
    try { await condition.wait() } finally { held.release() }
    return 'woken'`
  const blocks = waits
    .replace('await lock.acquire()', 'lock.acquire().block()')
    .replace('await condition.wait()', 'condition.wait().block()')

  it.each([
    ['async', waits],
    ['blocked', blocks],
  ])('wakes %s waiters of other threads, as many as told', async (_, code) => {
    const condition = new Condition()
    const others = await Promise.all([1, 2, 3].map(() => Other.start({ condition: condition.handle })))
    let woken = 0
    const all = others.map((other) => other.do(code).then(() => woken++))
    await until(() => condition.statistics().waiting === 3)
    for (const n of [1, 2]) {
      const held = await condition.lock.acquire()
      condition.notify(n)
      held.release()
      if (n === 1) await Promise.race(all)
      expect(condition.statistics().waiting).toBe(3 - (n === 1 ? 1 : 3))
    }
    await Promise.all(all)
    expect(woken).toBe(3)
  })

  it('gives on a notification to a thread that sleeps, when the one that was told dies before it could go on', async () => {
    const condition = new Condition()
    const { handle } = condition
    const doomed = await Other.start({ condition: handle })
    void doomed.do(waits)
    await until(() => condition.statistics().waiting === 1)
    // The second waiter comes second: threads take turns from the first.
    const sleeper = await Other.start({ condition: handle })
    const woken = sleeper.do(blocks)
    await until(() => condition.statistics().waiting === 2)
    const held = await condition.lock.acquire()
    condition.notify()
    expect(condition.statistics().waiting).toBe(1)
    await doomed.kill()
    held.release()
    expect(await woken).toBe('woken')
    expect(condition.statistics()).toEqual({ waiting: 0, waiters: 0 })
  })

  it('skips waiters of a killed thread', async () => {
    const condition = new Condition()
    const doomed = await Other.start({ condition: condition.handle })
    void doomed.do(waits)
    void doomed.do(waits)
    await until(() => condition.statistics().waiting === 2)
    const held = await condition.lock.acquire()
    const own = condition.wait().start()
    await doomed.kill()
    const notifier = await condition.lock.acquire()
    condition.notify()
    notifier.release()
    await own
    held.release()
    expect(condition.lock.locked).toBe(false)
  })

  it('carries an RLock, and says when the lock was abandoned meanwhile', async () => {
    const rlock = new RLock()
    const condition = new Condition(rlock)
    const other = await Other.start({ condition: condition.handle })
    const held = await rlock.acquire({ owner: 1 })
    const own = condition.wait({ owner: 1 }).start()
    await other.do(`
      const { condition } = things
      await condition.lock.acquire({ owner: 'x' })
      condition.notify(1, { owner: 'x' })`)
    await other.kill()
    await own
    expect(held.abandoned).toBe(true)
    expect(rlock.depth).toBe(1)
    held.release()
    expect(rlock.locked).toBe(false)
  })

  it('hands items between threads without losing one', async () => {
    const condition = new Condition()
    const others = await Promise.all([1, 2].map(() => Other.start({ condition: condition.handle })))
    const turns = (me: number): string => `
      // A ping-pong: the one that is notified notifies the other.
      const { condition } = things
      let rounds = 0
      for (let i = 0; i < 200; i++) {
        const held = i % 2 ? condition.lock.acquire().block() : await condition.lock.acquire()
        condition.notify()
        const wait = condition.wait({ timeout: 2000 })
        try { ${me === 1 ? 'wait.block()' : 'await wait'}; rounds++ } finally { held.release() }
      }
      condition.lock.acquire().block()
      condition.notifyAll()
      condition.lock.release()
      return rounds`
    const results = others.map((other, i) => other.do(turns(i)))
    const first = await Promise.race(results)
    expect(first).toBe(200)
  })
})

describe('RWLock', () => {
  it('lets threads read together and write alone', async () => {
    const rwlock = new RWLock()
    const others = await Promise.all([1, 2].map(() => Other.start({ rwlock: rwlock.handle })))
    await others[0]!.do(`kept.held = await things.rwlock.read()`)
    await others[1]!.do(`kept.held = things.rwlock.read().block()`)
    expect(rwlock.statistics()).toEqual({ writing: false, reading: 2, waiters: 0 })
    expect(rwlock.tryWrite()).toBeUndefined()
    const write = rwlock.write().start()
    await others[0]!.do(`kept.held.release()`)
    expect(await others[0]!.do(`return things.rwlock.tryRead() === undefined`)).toBe(true) // a writer waits
    await others[1]!.do(`kept.held.release()`)
    const held = await write
    expect(await others[1]!.do(`return [things.rwlock.tryRead(), things.rwlock.tryWrite()]`)).toEqual([
      undefined,
      undefined,
    ])
    const read = others[0]!.do(`kept.held = things.rwlock.read().block(); return 'reads'`)
    held.release()
    expect(await read).toBe('reads')
  })

  it('counts no readers of a killed thread', async () => {
    const rwlock = new RWLock()
    const other = await Other.start({ rwlock: rwlock.handle })
    await other.do(`kept.held = [await things.rwlock.read(), await things.rwlock.read()]`)
    const write = rwlock.write().start()
    await other.kill()
    const held = await write
    expect(held.abandoned).toBe(false)
    expect(rwlock.statistics()).toEqual({ writing: true, reading: 0, waiters: 0 })
  })

  it.each(['read', 'write'] as const)('the next to %s after a killed writer is told', async (how) => {
    const rwlock = new RWLock()
    const other = await Other.start({ rwlock: rwlock.handle })
    await other.do(`kept.held = await things.rwlock.write()`)
    const next = rwlock[how]().start()
    await other.kill()
    const held = await next
    expect(held.abandoned).toBe(true)
    held.release()
    expect(rwlock.tryWrite()!.abandoned).toBe(false)
  })

  it('a killed waiting writer keeps nobody out', async () => {
    const rwlock = new RWLock()
    const other = await Other.start({ rwlock: rwlock.handle })
    using _held = rwlock.tryRead()!
    void other.do(`await things.rwlock.write()`)
    await until(() => {
      const probe = rwlock.tryRead()
      probe?.release()
      return probe === undefined
    })
    const read = rwlock.read().start()
    await other.kill()
    ;(await read).release()
  })

  it('starves nobody: readers and writers in tight loops all come to their end', async () => {
    const rwlock = new RWLock()
    const inside = new SharedArrayBuffer(4)
    const others = await Promise.all([1, 2, 3, 4].map(() => Other.start({ rwlock: rwlock.handle, inside })))
    const loop = (verb: string, block: boolean): string => `
      const { rwlock, inside } = things
      for (let i = 0; i < 300; i++) {
        const held = ${block ? `rwlock.${verb}().block()` : `await rwlock.${verb}()`}
        // Inside: 1 for a reader, 1000 for a writer.
        const others = Atomics.add(inside, 0, ${verb === 'read' ? 1 : 1000})
        if (${verb === 'read' ? 'others >= 1000' : 'others !== 0'}) throw new Error('exclusion')
        Atomics.sub(inside, 0, ${verb === 'read' ? 1 : 1000})
        held.release()
      }
      return 'done'`
    const results = others.map((other, i) => other.do(loop(i % 2 ? 'write' : 'read', i < 2)))
    expect(await Promise.all(results)).toEqual(['done', 'done', 'done', 'done'])
    expect(rwlock.statistics()).toEqual({ writing: false, reading: 0, waiters: 0 })
  })
})
