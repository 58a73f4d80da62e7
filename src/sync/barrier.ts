/** A barrier; the state machine is in `barrier-state.ts`, one party's wait in `barrier-wait.ts`. */
import {
  BrokenBarrierError,
  CancelledError,
  HandleError,
  requireFunction,
  requireInteger,
  requireMilliseconds,
  shown,
} from '../errors.ts'
import { NOT_READY, type Operation, type Poll } from '../operation/operation.ts'
import type { WaitOptions } from '../operation/options.ts'
import { Unmapped, type Waiter } from '../operation/waiter.ts'
import { load, store } from '../wait/atomics.ts'
import { attachTo, type Handle, handleOf, OWN } from '../wait/handle.ts'
import { Primitive } from '../wait/primitive.ts'
import type { Seat } from '../wait/seat.ts'
import type { Site } from '../wait/site.ts'
import { ID_MASK } from '../wait/table.ts'
import {
  ACTS,
  arrive,
  breakUp,
  BROKEN,
  complete,
  depart,
  DOOMED,
  expire,
  FAILED,
  finishAction,
  free,
  isRipe,
  LEFT,
  MOST,
  mourn,
  NO_SEAT,
  outcome,
  PARTIES,
  PASSED,
  phaseOf,
  refill,
  REFUSED,
  reset,
  SEATS,
  stateOf,
  STAYS,
  TIMEOUT,
  waiting,
} from './barrier-state.ts'
import { BarrierWait, limitedParty, type Party } from './barrier-wait.ts'

/** What `new Barrier` takes, besides the parties and the action. */
export interface BarrierOptions {
  /** Milliseconds that each `wait()` without a timeout of its own may last; default `Infinity`. */
  timeout?: number | undefined
}

/** What `Barrier.attach` takes: the action does not travel with the handle. */
export interface BarrierAttachOptions {
  action?: (() => void) | undefined
}

/** What `barrier.statistics()` gives. */
export interface BarrierStatistics {
  readonly parties: number
  /** Parties of all threads that wait; 0 unless it fills. */
  readonly waiting: number
  readonly broken: boolean
  /** Waits of this thread that are pending. */
  readonly waiters: number
}

/** What stands for this thread in a seat as long as nothing is shared. */
const UNSHARED = 1

/**
 * Holds every party until `parties` of them wait, runs the action in the one that came last, and lets all go on; then it
 * is ready for the next round. A party that times out, aborts by its own signal, dies, or fails in the action breaks it:
 * every other wait throws `BrokenBarrierError`, until `reset()`. Who comes while the last round still leaves waits.
 */
export class Barrier extends Primitive {
  /** How many must wait. */
  readonly parties: number
  private action: (() => void) | undefined
  private me = UNSHARED

  /**
   * `parties`: an integer from 1 to 1024. `action`: a synchronous function that runs once a round, before anybody goes
   * on; between threads each one has its own. `options.timeout`: the default timeout of `wait()`.
   */
  constructor(parties: number, action?: () => void, options: BarrierOptions = {}) {
    requireInteger('parties', parties, 1, MOST)
    if (action !== undefined) requireFunction('action', action)
    if (typeof options !== 'object' || options === null)
      throw new TypeError(`options must be an object { timeout? }, got ${shown(options)}`)
    const { timeout = Infinity } = options
    requireMilliseconds('timeout', timeout)
    super(SEATS + parties)
    this.parties = parties
    this.action = action
    store(this.words, this.at + PARTIES, parties)
    // A word holds whole milliseconds; nobody tells 24 days from for ever.
    store(this.words, this.at + TIMEOUT, timeout < 2 ** 31 ? Math.ceil(timeout) : -1)
  }

