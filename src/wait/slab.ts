/**
 * Words for unshared primitives: slots of small slabs, so that a primitive costs no typed array of its own and the
 * collector frees a slab as a whole when its last primitive is gone. Nothing is ever given back by hand.
 */

const WORDS = 256

/** The slab that `allocate` last took from. */
export let slab: Int32Array = new Int32Array(0)
let used = 0

/** Takes `count` zeroed words of `slab` and returns the index of the first. */
export function allocate(count: number): number {
  if (used + count > slab.length) {
    slab = new Int32Array(memory(4 * Math.max(WORDS, count)))
    used = 0
  }
  const at = used
  used += count
  return at
}

/** Shared where the platform allows it, so that the same code runs on the same kind of memory. */
function memory(bytes: number): ArrayBufferLike {
  return typeof SharedArrayBuffer === 'undefined' ? new ArrayBuffer(bytes) : new SharedArrayBuffer(bytes)
}
