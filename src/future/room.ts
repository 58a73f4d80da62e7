/**
 * The memory that an outcome travels in. One that is there already has exactly the room it needs. One that is still to
 * come can have any size, so a range of addresses is reserved for it, which costs no memory until it is written: about
 * 6 µs and one mapping of the process, of which Linux allows some 65,000, each reservation taking two. Where memory
 * cannot grow, or so many outcomes are on their way already, there is a small fixed room.
 */

/** Bytes before those of the outcome: the word that counts them. */
export const HEADER = 8
const MOST = 2 ** 26
const FIXED = 2 ** 16
/** How many reservations of this thread may be alive. */
const RESERVATIONS = 4096

interface Growable extends SharedArrayBuffer {
  readonly growable: boolean
  readonly maxByteLength: number
  grow(length: number): void
}

type Constructor = new (length: number, options?: { maxByteLength: number }) => SharedArrayBuffer

let reserved = 0
const collected = /* @__PURE__ */ new FinalizationRegistry<void>(() => void reserved--)

/** Room for exactly `bytes`. */
export function exactRoom(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER + bytes)
}

/** Room for bytes whose number is not known yet. */
export function openRoom(): SharedArrayBuffer {
  if (
    reserved < RESERVATIONS &&
    typeof (SharedArrayBuffer.prototype as Partial<Growable>).grow === 'function'
  )
    try {
      const room = new (SharedArrayBuffer as Constructor)(HEADER, { maxByteLength: MOST })
      collected.register(room)
      reserved++
      return room
    } catch {
      // No range of addresses is free.
    }
  return new SharedArrayBuffer(FIXED)
}

/** How many bytes of an outcome it can hold at most. */
export function capacity(room: SharedArrayBuffer): number {
  return ((room as Growable).growable ? (room as Growable).maxByteLength : room.byteLength) - HEADER
}

/** Writes the bytes, which fit. */
export function fill(room: SharedArrayBuffer, bytes: Uint8Array): void {
  const end = HEADER + bytes.length
  if (room.byteLength < end) (room as Growable).grow(end)
  new Uint8Array(room, HEADER, bytes.length).set(bytes)
}

/** The word that counts the bytes. */
export function wordOf(room: SharedArrayBuffer): Int32Array {
  return new Int32Array(room, 0, 1)
}
