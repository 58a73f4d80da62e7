/** Waits for an executor to have less to do; everybody whose condition holds is released at once. */
import { className } from '../errors.ts'
import { LOOP, NOT_READY, type Operation, type Poll } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import type { Waiter } from '../operation/waiter.ts'
import { Claim, Primitive } from '../wait/primitive.ts'

/** What is waited for; the executor has it. */
export interface Load {
  readonly activeCount: number
  readonly pendingCount: number
  readonly delayedCount: number
}

export class Idle extends Primitive {
  readonly load: Load

  constructor(load: Load) {
    super(0)
    this.load = load
  }

  get kind(): string {
    return className(this.load)
  }

  /** Waits until fewer than `below` wait to begin. */
  below(below: number, options: WaitOptions | undefined): Operation<void> {
    return limited(new WhenBelow(this, below), options)
  }

  /** Waits until nothing runs and nothing waits. */
  whenIdle(options: WaitOptions | undefined): Operation<void> {
    return limited(new WhenIdle(this), options)
  }

  get idle(): boolean {
    const { activeCount, pendingCount, delayedCount } = this.load
    return activeCount === 0 && pendingCount === 0 && delayedCount === 0
  }

  override serve(): void {
    for (let waiter: Waiter<any> | null = this.head; waiter !== null;) {
      if ((waiter.operation as Claim<unknown>).claim(waiter) === NOT_READY) {
        waiter = waiter.after
        continue
      }
      this.detach(waiter)
      waiter.grant(undefined)
      waiter = this.head // a grant may withdraw others
    }
  }

  override reach(): number {
    return LOOP
  }

  /** It is never shared. */
  passOn(): void {}

  protected copyTo(): void {}
}

class WhenIdle extends Claim<void> {
  declare readonly on: Idle

  override poll(): Poll<void> {
    return this.claim()
  }

  claim(): Poll<void> {
    return this.on.idle ? undefined : NOT_READY
  }

  get verb(): string {
    return 'whenIdle()'
  }
}

class WhenBelow extends Claim<void> {
  declare readonly on: Idle
  private readonly limit: number

  constructor(on: Idle, limit: number) {
    super(on)
    this.limit = limit
  }

  override poll(): Poll<void> {
    return this.claim()
  }

  claim(): Poll<void> {
    return this.on.load.pendingCount < this.limit ? undefined : NOT_READY
  }

  get verb(): string {
    return `whenBelow(${this.limit})`
  }
}
