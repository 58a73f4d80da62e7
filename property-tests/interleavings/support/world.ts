/**
 * A world for the explorer: a thread table with some threads at it, and primitives in shared memory that each thread
 * attaches for itself, all of them shipped code. A thread is a program that waits by `block`, or by an event loop.
 */
import type { Env, ExploreOptions, Json, Sleep } from '../../../src/testing/explorer/index.ts'
import { loadShipped, type LoadOptions } from './load.ts'

export type Shipped = typeof import('./shipped.ts')
type Primitive = InstanceType<Shipped['Lock']>
type Operation<T> = import('../../../src/index.ts').Operation<T>
type Seat = InstanceType<Shipped['Seat']>

const HEADER = 8
/** Words of a slot in the thread table, for names in traces. */
const STRIDE = 16

/** The shipped modules; with a patch, a copy of them in which a fault is planted. */
export async function load(options?: LoadOptions): Promise<Shipped> {
  const shipped = await loadShipped<Shipped>('property-tests/interleavings/support/shipped.ts', options)
  // Whether a thread may sleep is found out at the first sleep; the host's timers are no part of the model.
  shipped.sleep(0).block()
  Object.defineProperty(shipped.Wait.prototype, 'ref', { get: () => false })
  return shipped
}

/** One thread of the world: what its program works with. */
export interface Place {
  readonly shipped: Shipped
  readonly env: Env
  readonly id: number
  readonly seat: Seat
  /** The primitive `name` of the world, attached in this thread. */
  attach<P>(name: string, make: () => P): P
  /** Waits as a thread that sleeps. */
  block<T>(operation: Operation<T>): T
  /** Waits as an event loop does; a cancellation may come at any moment of the wait. Calls `parked` before it sleeps. */
  loop<T>(operation: Operation<T>, parked?: () => void): T | 'cancelled'
  /** The beginning of a round: what follows depends on nothing but the round and what the sites remember. */
  round(number: number): void
  /** Steps a generator of operations as an event loop does, without cancellations. */
  drive<T>(body: () => Generator<unknown, T, unknown>): T
}

export interface WorldOptions {
  /** How many words of its own each primitive has, by name. */
  readonly primitives: { readonly [name: string]: number }
  /** How many threads sit at the table from the start. */
  readonly seats: number
  /** Writes the first contents of a primitive's own words. */
  readonly fill?: (name: string, own: Int32Array, ids: readonly number[]) => void
}

export interface World {
  readonly ids: readonly number[]
  readonly memory: ExploreOptions['memory']
  readonly before: () => void
  /** What a sleeping thread's future depends on, besides its marks: for `sleepKey`. */
  readonly sleepKey: () => Json
  /** Wraps a program so that it runs at a seat of its own: that of `slot`, or a new one after a death. */
  program(slot: number | 'new', run: (place: Place) => Json): (env: Env) => Json
  /** A program that declares the thread of `slot` dead and then takes its slot as a new thread. */
  reborn(slot: number, run: (place: Place) => Json): (env: Env) => Json
  /** A program that declares the thread of `slot` dead, as whoever learns of it does. */
  undertaker(slot: number): (env: Env) => Json
}

export function world(shipped: Shipped, { primitives, seats, fill }: WorldOptions): World {
  const table = shipped.createTable()
  const ids = Array.from({ length: seats }, (_, index) => shipped.join(table, index, 0))
  const memory: { [name: string]: { cells: Int32Array; names: (index: number) => string } } = {
    table: { cells: table, names: nameOfTable },
  }
  for (const [name, words] of Object.entries(primitives)) {
    const cells = new Int32Array(new SharedArrayBuffer(4 * (shipped.OWN + words)))
    fill?.(name, cells.subarray(shipped.OWN), ids)
    memory[name] = { cells, names: (index) => nameOfWord(shipped, name, index) }
  }
  let attached: Primitive[] = []
  const sit = (env: Env, slot: number | 'new'): Place => {
    const id = slot === 'new' ? shipped.join(env.memory['table']!, 99, 0) : ids[slot]!
    const seat = new shipped.Seat(env.memory['table']!, id, () => {})
    shipped.thread.seats.length = 0
    shipped.thread.seats.push(seat)
    attached = []
    return place(shipped, env, seat, Object.keys(primitives), attached)
  }
  return {
    ids,
    memory,
    before: () => reset(shipped),
    sleepKey: () => memoryOf(shipped, attached),
    program: (slot, run) => (env) => leaving(shipped, () => run(sit(env, slot))),
    reborn: (slot, run) => (env) => {
      shipped.died(env.memory['table']!, ids[slot]!)
      return leaving(shipped, () => run(sit(env, 'new')))
    },
    undertaker: (slot) => (env) => {
      shipped.died(env.memory['table']!, ids[slot]!)
      return 'undertaker'
    },
  }
}

/** Leaves the table when the run is over, so that the host's timers find nothing to look at between two runs. */
function leaving(shipped: Shipped, run: () => Json): Json {
  try {
    return run()
  } finally {
    shipped.thread.seats.length = 0
  }
}

/** State that the modules keep from run to run. */
function reset({ thread }: Shipped): void {
  thread.running = null
  thread.blocking = false
  thread.spin = 0
  thread.lastId = 0
  thread.seats.length = 0
  thread.left.clear()
  thread.waiting.clear()
}

