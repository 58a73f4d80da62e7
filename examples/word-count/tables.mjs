// How the tables of all threads become one: a slot in shared memory that holds one table at most, under a lock.
import { addTo } from './count.mjs'

const MOST = 2 ** 30

/** A slot for tables of words from `bytes` bytes of text; a table in it needs at most three times that much. */
export function makeSlot(lock, bytes) {
  const memory = new SharedArrayBuffer(0, { maxByteLength: Math.min(MOST, 3 * bytes + 65536) })
  return { lock, memory, length: new Int32Array(new SharedArrayBuffer(4)) }
}

/**
 * Leaves `table` in the slot. If another thread has left its own there, takes that out, adds it, and tries again: under
 * the lock tables are only copied, while the adding is done by many threads at once, and the last one in has it all.
 */
export function leave(slot, table) {
  let bytes
  for (;;) {
    let other
    const held = slot.lock.acquire().block()
    try {
      if (slot.length[0] > 0) other = take(slot)
      else if (bytes !== undefined) return put(slot, bytes)
    } finally {
      held.release()
    }
    if (other !== undefined) decodeInto(table, other)
    bytes = other === undefined ? encode(table) : undefined
  }
}

/** What has been left in the slot. */
export async function collect(slot) {
  const bytes = await slot.lock.run(() => take(slot))
  return decodeInto(new Map(), bytes)
}

function put({ memory, length }, bytes) {
  if (memory.byteLength < bytes.length) memory.grow(bytes.length)
  bytes.copy(Buffer.from(memory))
  length[0] = bytes.length
}

function take({ memory, length }) {
  const bytes = Buffer.from(Buffer.from(memory, 0, length[0])) // a copy
  length[0] = 0
  return bytes
}

function encode(table) {
  let text = ''
  for (const [word, { count }] of table) text += `${word} ${count}\n`
  return Buffer.from(text)
}

function decodeInto(table, bytes) {
  const text = bytes.toString()
  for (let at = 0; at < text.length;) {
    const space = text.indexOf(' ', at)
    const end = text.indexOf('\n', space)
    addTo(table, text.slice(at, space), Number(text.slice(space + 1, end)))
    at = end + 1
  }
  return table
}
