import { describe, expect, it } from 'vitest'
import {
  attach,
  choose,
  DeadlockError,
  HandleError,
  type Held,
  Lock,
  NotHeldError,
  NotOwnerError,
  PoisonedError,
  RLock,
  run,
  select,
  sleep,
  TimeoutError,
  until,
} from '../../src/index.ts'
import { settle, states, watch } from '../support/watch.ts'

describe('an owner', () => {
  it('acquires again at once, also before others that wait, and frees it at the last release', async () => {
    const rlock = new RLock()
    const me = { name: 'me' }
    const first = await rlock.acquire({ owner: me })
    const other = watch(rlock.acquire({ owner: 'other' }))
    const second = await rlock.acquire({ owner: me })
    expect(rlock.tryAcquire({ owner: me })).toBeDefined()
    expect(rlock.depth).toBe(3)
    rlock.release(me)
    first.release()
    await settle()
    expect(other.state).toBe('pending')
    expect(rlock.isOwned(me)).toBe(true)
    second.release()
    await settle()
    expect(other.state).toBe('value')
    expect(rlock.isOwned(me)).toBe(false)
    expect(rlock.isOwned('other')).toBe(true)
    rlock.release('other')
    expect(rlock.locked).toBe(false)
    expect(rlock.depth).toBe(0)
  })

  it('may be any value, compared by identity, 0 and "" too', () => {
    const rlock = new RLock()
    for (const owner of [0, '', null, false, Symbol('x')]) {
      expect(rlock.tryAcquire({ owner })).toBeDefined()
      expect(rlock.tryAcquire({ owner })).toBeDefined()
      expect(rlock.tryAcquire({ owner: {} })).toBeUndefined()
      rlock.release(owner)
      rlock.release(owner)
    }
    expect(rlock.locked).toBe(false)
  })

  it('releases its own by token once, whatever order', () => {
    const rlock = new RLock()
    const a = rlock.tryAcquire({ owner: 1 })!
    const b = rlock.tryAcquire({ owner: 1 })!
    a.release()
    a.release()
    expect(rlock.depth).toBe(1)
    b.release()
    const c = rlock.tryAcquire({ owner: 2 })!
    a.release()
    b.release()
    expect(rlock.depth).toBe(1)
    c.release()
    expect(rlock.locked).toBe(false)
  })

  it('serves owners first in, first out, and all waits of one owner together', async () => {
    const rlock = new RLock()
    const first = rlock.tryAcquire({ owner: 'a' })!
    const waits = ['b', 'c', 'b'].map((owner) => watch(rlock.acquire({ owner })))
    first.release()
    await settle()
    expect(waits.map(({ state }) => state)).toEqual(['value', 'pending', 'value'])
    rlock.release('b')
    rlock.release('b')
    await settle()
    expect(rlock.isOwned('c')).toBe(true)
  })
})

describe('without an owner', () => {
  it('await and tryAcquire throw and say how to name one', async () => {
    const rlock = new RLock()
    expect(() => rlock.tryAcquire()).toThrow(/owner must be given.*rlock\.run/)
    await expect(rlock.acquire().start()).rejects.toThrow(/owner must be given.*acquire\(\{ owner \}\)/)
    await expect((async () => await rlock.acquire())()).rejects.toThrow(TypeError)
    await expect((async () => await select({ a: rlock.acquire(), b: sleep(0) }))()).rejects.toThrow(TypeError)
    expect(rlock.locked).toBe(false)
    expect(rlock.statistics()).toEqual({ locked: false, depth: 0, waiters: 0 })
  })

  it('block() is owned by the thread', () => {
    const rlock = new RLock()
    const outer = rlock.acquire().block()
    const inner = rlock.acquire().block()
    expect(rlock.isOwned()).toBe(true)
    expect(rlock.depth).toBe(2)
    inner.release()
    rlock.release()
    outer.release()
    expect(rlock.locked).toBe(false)
  })

  it('block() for another owner of the same thread is a deadlock', () => {
    const rlock = new RLock()
    using _held = rlock.tryAcquire({ owner: 1 })!
    expect(() => rlock.acquire().block()).toThrow(DeadlockError)
    expect(rlock.statistics().waiters).toBe(0)
  })
})

describe('tasks', () => {
  it('own what they acquire, and exclude each other', async () => {
    const rlock = new RLock()
    const log: string[] = []
    const body = (name: string) =>
      function* () {
        using _a = yield* rlock.acquire()
        log.push(`${name} in`)
        yield* sleep(0)
        {
          using _b = yield* rlock.acquire()
          expect(rlock.tryAcquire()).toBeDefined()
          rlock.release()
          expect(rlock.depth).toBe(2)
          yield* sleep(0)
        }
        expect(rlock.isOwned()).toBe(true)
        log.push(`${name} out`)
      }
    await Promise.all([run(body('a')), run(body('b'))])
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out'])
    expect(rlock.locked).toBe(false)
  })

  it('cannot release what another task holds', async () => {
    const rlock = new RLock()
    await run(function* () {
      const held = yield* rlock.acquire()
      const thief = run(function* () {
        rlock.release()
      })
      yield* until(expect(thief).rejects.toBeInstanceOf(NotOwnerError))
      expect(rlock.depth).toBe(1)
      held.release()
    })
    expect(rlock.locked).toBe(false)
  })
})

