/**
 * What gives items one by one, until a deadline: the common part of `asCompleted` and of `Executor.map`.
 *
 * The deadline counts from the making. Only a parked wait holds a timer, so that what is left lying holds nothing.
 */
import { NOT_READY, type Operation, type Poll } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import type { Clock, Waiter } from '../operation/waiter.ts'
import { Claim, Primitive } from '../wait/primitive.ts'
import { thread } from '../wait/thread.ts'
import { type ItemIterator, iterate } from './iterate.ts'

export type Next<T> = IteratorResult<T, undefined>

/** What `take` answers when nothing will come any more. */
export const END: unique symbol = Symbol('end')

export abstract class Stream<T> extends Primitive {
  private readonly clock: Clock = thread.clock
  private readonly deadline: number
  private timer: unknown = undefined
  /** Items that were granted and nobody received, the next one last. */
  private returned: T[] = []

  constructor(timeout: number) {
    super(0)
    this.deadline = timeout === Infinity ? Infinity : this.clock.now() + timeout
  }

  /** Waits for the next item; `done` when there is none left. Each perform takes one. Cancel safe. */
  next(options?: WaitOptions): Operation<Next<T>> {
    return limited(new TakeNext(this), options)
  }

  /** Ends it: nothing more comes, and those who wait are told so. May be called again. */
  close(): void {
    this.stop()
    this.serve()
  }

  /** Makes `take` answer `END` from now on. */
  protected abstract stop(): void

  /** The next item, if there is one. Throws what is in its place. */
  protected abstract take(): Poll<T> | typeof END

  /** What a wait is told that is still pending at the deadline. */
  protected abstract late(): Error

  /** For `for await`: leaving the loop early closes it. */
  [Symbol.asyncIterator](): ItemIterator<T> {
    return iterate(this)
  }

  /** A wait that is parked is told of the deadline by the timer. */
  claim(parked: boolean): Poll<Next<T>> {
    const item = this.returned.length > 0 ? this.returned.pop()! : this.take()
    if (item === END) return { done: true, value: undefined }
    if (item !== NOT_READY) return { done: false, value: item as T }
    if (parked || this.deadline === Infinity || this.clock.now() < this.deadline) return NOT_READY
    const error = this.late()
    this.stop()
    throw error
  }

  /** Takes back an item that nobody received. */
  giveBack(item: T): void {
    this.returned.push(item)
    this.serve()
  }

  override enqueue(waiter: Waiter<any>): void {
    if (this.timer === undefined && this.deadline !== Infinity)
      this.timer = this.clock.after(
        Math.max(0, this.deadline - this.clock.now()),
        expire,
        this as Stream<any>,
        waiter.ref,
      )
    super.enqueue(waiter)
  }

  /** It is never shared. */
  passOn(): void {}

  protected copyTo(): void {}

  /** Called by the clock. */
  expire(): void {
    this.timer = undefined
    if (this.head === null) return
    const error = this.late()
    const waiter = this.head
    this.detach(waiter)
    this.close()
    waiter.fail(error)
  }

  protected override detach(waiter: Waiter<any>): boolean {
    if (!super.detach(waiter)) return false
    if (this.head === null && this.timer !== undefined) {
      this.clock.cancel(this.timer)
      this.timer = undefined
    }
    return true
  }
}

function expire(stream: Stream<any>): void {
  stream.expire()
}

class TakeNext<T> extends Claim<Next<T>> {
  declare readonly on: Stream<T>

  claim(waiter: Waiter<Next<T>> | null): Poll<Next<T>> {
    return this.on.claim(waiter !== null)
  }

  override giveBack(_waiter: Waiter<Next<T>>, { done, value }: Next<T>): void {
    if (done !== true) this.on.giveBack(value)
  }

  get verb(): string {
    return 'next()'
  }
}
