/** Builds a model from primitives with first contents, programs, and who may die. */
import type { ExploreOptions, Json, Program, View } from '../../../src/testing/explorer/index.ts'
import { OWN } from '../../../src/wait/handle.ts'
import type { Model } from './model.ts'
import { type Place, type Shipped, world, type World } from './world.ts'

type Operation<T> = import('../../../src/index.ts').Operation<T>

export interface Parts extends Partial<ExploreOptions> {
  /** The first contents of each primitive's own words; with the ids of the threads, for words that name one. */
  readonly own: (ids: readonly number[]) => { readonly [name: string]: readonly number[] }
  readonly programs: (w: World) => readonly Program[]
  /** Who may die, one in all, and what starts then; by default an undertaker. */
  readonly dies?: {
    readonly threads?: readonly number[]
    readonly starts?: (w: World, victim: number) => Program
  }
  readonly long?: boolean
}

export function model(name: string, covers: readonly string[], parts: Parts): Model {
  const { own, programs, dies, long, ...more } = parts
  return {
    name,
    covers,
    long,
    options(shipped) {
      const threads = programs(worldOf(shipped, own, 1)).length
      const w = worldOf(shipped, own, threads)
      return {
        memory: w.memory,
        before: w.before,
        threads: programs(w),
        outcome: results,
        timeouts: { fires: () => false },
        unobserved: (op) => op === 'notify' || op === 'or' || op === 'and',
        sleepKey: w.sleepKey,
        privateMemory: true, // a constructor writes to the slab before it is attached
        maxStates: 20_000_000,
        ...(dies && {
          kills: {
            most: 1,
            ...(dies.threads && { threads: dies.threads }),
            starts: (victim: number) => [dies.starts?.(w, victim) ?? w.undertaker(victim)],
          },
        }),
        ...more,
      }
    },
  }
}

function worldOf(shipped: Shipped, own: Parts['own'], seats: number): World {
  const words = own([])
  return world(shipped, {
    primitives: Object.fromEntries(Object.entries(words).map(([name, list]) => [name, list.length])),
    seats,
    fill: (name, cells, ids) => cells.set(own(ids)[name]!),
  })
}

/** How a wait is performed. */
export type How = 'block' | 'loop'

/** How often a program has waited so far. */
const waited = new WeakMap<Place, number>()
/** Who has parked its wait and looks now and then. */
const looking = new WeakSet<Place>()

/**
 * Waits as a thread that sleeps, without a spin, or as an event loop, that may be cancelled. What a poll that was not
 * ready has seen matters no more when the wait is parked: its future depends on which wait it is, and on the marks.
 */
export function waitBy<T>(place: Place, how: How, operation: Operation<T>): T | 'cancelled' {
  const number = (waited.get(place) ?? 0) + 1
  waited.set(place, number)
  place.shipped.thread.spin = 0
  const park = operation.park.bind(operation)
  operation.park = (waiter) => {
    looking.delete(place)
    place.round(1000 + number)
    park(waiter)
  }
  const { seat } = place
  seat.look = () => {
    looking.add(place)
    if (seat.size > 0) place.round(2000 + number)
    Object.getPrototypeOf(seat).look.call(seat)
  }
  return how === 'block' ? place.block(operation) : place.loop(operation)
}

/**
 * What a thread has read before `serve` of the only primitive that it waits for matters no more: it begins there with
 * its waiters, and goes on to where it was called from, out of the park or out of the look.
 */
export function forgetAtServe(place: Place, primitive: { readonly size: number; serve(): void }): void {
  const serve = primitive.serve.bind(primitive)
  primitive.serve = () => {
    // A timer of the code may look again when the exploration of this run is over.
    if (primitive.size > 0 && place.shipped.thread.seats.includes(place.seat))
      place.round((looking.has(place) ? 5000 : 4000) + (waited.get(place) ?? 0))
    serve()
  }
}

/** Goes on when somebody waits at the primitive `name`. */
export function untilAwaited(place: Place, name: string): void {
  place.env.until(place.env.memory[name]!, 8, (hints) => hints !== 0)
}

/** The word `index` of a primitive's own ones. */
export const ownWord = (view: View, name: string, index = 0): number => view.read(name, OWN + index)

/** The name of the error that `code` throws, or its result. */
export function named(code: () => Json): Json {
  try {
    return code()
  } catch (error) {
    if (error instanceof Error) return error.name
    throw error // the explorer's own signal that it has seen enough
  }
}

export const results = (view: View): string =>
  view.threads.map(({ result, status }) => (result === undefined ? status : String(result))).join(', ')