/** What a thread's own objects remember of the past. */
function memoryOf({ thread }: Shipped, attached: readonly Primitive[]): Json {
  const memories = attached.map((primitive) => {
    const { size } = primitive
    const { waiting, missed, handed, reserved, reservedAt } = primitive.site!
    const waiters = Array.from(primitive, ({ data }) => memoryOfWaiter(data))
    const fields = KEPT.map((name) => kept((primitive as unknown as Record<string, unknown>)[name]))
    const left = thread.left.has(primitive)
    return [size, waiters, waiting, missed, handed, reserved, reservedAt, left, fields]
  })
  const { deadlines = [] } = (thread.running ?? {}) as { deadlines?: Iterable<{ at: number }> }
  return [thread.spin, Array.from(deadlines, ({ at }) => at), memories]
}

/** Fields in which the kinds of primitives keep more: what is theirs alone, and what they read of their own words. */
const KEPT = [
  'ledger',
  'reading',
  'writing',
  'stack',
  'handing',
  'handed',
  'errands',
  'booked',
  'turn',
  'books',
  'changed',
]
const CACHED = ['held', 'share', 'lost', 'count', 'seen', 'settled', 'spare', 'stale', 'opened']

/** A token is known to the program that holds it: here it only matters whether there is one. */
function kept(value: unknown): Json {
  if (value === undefined) return null
  if (typeof value !== 'object') return value as Json
  if (value instanceof Set) return value.size
  if (Array.isArray(value)) return value.length
  if (value === null || 'source' in value) return value !== null
  return CACHED.map((name) => (value as Record<string, Json>)[name] ?? null)
}

/** What a primitive keeps with a waiter: an event its generation, a barrier the seat. */
function memoryOfWaiter(data: unknown): Json {
  if (typeof data === 'number') return data
  const { seat } = (data ?? {}) as { seat?: unknown }
  return typeof seat === 'number' ? seat : null
}

function place(
  shipped: Shipped,
  env: Env,
  seat: Seat,
  names: readonly string[],
  attached: Primitive[],
): Place {
  const resumed = new Set<object>()
  const stepper = {
    blocking: false,
    admits: () => true,
    name: 'event loop',
    clock: { now: () => 0, after: () => ({}), cancel: () => {} },
    resume(wait: object): void {
      if (resumed.has(wait)) throw new Error('a wait ended twice')
      resumed.add(wait)
    },
  }
  return {
    shipped,
    env,
    id: seat.id,
    seat,
    attach<P>(name: string, make: () => P): P {
      const words = env.memory[name]!
      const primitive = make() as Primitive & P
      const bucket = names.indexOf(name)
      primitive.adopt(seat, new shipped.Site(seat.table, words, HEADER, seat.id, bucket), words)
      attached.push(primitive)
      const { givers, joiners } = primitive as { givers?: Primitive; joiners?: Primitive }
      for (const line of [givers, joiners]) if (line !== undefined) attached.push(line)
      return primitive
    },
    round(number: number): void {
      env.mark('round', number)
      env.checkpoint([number, memoryOf(shipped, attached)])
    },
    block: (operation) => operation.block(),
    loop<T>(operation: Operation<T>, parked?: () => void): T | 'cancelled' {
      const wait = new shipped.Wait<T>(operation, null)
      shipped.thread.running = stepper as never
      let step = wait.next()
      shipped.thread.running = null
      parked?.()
      while (!step.done) {
        if (wait.state === shipped.PARKED) {
          if (env.wait(seat.table, seat.bell, 0, { cancellable: true }) === 'cancelled') {
            if (wait.cancel()) return 'cancelled'
          } else seat.look()
          // A cancellation that comes after the grant, before the code goes on, has lost.
          if (wait.state !== shipped.PARKED && env.cancelled() && wait.cancel()) return 'cancelled'
          continue
        }
        step = wait.next()
      }
      return step.value
    },
    drive<T>(body: () => Generator<unknown, T, unknown>): T {
      const generator = body()
      for (;;) {
        shipped.thread.running = stepper as never
        const step = generator.next()
        shipped.thread.running = null
        if (step.done) return step.value
        const wait = step.value as InstanceType<Shipped['Wait']>
        while (wait.state === shipped.PARKED) {
          env.wait(seat.table, seat.bell, 0)
          seat.look()
        }
      }
    },
  }
}

/** No sleeper looks again by itself: nothing may rest on it. Only a timeout of the wait itself may fire. */
export const noSecondLook = (milliseconds: number) => ({
  most: 1,
  fires: (sleep: Sleep) => sleep.milliseconds === milliseconds,
})

function nameOfTable(index: number): string {
  if (index < STRIDE) return index === 3 ? 'highWater' : `table.header${index}`
  const slot = Math.floor((index - STRIDE) / STRIDE)
  const part = ['generation', 'bell', 'dirty', 'threadId', 'taskId'][(index - STRIDE) % STRIDE]
  return `${part ?? (index - STRIDE) % STRIDE}[${slot}]`
}

function nameOfWord(shipped: Shipped, name: string, index: number): string {
  if (index >= shipped.OWN) return `${name}.own[${index - shipped.OWN}]`
  if (index < HEADER) return `${name}.header${index}`
  return index < HEADER + 4 ? `${name}.hints[${index - HEADER}]` : `${name}.waiter[${index - HEADER - 4}]`
}
