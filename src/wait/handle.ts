/**
 * Handles: how a primitive travels to another thread, and becomes the same primitive there.
 *
 *   memory   magic, version, kind, number of own words, four random words (the id); the site; the primitive's own words
 *
 * The engine's collector frees the memory when the last thread has let go of it. A thread has one object for each
 * shared primitive, found again by the id in the memory, for as long as anybody there uses it.
 */
import { HandleError, shown } from '../errors.ts'
import { ownSeat, seatAt } from './join.ts'
import type { Primitive } from './primitive.ts'
import type { Seat } from './seat.ts'
import { Site, SITE_WORDS } from './site.ts'
import { isShared, MAGIC, openTable } from './table.ts'
import { thread } from './thread.ts'

const VERSION = 1
const KIND = 2
const LENGTH = 3
const ID = 4
const HEADER = 8
/** Where a shared primitive's own words begin. */
export const OWN: number = HEADER + SITE_WORDS

/** What stands for a primitive on its way to another thread. A plain value: post it, or put it into worker data. */
export interface Handle<Kind extends string = string> {
  /** The class that it attaches to. */
  readonly heddle: Kind
  readonly version: number
  readonly memory: SharedArrayBuffer
  readonly table: SharedArrayBuffer
}

/** Moves a primitive's words into shared memory, once, and gives its handle. */
export function handleOf<K extends string>(
  primitive: Primitive & { readonly kind: K },
  words: number,
): Handle<K> {
  const seat = primitive.seat ?? share(primitive, words)
  return {
    heddle: primitive.kind,
    version: VERSION,
    memory: primitive.words.buffer as SharedArrayBuffer,
    table: seat.table.buffer as SharedArrayBuffer,
  }
}

function share(primitive: Primitive, length: number): Seat {
  const seat = ownSeat()
  const words = new Int32Array(new SharedArrayBuffer(4 * (OWN + length)))
  words[0] = MAGIC
  words[1] = VERSION
  words[KIND] = hash(primitive.kind)
  words[LENGTH] = length
  words.set(crypto.getRandomValues(new Int32Array(4)), ID)
  primitive.move(seat, siteIn(words, seat), words)
  remember(primitive, idIn(words))
  return seat
}

/**
 * The primitive of this thread that a handle stands for: the one that is there already, or a new one by `make`, which
 * must be a fresh, unused primitive. Throws `HandleError` if it is no sound handle of this kind and version.
 */
export function attachTo<P extends Primitive>(
  handle: unknown,
  kind: string,
  make: (words: Int32Array) => P,
): P {
  const { memory, table } = checked(handle, kind)
  const rows = openTable(table)
  const received = new Int32Array(memory)
  if (
    received.length <= OWN ||
    received[0] !== MAGIC ||
    received[1] !== VERSION ||
    received[LENGTH] !== received.length - OWN
  )
    throw new HandleError(`handle.memory of the ${kind} is damaged or of another version of heddle`)
  if (received[KIND] !== hash(kind)) throw new HandleError(`handle.memory is not that of a ${kind}`)
  const id = idIn(received)
  const present = thread.attached.get(id)?.deref()
  if (present !== undefined) return present as P
  const seat = seatAt(rows)
  const primitive = make(received)
  primitive.adopt(seat, siteIn(received, seat), received)
  remember(primitive, id)
  return primitive
}

/** One object a thread, found again by the id in its memory as long as anybody uses it. */
function remember(primitive: Primitive, id: string): void {
  thread.attached.set(id, new WeakRef(primitive))
  collected.register(primitive, id)
}

/** The kind that a handle names. Throws `HandleError` if the value is no handle. */
export function kindOf(handle: unknown): string {
  const { heddle, version } = (typeof handle === 'object' && handle !== null ? handle : {}) as Partial<Handle>
  if (typeof heddle !== 'string')
    throw new HandleError(
      `handle must be what primitive.handle gives, got ${shown(handle)}; send lock.handle, not the lock`,
    )
  if (version !== VERSION)
    throw new HandleError(`handle is of version ${shown(version)}, this heddle attaches version ${VERSION}`)
  return heddle
}

function checked(handle: unknown, kind: string): { memory: SharedArrayBuffer; table: unknown } {
  const found = kindOf(handle)
  if (found !== kind) throw new HandleError(`handle is of a ${found}, not of a ${kind}`)
  const { memory, table } = handle as Partial<Handle>
  if (!isShared(memory) || memory.byteLength % 4 !== 0)
    throw new HandleError(`handle.memory of the ${kind} must be shared memory, got ${shown(memory)}`)
  return { memory, table }
}

function siteIn(words: Int32Array, seat: Seat): Site {
  return new Site(seat.table, words, HEADER, seat.id, words[ID]! & 31)
}

/** The random id of a shared primitive, the same in every thread. */
export function idIn(words: Int32Array): string {
  return [0, 1, 2, 3].map((i) => words[ID + i]!.toString(36)).join('.')
}

/** Forgets ids whose primitive was collected, unless it was attached again meanwhile. */
const collected = /* @__PURE__ */ new FinalizationRegistry<string>((id) => {
  if (thread.attached.get(id)?.deref() === undefined) thread.attached.delete(id)
})

/** A kind as a word: FNV-1a. */
function hash(text: string): number {
  let sum = 0x811c_9dc5
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x0100_0193)
  return sum | 0
}
