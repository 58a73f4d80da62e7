/**
 * Puts steps of several tasks or async functions into one fixed order.
 *
 * Source: trio's `testing.Sequencer`. Difference: a wait for a turn that is withdrawn leaves the turn to others, it does
 * not break the sequence.
 */
import {
  choose,
  InvalidStateError,
  NOT_READY,
  Operation,
  type Poll,
  type Waiter,
  type WaitOptions,
} from '../index.ts'

/** A turn that was taken: the next one begins when it ends. */
export class Turn implements Disposable {
  /** Which turn it is, from 0. */
  readonly number: number
  private readonly over: (done: boolean) => void

  /** @internal */
  constructor(number: number, over: (done: boolean) => void) {
    this.number = number
    this.over = over
  }

  /** Ends it. Ending it again does nothing. */
  end(): void {
    this.over(true)
  }

  [Symbol.dispose](): void {
    this.over(true)
  }

  /** @internal As if it had never been taken. */
  _undo(): void {
    this.over(false)
  }
}

/**
 * A fixed order for tests: `using turn = yield* sequencer.turn(2)` (or `await`) goes on when the turns 0 and 1 have been
 * taken and have ended.
 */
export class Sequencer {
  /** The turn that is to be taken, or is under way. */
  private current = 0
  private taken = false
  private readonly waiters: Waiter<Turn>[] = []

  /**
   * Waits until all turns before `number` have ended, and takes that one. Throws `InvalidStateError` if it was taken
   * already. Cancel safe: a wait that is withdrawn leaves the turn to others.
   */
  turn(number: number, options?: WaitOptions): Operation<Turn> {
    if (!Number.isInteger(number) || number < 0)
      throw new RangeError(`number must be an integer of at least 0, got ${String(number)}`)
    const operation = new TakeTurn(this, number)
    return options === undefined ? operation : choose([operation], options)
  }

  /** How many turns have ended. */
  get ended(): number {
    return this.current
  }

  /** @internal */
  _take(number: number): Poll<Turn> {
    if (number < this.current || (number === this.current && this.taken))
      throw new InvalidStateError(`number: turn ${number} was taken already; each turn is taken once`)
    if (number > this.current) return NOT_READY
    this.taken = true
    return new Turn(number, (done) => {
      if (this.current !== number || !this.taken) return
      if (done) this.current++
      this.taken = false
      this.serve()
    })
  }

  /** @internal */
  _park(waiter: Waiter<Turn>): void {
    this.waiters.push(waiter)
  }

  /** @internal */
  _unpark(waiter: Waiter<Turn>): boolean {
    const place = this.waiters.indexOf(waiter)
    if (place < 0) return false
    this.waiters.splice(place, 1)
    return true
  }

  /** The turn is free: who waits for it gets it, and others who wait for it are told that it is taken. */
  private serve(): void {
    for (const waiter of [...this.waiters]) {
      if (waiter.spent || !this.waiters.includes(waiter)) continue
      try {
        const turn = this._take((waiter.operation as TakeTurn).number)
        if (turn === NOT_READY) continue
        this._unpark(waiter)
        waiter.grant(turn)
      } catch (error) {
        this._unpark(waiter)
        waiter.fail(error)
      }
    }
  }
}

class TakeTurn extends Operation<Turn> {
  readonly number: number
  private readonly sequencer: Sequencer

  constructor(sequencer: Sequencer, number: number) {
    super()
    this.sequencer = sequencer
    this.number = number
  }

  poll(): Poll<Turn> {
    return this.sequencer._take(this.number)
  }

  park(waiter: Waiter<Turn>): void {
    this.sequencer._park(waiter)
  }

  unpark(waiter: Waiter<Turn>): boolean {
    return this.sequencer._unpark(waiter)
  }

  override giveBack(_waiter: Waiter<Turn>, turn: Turn): void {
    turn._undo()
  }

  override describe(): string {
    return `sequencer.turn(${this.number})`
  }
}