  /**
   * The barrier of this thread that `barrier.handle` of another thread stands for, with the action that runs when a
   * party of this thread comes last. Throws `TypeError` if it has another action here already.
   */
  static attach(handle: Handle<'Barrier'>, options: BarrierAttachOptions = {}): Barrier {
    if (typeof options !== 'object' || options === null)
      throw new TypeError(`options must be an object { action? }, got ${shown(options)}`)
    const { action } = options
    if (action !== undefined) requireFunction('action', action)
    const barrier = attachTo(handle, 'Barrier', (words) => {
      const parties = load(words, OWN + PARTIES)
      if (parties < 1 || parties > MOST || words.length !== OWN + SEATS + parties)
        throw new HandleError('handle.memory of the Barrier is damaged')
      return new Barrier(parties, action)
    })
    if (action !== undefined && barrier.action !== action) {
      if (barrier.action !== undefined)
        throw new TypeError(`action: ${barrier.id} has another action in this thread already`)
      barrier.action = action
    }
    return barrier
  }

  get kind(): 'Barrier' {
    return 'Barrier'
  }

  /** A plain value that `Barrier.attach` makes this barrier of in another thread. */
  get handle(): Handle<'Barrier'> {
    return handleOf(this, SEATS + this.parties)
  }

  /** How many parties wait, those of other threads included; 0 unless it fills. */
  get waiting(): number {
    return waiting(this.words, this.at)
  }

  /** Whether it is broken: by `abort()`, a timeout, an aborted signal, a death or a failed action, until `reset()`. */
  get broken(): boolean {
    if (mourn(this.words, this.at, this.site)) this.serve()
    const phase = phaseOf(this.words, this.at)
    return phase === BROKEN || phase === DOOMED
  }

  /** Whether the next party completes it. */
  get isRipe(): boolean {
    return isRipe(this.words, this.at)
  }

  /**
   * Waits for all parties; gives this party's index, unique from 0 to parties − 1, in the order of arrival where nobody
   * withdrew. Throws `BrokenBarrierError`; in the last party, what the action throws; `TimeoutError` and the signal's
   * reason by `options`, which breaks the barrier. Losing a choice, or the cancellation of a task, only withdraws the
   * party; between threads it may have been counted in already, and then the others go on without it.
   */
  wait(options: WaitOptions = {}): Operation<number> {
    const usual = load(this.words, this.at + TIMEOUT)
    return limitedParty(new BarrierWait(this), options, usual < 0 ? Infinity : usual)
  }

  /** Breaks it: everybody who waits, or comes before `reset()`, gets `BrokenBarrierError`. */
  abort(): void {
    if (breakUp(this.words, this.at, this.site)) this.serve()
  }

  /** Makes it usable again, broken or not. Everybody who waits gets `BrokenBarrierError`. */
  reset(): void {
    reset(this.words, this.at, this.site)
    this.serve()
  }

  /** Ends every wait of this thread for it with `reason`. The barrier is not broken by that. */
  cancelWaiters(reason: unknown = new CancelledError(`waiting for ${this.id} was cancelled`)): void {
    for (const waiter of [...this]) {
      if (!this.has(waiter)) continue
      const { seat } = waiter.data as Party
      if (this.take(waiter) === PASSED) waiter.grant(seat)
      else waiter.fail(reason)
    }
    this.serve()
  }

  statistics(): BarrierStatistics {
    const { parties, broken } = this
    return { parties, waiting: this.waiting, broken, waiters: this.size }
  }

  /** Commits if this party is the last and there is no action, which must not run in a poll. */
  pollParty(): Poll<number> {
    const { words, at, me, site } = this
    if (this.broken) throw this.brokenError()
    if (this.action !== undefined || !isRipe(words, at) || this.queued()) return NOT_READY
    const seat = arrive(words, at, me, site)
    if (seat === REFUSED) throw this.brokenError()
    if (seat === NO_SEAT) return NOT_READY
    const result = complete(words, at, seat, false, site)
    if (result === PASSED || result === FAILED) free(words, at, seat, site)
    const end = result === STAYS ? depart(words, at, me, seat, site) : result
    this.serve()
    if (end === FAILED) throw this.brokenError()
    return end === PASSED ? seat : NOT_READY
  }

