/** A first-in first-out list of waiters, linked through the waiters themselves: no allocation, O(1) removal. */
import type { Waiter } from './waiter.ts'

/** Its source is what a structured clone complains about, so it says what to do. */
const refuse = function send_the_handle_of_this_primitive_instead_of_the_primitive() {}

export class WaitList {
  /** Keeps a structured clone from making a plain object of it. The first field, so that it is met first. */
  readonly uncloneable: () => void = refuse
  head: Waiter<any> | null = null
  tail: Waiter<any> | null = null

  push(waiter: Waiter<any>): void {
    waiter.before = this.tail
    if (this.tail === null) this.head = waiter
    else this.tail.after = waiter
    this.tail = waiter
  }

  /** Puts a waiter before all others. */
  unshift(waiter: Waiter<any>): void {
    waiter.after = this.head
    if (this.head === null) this.tail = waiter
    else this.head.before = waiter
    this.head = waiter
  }

  has(waiter: Waiter<any>): boolean {
    return waiter.before !== null || this.head === waiter
  }

  /** Takes a waiter out; `false` if it is not in. */
  remove(waiter: Waiter<any>): boolean {
    if (!this.has(waiter)) return false
    const { before, after } = waiter
    if (before === null) this.head = after
    else before.after = after
    if (after === null) this.tail = before
    else after.before = before
    waiter.before = waiter.after = null
    return true
  }

  *[Symbol.iterator](): Generator<Waiter<any>, void, undefined> {
    for (let waiter = this.head; waiter !== null; waiter = waiter.after) yield waiter
  }

  get size(): number {
    let size = 0
    for (let waiter = this.head; waiter !== null; waiter = waiter.after) size++
    return size
  }
}
