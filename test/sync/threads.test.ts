/** Event, Latch and Barrier between real threads, some of which die. */
import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Barrier, BrokenBarrierError, Event, Latch, TimeoutError } from '../../src/index.ts'
import { settle, states, watch } from '../support/watch.ts'

interface Message {
  readonly about: 'ready' | 'begun' | 'end'
  readonly value?: unknown
  readonly error?: string
}

const workers: PartyThread[] = []

class PartyThread {
  readonly worker: Worker
  private readonly inbox: Message[] = []
  private notice: () => void = () => {}

  constructor(workerData: unknown) {
    this.worker = new Worker(new URL('../fixtures/sync/party.mjs', import.meta.url), { workerData })
    this.worker.on('message', (message: Message) => {
      this.inbox.push(message)
      this.notice()
    })
    workers.push(this)
  }

  async next(about: Message['about']): Promise<Message> {
    for (;;) {
      const found = this.inbox.findIndex((message) => message.about === about)
      if (found >= 0) return this.inbox.splice(found, 1)[0]!
      await new Promise<void>((done) => (this.notice = done))
    }
  }

  /** Gives an order; the answer is how it ends. */
  async tell(verb: string, more: object = {}): Promise<unknown> {
    this.worker.postMessage({ verb, ...more })
    const { value, error } = await this.next('end')
    return error ?? value
  }
}

async function threads(count: number, data: object): Promise<PartyThread[]> {
  const made = Array.from({ length: count }, () => new PartyThread(data))
  await Promise.all(made.map((thread) => thread.next('ready')))
  return made
}

