/** What a successful `acquire` gives: a token that gives back, once, what it stands for. */

/** Whoever hands out tokens. */
export interface Holdable {
  /** Gives back what the token stands for, unless it was given back before. */
  giveBack(held: Held): void
  /** Marks the guarded data as beyond repair; only where that exists. */
  poisonBy?(held: Held): void
}

/**
 * A lock or permit that is held. Dispose of it, by `using held = await lock.acquire()`, or call `release()` in a
 * `finally`. It releases its own, once: a second release, or one after somebody else has taken over, does nothing.
 */
export class Held implements Disposable {
  /** Whether the previous holder's thread died while it held: the guarded data may need repair. */
  readonly abandoned: boolean
  /** Which holding it stands for; read by the primitive that made it. */
  readonly epoch: number
  /** How much it stands for. */
  readonly count: number
  private readonly source: Holdable

  constructor(source: Holdable, epoch: number, count: number, abandoned: boolean) {
    this.source = source
    this.epoch = epoch
    this.count = count
    this.abandoned = abandoned
  }

  /** Gives it back. Does nothing the second time. */
  release(): void {
    this.source.giveBack(this)
  }

  /**
   * Gives it back and marks the guarded data as beyond repair: every later `acquire` throws `PoisonedError`.
   * Throws `TypeError` where there is nothing to poison (permits, read locks).
   */
  poison(): void {
    if (this.source.poisonBy === undefined) throw new TypeError('held.poison() is for exclusive locks only')
    this.source.poisonBy(this)
  }

  [Symbol.dispose](): void {
    this.release()
  }
}
