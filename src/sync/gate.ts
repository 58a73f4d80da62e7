/** A primitive that releases everybody at once, so that no waiter stands in another's way. */
import { NOT_READY } from '../operation/operation.ts'
import type { Waiter } from '../operation/waiter.ts'
import { type Claim, Primitive } from '../wait/primitive.ts'

export abstract class Gate extends Primitive {
  /** Grants to every waiter that is done, in order, also while the thread sleeps: nobody is kept from anything by it. */
  override serve(): void {
    for (let waiter = this.head; waiter !== null;) {
      const value = waiter.spent ? NOT_READY : (waiter.operation as Claim<unknown>).claim(waiter)
      if (value === NOT_READY) {
        waiter = waiter.after
        continue
      }
      this.detach(waiter)
      waiter.grant(value)
      waiter = this.head // a grant may withdraw others
    }
  }

  /** Who leaves takes nothing with it, so one look, at the eldest, tells whether all were released meanwhile. */
  override dequeue(waiter: Waiter<any>): boolean {
    if (!this.detach(waiter)) return false
    const { head } = this
    if (head !== null && !head.spent && (head.operation as Claim<unknown>).claim(head) !== NOT_READY)
      this.serve()
    return true
  }

  override rung(): void {
    this.serve()
  }

  /** Who leaves a gate has taken nothing from anybody. */
  passOn(): void {}
}
