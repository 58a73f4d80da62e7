/** Heap figures: `heapUsed` after forced collections, over many objects at once. */
import { setImmediate } from 'node:timers/promises'

export const OBJECTS = 100_000

/** What `make` leaves on the heap, in bytes an object; `make` fills the array it is given and may return more to keep. */
export async function heapOf(make) {
  const kept = Array.from({ length: OBJECTS }, () => null)
  const before = await used()
  const more = make(kept)
  const after = await used()
  const bytes = (after - before) / OBJECTS
  await release(kept, more)
  return bytes
}

async function used() {
  for (let i = 0; i < 3; i++) {
    await setImmediate()
    globalThis.gc()
  }
  return process.memoryUsage().heapUsed
}

/** Keeps both alive until here. */
async function release(kept, more) {
  kept.fill(null)
  more?.release?.()
  await setImmediate()
}
