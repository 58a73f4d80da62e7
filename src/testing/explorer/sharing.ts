/**
 * Which threads read and write which cells, for the reduction.
 *
 * Reduction: where a thread stands before a step that no other thread can notice or disturb, only that thread moves (an
 * ample set of one thread). The conditions, and why each holds:
 *
 * - Nothing that others do before is dependent on the step. It is a choice, a pause, a load of a cell that no other
 *   thread writes, or a write of a cell that no other thread touches. Who touches what is learnt on the way: every step
 *   that a thread was seen before is recorded for the whole search, and when a record contradicts a step that was
 *   already taken alone, the search starts again with what it knows now. In the last round all records agree. The first
 *   transition of the full graph that would contradict them cannot exist either: everything before it commutes, so
 *   the same local state, and with it the step it stands before, is in the reduced graph.
 * - The checks see nothing of it. The step does not end the thread or change its marks; and it writes only where there
 *   is no invariant. A kill instead of the step is the same as a kill after it, unless the step writes or changes marks,
 *   which is then not allowed either.
 * - Nothing is put off for ever. Its edges are forward (see locals.ts). A cycle of states has an edge that is not,
 *   taken by some thread in a state where all threads moved. This does not depend on the order of the search, nor on
 *   which states were met before, so the visited set and the reduction do not disturb each other.
 */
import { LOAD, UNTIL, WAIT, SNOOZE, writes } from './ops.ts'

/** Stands for transitions that are no thread's step, such as a death. */
export const NOBODY = 30

export class Sharing {
  /** Set when a step was taken alone that should not have been. */
  broken = false
  private readonly readers: Int32Array
  private readonly writers: Int32Array
  /** The threads that took a step on the cell alone. */
  private readonly alone: Int32Array

  constructor(cells: number) {
    this.readers = new Int32Array(cells)
    this.writers = new Int32Array(cells)
    this.alone = new Int32Array(cells)
  }

  touch(thread: number, op: number, cell: number): void {
    if (cell < 0) return
    const bit = 1 << thread
    const list = writes(op) ? this.writers : this.readers
    if (((list[cell] as number) & bit) !== 0) return
    list[cell] = (list[cell] as number) | bit
    // A load beside a load is no conflict; to start again once too often does no harm.
    if (((this.alone[cell] as number) & ~bit) !== 0 && (writes(op) || !this.onlyRead(cell)))
      this.broken = true
  }

  /** Whether no other thread can notice or disturb this step, as far as is known. */
  isolated(thread: number, op: number, cell: number): boolean {
    if (op === WAIT || op === SNOOZE || op === UNTIL) return false
    const others =
      op === LOAD ? this.writers[cell] : (this.writers[cell] as number) | (this.readers[cell] as number)
    return ((others as number) & ~(1 << thread)) === 0
  }

  rely(thread: number, cell: number): void {
    this.alone[cell] = (this.alone[cell] as number) | (1 << thread)
  }

  private onlyRead(cell: number): boolean {
    return this.writers[cell] === 0
  }
}
