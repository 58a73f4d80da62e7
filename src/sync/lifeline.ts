/** The end of what another thread does, however it ends; the state machine is in `lifeline-word.ts`. */
import { CancelledError } from '../errors.ts'
import { LOOP, NOT_READY, type Operation, type Poll, THREAD } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import { load } from '../wait/atomics.ts'
import { attachTo, type Handle, handleOf } from '../wait/handle.ts'
import { inspectable, type Inspection } from '../wait/inspect.ts'
import { Claim } from '../wait/primitive.ts'
import type { Seat } from '../wait/seat.ts'
import type { Site } from '../wait/site.ts'
import { Gate } from './gate.ts'
import { bind, DIED, finish, HELD, look, OPEN, PENDING } from './lifeline-word.ts'

/** How it came to an end: somebody said so, or the thread that held it died before. */
export type LifelineEnd = 'ended' | 'died'

/** What `lifeline.statistics()` gives. */
export interface LifelineStatistics {
  readonly state: 'open' | 'held' | LifelineEnd
  /** Waits of this thread that are pending. */
  readonly waiters: number
}

/**
 * Tells of the end of a piece of work in another thread: the thread binds itself to the lifeline, works, and ends it;
 * if it dies before that, by a crash, `terminate()` or `process.exit()`, the lifeline tells that too. It ends once and
 * for all, and every waiter is told. Use an `Event` where nobody's death matters.
 */
export class Lifeline extends Gate {
  /** This thread's HELD word. */
  private me = HELD

  constructor() {
    super(1)
  }

  /** The lifeline of this thread that `lifeline.handle` of another thread stands for. */
  static attach(handle: Handle<'Lifeline'>): Lifeline {
    return attachTo(handle, 'Lifeline', () => new Lifeline())
  }

  get kind(): 'Lifeline' {
    return 'Lifeline'
  }

  /** A plain value that `Lifeline.attach` makes this lifeline of in another thread. */
  get handle(): Handle<'Lifeline'> {
    return handleOf(this, 1)
  }

  /** How it ended, or `undefined` while it has not. */
  get outcome(): LifelineEnd | undefined {
    const found = look(this.words, this.at, this.site)
    return found === PENDING ? undefined : found === DIED ? 'died' : 'ended'
  }

  /** This thread is the one whose death ends it, from now on. `false` if a thread was before, or it is over. */
  bind(): boolean {
    return bind(this.words, this.at, this.me)
  }

  /** Ends it, from any thread. `false` if it had been ended before. */
  end(): boolean {
    const first = finish(this.words, this.at, this.site)
    if (first) this.serve()
    return first
  }

  /** Waits until it is over and tells how. Cancel safe. */
  wait(options?: WaitOptions): Operation<LifelineEnd> {
    return limited(new WaitForEnd(this), options)
  }

  /** Ends every wait of this thread for it with `reason`. */
  cancelWaiters(reason: unknown = new CancelledError(`waiting for ${this.id} was cancelled`)): void {
    this.failAll(reason)
  }

  statistics(): LifelineStatistics {
    const open = load(this.words, this.at) === OPEN
    return { state: this.outcome ?? (open ? 'open' : 'held'), waiters: this.size }
  }

  inspect(): Inspection {
    const word = load(this.words, this.at)
    const holder = word === this.me ? 'this thread' : 'another thread'
    return inspectable(this, this.statistics().state === 'held' ? holder : undefined)
  }

  claim(): Poll<LifelineEnd> {
    return this.outcome ?? NOT_READY
  }

  /** Only this thread's loop can end what this thread holds. */
  override reach(): number {
    return this.site === null || load(this.words, this.at) === this.me ? LOOP : THREAD
  }

  override adopt(seat: Seat, site: Site, words: Int32Array): void {
    super.adopt(seat, site, words)
    this.me = HELD | seat.id
  }

  protected copyTo(words: Int32Array, seat: Seat): void {
    const word = load(this.words, this.at)
    words[words.length - 1] = word === this.me ? HELD | seat.id : word
  }
}

class WaitForEnd extends Claim<LifelineEnd> {
  declare readonly on: Lifeline

  claim(): Poll<LifelineEnd> {
    return this.on.claim()
  }

  get verb(): string {
    return 'wait()'
  }
}
