import { describe, expect, test } from 'vitest'
import { CancelledError } from '../../src/index.ts'
import { Deferred, Failure, LoopingCall } from '../../src/deferred/index.ts'
import { ManualClock } from './manual-clock.ts'

function outcomes(deferred: Deferred<any, any>): any[] {
  const seen: unknown[] = []
  deferred.addBoth((outcome) => void seen.push(outcome instanceof Failure ? outcome.value : outcome))
  return seen
}

describe('LoopingCall', () => {
  test('calls now and on every mark, until stop() fires its Deferred with the loop', () => {
    const clock = new ManualClock()
    const times: number[] = []
    const loop = new LoopingCall(() => void times.push(clock.now()), { clock })
    expect(loop.running).toBe(false)
    const seen = outcomes(loop.start(10))
    expect([times, loop.running, loop.interval]).toEqual([[0], true, 10])
    clock.advance(35)
    expect(times).toEqual([0, 10, 20, 30])
    loop.stop()
    expect(seen[0]).toBe(loop)
    clock.advance(100)
    expect([times.length, clock.pending, loop.running]).toEqual([4, 0, false])
  })

  test('not now: first on the first mark; it can be started again', () => {
    const clock = new ManualClock()
    const times: number[] = []
    const loop = new LoopingCall(() => void times.push(clock.now()), { clock })
    void loop.start(10, false)
    clock.advance(10)
    loop.stop()
    clock.advance(5)
    void loop.start(10, false)
    clock.advance(10)
    expect(times).toEqual([10, 25])
  })

  test('does not overlap: waits for the Deferred, then keeps to the grid and skips what it missed', () => {
    const clock = new ManualClock()
    const times: number[] = []
    const waits: Deferred<void, any>[] = []
    const loop = new LoopingCall(
      () => {
        times.push(clock.now())
        const wait = new Deferred<void, any>()
        waits.push(wait)
        return wait
      },
      { clock },
    )
    void loop.start(10)
    clock.advance(25)
    expect(times).toEqual([0])
    waits[0]!.callback()
    clock.advance(5)
    expect(times).toEqual([0, 30])
  })

  test('stop() during a call waits for that call', () => {
    const clock = new ManualClock()
    const wait = new Deferred<void, any>()
    const loop = new LoopingCall(() => wait, { clock })
    const seen = outcomes(loop.start(10))
    loop.stop()
    expect(seen).toEqual([])
    expect(() => loop.start(10)).toThrow('running')
    wait.callback()
    expect(seen[0]).toBe(loop)
    void loop.start(10)
    loop.stop()
  })

  test('a failure, or a throw, ends it', () => {
    const clock = new ManualClock()
    const loop = new LoopingCall(
      () => {
        throw new Error('no')
      },
      { clock },
    )
    expect(outcomes(loop.start(10))).toEqual([new Error('no')])
    expect([loop.running, clock.pending]).toEqual([false, 0])
  })

  test('reset() begins the grid anew', () => {
    const clock = new ManualClock()
    const times: number[] = []
    const loop = new LoopingCall(() => void times.push(clock.now()), { clock })
    void loop.start(10)
    clock.advance(7)
    loop.reset()
    clock.advance(10)
    expect(times).toEqual([0, 17])
    loop.stop()
  })

  test('interval 0 is as soon as possible', () => {
    const clock = new ManualClock()
    let calls = 0
    const loop = new LoopingCall(() => void (++calls === 3 && loop.stop()), { clock })
    void loop.start(0)
    clock.advance(0)
    expect(calls).toBe(3)
  })

  test('cancelling its Deferred stops it', () => {
    const clock = new ManualClock()
    const loop = new LoopingCall(() => undefined, { clock })
    const end = loop.start(10)
    const seen = outcomes(end)
    end.cancel()
    expect([seen, loop.running, clock.pending]).toEqual([[expect.any(CancelledError)], false, 0])
    void loop.start(10)
    loop.stop()
  })

  test('withCount tells how many marks have passed', () => {
    const clock = new ManualClock()
    const counts: number[] = []
    let wait: Deferred<void, any> | undefined
    const loop = LoopingCall.withCount(
      (count) => {
        counts.push(count)
        return wait
      },
      { clock },
    )
    void loop.start(10)
    clock.advance(10)
    wait = new Deferred<void, any>()
    clock.advance(10)
    const slow = wait
    wait = undefined
    clock.advance(35)
    slow.callback()
    clock.advance(10)
    // Called at 0, 10, 20 and, three marks later, at 60.
    expect(counts).toEqual([1, 1, 1, 4])
    loop.stop()
  })

  test('withCount: not now', () => {
    const clock = new ManualClock()
    const counts: number[] = []
    const loop = LoopingCall.withCount((count) => void counts.push(count), { clock })
    void loop.start(10, false)
    clock.advance(20)
    expect(counts).toEqual([1, 1])
    loop.stop()
  })

  test('misuse throws', () => {
    const loop = new LoopingCall(() => undefined, { clock: new ManualClock() })
    expect(() => loop.stop()).toThrow('not running')
    expect(() => loop.reset()).toThrow('not running')
    expect(() => loop.start(-1)).toThrow('interval must be zero or more')
    expect(() => new LoopingCall(1 as never)).toThrow('f must be a function')
    void loop.start(1)
    expect(() => loop.start(1)).toThrow('running')
    loop.stop()
  })

  test('the host timers', async () => {
    let calls = 0
    const loop = new LoopingCall(() => void (++calls === 3 && loop.stop()))
    await loop.start(1).result()
    expect(calls).toBe(3)
  })
})
