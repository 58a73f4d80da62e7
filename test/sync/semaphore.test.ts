import { describe, expect, it } from 'vitest'
import {
  attach,
  BoundedSemaphore,
  type Held,
  HandleError,
  OverReleaseError,
  Semaphore,
  TimeoutError,
} from '../../src/index.ts'
import { settle, watch } from '../support/watch.ts'

const kinds = [
  ['Semaphore', (value?: number) => new Semaphore(value)],
  ['BoundedSemaphore', (value?: number) => new BoundedSemaphore(value)],
  ['a shared Semaphore', (value?: number) => sharing(new Semaphore(value))],
  ['a shared BoundedSemaphore', (value?: number) => sharing(new BoundedSemaphore(value))],
] as const

function sharing<P extends Semaphore | BoundedSemaphore>(semaphore: P): P {
  void semaphore.handle
  return semaphore
}

describe.each(kinds)('%s', (_, make) => {
  it('has one permit unless told otherwise', () => {
    expect(make().value).toBe(1)
    expect(make(0).value).toBe(0)
    expect(make(2 ** 31 - 1).value).toBe(2 ** 31 - 1)
  })

  it('counts what is out', async () => {
    const semaphore = make(5)
    const held = semaphore.tryAcquire(3)!
    expect([semaphore.value, held.count]).toEqual([2, 3])
    expect(semaphore.tryAcquire(3)).toBeUndefined()
    const rest = await semaphore.acquire(2)
    expect(semaphore.value).toBe(0)
    held.release()
    held.release()
    expect(semaphore.value).toBe(3)
    rest.release()
    expect(semaphore.statistics()).toEqual({ value: 5, limit: 5, waiters: 0, abandoned: 0 })
  })

  it('lets nobody overtake a big request at the head', async () => {
    const semaphore = make(3)
    const out = [1, 1, 1].map((n) => semaphore.tryAcquire(n)!)
    const waits = [3, 1, 1].map((n) => watch(semaphore.acquire(n)))
    out[0]!.release()
    out[1]!.release()
    await settle()
    expect(waits.map(({ state }) => state)).toEqual(['pending', 'pending', 'pending'])
    expect(semaphore.tryAcquire()).toBeUndefined()
    expect(semaphore.value).toBe(2)
    out[2]!.release()
    await settle()
    expect(waits.map(({ state }) => state)).toEqual(['value', 'pending', 'pending'])
    waits[0]!.value!.release()
    await settle()
    expect(waits.map(({ state }) => state)).toEqual(['value', 'value', 'value'])
    expect(semaphore.value).toBe(1)
  })

  it('serves those behind a big request that gives up', async () => {
    const semaphore = make(2)
    const out = semaphore.tryAcquire()!
    const controller = new AbortController()
    const big = watch(semaphore.acquire(2, { signal: controller.signal }))
    const small = watch(semaphore.acquire())
    await settle()
    expect(small.state).toBe('pending')
    controller.abort(new Error('left'))
    await settle()
    expect([big.state, small.state]).toEqual(['error', 'value'])
    out.release()
    expect(semaphore.value).toBe(1)
  })

  it('wakes as many as a release of several serves', async () => {
    const semaphore = make(4)
    const out = semaphore.tryAcquire(4)!
    const waits = [1, 2, 2].map((n) => watch(semaphore.acquire(n)))
    out.release()
    await settle()
    expect(waits.map(({ state }) => state)).toEqual(['value', 'value', 'pending'])
    expect(semaphore.value).toBe(1)
    waits[1]!.value!.release()
    await settle()
    expect([waits[2]!.state, semaphore.value]).toEqual(['value', 1])
  })

  it('owes permits after a resize below what is out, until they are given back', async () => {
    const semaphore = make(4)
    const helds = [1, 1, 1].map(() => semaphore.tryAcquire()!)
    semaphore.resize(1)
    expect(semaphore.statistics()).toMatchObject({ value: -2, limit: 1 })
    const wait = watch(semaphore.acquire())
    helds[0]!.release()
    helds[1]!.release()
    await settle()
    expect([semaphore.value, wait.state]).toEqual([0, 'pending'])
    helds[2]!.release()
    await settle()
    expect([semaphore.value, wait.state]).toEqual([0, 'value'])
    wait.value!.release()
    expect(semaphore.value).toBe(1)
  })

  it('serves waiters when it grows', async () => {
    const semaphore = make(0)
    const waits = [2, 1].map((n) => watch(semaphore.acquire(n)))
    semaphore.resize(2)
    await settle()
    expect(waits.map(({ state }) => state)).toEqual(['value', 'pending'])
    semaphore.resize(3)
    await settle()
    expect([waits[1]!.state, semaphore.value]).toEqual(['value', 0])
  })

  it('keeps its count and its waiters when it becomes shared', async () => {
    const semaphore = make(3)
    const held = semaphore.tryAcquire(2)!
    const waits = [2, 1].map((n) => watch(semaphore.acquire(n)))
    void semaphore.handle
    expect(semaphore.statistics()).toEqual({ value: 1, limit: 3, waiters: 2, abandoned: 0 })
    held.release()
    await settle()
    expect(waits.map(({ state }) => state)).toEqual(['value', 'value'])
    expect(semaphore.value).toBe(0)
  })

  it.each<[string, (semaphore: Semaphore | BoundedSemaphore) => unknown, ErrorConstructor, RegExp]>([
    ['release(0)', (s) => s.release(0), RangeError, /n must be an integer from 1/],
    ['release(-1)', (s) => s.release(-1), RangeError, /n must be an integer from 1/],
    ['release(1.5)', (s) => s.release(1.5), RangeError, /n must be an integer/],
    ['release("1")', (s) => s.release('1' as never), TypeError, /n must be an integer/],
    ['acquire(0)', (s) => s.acquire(0), RangeError, /n must be an integer from 1/],
    ['acquire(NaN)', (s) => s.acquire(NaN), RangeError, /n must be an integer/],
    ['acquire(2, 5)', (s) => s.acquire(2, 5 as never), TypeError, /options must be an object/],
    ['acquire(1, { timeout: -1 })', (s) => s.acquire(1, { timeout: -1 }), RangeError, /timeout must be/],
    ['tryAcquire(0)', (s) => s.tryAcquire(0), RangeError, /n must be an integer from 1/],
    ['resize(-1)', (s) => s.resize(-1), RangeError, /limit must be an integer from 0/],
    ['resize(2 ** 31)', (s) => s.resize(2 ** 31), RangeError, /limit must be an integer/],
  ])('%s is refused and changes nothing', (_name, misuse, error, message) => {
    const semaphore = make(3)
    expect(() => misuse(semaphore)).toThrow(error)
    expect(() => misuse(semaphore)).toThrow(message)
    expect(semaphore.statistics()).toEqual({ value: 3, limit: 3, waiters: 0, abandoned: 0 })
  })

  it.each([-1, 0.5, NaN, Infinity, 2 ** 31])('refuses to begin with %d permits', (value) => {
    expect(() => make(value)).toThrow(/value must be an integer from 0 to 2147483647/)
  })

  it('says who holds how much and who waits for how much', async () => {
    const semaphore = make(3)
    expect(semaphore.inspect().holder).toBeUndefined()
    semaphore.tryAcquire(2)
    const wait = watch(semaphore.acquire(2, { timeout: 1 }))
    const { holder, waiters } = semaphore.inspect()
    expect(holder).toBe('this thread (2)')
    expect(waiters.map(({ operation }) => operation)).toEqual([`${semaphore.id}.acquire(2)`])
    await expect(semaphore.acquire({ timeout: 0 })).rejects.toBeInstanceOf(TimeoutError)
    await new Promise((done) => setTimeout(done, 2))
    expect(wait.error).toBeInstanceOf(TimeoutError)
  })
})

