/**
 * The workers of a pool: how many there are, who replaces whom.
 *
 * Grows and shrinks as the dynamic pool of futurist: busy = (workers - free + waiting calls) / workers; one is added at
 * `growThreshold`, a free one ends at `shrinkThreshold`. Differences: no more are started than there are calls that no
 * worker is free for; a free one may also end after a time.
 *
 * Invariants: a member that is over is not in the list. Workers that end three times in a row before they could work, or
 * without having been given anything to do, break the crew: it starts no more.
 */
import { BrokenPoolError, Timer } from '../../index.ts'
import { numbered } from '../state.ts'
import { Member, type Team } from './member.ts'
import type { CrewSetup } from './options.ts'

/** In a row, of workers that were not given anything to do. */
const FAILURES = 3

export class Crew {
  readonly members: Set<Member> = new Set()
  readonly setup: CrewSetup
  /** What broke it. */
  broken: BrokenPoolError | undefined = undefined
  private readonly team: Team
  private readonly name: string
  private started = 0
  private failures = 0
  private holding = false
  private wanted = false
  private dropping = false
  private closed = false
  private resting: Timer | undefined = undefined

  constructor(setup: CrewSetup, kind: string, team: Team) {
    this.setup = setup
    this.team = team
    this.name = setup.name ?? numbered(kind)
  }

  /** Those that count: they take calls, or will. */
  get size(): number {
    let count = 0
    for (const { leaving, stopped } of this.members) if (!leaving && !stopped) count++
    return count
  }

  get free(): number {
    let count = 0
    for (const member of this.members) if (member.open && member.size === 0) count++
    return count
  }

  get starting(): number {
    let count = 0
    for (const { ready, stopped } of this.members) if (!ready && !stopped) count++
    return count
  }

  /** Starts workers until there are `count`. */
  startUpTo(count: number): void {
    while (this.size < count && this.broken === undefined && !this.closed) this.start()
  }

  /** `waiting` calls are not begun: starts workers for them if that is due. */
  grow(waiting: number): void {
    const { most, growThreshold } = this.setup
    if (this.closed || waiting === 0) return
    for (let size = this.size; size < most && this.broken === undefined; size = this.size) {
      const { free, starting } = this
      if (waiting <= free + starting) return
      if (size > 0 && (size - free + waiting) / size < growThreshold) return
      this.start()
    }
  }

  /** Lets one free worker go if there are too many. */
  shrink(waiting: number): void {
    const { least, shrinkThreshold } = this.setup
    const { size } = this
    if (size <= least || waiting > 0) return
    const { free } = this
    if (free > 0 && (size - free) / size <= shrinkThreshold) this.dismissOne()
  }

  /** A worker has nothing to do. */
  rests(): void {
    const { idleTimeout, least } = this.setup
    if (idleTimeout === Infinity || this.resting !== undefined || this.closed || this.size <= least) return
    this.resting = new Timer(
      idleTimeout,
      () => {
        this.resting = undefined
        const now = performance.now()
        let restless = false
        for (const member of this.members) {
          if (!member.open || member.size > 0 || this.size <= least) continue
          // A timer may be a trifle early.
          if (now - member.heard >= idleTimeout - 1) this.dismiss(member)
          else restless = true
        }
        if (restless) this.rests()
      },
      { ref: false },
    )
    this.resting.start()
  }

  /** Whether the process is held: it is while there is something to do. */
  hold(on: boolean): void {
    this.wanted = on
    if (on === this.holding) return
    if (on) this.holdAll(true)
    // Often there is something to do again at once.
    else if (!this.dropping) {
      this.dropping = true
      soon(() => {
        this.dropping = false
        if (!this.wanted) this.holdAll(false)
      })
    }
  }

  private holdAll(on: boolean): void {
    this.holding = on
    for (const member of this.members) member.hold(on)
  }

  dismiss(member: Member): void {
    member.leave()
  }

  /** All that there are now leave. */
  dismissAll(): Member[] {
    const all = [...this.members]
    for (const member of all) member.leave()
    return all
  }

  /** All leave, and no more come. */
  close(): void {
    this.closed = true
    this.resting?.cancel()
    this.dismissAll()
  }

  stopAll(): void {
    for (const member of [...this.members]) member.stop()
  }

  /** A worker took up its work. */
  worked(): void {
    this.failures = 0
  }

  /** A member is over. */
  over(member: Member, error: unknown): void {
    this.members.delete(member)
    if (member.taken > 0 || member.stopped || (member.leaving && error === undefined)) return
    if (++this.failures < FAILURES) return
    this.broken ??= new BrokenPoolError(
      `${this.name} is broken: ${FAILURES} workers in a row ended before they could work; the last one because of ${told(error)}`,
      { cause: error },
    )
  }

  private dismissOne(): void {
    for (const member of this.members) if (member.open && member.size === 0) return this.dismiss(member)
  }

  private start(): void {
    const { setup, grace, start } = this.setup
    try {
      const name = `${this.name}-worker-${++this.started}`
      this.members.add(new Member({ ...start, setup, grace, name, ref: this.holding }, this.team))
    } catch (error) {
      this.broken = new BrokenPoolError(`${this.name} is broken: no worker can be started: ${told(error)}`, {
        cause: error,
      })
    }
  }
}

function told(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

/** In the next turn of the event loop. */
function soon(f: () => void): void {
  if (typeof setImmediate === 'function') setImmediate(f)
  else setTimeout(f, 0)
}
