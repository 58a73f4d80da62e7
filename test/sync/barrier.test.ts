import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  always,
  Barrier,
  BrokenBarrierError,
  choose,
  DeadlockError,
  Event,
  HandleError,
  run,
  select,
  TimeoutError,
} from '../../src/index.ts'
import { faults } from '../../src/sync/barrier-state.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { settle, states, watch } from '../support/watch.ts'

let clock: ManualClock
let restore: () => void
beforeEach(() => ({ clock, restore } = ManualClock.install()))
afterEach(() => restore())

describe.each([
  ['unshared', false],
  ['shared', true],
])('a barrier, %s', (_, shared) => {
  let made: Barrier[]
  beforeEach(() => (made = []))
  afterEach(() => {
    for (const barrier of made) expect(faults(barrier.words, barrier.at)).toEqual([])
  })

  const make = (parties: number, action?: () => void, options?: { timeout?: number }): Barrier => {
    const barrier = new Barrier(parties, action, options)
    if (shared) void barrier.handle
    made.push(barrier)
    return barrier
  }
  const park = async (barrier: Barrier, count: number) => {
    const waits = Array.from({ length: count }, () => watch(barrier.wait()))
    await settle()
    return waits
  }

  test('holds all until the last one comes, round after round, with indices in order of arrival', async () => {
    const barrier = make(3)
    for (let round = 0; round < 4; round++) {
      const waits = await park(barrier, 2)
      expect(states(waits)).toEqual(['pending', 'pending'])
      expect(barrier.statistics()).toEqual({ parties: 3, waiting: 2, broken: false, waiters: 2 })
      expect(await barrier.wait()).toBe(2)
      await settle()
      expect(states(waits)).toEqual(['0', '1'])
      expect(barrier.statistics()).toEqual({ parties: 3, waiting: 0, broken: false, waiters: 0 })
    }
  })

  test('more waits than parties are several rounds', async () => {
    const waits = await park(make(2), 5)
    expect(states(waits)).toEqual(['0', '1', '0', '1', 'pending'])
  })

  test('one party passes in every way to wait, the action before it', async () => {
    const log: string[] = []
    const barrier = make(1, () => log.push(`action, ${barrier.waiting} waiting`))
    expect(barrier.wait().block()).toBe(0)
    expect(await barrier.wait()).toBe(0)
    expect(
      await run(function* () {
        return yield* barrier.wait({ timeout: 0 })
      }),
    ).toBe(0)
    expect(log).toEqual(Array(3).fill('action, 0 waiting'))
    expect(make(1).wait().block()).toBe(0)
  })

  test('the last one may be a thread that would sleep: it does not, and the others go on', async () => {
    for (const action of [undefined, () => {}]) {
      const barrier = make(2, action)
      const waits = await park(barrier, 1)
      expect(barrier.wait().block()).toBe(1)
      await settle()
      expect(states(waits)).toEqual(['0'])
    }
  })

  test('the action runs once a round, in the last party, before any other goes on', async () => {
    const log: string[] = []
    const barrier = make(3, () => log.push('action'))
    const party = (name: string) =>
      run(function* () {
        const index = yield* barrier.wait()
        log.push(`${name}${index}`)
      })
    await Promise.all([party('a'), party('b'), party('c')])
    expect(log).toEqual(['action', 'c2', 'a0', 'b1'])
    await Promise.all([party('a'), party('b'), party('c')])
    expect(log.filter((entry) => entry === 'action').length).toBe(2)
  })

  test('a poll never runs the action, and changes nothing', async () => {
    let calls = 0
    const barrier = make(2, () => calls++)
    await park(barrier, 1)
    expect(await choose.biased([barrier.wait(), always('default')])).toBe('default')
    expect([calls, barrier.waiting]).toEqual([0, 1])
    expect(await choose([barrier.wait()])).toBe(1)
    expect(calls).toBe(1)
  })

  test('a failed action breaks it: its error in the last party, BrokenBarrierError in the others', async () => {
    const barrier = make(3, () => {
      throw new RangeError('from the action')
    })
    const waits = await park(barrier, 3)
    expect(states(waits)).toEqual(['BrokenBarrierError', 'BrokenBarrierError', 'RangeError'])
    expect(barrier.broken).toBe(true)
    await expect(barrier.wait().start()).rejects.toThrow(BrokenBarrierError)
    expect(() => barrier.wait().block()).toThrow(BrokenBarrierError)
  })

  test('an action that is not synchronous is an error', async () => {
    const barrier = make(1, (async () => {}) as () => void)
    await expect(barrier.wait().start()).rejects.toThrow(/must be synchronous/)
    expect(barrier.broken).toBe(true)
  })

  test('whoever comes while the action runs belongs to the next round', async () => {
    const late: ReturnType<typeof watch<number>>[] = []
    const barrier: Barrier = make(2, () => {
      if (late.length < 2) late.push(watch(barrier.wait()), watch(barrier.wait()))
    })
    const first = await park(barrier, 2)
    expect(states(first)).toEqual(['0', '1'])
    expect(states(late)).toEqual(['0', '1'])
  })

  test.each(['abort', 'reset'] as const)('%s in the action: nobody passes', async (verb) => {
    const barrier: Barrier = make(2, () => barrier[verb]())
    const waits = await park(barrier, 2)
    expect(states(waits)).toEqual(['BrokenBarrierError', 'BrokenBarrierError'])
    expect(barrier.broken).toBe(verb === 'abort')
  })

  test('a timeout of its own breaks it for all', async () => {
    const barrier = make(3)
    const [other] = await park(barrier, 1)
    const late = watch(barrier.wait({ timeout: 100 }))
    await settle()
    clock.advance(99)
    await settle()
    expect(barrier.waiting).toBe(2)
    clock.advance(1)
    await settle()
    expect(states([other!, late])).toEqual(['BrokenBarrierError', 'TimeoutError'])
    expect(barrier.statistics()).toEqual({ parties: 3, waiting: 0, broken: true, waiters: 0 })
    expect(clock.pending).toEqual([])
  })

  test('the timeout of the barrier counts for waits without one', async () => {
    const barrier = make(2, undefined, { timeout: 50 })
    const patient = watch(barrier.wait({ timeout: Infinity }))
    await settle()
    clock.advance(1000)
    expect(barrier.broken).toBe(false)
    await barrier.wait()
    await settle()
    expect(patient.value).toBe(0)
    const usual = watch(barrier.wait())
    await settle()
    clock.advance(50)
    await settle()
    expect(states([usual])).toEqual(['TimeoutError'])
    expect(barrier.broken).toBe(true)
  })

  test.each([undefined, () => {}])(
    'timeout 0: passes as the last, else breaks it (action %s)',
    async (action) => {
      const barrier = make(2, action)
      const waits = await park(barrier, 1)
      expect(await barrier.wait({ timeout: 0 })).toBe(1)
      await settle()
      expect(states(waits)).toEqual(['0'])
      await expect(barrier.wait({ timeout: 0 }).start()).rejects.toThrow(TimeoutError)
      expect(barrier.broken).toBe(true)
    },
  )

  test('an abort of its own signal breaks it; the reason is thrown', async () => {
    const barrier = make(3)
    const [other] = await park(barrier, 1)
    const controller = new AbortController()
    const aborted = watch(barrier.wait({ signal: controller.signal }))
    await settle()
    controller.abort(new RangeError('enough'))
    await settle()
    expect(states([other!, aborted])).toEqual(['BrokenBarrierError', 'RangeError'])
    barrier.reset()
    const [second] = await park(barrier, 1)
    await expect(barrier.wait({ signal: controller.signal }).start()).rejects.toThrow('enough')
    await settle()
    expect(states([second!])).toEqual(['BrokenBarrierError'])
  })

  test('limits that come after the last party change nothing', async () => {
    const barrier = make(2)
    const controller = new AbortController()
    const waits = [
      watch(barrier.wait({ signal: controller.signal })),
      watch(barrier.wait({ timeout: 10, signal: controller.signal })),
    ]
    controller.abort() // nobody was resumed yet, but both have passed
    clock.advance(100)
    await settle()
    expect(states(waits)).toEqual(['0', '1'])
    expect([barrier.broken, clock.pending]).toEqual([false, []])
  })

  test('losing a choice only withdraws the party', async () => {
    const barrier = make(2)
    const event = new Event()
    const choice = watch(select({ barrier: barrier.wait(), event: event.wait() }))
    await settle()
    expect(barrier.waiting).toBe(1)
    event.set()
    await settle()
    expect(choice.value).toEqual({ key: 'event', value: undefined })
    expect(barrier.statistics()).toEqual({ parties: 2, waiting: 0, broken: false, waiters: 0 })
    expect(states(await park(barrier, 2))).toEqual(['0', '1'])
  })

  test('a limit of the choice, not of the wait, only withdraws too', async () => {
    const barrier = make(2)
    const choice = watch(choose([barrier.wait({ timeout: 500 })], { timeout: 100 }))
    await settle()
    clock.advance(100)
    await settle()
    expect(states([choice])).toEqual(['TimeoutError'])
    expect([barrier.broken, barrier.waiting, clock.pending.length]).toEqual([false, 0, 0])
  })

  test('a limit of the arm, in a choice, breaks it', async () => {
    const barrier = make(2)
    const [other] = await park(make(2), 1)
    const choice = watch(select({ barrier: barrier.wait({ timeout: 100 }), never: new Event().wait() }))
    await settle()
    clock.advance(100)
    await settle()
    expect(states([choice, other!])).toEqual(['TimeoutError', 'pending'])
    expect(barrier.broken).toBe(true)
  })

  test('a choice wins by the barrier, and the action runs for it', async () => {
    let calls = 0
    const barrier = make(2, () => calls++)
    const event = new Event()
    const choice = watch(select({ barrier: barrier.wait(), event: event.wait() }))
    await settle()
    const last = watch(select({ barrier: barrier.wait(), event: event.wait() }))
    await settle()
    expect([choice.value, last.value]).toEqual([
      { key: 'barrier', value: 0 },
      { key: 'barrier', value: 1 },
    ])
    expect([calls, event.statistics().waiters]).toEqual([1, 0])
  })

  test('the seat of a party that withdrew goes to the next; indices stay unique', async () => {
    const barrier = make(3)
    const gone = new Event()
    const first = watch(choose([barrier.wait(), gone.wait()]))
    await settle()
    const [second] = await park(barrier, 1)
    gone.set()
    await settle()
    expect(first.state).toBe('value')
    const rest = await park(barrier, 2)
    expect(states([second!, ...rest])).toEqual(['1', '0', '2'])
  })

  test('reset: who waits fails, and it is usable again', async () => {
    const barrier = make(2)
    const waits = await park(barrier, 1)
    barrier.reset()
    await settle()
    expect(states(waits)).toEqual(['BrokenBarrierError'])
    expect(barrier.broken).toBe(false)
    barrier.reset()
    expect(states(await park(barrier, 2))).toEqual(['0', '1'])
  })

  test('abort: who waits, and who comes, fails until reset', async () => {
    const barrier = make(2)
    const waits = await park(barrier, 1)
    barrier.abort()
    barrier.abort()
    waits.push(...(await park(barrier, 2)))
    expect(states(waits)).toEqual(Array(3).fill('BrokenBarrierError'))
    expect(barrier.statistics()).toEqual({ parties: 2, waiting: 0, broken: true, waiters: 0 })
    barrier.reset()
    expect(barrier.broken).toBe(false)
    expect(states(await park(barrier, 2))).toEqual(['0', '1'])
  })

  test('abort right after the last one came: who has passed has passed', async () => {
    const barrier = make(2)
    const waits = [watch(barrier.wait()), watch(barrier.wait())]
    barrier.abort() // nobody was resumed yet
    await settle()
    expect(states(waits)).toEqual(['0', '1'])
    expect(barrier.broken).toBe(true)
  })

  test('a cancelled task only withdraws its party', async () => {
    const barrier = make(2)
    let iterator!: Generator<unknown, unknown, unknown>
    void run(function* () {
      iterator = barrier.wait()[Symbol.iterator]() as Generator<unknown, unknown, unknown>
      iterator.next()
    })
    await settle()
    expect(barrier.waiting).toBe(1)
    expect(() => iterator.throw(new RangeError('cancelled'))).toThrow('cancelled')
    expect([barrier.waiting, barrier.broken]).toEqual([0, false])
  })

  test('cancelWaiters withdraws the parties of this thread', async () => {
    const barrier = make(3)
    const waits = await park(barrier, 2)
    barrier.cancelWaiters(new RangeError('mine'))
    await settle()
    expect(states(waits)).toEqual(['RangeError', 'RangeError'])
    expect(barrier.statistics()).toEqual({ parties: 3, waiting: 0, broken: false, waiters: 0 })
  })

  test('every combination of how two parties end, then the barrier works again', async () => {
    type End = 'withdraw' | 'timeout' | 'signal' | 'abort' | 'reset' | 'fail' | 'pass'
    const ends: End[] = ['withdraw', 'timeout', 'signal', 'abort', 'reset', 'fail', 'pass']
    const seen = new Map<string, string>()
    for (const first of ends)
      for (const second of ends) {
        let failing = false
        const barrier = make(3, () => {
          if (failing) throw new RangeError('from the action')
        })
        const out = [new Event(), new Event()]
        const signals = [new AbortController(), new AbortController()]
        const waits = [first, second].map((end, i) =>
          watch(
            end === 'withdraw'
              ? choose([barrier.wait(), out[i]!.wait().map(() => 'out')])
              : barrier.wait({
                  ...(end === 'timeout' && { timeout: 10 + i }),
                  ...(end === 'signal' && { signal: signals[i]!.signal }),
                }),
          ),
        )
        await settle()
        for (const [i, end] of [first, second].entries()) {
          if (end === 'withdraw') out[i]!.set()
          else if (end === 'timeout') clock.advance(20)
          else if (end === 'signal') signals[i]!.abort(new EvalError('aborted'))
          else if (end === 'abort') barrier.abort()
          else if (end === 'reset') barrier.reset()
          else {
            failing = end === 'fail'
            waits.push(watch(barrier.wait()))
          }
          await settle()
        }
        seen.set(`${first} ${second}`, states(waits).join(' '))
        expect(waits.every(({ ends, state }) => ends === (state === 'pending' ? 0 : 1))).toBe(true)
        failing = false
        barrier.reset()
        await settle()
        expect(states(waits)).not.toContain('pending')
        expect(states(await park(barrier, 3))).toEqual(['0', '1', '2'])
      }
    expect(seen.size).toBe(49)
    const broken = 'BrokenBarrierError'
    expect(Object.fromEntries(seen)).toMatchObject({
      'withdraw withdraw': 'out out',
      'withdraw timeout': 'out TimeoutError',
      'withdraw pass': 'out pending pending',
      'timeout withdraw': `TimeoutError ${broken}`,
      'timeout signal': `TimeoutError ${broken}`,
      'signal timeout': `EvalError ${broken}`,
      'abort pass': `${broken} ${broken} ${broken}`,
      'reset pass': `${broken} ${broken} pending`,
      'reset abort': `${broken} ${broken}`,
      'pass pass': '0 1 2 pending',
      'fail fail': `${broken} ${broken} RangeError ${broken}`,
      'fail pass': `${broken} ${broken} RangeError ${broken}`,
      'pass abort': `0 1 2`,
      'pass withdraw': `0 1 2`,
    })
  })

  test('inspect names the waiters', async () => {
    const barrier = make(2)
    void (await park(barrier, 1))
    expect(barrier.inspect()).toMatchObject({
      kind: 'Barrier',
      shared,
      waiters: [{ name: 'async code', operation: `${barrier.id}.wait()` }],
    })
    barrier.abort()
  })
})

