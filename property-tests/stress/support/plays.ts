/** What is played, primitive by primitive: what the seed decides, what this thread does meanwhile, and what must hold in the end. */
import { expect } from 'vitest'
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  type Handle,
  Latch,
  Lock,
  OverReleaseError,
  RLock,
  RWLock,
  Semaphore,
} from '../../../src/index.ts'
import { alive, ID_MASK, SLOTS } from '../../../src/wait/table.ts'
import {
  COUNTER,
  ENTRIES,
  FLOOD,
  FREE,
  INSIDE,
  INSTANCES,
  KINDS,
  LIMIT,
  PHASE,
  STAGE,
  THREADS,
  USERS,
} from '../programs/words.mjs'
import type { Crew, Inspectable, Mode, Round } from './crew.ts'
import type { Random } from './random.ts'

/** One round of one play. */
export interface Setting {
  readonly crew: Crew
  readonly title: string
  readonly seed: number
  readonly random: Random
  readonly threads: number
  readonly rounds: number
  /** Whether a thread is killed. */
  readonly kills: boolean
}

type Shared = Inspectable & { readonly handle: Handle }

export type Play = (setting: Setting) => Promise<void>

const MODES: readonly Mode[] = ['block', 'loop', 'mixed']

/** How many users a thread has. */
const usersOf = (mode: Mode): number => (mode === 'block' ? 1 : 3)

async function cast({ crew, title, random, threads }: Setting): Promise<Round> {
  const round = crew.begin(title)
  for (let me = 0; me < threads; me++) await round.enlist(MODES[random(3)]!)
  return round
}

function orderAll(
  { seed, rounds }: Setting,
  round: Round,
  play: string,
  primitives: readonly Shared[],
  more?: (me: number) => unknown,
): void {
  const handles = primitives.map(({ handle }) => handle)
  round.primitives = primitives
  for (const me of round.living)
    round.order(me, { play, seed, mode: round.members[me]!.mode, rounds, handles, more: more?.(me) })
}

/** Kills a thread after so many steps as the seed decides, unless all is done before. */
async function killOne({ random, rounds, kills }: Setting, round: Round): Promise<number | undefined> {
  if (!kills) return undefined
  const victim = random(round.members.length)
  const steps = random(Math.max(2, rounds * 2))
  await round.until('the moment to kill', () => round.progress() >= steps || round.done())
  Atomics.store(round.words, FLOOD, 1)
  await round.kill(victim)
  return victim
}

/** Kills a thread some turns from now. */
async function killSoon({ random }: Setting, round: Round): Promise<number> {
  for (let n = random(6); n > 0; n--) await new Promise<void>((done) => void setImmediate(done))
  const victim = random(round.members.length)
  await round.kill(victim)
  return victim
}

/** Several primitives that are acquired and given back. */
function locks(make: () => readonly Shared[]): Play {
  return async (setting) => {
    const primitives = make()
    const round = await cast(setting)
    const { words } = round
    primitives.forEach((primitive, which) => {
      const at = INSTANCES + which * 8
      if (primitive instanceof Semaphore || primitive instanceof BoundedSemaphore)
        words[at + LIMIT] = primitive.value
      if (primitive instanceof Event) primitive.set()
    })
    orderAll(setting, round, 'locks', primitives)
    const victim = await killOne(setting, round)
    await round.until('all have gone through', () => {
      // The pass may have died with its holder.
      if (victim !== undefined)
        for (const event of primitives) if (event instanceof Event && !event.isSet) event.set()
      return round.done()
    })
    for (const [which, primitive] of primitives.entries()) {
      const at = INSTANCES + which * 8
      const { abandoned } = await takeAll(primitive, words[at + LIMIT]!)
      const isExclusive = primitive instanceof Lock || primitive instanceof RLock
      if (victim === undefined) expect(abandoned).toBe(false)
      if (victim === undefined || (isExclusive && !abandoned)) {
        let entries = 0
        for (let me = 0; me < THREADS; me++) entries += words[ENTRIES + me * KINDS + which]!
        expect(words[at + INSIDE]).toBe(0)
        expect(words[at + COUNTER]).toBe(entries)
      }
    }
    await round.end()
  }
}

