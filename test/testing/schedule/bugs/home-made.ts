/** Primitives as they are written by hand: wake a waiter now, and let it take what it came for when it runs. */
import { Future, type Suspend } from '../../../../src/index.ts'

export type Body<T = void> = Generator<Suspend, T, unknown>

/** A list of sleepers. Waking one makes it runnable; it goes on some turns later, unless it is cancelled first. */
export class Sleepers {
  private readonly list: Future<void>[] = []
  private readonly passesOn: boolean

  /** With `passesOn`, who was woken and is cancelled wakes another one in its place. */
  constructor(passesOn = false) {
    this.passesOn = passesOn
  }

  /** Wakes those who sleep, the longest first, up to `n` of them. */
  wake(n = 1): void {
    for (const sleeper of this.list.filter(({ done }) => !done).slice(0, n)) sleeper.setResult()
  }

  /** Sleeps until woken. */
  *sleep(): Body {
    const sleeper = new Future<void>()
    this.list.push(sleeper)
    try {
      yield* sleeper
    } catch (error) {
      if (this.passesOn && sleeper.done) this.wake()
      throw error
    } finally {
      void this.list.splice(this.list.indexOf(sleeper), 1)
    }
  }
}

/** A lock that anybody may release, as often as they like. */
export class BareMutex {
  private locked = false
  private readonly sleepers = new Sleepers()

  release(): void {
    this.locked = false
    this.sleepers.wake()
  }

  *acquire(): Body {
    while (this.locked) yield* this.sleepers.sleep()
    this.locked = true
  }
}
