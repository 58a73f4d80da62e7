/**
 * Who has which call of those that were sent to a worker: one 32-bit cell a call, in memory that both sides see.
 *
 *   state    meaning                                    left by
 *   SENT     sent, not begun                            the worker: BEGUN; the owner: TAKEN
 *   BEGUN    the worker has called it, or is about to   the owner, when it uses the cell for another call
 *   TAKEN    the owner has taken it back                the owner, when it uses the cell for another call
 *
 * Both leave SENT by compare-and-swap, so a call is begun by one thread only: what a dead or busy worker has not begun
 * is run elsewhere, and what it has begun is never run twice. The worker may be killed between any two steps: a cell is
 * then SENT or BEGUN, which is true either way. One more word counts what the worker has to hear of while it works.
 * Where no memory is shared everything counts as begun when it is sent.
 */

/** How many calls may be under way in one worker. */
export const CELLS = 1024

const SENT = 0
const BEGUN = 1
const TAKEN = 2
/** Where the count of urgent messages stands. */
const URGENT = CELLS

/** Memory that workers see too; `undefined` where none can be shared. */
export function newShared(bytes: number): SharedArrayBuffer | undefined {
  // A page that is not isolated may have the class, and yet may not send what it makes.
  if ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === false) return undefined
  try {
    return new SharedArrayBuffer(bytes)
  } catch {
    return undefined
  }
}

/** The cells of a new worker; `undefined` where no memory can be shared. */
export function newCells(): Int32Array | undefined {
  const shared = newShared((CELLS + 1) * 4)
  return shared && new Int32Array(shared)
}

/** The owner, before it sends call `seq`. */
export function sent(cells: Int32Array | undefined, seq: number): void {
  if (cells !== undefined) Atomics.store(cells, seq % CELLS, SENT)
}

/** The worker, before it calls; `false` if the owner has taken it back. */
export function begin(cells: Int32Array | undefined, seq: number): boolean {
  return cells === undefined || Atomics.compareExchange(cells, seq % CELLS, SENT, BEGUN) === SENT
}

/** The owner takes a call back; `false` if the worker has begun it. */
export function takeBack(cells: Int32Array | undefined, seq: number): boolean {
  return cells !== undefined && Atomics.compareExchange(cells, seq % CELLS, SENT, TAKEN) === SENT
}

/** The owner has sent what the worker should hear of though it works. */
export function urge(cells: Int32Array | undefined): void {
  if (cells !== undefined) Atomics.add(cells, URGENT, 1)
}

/** How many urgent messages were sent until now. */
export function urgent(cells: Int32Array | undefined): number {
  return cells === undefined ? 0 : Atomics.load(cells, URGENT)
}
