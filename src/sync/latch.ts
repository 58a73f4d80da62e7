/** A latch: opens once, after a number of events; the state machine is in `latch-word.ts`. */
import { CancelledError, HandleError, OverReleaseError, requireInteger } from '../errors.ts'
import { NOT_READY, type Operation, type Poll } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import { load, store } from '../wait/atomics.ts'
import { attachTo, type Handle, handleOf, OWN } from '../wait/handle.ts'
import { Claim } from '../wait/primitive.ts'
import { Gate } from './gate.ts'
import { down, isOpen } from './latch-word.ts'

/** What `latch.statistics()` gives. */
export interface LatchStatistics {
  readonly count: number
  /** Waits of this thread that are pending. */
  readonly waiters: number
}

/** A count that goes down to zero, once. Everybody who waits is released then, and nobody waits afterwards. */
export class Latch extends Gate {
  /** `count`: how often `countDown()` is needed; an integer from 0 (open from the start) to 2³¹ − 1. */
  constructor(count: number) {
    requireInteger('count', count, 0)
    super(1)
    store(this.words, this.at, count)
  }

  /** The latch of this thread that `latch.handle` of another thread stands for. */
  static attach(handle: Handle<'Latch'>): Latch {
    return attachTo(handle, 'Latch', (words) => {
      if (load(words, OWN) < 0) throw new HandleError('handle.memory of the Latch is damaged')
      return new Latch(0)
    })
  }

  get kind(): 'Latch' {
    return 'Latch'
  }

  /** A plain value that `Latch.attach` makes this latch of in another thread. */
  get handle(): Handle<'Latch'> {
    return handleOf(this, 1)
  }

  /** How many are still to come. */
  get count(): number {
    return load(this.words, this.at)
  }

  /** Counts `n` off. Throws `OverReleaseError`, and counts nothing, if fewer than `n` are to come. */
  countDown(n = 1): void {
    requireInteger('n', n, 1)
    const left = down(this.words, this.at, n, this.site)
    if (left < 0)
      throw new OverReleaseError(`${this.id}.countDown(${n}): only ${this.count} are still to come`)
    if (left === 0) this.serve()
  }

  /** Waits until the count is zero. Cancel safe. */
  wait(options?: WaitOptions): Operation<void> {
    return limited(new LatchWait(this), options)
  }

  /** Ends every wait of this thread for it with `reason`. */
  cancelWaiters(reason: unknown = new CancelledError(`waiting for ${this.id} was cancelled`)): void {
    this.failAll(reason)
  }

  statistics(): LatchStatistics {
    return { count: this.count, waiters: this.size }
  }

  protected copyTo(words: Int32Array): void {
    store(words, OWN, this.count)
  }
}

class LatchWait extends Claim<void> {
  declare readonly on: Latch

  /** Nobody stands in anybody's way. */
  override poll(): Poll<void> {
    return this.claim()
  }

  claim(): Poll<void> {
    return isOpen(this.on.words, this.on.at) ? undefined : NOT_READY
  }

  get verb(): string {
    return 'wait()'
  }
}
