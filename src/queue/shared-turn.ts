/**
 * Whose turn it is at one side of a shared queue, where somebody was overtaken too often.
 *
 *   0      nobody's: whoever comes, goes
 *   id     only the thread `id` goes, as long as it lives and waits, for 10 ms at most as seen by another
 *
 * Source: the starvation mode of Go's `sync.Mutex`, with offers in place of transfers, as in the core's locks.
 * Who makes something available gives the turn; who uses it, or finds that it means nothing, takes it away.
 */
import { compareExchange, load, now } from '../wait/atomics.ts'
import type { Site } from '../wait/site.ts'

const LAPSE = 10

/** So often in a row may what was made available go to waiters of the same thread while another thread waits. */
const TURNS = 8

export class Turn {
  private readonly words: Int32Array
  private readonly at: number
  private readonly site: Site

  constructor(words: Int32Array, at: number, site: Site) {
    this.words = words
    this.at = at
    this.site = site
  }

  /** Whether this thread may go now. */
  allows(): boolean {
    const { words, at, site } = this
    const id = load(words, at)
    if (id === 0 || id === site.id || !site.waits(id)) {
      site.reserved = 0
      return true
    }
    const time = now()
    if (site.reserved !== id) {
      site.reserved = id
      site.reservedAt = time
    }
    if (time - site.reservedAt < LAPSE) return false
    site.reserved = 0
    compareExchange(words, at, id, 0)
    return true
  }

  /** This thread went. */
  used(): void {
    const { words, at, site } = this
    if (load(words, at) === site.id) compareExchange(words, at, site.id, 0)
  }

  /** Something is available: gives the turn to who starves, or has stood by for long. `own`: so has this thread. */
  give(own: boolean): void {
    const { words, at, site } = this
    if (site.alone()) {
      site.handed = 0
      return
    }
    const standsBy = own && ++site.handed > TURNS
    const id = site.starving() || (standsBy ? site.next() : 0)
    if (id === 0) return
    const before = load(words, at)
    if (before !== 0 && site.waits(before)) return
    site.handed = 0
    compareExchange(words, at, before, id)
  }

  /** Rings whose turn it is; `false` if it is nobody's. */
  ring(): boolean {
    const id = load(this.words, this.at)
    if (id === 0 || !this.site.waits(id)) return false
    if (id !== this.site.id) this.site.ring(id)
    return true
  }
}