test('block() where only this thread could come is refused, and changes nothing', () => {
  const barrier = new Barrier(2)
  expect(() => barrier.wait().block()).toThrow(DeadlockError)
  expect([barrier.waiting, barrier.broken]).toEqual([0, false])
})

test('a blocked thread leaves after its timeout, and breaks it', () => {
  const barrier = new Barrier(2)
  void barrier.handle
  expect(() => barrier.wait({ timeout: 5 }).block()).toThrow(TimeoutError)
  expect([barrier.waiting, barrier.broken]).toEqual([0, true])
  expect(() => barrier.wait({ signal: new AbortController().signal }).block()).toThrow(BrokenBarrierError)
  barrier.reset()
  expect(() => barrier.wait({ signal: new AbortController().signal }).block()).toThrow(/block\(\)/)
  expect(barrier.broken).toBe(false)
})

test('taking the handle in the middle of a round keeps parties, seats and timeout', async () => {
  const barrier = new Barrier(3, undefined, { timeout: 50 })
  const waits = [watch(barrier.wait()), watch(barrier.wait())]
  await settle()
  expect(Barrier.attach(barrier.handle)).toBe(barrier)
  expect([barrier.parties, barrier.waiting]).toEqual([3, 2])
  const last = watch(barrier.wait())
  await settle()
  expect(states([...waits, last])).toEqual(['0', '1', '2'])
  const late = watch(barrier.wait())
  await settle()
  clock.advance(50)
  await settle()
  expect(late.error).toBeInstanceOf(TimeoutError)
})

