import { describe, expect, it } from 'vitest'
import {
  attach,
  CancelledError,
  DeadlockError,
  HandleError,
  Lock,
  NotHeldError,
  PoisonedError,
  run,
  RWLock,
  select,
  sleep,
  TimeoutError,
} from '../../src/index.ts'
import { settle, watch, type Watched } from '../support/watch.ts'

const modes = ['unshared', 'shared'] as const

function make(mode: (typeof modes)[number]): RWLock {
  const lock = new RWLock()
  if (mode === 'shared') expect(RWLock.attach(lock.handle)).toBe(lock)
  return lock
}

/** `r`, `w` for waits that are granted, `.` for those that are not, in the order they began. */
function shape(
  lock: RWLock,
  kinds: string,
): { waits: Watched<import('../../src/index.ts').Held>[]; show(): string } {
  const waits = Array.from(kinds, (kind) => watch(kind === 'r' ? lock.read() : lock.write()))
  return { waits, show: () => waits.map(({ state }, i) => (state === 'value' ? kinds[i]! : '.')).join('') }
}

describe.each(modes)('%s', (mode) => {
  it('lets readers share and a writer be alone', () => {
    const lock = make(mode)
    const a = lock.tryRead()!
    const b = lock.tryRead()!
    expect(lock.statistics()).toEqual({ writing: false, reading: 2, waiters: 0 })
    expect(lock.tryWrite()).toBeUndefined()
    a.release()
    a.release()
    expect(lock.tryWrite()).toBeUndefined()
    b.release()
    const w = lock.tryWrite()!
    expect(lock.statistics()).toEqual({ writing: true, reading: 0, waiters: 0 })
    expect(lock.tryRead()).toBeUndefined()
    expect(lock.tryWrite()).toBeUndefined()
    w.release()
    w.release()
    expect(lock.tryRead()).toBeDefined()
  })

  it('serves first in, first out, neighbouring readers together', async () => {
    const lock = make(mode)
    const w = lock.tryWrite()!
    const { waits, show } = shape(lock, 'rrwrwwrr')
    const seen: string[] = []
    w.release()
    for (const next of [[0, 1], [2], [3], [4], [5], [6, 7]]) {
      await settle()
      seen.push(show())
      for (const i of next) waits[i]!.value!.release()
    }
    expect(seen).toEqual(['rr......', 'rrw.....', 'rrwr....', 'rrwrw...', 'rrwrww..', 'rrwrwwrr'])
    expect(lock.statistics()).toEqual({ writing: false, reading: 0, waiters: 0 })
  })

  it('keeps new readers out while a writer waits', async () => {
    const lock = make(mode)
    const r = lock.tryRead()!
    const { waits, show } = shape(lock, 'wr')
    expect(lock.tryRead()).toBeUndefined()
    await settle()
    expect(show()).toBe('..')
    r.release()
    await settle()
    expect(show()).toBe('w.')
    waits[0]!.value!.release()
    await settle()
    expect(show()).toBe('wr')
  })

  it.each(['cancelled', 'timed out', 'aborted'])(
    'a writer that is %s lets the readers behind it in',
    async (how) => {
      const lock = make(mode)
      using _r = lock.tryRead()!
      const abort = new AbortController()
      const w = watch(lock.write(how === 'timed out' ? { timeout: 1 } : { signal: abort.signal }))
      if (how === 'cancelled') {
        lock.cancelWaiters()
        await settle()
        expect(w.error).toBeInstanceOf(CancelledError)
        expect(lock.tryRead()).toBeDefined()
        return
      }
      const behind = watch(lock.read())
      if (how === 'aborted') abort.abort(new CancelledError('gone'))
      while (w.state === 'pending') await settle()
      await settle()
      expect(w.error).toBeInstanceOf(how === 'timed out' ? TimeoutError : CancelledError)
      expect(behind.state).toBe('value')
      expect(lock.statistics()).toEqual({ writing: false, reading: 2, waiters: 0 })
    },
  )

  it('as arms of a select only one commits', async () => {
    const lock = make(mode)
    const { key, value } = await select({ r: lock.read(), w: lock.write() })
    expect(lock.statistics()).toMatchObject(
      key === 'r' ? { reading: 1, writing: false } : { reading: 0, writing: true },
    )
    value.release()
    const w = lock.tryWrite()!
    await select({ r: lock.read(), w: lock.write(), late: sleep(0) })
    expect(lock.statistics().waiters).toBe(0)
    w.release()
    expect(lock.tryWrite()).toBeDefined()
  })

  it('runs functions and releases however they end', async () => {
    const lock = make(mode)
    const inside = await lock.runRead(() => lock.runRead(() => lock.statistics().reading))
    expect(inside).toBe(2)
    await expect(
      lock.runWrite(() => {
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    expect(lock.statistics()).toEqual({ writing: false, reading: 0, waiters: 0 })
    await expect(lock.runWrite(1 as never)).rejects.toThrow(/fn must be a function/)
  })

  it('works in tasks and for a blocked thread, which sees that it would wait for itself', async () => {
    const lock = make(mode)
    await run(function* () {
      using _a = yield* lock.read()
      using _b = yield* lock.read()
      expect(() => lock.write().block()).toThrow(DeadlockError)
      using _c = lock.read().block()
      expect(lock.statistics().reading).toBe(3)
    })
    const w = lock.write().block()
    expect(() => lock.read().block()).toThrow(DeadlockError)
    expect(() => lock.write().block()).toThrow(DeadlockError)
    w.release()
    using _r = lock.tryRead()!
    const writer = watch(lock.write())
    using _beside = lock.read().block() // the writer waits for this thread anyway
    expect(lock.statistics()).toEqual({ writing: false, reading: 2, waiters: 1 })
    lock.cancelWaiters()
    await settle()
    expect(writer.state).toBe('error')
  })

  it('can be poisoned by a writer', async () => {
    const lock = make(mode)
    expect(() => lock.tryRead()!.poison()).toThrow(/exclusive locks only/)
    const other = make(mode)
    const w = other.tryWrite()!
    const { waits } = shape(other, 'rw')
    w.poison()
    await settle()
    for (const { error } of waits) expect(error).toBeInstanceOf(PoisonedError)
    expect(() => other.tryRead()).toThrow(PoisonedError)
    expect(() => other.tryWrite()).toThrow(PoisonedError)
    w.release()
    other.clearPoison()
    expect(() => other.clearPoison()).toThrow(NotHeldError)
    expect(other.tryWrite()).toBeDefined()
  })

  it('says who is in and who waits', async () => {
    const lock = make(mode)
    const r = lock.tryRead()!
    const w = watch(lock.write())
    expect(lock.inspect()).toMatchObject({
      kind: 'RWLock',
      shared: mode === 'shared',
      holder: '1 reading',
      waiters: [{ operation: `${lock.id}.write()` }],
    })
    r.release()
    await settle()
    expect(lock.inspect().holder).toBe('async code (writing)')
    w.value!.release()
    expect(lock.inspect().holder).toBeUndefined()
  })
})

describe('sharing', () => {
  it.each(['r', 'w'])('keeps what is held and who waits (%s inside)', async (inside) => {
    const lock = new RWLock()
    const held = inside === 'r' ? lock.tryRead()! : lock.tryWrite()!
    const { waits, show } = shape(lock, 'wr')
    const { handle } = lock
    expect(attach(handle)).toBe(lock)
    expect(lock.statistics()).toEqual({
      writing: inside === 'w',
      reading: inside === 'r' ? 1 : 0,
      waiters: 2,
    })
    held.release()
    await settle()
    expect(show()).toBe('w.')
    waits[0]!.value!.release()
    await settle()
    expect(show()).toBe('wr')
    waits[1]!.value!.release()
    expect(() => RWLock.attach(new Lock().handle as never)).toThrow(HandleError)
    expect(() => RWLock.attach({} as never)).toThrow(/handle must be/)
    expect(() => lock.read({ timeout: -1 })).toThrow(RangeError)
  })
})