describe('run', () => {
  it('passes its owner on', async () => {
    const rlock = new RLock()
    const answer = await rlock.run(async (owner, held) => {
      expect(rlock.isOwned(owner)).toBe(true)
      using _again = await rlock.acquire({ owner })
      expect(rlock.depth).toBe(2)
      expect(await rlock.run((same) => same === owner && rlock.depth === 3, { owner })).toBe(true)
      expect(held.abandoned).toBe(false)
      return 42
    })
    expect(answer).toBe(42)
    expect(rlock.locked).toBe(false)
  })

  it('nests by async context', async () => {
    const rlock = new RLock()
    const helper = (): Promise<number> => rlock.run(() => rlock.depth)
    const depth = await rlock.run(async () => {
      await settle()
      return await rlock.run(async () => {
        await settle()
        return await helper()
      })
    })
    expect(depth).toBe(3)
    expect(rlock.locked).toBe(false)
  })

  it('lets siblings exclude each other, in turn before strangers', async () => {
    const rlock = new RLock()
    const log: string[] = []
    let inside = 0
    const section = (name: string) =>
      rlock.run(async () => {
        expect(++inside).toBe(1)
        log.push(name)
        await settle()
        inside--
      })
    const family = rlock.run(async () => {
      void section // the stranger waits for the whole family
      await Promise.all([section('a'), section('b'), section('c')])
      log.push('family')
    })
    const stranger = section('stranger')
    await Promise.all([family, stranger])
    expect(log).toEqual(['a', 'b', 'c', 'family', 'stranger'])
  })

  it('lets a bare acquire in, as a child of the run', async () => {
    const rlock = new RLock()
    await rlock.run(async () => {
      {
        using _a = await rlock.acquire()
        expect(rlock.depth).toBe(2)
        const sibling = watch(rlock.acquire())
        await settle()
        expect(sibling.state).toBe('pending')
        rlock.release()
        await settle()
        expect(sibling.state).toBe('value')
        sibling.value!.release()
      }
      using _b = await rlock.acquire()
      expect(rlock.tryAcquire()).toBeUndefined()
    })
    expect(rlock.locked).toBe(false)
  })

  it('does not mix up two locks, nor a context whose run is over', async () => {
    const one = new RLock()
    const two = new RLock()
    let late!: () => Promise<Held>
    await one.run(() =>
      two.run(async () => {
        expect(one.isOwned()).toBe(true)
        expect(two.isOwned()).toBe(true)
        late = async () => await one.acquire()
        await one.run(() => expect(one.depth).toBe(2))
      }),
    )
    using _stranger = one.tryAcquire({ owner: 'stranger' })!
    const wait = watch(one.acquire({ owner: 'x' }))
    await settle()
    expect(wait.state).toBe('pending')
    void late
  })

  it('releases when fn throws, and refuses what is no function', async () => {
    const rlock = new RLock()
    await expect(
      rlock.run(() => {
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    await expect(rlock.run(3 as never)).rejects.toThrow(/fn must be a function/)
    expect(rlock.locked).toBe(false)
  })

  it('outlived by a child, leaves the lock to the child', async () => {
    const rlock = new RLock()
    let child!: Promise<void>
    let end!: () => void
    await rlock.run(async () => {
      child = rlock.run(() => new Promise<void>((done) => (end = done)))
      await settle()
    })
    expect(rlock.depth).toBe(1)
    expect(rlock.tryAcquire({ owner: 1 })).toBeUndefined()
    end()
    await child
    expect(rlock.locked).toBe(false)
  })
})

describe('misuse', () => {
  it('throws and changes nothing', () => {
    const rlock = new RLock()
    expect(() => rlock.release()).toThrow(NotHeldError)
    expect(() => rlock.release(1)).toThrow(NotHeldError)
    rlock.tryAcquire({ owner: 1 })
    expect(() => rlock.release()).toThrow(NotOwnerError)
    expect(() => rlock.release(2)).toThrow(NotOwnerError)
    expect(() => rlock.clearPoison()).toThrow(NotHeldError)
    expect(() => rlock.acquire({ owner: 1, timeout: -1 })).toThrow(/timeout must be zero or more/)
    expect(() => rlock.acquire(5 as never)).toThrow(/options must be an object/)
    expect(rlock.depth).toBe(1)
  })

  it('a poisoned lock refuses everybody, inner owners too, until it is cleared', async () => {
    const rlock = new RLock()
    const outer = rlock.tryAcquire({ owner: 1 })!
    const inner = rlock.tryAcquire({ owner: 1 })!
    const wait = watch(rlock.acquire({ owner: 2 }))
    inner.poison()
    await settle()
    expect(wait.error).toBeInstanceOf(PoisonedError)
    expect(() => rlock.tryAcquire({ owner: 1 })).toThrow(PoisonedError)
    outer.release()
    rlock.clearPoison()
    expect(rlock.tryAcquire({ owner: 3 })).toBeDefined()
  })
})

describe('a wait that ends early', () => {
  it.each(['first', 'middle', 'last'])('%s: the others go on as if it had never begun', async (which) => {
    const rlock = new RLock()
    const held = rlock.tryAcquire({ owner: 0 })!
    const index = ['first', 'middle', 'last'].indexOf(which)
    const abort = new AbortController()
    const waits = [1, 2, 3].map((owner, i) =>
      watch(rlock.acquire(i === index ? { owner, signal: abort.signal } : { owner })),
    )
    abort.abort(new Error('gone'))
    await settle()
    expect(waits[index]!.error).toEqual(new Error('gone'))
    held.release()
    for (const [i, wait] of waits.entries()) {
      if (i === index) continue
      await settle()
      expect(wait.state).toBe('value')
      wait.value!.release()
    }
    expect(rlock.locked).toBe(false)
  })

  it('times out, and can be cancelled by cancelWaiters', async () => {
    const rlock = new RLock()
    using _held = rlock.tryAcquire({ owner: 0 })!
    await expect(rlock.acquire({ owner: 1, timeout: 0 }).start()).rejects.toThrow(TimeoutError)
    const wait = watch(rlock.acquire({ owner: 1 }))
    rlock.cancelWaiters(new Error('enough'))
    await settle()
    expect(states([wait])).toEqual(['Error'])
  })
})

describe('a choice with several arms on one lock', () => {
  const shared = () => {
    const rlock = new RLock()
    void rlock.handle
    return rlock
  }
  for (const [name, make] of Object.entries({ 'not shared': () => new RLock(), shared }))
    it(`takes it once, ${name}`, async () => {
      const rlock = make()
      const holder = rlock.tryAcquire({ owner: 'holder' })!
      const arm = () => rlock.acquire({ owner: 'me' }).map((held) => ({ held }))
      const chosen = watch(choose([arm(), arm(), arm()]))
      const next = watch(rlock.acquire({ owner: 'next' }))
      holder.release()
      await settle()
      expect([chosen.state, next.state]).toEqual(['value', 'pending'])
      expect(rlock.depth).toBe(1)
      chosen.value!.held.release()
      await settle()
      expect(next.state).toBe('value')
      expect(rlock.depth).toBe(1)
      rlock.release('next')
      expect(rlock.locked).toBe(false)
    })

  it('takes it once on top of what its owner has', async () => {
    const rlock = new RLock()
    const holder = rlock.tryAcquire({ owner: 'holder' })!
    const first = watch(rlock.acquire({ owner: 'me' }))
    const arm = () => rlock.acquire({ owner: 'me' }).map((held) => ({ held }))
    const chosen = watch(choose([arm(), arm(), arm()]))
    const next = watch(rlock.acquire({ owner: 'me' }))
    holder.release()
    await settle()
    expect([first.state, chosen.state, next.state]).toEqual(['value', 'value', 'value'])
    expect(rlock.depth).toBe(3)
    first.value!.release()
    chosen.value!.held.release()
    next.value!.release()
    expect(rlock.locked).toBe(false)
  })
})

describe('shared, in one thread', () => {
  it('keeps owner and depth when it is shared while held, and attaches to itself', async () => {
    const rlock = new RLock()
    const a = rlock.tryAcquire({ owner: 1 })!
    const wait = watch(rlock.acquire({ owner: 2 }))
    const { handle } = rlock
    expect(RLock.attach(handle)).toBe(rlock)
    expect(attach(handle)).toBe(rlock)
    expect(rlock.tryAcquire({ owner: 1 })).toBeDefined()
    expect(rlock.depth).toBe(2)
    a.release()
    rlock.release(1)
    await settle()
    expect(wait.state).toBe('value')
    expect(rlock.isOwned(2)).toBe(true)
    expect(() => RLock.attach(new Lock().handle as never)).toThrow(HandleError)
    wait.value!.release()
    expect(rlock.locked).toBe(false)
  })

  it('says in a dump who holds it and who waits', async () => {
    const rlock = new RLock()
    await run(function* () {
      using _held = yield* rlock.acquire()
      const wait = watch(rlock.acquire({ owner: 2 }))
      expect(rlock.inspect()).toMatchObject({
        kind: 'RLock',
        shared: false,
        waiters: [{ operation: `${rlock.id}.acquire()` }],
      })
      expect(rlock.inspect().holder).toBeDefined()
      rlock.cancelWaiters()
      void wait
    })
    expect(rlock.inspect().holder).toBeUndefined()
  })
})