test('attach gives the action of this thread, once', async () => {
  const barrier = new Barrier(1)
  const action = (): void => void calls++
  let calls = 0
  Barrier.attach(barrier.handle, { action })
  Barrier.attach(barrier.handle, { action })
  await barrier.wait()
  expect(calls).toBe(1)
  expect(() => Barrier.attach(barrier.handle, { action: () => {} })).toThrow(/another action/)
})

test('many parties in one thread', async () => {
  const barrier = new Barrier(1024)
  const waits = Array.from({ length: 1024 }, () => watch(barrier.wait()))
  await settle()
  expect(states(waits)).toEqual(waits.map((_, index) => String(index)))
})

test.each([
  ['parties', () => new Barrier(0), /parties must be an integer from 1 to 1024, got 0/],
  ['parties', () => new Barrier(1025), /parties must be/],
  ['parties', () => new Barrier('2' as never), /parties must be an integer/],
  ['action', () => new Barrier(2, 'x' as never), /action must be a function/],
  ['options', () => new Barrier(2, undefined, 3 as never), /options must be an object/],
  ['timeout', () => new Barrier(2, undefined, { timeout: -1 }), /timeout must be zero or more/],
  ['timeout', () => new Barrier(2).wait({ timeout: Number.NaN }), /timeout/],
  ['signal', () => new Barrier(2).wait({ signal: {} as never }), /signal must be an AbortSignal/],
  ['ref', () => new Barrier(2).wait({ ref: 1 as never }), /ref must be a boolean/],
  ['wait options', () => new Barrier(2).wait(5 as never), /options must be an object/],
  ['attach options', () => Barrier.attach(new Barrier(1).handle, 5 as never), /options must be an object/],
  ['attach action', () => Barrier.attach(new Barrier(1).handle, { action: 1 as never }), /action must be/],
])('misuse: %s', (_, misuse, message) => {
  expect(misuse).toThrow(message)
})

test('a handle with damaged memory is refused', () => {
  const { handle } = new Barrier(2)
  const memory = new SharedArrayBuffer(handle.memory.byteLength)
  const words = new Int32Array(memory)
  words.set(new Int32Array(handle.memory))
  words[4] = 0x1234 // another identity
  words[words.length - 5] = 3 // parties
  expect(() => Barrier.attach({ ...handle, memory })).toThrow(HandleError)
})