/** Everything must be there to be taken, by this thread alone, and to be given back. */
async function takeAll(primitive: Shared, limit: number): Promise<{ abandoned: boolean }> {
  const options = { timeout: 10_000 }
  if (primitive instanceof Lock) {
    const held = await primitive.acquire(options)
    held.release()
    expect(primitive.statistics()).toEqual({ locked: false, waiters: 0 })
    return held
  }
  if (primitive instanceof RLock) {
    const held = await primitive.acquire({ ...options, owner: 'main' })
    held.release()
    expect(primitive.statistics()).toEqual({ locked: false, depth: 0, waiters: 0 })
    return held
  }
  if (primitive instanceof RWLock) {
    const held = await primitive.write(options)
    expect(primitive.tryRead()).toBe(undefined)
    held.release()
    expect(primitive.statistics()).toEqual({ writing: false, reading: 0, waiters: 0 })
    return held
  }
  if (primitive instanceof Event) {
    await primitive.wait(options)
    return { abandoned: false }
  }
  if (!(primitive instanceof Semaphore || primitive instanceof BoundedSemaphore)) throw new Error('no lock')
  const held = await primitive.acquire(limit, options)
  expect(primitive.value).toBe(0)
  expect(primitive.tryAcquire()).toBe(undefined)
  held.release()
  expect(primitive.statistics()).toMatchObject({ value: limit, limit, waiters: 0 })
  if (primitive instanceof BoundedSemaphore) expect(() => primitive.release()).toThrow(OverReleaseError)
  return { abandoned: false }
}

const event: Play = async (setting) => {
  const PARKED = FREE
  const RELEASED = FREE + 16
  const event = new Event()
  const round = await cast(setting)
  const { words } = round
  const rounds = Math.min(10, setting.rounds)
  orderAll({ ...setting, rounds }, round, 'event', [event])
  const last = setting.kills ? 1 + setting.random(rounds) : Infinity
  for (let stage = 1; stage <= rounds; stage++) {
    Atomics.store(words, STAGE, stage)
    Atomics.notify(words, STAGE)
    if (stage === last) await killSoon(setting, round)
    const allWait = (): boolean =>
      round.living.every((me) => Atomics.load(words, PARKED + me) === stage) &&
      waitingThreads(event) >= round.living.length
    await round.until('all threads wait', allWait)
    event.set()
    event.clear()
    const allGo = (): boolean => round.living.every((me) => Atomics.load(words, RELEASED + me) === stage)
    await round.until('all threads are released', allGo)
  }
  await round.until('all are done', () => round.done())
  expect(event.isSet).toBe(false)
  await round.end()
}

/** How many living threads have said that they wait. */
function waitingThreads({ words, site }: Event): number {
  let count = 0
  for (let slot = 0; slot < SLOTS; slot++) {
    const id = Atomics.load(words, site!.at + SLOTS / 32 + slot) & ID_MASK
    if (id !== 0 && alive(site!.table, id)) count++
  }
  return count
}

const latch: Play = async (setting) => {
  const COUNTED = FREE
  const PASSED = FREE + 16
  const { random } = setting
  const stages = Math.min(8, setting.rounds)
  const round = await cast(setting)
  const users = usersIn(round)
  const shares: Record<number, number[]> = {}
  for (const id of users) shares[id] = Array.from({ length: stages }, () => random(3))
  const own = Array.from({ length: stages }, () => 1 + random(2))
  const totals = own.map((n, i) => users.reduce((sum, id) => sum + shares[id]![i]!, n))
  const latches = totals.map((n) => new Latch(n))
  orderAll(setting, round, 'latch', latches, () => ({ shares, totals }))
  const last = setting.kills ? random(stages) : Infinity
  for (const [i, latch] of latches.entries()) {
    if (i === last) await killSoon(setting, round)
    const isAlive = (id: number): boolean => round.living.includes(Math.floor((id - 1) / USERS))
    await round.until('all the living have counted', () =>
      users.every((id) => !isAlive(id) || Atomics.load(round.words, PASSED + id) > i),
    )
    const rest = latch.count
    const dead = users.filter((id) => !isAlive(id)).reduce((sum, id) => sum + shares[id]![i]!, 0)
    expect(rest).toBeGreaterThanOrEqual(own[i]!)
    expect(rest).toBeLessThanOrEqual(own[i]! + dead)
    Atomics.add(round.words, COUNTED + i, rest)
    latch.countDown(rest)
    await latch.wait({ timeout: 0 })
    expect(() => latch.countDown()).toThrow(OverReleaseError)
  }
  await round.until('all are through', () => round.done())
  await round.end()
}

