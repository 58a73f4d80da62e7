/** What a successful `acquire` gives: a token that gives back, once, what it stands for. */

/** Whoever hands out tokens. */
export interface Holdable {
  /** Gives back what the token stands for, unless it was given back before. */
  giveBack(held: Held): void
  /** Marks the guarded data as beyond repair; only where that exists. */
  poisonBy?(held: Held): void
  /** Holdings that it got back from a holder that died while they were suspended. */
  readonly lost?: ReadonlySet<number> | undefined
}

/**
 * A lock or permit that is held. Dispose of it, by `using held = await lock.acquire()`, or call `release()` in a
 * `finally`. It releases its own, once: a second release, or one after somebody else has taken over, does nothing.
 */
export class Held implements Disposable {
  // Declared only: one store a field, because an uncontended lock spends a third of its time on its tokens.
  /** @internal Whether it was taken over from the dead. */
  declare died: boolean
  /** @internal Which holding it stands for; a number, because a lock that referred to its token would cost more. */
  declare readonly epoch: number
  declare private readonly source: Holdable

  constructor(source: Holdable, died: boolean, epoch = 0) {
    this.source = source
    this.died = died
    this.epoch = epoch
  }

  /** Whether the previous holder's thread died while it held: the guarded data may need repair. */
  get abandoned(): boolean {
    return this.died || this.source.lost?.has(this.epoch) === true
  }

  /** How much it stands for. */
  get count(): number {
    return 1
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