/** Waits, by the event loop's turns, for something that another thread does. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await settle()
}

beforeAll(() => {
  if (!existsSync(new URL('../../dist/index.js', import.meta.url)))
    throw new Error('dist is missing: run `npm run build` first')
})
afterEach(async () => {
  await Promise.all(workers.splice(0).map(({ worker }) => worker.terminate()))
})

describe('barrier', () => {
  test('threads that block, threads that await, and two parties of one thread pass together, round after round', async () => {
    const barrier = new Barrier(4)
    const ends = (await threads(2, { barrier: barrier.handle })).map((thread) =>
      thread.tell('rounds', { rounds: 50 }),
    )
    const own = await Promise.all(
      [0, 1].map(async () => {
        const indices: number[] = []
        for (let i = 0; i < 50; i++) indices.push(await barrier.wait())
        return indices
      }),
    )
    const others = (await Promise.all(ends)) as { indices: number[]; actions: number }[]
    const all = [...own, ...others.map(({ indices }) => indices)]
    for (let round = 0; round < 50; round++)
      expect(new Set(all.map((indices) => indices[round]))).toEqual(new Set([0, 1, 2, 3]))
    // The action ran where a worker's party came last, and nowhere else.
    for (const { indices, actions } of others) expect(actions).toBeLessThanOrEqual(indices.length)
    expect(barrier.statistics()).toEqual({ parties: 4, waiting: 0, broken: false, waiters: 0 })
  })

  test.each(['wait', 'block'])('a party that is killed while it waits (%s) breaks it', async (verb) => {
    const barrier = new Barrier(3)
    const [victim, witness] = await threads(2, { barrier: barrier.handle })
    void victim!.tell(verb)
    const broken = witness!.tell('block')
    await until(() => barrier.waiting === 2)
    await victim!.worker.terminate()
    expect(await broken).toBe('BrokenBarrierError')
    expect(barrier.broken).toBe(true)
    await expect(barrier.wait().start()).rejects.toThrow(BrokenBarrierError)
    barrier.reset()
    const again = watch(barrier.wait())
    const next = await threads(2, { barrier: barrier.handle })
    const values = await Promise.all(next.map((thread) => thread.tell('wait')))
    await until(() => again.state !== 'pending')
    expect(new Set([again.value, ...values])).toEqual(new Set([0, 1, 2]))
  })

  test('a thread that dies in the action breaks it', async () => {
    const barrier = new Barrier(2)
    const [actor] = await threads(1, { barrier: barrier.handle, action: 'die' })
    const own = watch(barrier.wait())
    actor!.worker.postMessage({ verb: 'block' })
    await until(() => own.state !== 'pending')
    expect(own.error).toBeInstanceOf(BrokenBarrierError)
  })

  test('an action that throws in another thread breaks it', async () => {
    const barrier = new Barrier(2)
    const [actor] = await threads(1, { barrier: barrier.handle, action: 'throw' })
    const own = watch(barrier.wait())
    expect(await actor!.tell('block')).toBe('RangeError')
    await until(() => own.state !== 'pending')
    expect(own.error).toBeInstanceOf(BrokenBarrierError)
    expect(barrier.broken).toBe(true)
  })

  test('a timeout, an abort and a reset in one thread reach the parties of another', async () => {
    const barrier = new Barrier(2)
    const [other] = await threads(1, { barrier: barrier.handle })
    for (const verb of ['abort', 'reset'] as const) {
      const end = other!.tell('block')
      await until(() => barrier.waiting === 1)
      barrier[verb]()
      expect(await end).toBe('BrokenBarrierError')
      barrier.reset()
    }
    expect(await other!.tell('block', { options: { timeout: 10 } })).toBe('TimeoutError')
    expect(barrier.broken).toBe(true)
    barrier.reset()
    expect(await other!.tell('wait', { options: { timeout: 0 } })).toBe('TimeoutError')
    await expect(barrier.wait().start()).rejects.toThrow(BrokenBarrierError)
  })
})

describe('event', () => {
  test.each(['wait', 'block'])(
    'set, then clear at once, releases a thread that waited before (%s)',
    async (verb) => {
      const event = new Event()
      const waiting = await threads(2, { event: event.handle })
      const ends = waiting.map((thread) => thread.tell(verb))
      await until(() => event.site!.next() !== 0 && waitersOf(event) === 2)
      event.set()
      event.clear()
      expect(await Promise.all(ends)).toEqual([undefined, undefined])
      expect(event.isSet).toBe(false)
    },
  )

  test('the same, set by another thread', async () => {
    const event = new Event()
    const [setter] = await threads(1, { event: event.handle })
    const own = [watch(event.wait()), watch(event.wait())]
    await setter!.tell('pulse')
    await until(() => own.every(({ state }) => state === 'value'))
    const late = watch(event.wait())
    await settle()
    expect(late.state).toBe('pending')
    event.set()
  })

  test('an auto-reset event: each set is taken once, and none is lost to a thread that dies waiting', async () => {
    const event = new Event({ autoReset: true })
    const [victim, ...others] = await threads(3, { event: event.handle })
    void victim!.tell('take', { rounds: 1_000 })
    await victim!.next('begun')
    await until(() => waitersOf(event) === 1)
    await victim!.worker.terminate()
    const ends = others.map((thread) => thread.tell('take', { rounds: 20 }))
    for (let sets = 0; sets < 40; sets++) {
      event.set()
      await until(() => !event.isSet)
    }
    expect(await Promise.all(ends)).toEqual(['taken', 'taken'])
    expect(() => event.wait({ timeout: 0 }).block()).toThrow(TimeoutError)
  })
})

test('latch: threads count, threads wait', async () => {
  const latch = new Latch(3)
  const [a, b, waiter] = await threads(3, { latch: latch.handle })
  const blocked = waiter!.tell('block')
  const own = watch(latch.wait())
  await a!.tell('countDown')
  await b!.tell('countDown')
  await settle()
  expect([latch.count, own.state]).toEqual([1, 'pending'])
  await a!.tell('countDown')
  expect(await blocked).toBe(undefined)
  await until(() => own.state === 'value')
  expect(states([own])).toEqual(['undefined'])
})

/** How many threads wait: their hint bits. */
function waitersOf({ words, site }: Event): number {
  let count = 0
  for (let i = 0; i < 4; i++) for (let bits = words[site!.at + i]!; bits !== 0; bits &= bits - 1) count++
  return count
}
