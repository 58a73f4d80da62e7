import { describe, expect, test } from 'vitest'
import { Future, Lock, setClock, sleep, TimeoutError } from '../../src/index.ts'
import { VirtualClock } from '../../src/testing/index.ts'

describe('a virtual clock', () => {
  const recorder = () => {
    const clock = new VirtualClock()
    const log: string[] = []
    const set = (ms: number, name: string) =>
      clock.after(ms, (at: string) => log.push(`${at}@${clock.now()}`), name)
    return { clock, log, set }
  }

  test('stands still until it is told to move', () => {
    const { clock, log, set } = recorder()
    set(0, 'a')
    expect([clock.now(), clock.pending, clock.next, log]).toEqual([0, 1, 0, []])
    clock.advance(0)
    expect(log).toEqual(['a@0'])
    expect([clock.pending, clock.next]).toEqual([0, undefined])
  })

  test('rings in order of time, and of those for one time the older first', () => {
    const { clock, log, set } = recorder()
    set(20, 'c')
    set(10, 'a')
    set(10, 'b')
    set(30, 'd')
    clock.advance(20)
    expect(log).toEqual(['a@10', 'b@10', 'c@20'])
    clock.advance(5)
    expect([clock.now(), clock.pending]).toEqual([25, 1])
    expect(clock.step()).toBe(true)
    expect(log.at(-1)).toBe('d@30')
    expect(clock.step()).toBe(false)
  })

  test('rings what is set while it rings, when that is due too', () => {
    const { clock, log, set } = recorder()
    clock.after(10, () => (set(5, 'inner'), set(20, 'later')), undefined)
    clock.advance(15)
    expect(log).toEqual(['inner@15'])
    expect(clock.runAll()).toBe(30)
    expect(log).toEqual(['inner@15', 'later@30'])
  })

  test('withdraws, also twice, and what has rung', () => {
    const { clock, log, set } = recorder()
    const a = set(10, 'a')
    const b = set(20, 'b')
    clock.cancel(a)
    clock.cancel(a)
    expect([clock.pending, clock.next]).toEqual([1, 20])
    clock.runAll()
    clock.cancel(b)
    expect([log, clock.pending]).toEqual([['b@20'], 0])
  })

  test('never rings for Infinity', () => {
    const { clock, set } = recorder()
    clock.cancel(set(Infinity, 'never'))
    set(Infinity, 'never')
    expect([clock.step(), clock.pending, clock.runAll()]).toEqual([false, 0, 0])
  })

  test('keeps many alarms in order', () => {
    const { clock, log } = recorder()
    const times = Array.from({ length: 2_000 }, (_, i) => (i * 7919) % 1_009)
    const alarms = times.map((at) => clock.after(at, (t: number) => log.push(String(t)), at))
    alarms.forEach((alarm, i) => void (i % 3 === 0 && clock.cancel(alarm)))
    clock.runAll()
    expect(log.map(Number)).toEqual(times.filter((_, i) => i % 3 !== 0).sort((a, b) => a - b))
  })

  test('refuses what is no span, and periodic work without end', () => {
    const clock = new VirtualClock(100)
    expect(() => clock.advance(-1)).toThrow('milliseconds must be a finite number of at least 0, got -1')
    expect(() => clock.advance(Infinity)).toThrow(RangeError)
    expect(() => clock.advance(Number.NaN)).toThrow(RangeError)
    expect(() => new VirtualClock(Infinity)).toThrow('start must be a finite number of milliseconds')
    const again = (): void => void clock.after(1, again, undefined)
    again()
    expect(() => clock.runAll(10)).toThrow('most: 10 calls were made')
    expect(clock.now()).toBe(111)
  })

  test('serves promise code, stepped until all that is ready has run', async () => {
    const clock = new VirtualClock()
    const before = setClock(clock)
    try {
      const log: string[] = []
      const lock = new Lock()
      const code = (async () => {
        const held = await lock.acquire()
        await sleep(10)
        log.push(`slept until ${clock.now()}`)
        await lock.acquire({ timeout: 5 }).then(undefined, (error) => {
          expect(error).toBeInstanceOf(TimeoutError)
          log.push(`gave up at ${clock.now()}`)
        })
        held.release()
      })()
      await clock.advanceAsync(12)
      expect(log).toEqual(['slept until 10'])
      expect(await clock.runAllAsync()).toBe(15)
      expect(log).toEqual(['slept until 10', 'gave up at 15'])
      await code
      const again = (): void => void clock.after(1, again, undefined)
      again()
      await expect(clock.runAllAsync(10)).rejects.toThrow('most: 10 calls were made')
    } finally {
      expect(setClock(before)).toBe(clock)
    }
  })
})

test('setClock refuses what is no clock, and undefined brings back the host', async () => {
  expect(() => setClock({} as never)).toThrow('clock must be a Clock { now, after, cancel }, got')
  const clock = new VirtualClock()
  const host = setClock(clock)
  expect(setClock(undefined)).toBe(clock)
  expect(setClock(host)).toBe(host)
  const done = new Future<void>()
  done.setResult()
  await done
})