describe('Semaphore', () => {
  it.each([false, true])('may have more permits than it began with (shared: %s)', (shared) => {
    const semaphore = new Semaphore(0)
    if (shared) sharing(semaphore)
    semaphore.release()
    semaphore.release(3)
    expect(semaphore.statistics()).toMatchObject({ value: 4, limit: 0 })
    expect(semaphore.tryAcquire(4)).toBeDefined()
    expect(semaphore.value).toBe(0)
  })

  it('refuses more free permits than a word can count', () => {
    const semaphore = new Semaphore(2 ** 31 - 1)
    expect(() => semaphore.release()).toThrow(OverReleaseError)
    expect(semaphore.value).toBe(2 ** 31 - 1)
    const more = new Semaphore(1)
    more.release(5)
    expect(() => more.resize(2 ** 31 - 1)).toThrow(OverReleaseError)
    expect(more.statistics()).toMatchObject({ value: 6, limit: 1 })
  })

  it('stays right over many transactions', () => {
    const semaphore = new Semaphore(7)
    const helds: Held[] = []
    // Past 2^16 commits the log enters another block of versions.
    for (let i = 0; i < 200_000; i++) {
      const held = semaphore.tryAcquire(1 + (i % 3))
      if (held !== undefined) helds.push(held)
      if (held === undefined || i % 2 === 0) helds.shift()?.release()
    }
    for (const held of helds) held.release()
    expect(semaphore.value).toBe(7)
  })
})

describe('BoundedSemaphore', () => {
  it.each([false, true])('refuses a release beyond its limit, value unchanged (shared: %s)', (shared) => {
    const semaphore = new BoundedSemaphore(2)
    if (shared) sharing(semaphore)
    expect(() => semaphore.release()).toThrow(OverReleaseError)
    semaphore.tryAcquire()
    expect(() => semaphore.release(2)).toThrow(/1 permits are free already and there are 2 at most/)
    expect(semaphore.value).toBe(1)
    semaphore.release()
    expect(semaphore.value).toBe(2)
  })

  it('holds to its new limit after a resize', () => {
    const semaphore = new BoundedSemaphore(3)
    semaphore.tryAcquire(3)
    semaphore.resize(2)
    expect(() => semaphore.release(4)).toThrow(OverReleaseError)
    semaphore.release(3)
    expect(semaphore.value).toBe(2)
  })
})

describe('a handle of a semaphore', () => {
  it('attaches to the same object, by class or by kind', () => {
    const semaphore = new Semaphore(2)
    expect(Semaphore.attach(semaphore.handle)).toBe(semaphore)
    expect(attach(semaphore.handle)).toBe(semaphore)
    const bounded = new BoundedSemaphore(2)
    expect(attach(bounded.handle)).toBe(bounded)
  })

  it('is refused by the other kind, or when it is damaged', () => {
    const { handle } = new Semaphore(2)
    expect(() => BoundedSemaphore.attach(handle as never)).toThrow(HandleError)
    const short = { ...handle, memory: new SharedArrayBuffer(handle.memory.byteLength) }
    expect(() => Semaphore.attach(short)).toThrow(HandleError)
    expect(() => structuredClone(new Semaphore())).toThrow(/send_the_handle/)
  })
})
