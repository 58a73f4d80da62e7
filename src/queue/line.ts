/**
 * Those who wait at one side of a queue: for an item, for room, or for its work to be done.
 *
 * A claim of theirs only moves items; it serves nobody. Whoever has changed something calls `settle` of the owner, which
 * serves both sides in turns until neither can go on. So no claim runs inside another one, and each is followed by the
 * removal and the grant of its waiter before anything else looks at the items.
 */
import { NOT_READY } from '../operation/operation.ts'
import type { Waiter } from '../operation/waiter.ts'
import { type Claim, Primitive } from '../wait/primitive.ts'
import { thread } from '../wait/thread.ts'

/** What has sides where is waited. */
export interface Owner {
  readonly kind: string
  /** Serves all who can be served. */
  settle(): void
}

export class Line extends Primitive {
  private readonly owner: Owner
  /** Another side of the same thing, whose name it bears. */
  private readonly lead: Line | null

  constructor(owner: Owner, lead: Line | null = null) {
    super(0)
    this.owner = owner
    this.lead = lead
  }

  get kind(): string {
    return this.owner.kind
  }

  override get id(): string {
    return this.lead === null ? super.id : this.lead.id
  }

  /** Another arm of the same choice may have run code since the poll, so it looks again. */
  override enqueue(waiter: Waiter<any>): void {
    super.enqueue(waiter)
    this.owner.settle()
  }

  override serve(): void {
    this.owner.settle()
  }

  /** Serves its first waiter if that is possible; says whether it did. */
  serveOne(): boolean {
    const { head } = this
    // One that is spent leaves in a moment, and then it is looked again.
    if (head === null || head.spent) return false
    if (thread.blocking && !head.host.blocking) {
      thread.left.add(this)
      return false
    }
    let value: unknown
    try {
      value = (head.operation as Claim<unknown>).claim(head)
    } catch (error) {
      this.detach(head)
      head.fail(error)
      return true
    }
    if (value === NOT_READY) return false
    this.detach(head)
    head.grant(value)
    return true
  }

  /** The first waiter that can still be granted, and does not belong to the same perform as `other`. */
  partner(other: Waiter<any> | null): Waiter<any> | null {
    const whole = other?.whole
    for (let { head: waiter } = this; waiter !== null; waiter = waiter.after)
      if (!waiter.spent && waiter.whole !== whole) return waiter
    return null
  }

  /** Grants `value` to one of its waiters. */
  hand(waiter: Waiter<any>, value: unknown): void {
    this.detach(waiter)
    waiter.grant(value)
  }

  /** Serves all at once, also while the thread sleeps: nobody is kept from anything by it. */
  serveAll(): void {
    for (let waiter = this.head; waiter !== null;) {
      if (waiter.spent) {
        waiter = waiter.after
        continue
      }
      this.detach(waiter)
      waiter.grant(undefined)
      waiter = this.head // a grant may withdraw others
    }
  }

  /** Ends every wait in it with `reason`. */
  cancel(reason: unknown): void {
    this.failAll(reason)
  }

  /** It is never shared. */
  passOn(): void {}

  protected copyTo(): void {}
}