const barrier: Play = async (setting) => {
  const round = await cast(setting)
  const users = usersIn(round)
  const barrier = new Barrier(users.length)
  const rounds = Math.min(20, setting.rounds)
  const order = { ...setting, rounds }
  orderAll(order, round, 'barrier', [barrier], () => ({ from: 0, mayBreak: setting.kills }))
  let from = 0
  if (setting.kills) {
    const steps = setting.random(rounds * users.length)
    await round.until('the moment to kill', () => round.progress() >= steps || round.done())
    const victim = await killSoon(setting, round)
    // It may have died between two waits: then nothing is broken, and nobody would ever come.
    barrier.abort()
    await round.until('the survivors know', () => round.done())
    expect(barrier.broken).toBe(true)
    barrier.reset()
    from = rounds
    orderAll(order, round, 'barrier', [barrier], () => ({ from, mayBreak: false }))
    // This thread takes the places of the dead.
    const places = users.filter((id) => Math.floor((id - 1) / USERS) === victim)
    const own = places.map(async () => {
      for (let i = 0; i < rounds; i++) {
        Atomics.add(round.words, FREE + (from + i) * 2, 1)
        const index = await barrier.wait()
        expect(Atomics.or(round.words, FREE + (from + i) * 2 + 1, 1 << index) & (1 << index)).toBe(0)
      }
    })
    const over = Promise.all(own)
    over.catch(() => {})
    await round.until('all have met', () => round.done())
    await over
  } else await round.until('all have met', () => round.done())
  for (let i = from; i < from + rounds; i++) expect(round.words[FREE + i * 2 + 1]).toBe(2 ** users.length - 1)
  expect(barrier.statistics()).toEqual({ parties: users.length, waiting: 0, broken: false, waiters: 0 })
  await round.end()
}

const condition =
  (make: () => Lock | RLock): Play =>
  async (setting) => {
    const COUNT = FREE
    const lock = make()
    const [notFull, notEmpty] = [new Condition(lock), new Condition(lock)]
    const round = await cast(setting)
    const { words } = round
    orderAll(setting, round, 'condition', [notFull, notEmpty])
    round.primitives = [notFull, notEmpty, lock]
    const victim = await killOne(setting, round)
    const owner = lock instanceof RLock ? { owner: 'main' } : {}
    if (victim !== undefined) {
      // What the dead had put and not got would be left over for ever.
      const held = await lock.acquire(owner)
      let count = 0
      for (const id of usersIn(round))
        if (round.living.includes(Math.floor((id - 1) / USERS)) && words[PHASE + id] !== 0) count++
      words[COUNT] = count
      words[FREE + 1] = 0
      notFull.notifyAll(owner)
      notEmpty.notifyAll(owner)
      held.release()
    }
    await round.until('all have put and got', () => round.done())
    const held = await lock.acquire({ ...owner, timeout: 10_000 })
    expect(words[COUNT]).toBe(0)
    held.release()
    expect([notFull.statistics(), notEmpty.statistics()]).toEqual([
      { waiting: 0, waiters: 0 },
      { waiting: 0, waiters: 0 },
    ])
    await round.end()
  }

/** The ids of all users of a round. */
function usersIn({ members }: Round): number[] {
  return members.flatMap(({ mode }, me) =>
    Array.from({ length: usersOf(mode) }, (_, u) => me * USERS + u + 1),
  )
}

/** Every play, by the name of what it is about. */
export const plays: Readonly<Record<string, Play>> = {
  Lock: locks(() => [new Lock(), new Lock()]),
  RLock: locks(() => [new RLock(), new RLock()]),
  Semaphore: locks(() => [new Semaphore(3), new Semaphore(1)]),
  BoundedSemaphore: locks(() => [new BoundedSemaphore(4), new BoundedSemaphore(2)]),
  RWLock: locks(() => [new RWLock()]),
  'auto-reset Event': locks(() => [new Event({ autoReset: true })]),
  'Lock, RLock, Semaphore and RWLock': locks(() => [new Lock(), new RLock(), new Semaphore(2), new RWLock()]),
  Event: event,
  Latch: latch,
  Barrier: barrier,
  'Condition of a Lock': condition(() => new Lock()),
  'Condition of an RLock': condition(() => new RLock()),
}
