/**
 * Those of one thread who wait at one side of something shared: for an item, for room, or for its work to be done.
 *
 * A claim of theirs only moves items; it serves nobody. The owner serves all sides in turns until none can go on.
 */
import { NOT_READY } from '../operation/operation.ts'
import type { Waiter } from '../operation/waiter.ts'
import { type Claim, Primitive } from '../wait/primitive.ts'
import { thread } from '../wait/thread.ts'

/** What has sides where is waited. */
export interface SharedOwner {
  /** Serves all of this thread who can be served. */
  settle(): void
  /** Somebody at `line` left without taking. */
  passOn(line: SharedLine): void
}

export class SharedLine extends Primitive {
  protected owner!: SharedOwner
  /** Another side of the same thing, whose name it bears. */
  private readonly lead: Primitive | null
  readonly kind: string

  constructor(kind: string, owner: SharedOwner | null = null, lead: Primitive | null = null) {
    super(0)
    this.kind = kind
    if (owner !== null) this.owner = owner
    this.lead = lead
  }

  override get id(): string {
    return this.lead === null ? super.id : this.lead.id
  }

  /** Another arm of the same choice may have run code since the poll, so it looks again. */
  override enqueue(waiter: Waiter<any>): void {
    super.enqueue(waiter)
    if (this.site === null) this.owner.settle()
  }

  override serve(): void {
    this.owner.settle()
  }

  passOn(): void {
    this.owner.passOn(this)
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
    this.site?.sated()
    this.detach(head)
    head.grant(value)
    return true
  }

  /** Ends every wait of this thread in it with `reason`. */
  cancel(reason: unknown): void {
    this.failAll(reason)
  }

  protected copyTo(_words: Int32Array, _seat: unknown): void {}
}
