/** Reservations of the lock's word, with the threads played by one: a table, sites of their own, and the shared words. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ABANDONED, give, HELD, mayHandOver, NONE, RESERVED, take, TAKEN } from '../../src/sync/lock-word.ts'
import { Site, SITE_WORDS } from '../../src/wait/site.ts'
import { createTable, died, dirtyAt, join, slotOf } from '../../src/wait/table.ts'

const LOCK = SITE_WORDS

let time: number
let table: Int32Array
let words: Int32Array

beforeEach(() => {
  time = 1000
  vi.spyOn(performance, 'now').mockImplementation(() => time)
  table = createTable()
  words = new Int32Array(new SharedArrayBuffer(4 * (SITE_WORDS + 1)))
})

afterEach(() => {
  vi.restoreAllMocks()
})

interface Party {
  readonly site: Site
  readonly me: number
  take(): number
  give(): void
  /** Waits, as who finds the lock held does. */
  wait(): number
  /** Is rung in vain so often that it starves. */
  starve(): void
  rung(): boolean
}

function party(): Party {
  const site = new Site(table, words, 0, join(table, 0, 0), 3)
  const me = HELD | site.id
  return {
    site,
    me,
    take: () => take(words, LOCK, me, site),
    give: () => give(words, LOCK, me, site),
    wait() {
      site.publish()
      return this.take()
    },
    starve() {
      for (let i = 0; i < 3; i++) site.overtaken()
    },
    rung: () => Atomics.exchange(table, dirtyAt(slotOf(site.id)), 0) !== 0,
  }
}

/** A holder, a starving waiter and a newcomer; the holder has given the lock back. */
function reserved(): { holder: Party; starving: Party; newcomer: Party } {
  const [holder, starving, newcomer] = [party(), party(), party()]
  expect(holder.take()).toBe(TAKEN)
  expect(starving.wait()).toBe(NONE)
  starving.starve()
  expect(newcomer.wait()).toBe(NONE)
  holder.give()
  expect(words[LOCK]).toBe(RESERVED | starving.site.id)
  expect([starving.rung(), newcomer.rung()]).toEqual([true, false])
  return { holder, starving, newcomer }
}

describe('a lock that is given back while somebody starves', () => {
  test('is kept for it: newcomers and the former holder stand back', () => {
    const { holder, starving, newcomer } = reserved()
    expect([newcomer.take(), holder.take()]).toEqual([NONE, NONE])
    expect(starving.take()).toBe(TAKEN)
  })

  test('who takes it starves no more: the next release is for anybody', () => {
    const { starving, newcomer } = reserved()
    expect(starving.take()).toBe(TAKEN)
    starving.site.sated()
    starving.give()
    expect(newcomer.rung()).toBe(true)
    expect(newcomer.take()).toBe(TAKEN)
  })

  test('lapses after 10 ms, as far as each has seen it', () => {
    const { holder, newcomer } = reserved()
    expect([newcomer.take(), holder.take()]).toEqual([NONE, NONE])
    time += 9.5
    expect([newcomer.take(), holder.take()]).toEqual([NONE, NONE])
    time += 0.5
    expect(newcomer.take()).toBe(TAKEN)
  })

  test('lapses when its target leaves', () => {
    const { starving, newcomer } = reserved()
    starving.site.withdraw()
    expect(newcomer.take()).toBe(TAKEN)
  })

  test('lapses when its target dies, also if the slot is used again by a waiter', () => {
    const { starving, newcomer } = reserved()
    died(table, starving.site.id)
    expect(newcomer.rung()).toBe(true)
    const next = party()
    expect(slotOf(next.site.id)).toBe(slotOf(starving.site.id))
    next.site.publish()
    expect(newcomer.take()).toBe(TAKEN)
  })

  test('a starving waiter that leaves and comes back does not starve any more', () => {
    const [holder, starving, newcomer] = [party(), party(), party()]
    holder.take()
    starving.wait()
    starving.starve()
    starving.site.withdraw()
    starving.site.missed = 0
    starving.wait()
    newcomer.wait()
    holder.give()
    expect(newcomer.take()).toBe(TAKEN)
  })

  test('one that stood back while its thread slept starves as before', () => {
    const [holder, starving, newcomer] = [party(), party(), party()]
    holder.take()
    starving.wait()
    starving.starve()
    starving.site.withdraw()
    starving.wait()
    newcomer.wait()
    holder.give()
    expect([newcomer.take(), starving.take()]).toEqual([NONE, TAKEN])
  })
})

test('a holder that dies is followed by somebody who is told so', () => {
  const [holder, waiter] = [party(), party()]
  holder.take()
  expect(waiter.wait()).toBe(NONE)
  died(table, holder.site.id)
  expect(waiter.rung()).toBe(true)
  expect(waiter.take()).toBe(ABANDONED)
  // A late give of the dead thread changes nothing.
  holder.give()
  expect(words[LOCK]! & ~(1 << 9)).toBe(waiter.me)
})

describe('handing over within a thread', () => {
  const often = (site: Site): boolean[] => Array.from({ length: 100 }, () => mayHandOver(site))

  test('ends while another thread waits', () => {
    const [holder, waiting] = [party(), party()]
    holder.take()
    waiting.wait()
    const allowed = often(holder.site)
    expect([allowed[0], allowed.at(-1)]).toEqual([true, false])
  })

  test('goes on when the thread that waits has died: nobody would be rung for a lock that is given back', () => {
    const [holder, waiting] = [party(), party()]
    holder.take()
    waiting.wait()
    died(table, waiting.site.id)
    expect(holder.site.alone()).toBe(false) // the hint is still there
    expect(often(holder.site)).not.toContain(false)
  })
})
