/**
 * The table of threads, in shared memory: who lives, and how to wake them.
 *
 *   header   magic, version, number of slots, one more than the highest slot ever used, a random name
 *   slot     generation  odd while a living thread has the slot; the sum of joins and deaths so far
 *            bell        0 | 1: rung since the thread last looked
 *            dirty       one bit for each bucket of parked primitives that somebody rang for
 *            thread      the runtime's number of the thread
 *            task        the operating system's number of the thread (Linux), or 0
 *            known       the generation that the two numbers are of: before that they are its predecessor's
 *            locked      the generation that holds a Web Lock for life
 *
 * An id is a slot and its generation in one word, so that a slot that is used again never passes for its former thread.
 * Each step may be a thread's last: a join, a ring and a death are one atomic change each, all else is a hint.
 */
import { HandleError, TooManyThreadsError } from '../errors.ts'
import { compareExchange, exchange, load, notify, or, store } from './atomics.ts'

export const MAGIC = 0x4864_6c31 // "Hdl1"
export const SLOTS = 128
const HEADER = 16
/** One cache line a slot, so that bells do not disturb each other. */
const STRIDE = 16
const HIGH_WATER = 3
const RANDOM = 4

const BELL = 1
const DIRTY = 2
const THREAD_ID = 3
const TASK_ID = 4
const KNOWN = 5
const LOCKED = 6

const SLOT_BITS = 10
const SLOT_MASK = (1 << SLOT_BITS) - 1
const GENERATION_MASK = (1 << 20) - 1
/** The bits of a word that hold an id. */
export const ID_MASK: number = (1 << 30) - 1

export function createTable(): Int32Array {
  const table = new Int32Array(new SharedArrayBuffer(4 * (HEADER + SLOTS * STRIDE)))
  table[0] = MAGIC
  table[1] = 1
  table[2] = SLOTS
  table.set(crypto.getRandomValues(new Int32Array(4)), RANDOM) // a received buffer is a new object each time
  return table
}

/** Whether two views are the same table, received twice. */
export function sameTable(a: Int32Array, b: Int32Array): boolean {
  for (let i = RANDOM; i < RANDOM + 4; i++) if (a[i] !== b[i]) return false
  return true
}

/** Whether a value is shared memory, of whatever realm, and also where there is no such thing. */
export function isShared(value: unknown): value is SharedArrayBuffer {
  return Object.prototype.toString.call(value) === '[object SharedArrayBuffer]'
}

/** The words of a table that came from elsewhere. Throws `HandleError` if they are none. */
export function openTable(memory: unknown): Int32Array {
  if (!isShared(memory) || memory.byteLength !== 4 * (HEADER + SLOTS * STRIDE))
    throw new HandleError(
      'handle.table must be the shared memory of a thread table; it is damaged or of another version',
    )
  const table = new Int32Array(memory)
  if (table[0] !== MAGIC || table[1] !== 1 || table[2] !== SLOTS)
    throw new HandleError('handle.table is no thread table of this version of heddle')
  return table
}

export function slotOf(id: number): number {
  return id & SLOT_MASK
}

/** Where the words of a slot begin; the first is its generation. */
export function slotAt(slot: number): number {
  return HEADER + slot * STRIDE
}

export function bellAt(slot: number): number {
  return HEADER + slot * STRIDE + BELL
}

export function dirtyAt(slot: number): number {
  return HEADER + slot * STRIDE + DIRTY
}

/** One more than the highest slot that was ever used. */
export function highWater(table: Int32Array): number {
  return load(table, HIGH_WATER)
}

/** Takes a free slot for this thread and returns its id. */
export function join(table: Int32Array, threadId: number, taskId: number): number {
  for (let slot = 0; slot < SLOTS; slot++) {
    const at = slotAt(slot)
    const generation = load(table, at)
    if (
      generation & 1 ||
      compareExchange(table, at, generation, (generation + 1) & GENERATION_MASK) !== generation
    )
      continue
    for (let high = highWater(table); high <= slot; high = highWater(table))
      compareExchange(table, HIGH_WATER, high, slot + 1)
    store(table, at + THREAD_ID, threadId)
    store(table, at + TASK_ID, taskId)
    store(table, at + KNOWN, (generation + 1) & GENERATION_MASK)
    return idAt(table, slot)
  }
  throw new TooManyThreadsError(
    `more than ${SLOTS} threads share primitives in one thread table; that is its limit`,
  )
}

/** The id of whoever has a slot now, or 0 if it is free. */
export function idAt(table: Int32Array, slot: number): number {
  const generation = load(table, slotAt(slot))
  return generation & 1 ? (generation << SLOT_BITS) | slot : 0
}

export function alive(table: Int32Array, id: number): boolean {
  return id !== 0 && (id & SLOT_MASK) < SLOTS && idAt(table, id & SLOT_MASK) === id
}

/** Wakes the thread of a slot, unless its bell rings already, and tells it where to look. */
export function ring(table: Int32Array, slot: number, bucket: number): void {
  or(table, dirtyAt(slot), 1 << bucket)
  if (exchange(table, bellAt(slot), 1) === 0) notify(table, bellAt(slot))
}

/** Declares the thread `id` dead. The first to do so rings everybody, to look at everything they wait for. */
export function died(table: Int32Array, id: number): boolean {
  const at = slotAt(id & SLOT_MASK)
  const generation = id >>> SLOT_BITS
  if (compareExchange(table, at, generation, (generation + 1) & GENERATION_MASK) !== generation) return false
  ringAll(table)
  return true
}

function ringAll(table: Int32Array): void {
  const high = highWater(table)
  for (let slot = 0; slot < high; slot++) {
    store(table, dirtyAt(slot), -1)
    store(table, bellAt(slot), 1)
    // Also where the bell rang already: its ringer may be the one who died, before it notified.
    notify(table, bellAt(slot))
  }
}

/** The thread `id` holds a Web Lock from now on, for life. */
export function setLocked(table: Int32Array, id: number): void {
  store(table, slotAt(slotOf(id)) + LOCKED, id >>> SLOT_BITS)
}

/** The random name of a table. */
export function nameOf(table: Int32Array): string {
  return table.slice(RANDOM, RANDOM + 4).join('.')
}

/** A living thread of a table. */
export interface Member {
  readonly id: number
  /** The runtime's number, or -1 while it is not known. */
  readonly threadId: number
  /** The operating system's number, or 0 where it is not known. */
  readonly taskId: number
  /** Whether it holds a Web Lock for life. */
  readonly locked: boolean
}

/** The living threads of a table. */
export function* members(table: Int32Array): Generator<Member> {
  const high = highWater(table)
  for (let slot = 0; slot < high; slot++) {
    const id = idAt(table, slot)
    if (id === 0) continue
    const at = slotAt(slot)
    const generation = id >>> SLOT_BITS
    const known = load(table, at + KNOWN) === generation
    yield {
      id,
      threadId: known ? load(table, at + THREAD_ID) : -1,
      taskId: known ? load(table, at + TASK_ID) : 0,
      locked: load(table, at + LOCKED) === generation,
    }
  }
}
