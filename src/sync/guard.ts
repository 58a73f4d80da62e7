/** What a `Condition` needs of its lock: to give it up as a whole, and to get it back as it was. */
import type { Poll } from '../operation/operation.ts'
import { Claim, type Primitive } from '../wait/primitive.ts'

/** A holding that is given up while its holder waits. Its tokens stand for it again once it is restored. */
export interface Suspended {
  restored: boolean
  /** What the lock puts back; nobody else reads it. */
  readonly state: unknown
}

export interface Guard extends Primitive {
  /** Throws `NotHeldError` or `NotOwnerError`, naming `caller`, unless `who` holds it. Changes nothing. */
  requireHeld(caller: string, who: Who | undefined): void
  /** Gives it up, however often it is held. */
  suspend(): Suspended
  /** Takes it, if that is possible now, and restores what was given up. */
  resume(suspended: Suspended): Poll<void>
}

/** Whose code runs: an owner, or an async context that owners come from. Only a lock with owners asks. */
export interface Who {
  readonly owner: unknown
  readonly context: unknown
}

/** Waits for a lock that was given up. */
export class Resume extends Claim<void> {
  declare readonly on: Guard
  readonly suspended: Suspended

  constructor(on: Guard, suspended: Suspended) {
    super(on)
    this.suspended = suspended
  }

  claim(): Poll<void> {
    return this.on.resume(this.suspended)
  }

  get verb(): string {
    return 'acquire() after a wait'
  }
}