  /** Withdraws a party; if it has passed already, the value is delivered where somebody waits for it. */
  withdraw(waiter: Waiter<number>): boolean {
    if (!this.has(waiter)) return false
    const { seat } = waiter.data as Party
    const passed = this.take(waiter) === PASSED
    if (passed) waiter.grant(seat)
    this.serve()
    return !passed
  }

  /** Ends a wait by its own limit. */
  expireParty(waiter: Waiter<number>, error: unknown): void {
    const { seat } = waiter.data as Party
    if (expire(this.words, this.at, seat, this.site) === LEFT) {
      this.detach(waiter)
      waiter.fail(error)
    }
    this.serve()
  }

  /** Looks after every party of this thread, also while it sleeps: the others wait until all have left their seats. */
  override serve(): void {
    let state: number
    do {
      state = stateOf(this.words, this.at)
      this.lookAtAll()
      refill(this.words, this.at, this.site)
      // Nobody rings this thread for a change that it made itself, after a party of its own had found no seat.
    } while (stateOf(this.words, this.at) !== state && this.queued())
  }

  private lookAtAll(): void {
    mourn(this.words, this.at, this.site)
    for (let waiter = this.head; waiter !== null;) {
      const party = waiter.data as Party
      const end = waiter.spent ? STAYS : this.look(party)
      if (end === STAYS) {
        waiter = waiter.after
        continue
      }
      this.detach(waiter)
      if (end === FAILED) waiter.fail(this.brokenError())
      else waiter.grant((end === ACTS ? new Unmapped(party.seat, this.act) : party.seat) as number)
      waiter = this.head // a grant may withdraw others
    }
  }

  override rung(): void {
    this.serve()
  }

  /** Every step that frees a seat rings everybody. */
  passOn(): void {}

  override adopt(seat: Seat, site: Site, words: Int32Array): void {
    super.adopt(seat, site, words)
    this.me = seat.id
  }

  protected copyTo(words: Int32Array, seat: Seat): void {
    for (let i = 0; i < SEATS + this.parties; i++) {
      const word = load(this.words, this.at + i)
      store(words, OWN + i, i >= SEATS && word !== 0 ? (word & ~ID_MASK) | seat.id : word)
    }
  }

  /** What has become of a parked party; seats it as soon as that is possible. */
  private look(party: Party): number {
    const { words, at, me, site } = this
    let end = STAYS
    if (party.seat < 0) {
      const seat = arrive(words, at, me, site)
      if (seat === NO_SEAT) return STAYS
      if (seat === REFUSED) return FAILED
      party.seat = seat
      end = complete(words, at, seat, this.action !== undefined, site)
    } else end = outcome(words, at)
    if (end === PASSED || end === FAILED) free(words, at, party.seat, site)
    return end
  }

  /** Takes a party out, and answers what had become of it. */
  private take(waiter: Waiter<number>): number {
    const { seat } = waiter.data as Party
    this.detach(waiter)
    return seat < 0 ? LEFT : depart(this.words, this.at, this.me, seat, this.site)
  }

  /** Whether parties of this thread wait for a seat: nobody overtakes them. */
  private queued(): boolean {
    for (const waiter of this) if ((waiter.data as Party).seat < 0) return true
    return false
  }

  /** Runs the action, in the party that came last, and lets the others go on. */
  private readonly act = (seat: number): number => {
    const { words, at, site } = this
    let well = false
    try {
      const result: unknown = this.action?.()
      if (typeof (result as PromiseLike<unknown> | null | undefined)?.then === 'function')
        throw new TypeError(`the action of ${this.id} must be synchronous, but it returned ${shown(result)}`)
      well = true
    } finally {
      well = finishAction(words, at, seat, well, site) === PASSED
      this.serve()
    }
    if (!well) throw this.brokenError()
    return seat
  }

  private brokenError(): BrokenBarrierError {
    return new BrokenBarrierError(`${this.id} is broken, or was reset while this party waited`)
  }
}
