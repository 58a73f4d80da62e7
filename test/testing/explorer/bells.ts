/**
 * A lock between threads that sleep on a doorbell of their own, in plain code: offers, never transfers.
 *
 *   lock      FREE | RESERVED id | HELD id, an id being a slot and its generation
 *   waiting   per slot: 0, or the id that waits, and whether it starves; written by that slot's thread only
 *   gen       per slot: its generation; an id is alive while its generation is the slot's
 *   bell      per slot: 0 | 1
 *
 * Who makes the lock available, or leaves without taking it, rings one thread that waits.
 */
import {
  modelAtomics,
  type Env,
  type ExploreOptions,
  type Phase,
  type Program,
} from '../../../src/testing/explorer/index.ts'
import { exclusive } from './programs.ts'

const { compareExchange, exchange, load, notify, store } = modelAtomics

export type BellFault =
  | 'none'
  | 'look before publish'
  | 'bell cleared after the poll'
  | 'leaver does not pass on'
  | 'no ring-all at a death'
  | 'ring-all skips a bell that is set'
  | 'reservation honoured though its target left'
  | 'only the target of a reservation is rung'
  | 'waiter word without generation'

const FREE = 0
const RESERVED = 1
const HELD = 2
const STARVING = 1 << 20

const idOf = (slot: number, generation: number): number => slot | (generation << 3)
const slotOf = (id: number): number => id & 7
const word = (kind: number, id: number): number => kind | (id << 2)
const kindOf = (value: number): number => value & 3
const holderOf = (value: number): number => value >> 2

class Bells {
  private readonly env: Env
  private readonly fault: BellFault
  private readonly slots: number
  private readonly slot: number
  private readonly me: number

  constructor(env: Env, slots: number, slot: number, generation: number, fault: BellFault) {
    this.env = env
    this.slots = slots
    this.slot = slot
    this.me = idOf(slot, generation)
    this.fault = fault
  }

  private cells(name: string): Int32Array {
    return this.env.memory[name] as Int32Array
  }

  private alive(id: number): boolean {
    return load(this.cells('gen'), slotOf(id)) === id >> 3
  }

  private waits(id: number): boolean {
    const found = load(this.cells('waiting'), slotOf(id))
    if (this.fault === 'waiter word without generation') return found !== 0
    return (found & ~STARVING) === id && this.alive(id)
  }

  private ring(slot: number): void {
    if (exchange(this.cells('bell'), slot, 1) === 0) notify(this.cells('bell'), slot)
  }

  /** The only place where ownership is taken. */
  private attempt(): boolean {
    const lock = this.cells('lock')
    for (;;) {
      const found = load(lock, 0)
      const id = holderOf(found)
      if (kindOf(found) === HELD && this.alive(id)) return false
      if (kindOf(found) === RESERVED && id !== this.me) {
        if (this.fault === 'reservation honoured though its target left' || this.waits(id)) return false
      }
      if (compareExchange(lock, 0, found, word(HELD, this.me)) === found) return true
    }
  }

  /** Somebody must look. */
  private pass(): void {
    const found = load(this.cells('lock'), 0)
    const id = holderOf(found)
    if (kindOf(found) === HELD && this.alive(id)) return
    if (kindOf(found) === RESERVED && this.waits(id)) return this.ring(slotOf(id))
    for (let i = 1; i < this.slots; i++) {
      const slot = (this.slot + i) % this.slots
      const waiting = load(this.cells('waiting'), slot)
      if (waiting === 0) continue
      if (this.fault === 'waiter word without generation' || this.alive(waiting & ~STARVING))
        return this.ring(slot)
    }
  }

  acquire(bound: number): boolean {
    const { env, fault, slot } = this
    const waiting = this.cells('waiting')
    const bell = this.cells('bell')
    if (this.attempt()) return true
    if (fault !== 'look before publish') store(waiting, slot, this.me)
    let won = false
    for (let rounds = 0; ; rounds = Math.min(rounds + 1, bound)) {
      env.checkpoint(rounds)
      if (fault !== 'bell cleared after the poll') store(bell, slot, 0)
      won = this.attempt()
      if (won) break
      if (fault === 'bell cleared after the poll') store(bell, slot, 0)
      if (fault === 'look before publish' && rounds === 0) store(waiting, slot, this.me)
      if (rounds === bound) store(waiting, slot, this.me | STARVING)
      if (env.wait(bell, slot, 0, { cancellable: true }) === 'cancelled') break
    }
    store(waiting, slot, 0)
    if (!won && fault !== 'leaver does not pass on') this.pass()
    return won
  }

  release(): void {
    let starving = -1
    for (let i = 1; i < this.slots && starving < 0; i++) {
      const slot = (this.slot + i) % this.slots
      const found = load(this.cells('waiting'), slot)
      if ((found & STARVING) !== 0 && this.alive(found & ~STARVING)) starving = found & ~STARVING
    }
    const next = starving < 0 ? word(FREE, 0) : word(RESERVED, starving)
    if (compareExchange(this.cells('lock'), 0, word(HELD, this.me), next) !== word(HELD, this.me))
      throw new Error('not held')
    if (starving >= 0 && this.fault === 'only the target of a reservation is rung')
      this.ring(slotOf(starving))
    else this.pass()
  }
}

function use(slots: number, fault: BellFault, bound: number, slot: number, generation: number): Phase {
  return (env) => {
    const bells = new Bells(env, slots, slot, generation, fault)
    if (!bells.acquire(bound)) return 'cancelled'
    env.mark('inside', true)
    env.pause('inside')
    env.mark('inside', false)
    bells.release()
    return 'held'
  }
}

export interface BellOptions {
  threads: number
  fault?: BellFault
  /** Rung in vain this often, a thread starves. */
  bound?: number
  cancels?: number
  /** One thread dies; a new one may take its slot and the lock. */
  kill?: 'alone' | 'and a new thread'
}

export function bells({
  threads,
  fault = 'none',
  bound = 1,
  cancels = 0,
  kill,
}: BellOptions): ExploreOptions {
  const declare: Phase = (env) => {
    const gen = env.memory['gen'] as Int32Array
    const bell = env.memory['bell'] as Int32Array
    if (compareExchange(gen, env.victim, 1, 2) !== 1 || fault === 'no ring-all at a death') return
    // Also where the bell is set: the dead thread may have set it, and not have come to the notify.
    for (let slot = 0; slot < threads; slot++)
      if (exchange(bell, slot, 1) === 0 || fault !== 'ring-all skips a bell that is set') notify(bell, slot)
  }
  const options: ExploreOptions = {
    memory: {
      lock: { cells: 1, show: (value) => `${['free', 'reserved', 'held'][value & 3]}(${holderOf(value)})` },
      waiting: threads,
      gen: { cells: threads, initial: Array.from({ length: threads }, () => 1) },
      bell: threads,
    },
    threads: Array.from({ length: threads }, (_, slot) => use(threads, fault, bound, slot, 1)),
    invariant: exclusive,
    unobserved: (op) => op === 'notify',
    cancels: { most: cancels },
    outcome: (view) => view.threads.map(({ status, result }) => String(result ?? status)).join(),
  }
  if (kill === undefined) return options
  const starts = (victim: number): Program[] => [
    kill === 'alone' ? declare : [declare, use(threads, fault, bound, victim, 2)],
  ]
  return { ...options, kills: { most: 1, starts } }
}
