/**
 * What a shared queue does in one thread: changes of its books, and who must look after each.
 *
 * Who puts lets takers look, who takes lets givers look, whoever makes the last unfinished item done lets all look who
 * join; first those of this thread, then those of others. Who takes and leaves some over lets the next taker look.
 */
import { QueueShutDownError, WouldBlockError } from '../errors.ts'
import { NOT_READY, type Poll } from '../operation/operation.ts'
import { OWN } from '../wait/handle.ts'
import { lookSoon } from '../wait/lapse.ts'
import type { Seat } from '../wait/seat.ts'
import { Site, SITE_WORDS } from '../wait/site.ts'
import { slotOf } from '../wait/table.ts'
import { thread } from '../wait/thread.ts'
import { type Packed, sizeOf } from './shared-arena.ts'
import { Books } from './shared-books.ts'
import type { Freight } from './shared-codec.ts'
import { ACCOUNT, begin, HAND, type Layout, NUMBERS, TURN } from './shared-layout.ts'
import { SharedLine, type SharedOwner } from './shared-line.ts'
import { ALONE } from './shared-lock.ts'
import { Turn } from './shared-turn.ts'

/** What `onAbandoned` is told: a thread ended while it had items that it had not said are done. */
export interface AbandonedItems {
  readonly items: number
  /** Whether they were given again; otherwise they are lost, and count as done. */
  readonly redelivered: boolean
}

/** It is the line of those who wait for an item, too. @internal */
export class SharedCore<T> extends SharedLine implements SharedOwner {
  readonly layout: Layout
  readonly freight: Freight<T>
  readonly givers: SharedLine
  readonly joiners: SharedLine
  books: Books
  /** The queue whose core it is. */
  queue: unknown = undefined
  onAbandoned: ((report: AbandonedItems) => void) | undefined = undefined
  private takersTurn: Turn | null = null
  private giversTurn: Turn | null = null
  /** Whether this thread changed something that others may wait for, and has let nobody look yet. */
  private changed = false

  constructor(layout: Layout, freight: Freight<T>, words: Int32Array) {
    super('SharedQueue')
    this.owner = this
    this.layout = layout
    this.freight = freight
    this.givers = new SharedLine('SharedQueue', this, this)
    this.joiners = new SharedLine('SharedQueue', this, this)
    this.words = words
    this.at = 0
    this.books = new Books(words, 0, layout, null)
  }

  override adopt(seat: Seat, site: Site, words: Int32Array): void {
    super.adopt(seat, site, words)
    const sites = OWN + this.layout.sites
    const of = (at: number): Site => new Site(seat.table, words, at, site.id, site.bucket)
    this.givers.adopt(seat, of(sites), words)
    this.joiners.adopt(seat, of(sites + SITE_WORDS), words)
    this.books = new Books(words, OWN, this.layout, site)
    this.takersTurn = new Turn(words, OWN + TURN, site)
    this.giversTurn = new Turn(words, OWN + TURN + 1, this.givers.site!)
  }

  override move(seat: Seat, site: Site, words: Int32Array): void {
    super.move(seat, site, words)
    for (const line of [this.givers, this.joiners]) line.move(seat, line.site!, words)
  }

  protected override copyTo(words: Int32Array, seat: Seat): void {
    const { layout, books } = this
    // A change without pairs: those of the last one name the words of before.
    if (books.open()) books.commit()
    words.set(this.words, OWN)
    begin(words, OWN, layout)
    const accounts = OWN + layout.accounts
    const [owner, out] = [words[accounts]!, words[accounts + 1]!]
    words[accounts] = words[accounts + 1] = 0
    const own = accounts + ACCOUNT * slotOf(seat.id)
    words[own] = owner === 0 ? 0 : seat.id
    words[own + 1] = out
    const hands = OWN + layout.handTable
    for (let hand = hands; hand < hands + HAND * layout.hands; hand += HAND)
      if (words[hand] === ALONE) words[hand] = seat.id
  }

  /** Puts items that fit into the queue at all. `waits`: not at once, so that a look without the lock will do. */
  give(items: readonly Packed[], bytes: number, waits: boolean): Poll<void> {
    const { books, layout } = this
    if (waits && books.isVain(layout.capacity)) return NOT_READY
    if (!books.open()) return this.busy(this.givers, waits)
    if (books.isShut) {
      books.close()
      throw new QueueShutDownError(`${this.id} is shut down: no item can be put`)
    }
    if (!books.fits(items.length, bytes) || this.giversTurn?.allows() === false) {
      books.close()
      return NOT_READY
    }
    books.push(items)
    this.commit()
    this.giversTurn?.used()
  }

  /** Takes `max` items at most, and adds them to `into`; `NOT_READY` if there is none. */
  take(max: number, into: Packed[], waits: boolean, target?: Uint8Array): Poll<void> {
    const { books } = this
    if (waits && !books.keeps && books.isVain(0)) return NOT_READY
    if (!books.open()) return this.busy(this, waits)
    if (books.keeps) return this.takeKept(max, into, target)
    if (books.size === 0) return this.nothing()
    if (this.takersTurn?.allows() === false) {
      books.close()
      return NOT_READY
    }
    this.check(books.firstLength(), target)
    const count = Math.min(max, books.size)
    if (this.freight.code === NUMBERS) books.shiftNumbers(count, into)
    else
      for (let i = 0; i < count; i++) {
        into.push(this.read(-1, target))
        books.shift()
      }
    books.count(count)
    this.commit()
    books.opened = true
    this.takersTurn?.used()
  }

  /** The first item, which stays. */
  first(into: Packed[], waits: boolean): Poll<void> {
    const { books } = this
    if (waits && !books.keeps && books.isVain(0)) return NOT_READY
    if (!books.open()) return this.busy(this, waits)
    const hand = books.keeps ? books.abandoned() : -1
    if (hand < 0 && books.size === 0) return this.nothing()
    into.push(this.read(hand))
    books.close()
    // Somebody else may want to take what this one only looked at.
    this.changed = true
  }

  /** Puts back an item that was taken for somebody who is gone. */
  putBack(item: Packed): void {
    const { books } = this
    if (!books.open()) return
    const hand = books.keeps ? books.lastOwn() : -1
    if (books.unshift(item)) {
      if (hand >= 0) books.release(hand)
      if (!books.keeps) books.count(-1)
      this.commit()
    } else books.close()
    this.moved()
  }

  /** Says that `n` items are done; a number, of those that are unfinished, if those are fewer. */
  finish(n: number): number | undefined {
    const { books } = this
    if (!books.open()) throw this.stuck('taskDone()')
    const { unfinished } = books
    if (n > unfinished) {
      books.close()
      return unfinished
    }
    if (books.keeps) {
      for (let i = 1; i <= n; i++) {
        books.finish(1)
        const hand = books.toFinish()
        if (hand >= 0) books.release(hand)
        if (i < n) books.step()
      }
    } else {
      books.finish(n)
      books.count(-n)
    }
    this.commit()
    if (!books.keeps) books.opened = true
    this.moved()
    return undefined
  }

  /** Whether the work on every item is done; counts as lost what dead threads had. */
  isFinished(waits: boolean): boolean {
    const { books } = this
    if (!books.open()) {
      if (this.busy(this.joiners, waits) === NOT_READY) return false
    }
    this.buryDead()
    const done = books.unfinished === 0
    books.close()
    return done
  }

  shut(immediate: boolean): void {
    const { books } = this
    if (!books.open()) throw this.stuck('shutdown()')
    books.shut()
    if (immediate) books.drop()
    this.commit()
    this.moved()
    if (this.site !== null) this.site.ringEach()
  }

  drop(): number {
    const { books } = this
    if (!books.open()) throw this.stuck('clear()')
    const count = books.drop()
    this.commit()
    this.moved()
    return count
  }

  /** Brings the books up to date, for reports; `false` if that cannot be done now. */
  look(): boolean {
    if (!this.books.open()) return false
    this.buryDead()
    this.books.close()
    this.moved()
    return true
  }

  /** Lets all look for whom something may have changed. */
  moved(): void {
    if (!this.changed) return
    if (this.isQuiet()) {
      this.changed = false
      return
    }
    this.reserve()
    this.serveAll()
    this.ring()
  }

  settle(): void {
    if (this.serveAll() || this.changed) this.ring()
  }

  override passOn(line?: SharedLine): void {
    if (this.site === null) return
    if (line === this.joiners) return
    const { books } = this
    if (books.open()) books.close()
    this.ring()
  }

  private commit(): void {
    this.books.commit()
    this.changed = true
  }

  /** In turns, until nobody of this thread can go on. */
  private serveAll(): boolean {
    let progress = false
    while (this.serveOne() || this.givers.serveOne() || this.joiners.serveOne()) progress = true
    return progress
  }

  /** Whether nobody waits who could go on now: what it takes to know that is all that most changes cost. */
  private isQuiet(): boolean {
    const { books, site, givers, joiners } = this
    if (site === null || this.head !== null || givers.head !== null || joiners.head !== null) return false
    const ended = books.isShut
    if ((books.size > 0 || ended) && !site.alone()) return false
    if ((books.fits(1, 0) || ended) && !givers.site!.alone()) return false
    return books.unfinished > 0 || joiners.site!.alone()
  }

  private reserve(): void {
    const { books, takersTurn, giversTurn } = this
    if (takersTurn === null || giversTurn === null) return
    if (books.size > 0) takersTurn.give(this.head !== null)
    if (books.fits(1, 0)) giversTurn.give(this.givers.head !== null)
  }

  /** Rings other threads that could go on now. */
  private ring(): void {
    this.changed = false
    const { books, site } = this
    if (site === null) return
    const givers = this.givers.site!
    const joiners = this.joiners.site!
    const shut = books.isShut
    if ((books.size > 0 || shut) && !site.alone() && !this.takersTurn!.ring()) site.ringNext()
    // They may wait for room of different sizes, so that one would swallow the ring of another.
    if ((books.fits(1, 0) || shut) && !givers.alone() && !this.giversTurn!.ring()) givers.ringEach()
    if (books.unfinished === 0 && !joiners.alone()) joiners.ringEach()
  }

  private takeKept(max: number, into: Packed[], target?: Uint8Array): Poll<void> {
    const { books } = this
    let again = 0
    const before = into.length
    while (into.length - before < max) {
      const hand = books.abandoned()
      if (hand < 0 && (books.size === 0 || this.takersTurn?.allows() === false)) break
      if (into.length > before) books.step()
      const length = hand < 0 ? books.firstLength() : books.lengthIn(hand)
      if (into.length === before) this.check(length, target)
      const taken = hand < 0 ? books.grasp() : hand
      if (taken < 0) break
      if (hand >= 0) {
        books.inherit(hand)
        again++
      }
      into.push(this.read(taken, target))
    }
    if (into.length === before) return books.size === 0 ? this.nothing() : (books.close(), NOT_READY)
    this.commit()
    this.takersTurn?.used()
    if (again > 0) this.report(again, true)
  }

  /** None lies there. */
  private nothing(): typeof NOT_READY {
    const { isShut } = this.books
    this.books.close()
    if (isShut) throw new QueueShutDownError(`${this.id} is shut down: no item is left`)
    return NOT_READY
  }

  /** The item in a hand, or the first one of the ring. */
  private read(hand: number, target?: Uint8Array): Packed {
    const { books, freight } = this
    if (target !== undefined) {
      if (hand < 0) books.firstBytes(target)
      else books.bytesIn(hand, target)
      return hand < 0 ? books.firstLength() : books.lengthIn(hand)
    }
    if (freight.code === NUMBERS) return hand < 0 ? books.firstNumber() : books.numberIn(hand)
    const bytes = new Uint8Array(hand < 0 ? books.firstLength() : books.lengthIn(hand))
    if (hand < 0) books.firstBytes(bytes)
    else books.bytesIn(hand, bytes)
    return bytes
  }

  /** Throws, and changes nothing, if an item does not fit into a caller's buffer. */
  private check(length: number, target: Uint8Array | undefined): void {
    if (target === undefined || length <= target.length) return
    this.books.close()
    throw new RangeError(
      `buffer must hold the next item, which has ${length} bytes; it holds ${target.length} bytes`,
    )
  }

  private buryDead(): void {
    if (this.books.keeps) return
    const lost = this.books.bury()
    if (lost === 0) return
    this.changed = true
    this.report(lost, false)
  }

  /** In code of nobody: a claim runs none of the user's. */
  private report(items: number, redelivered: boolean): void {
    const { onAbandoned } = this
    if (onAbandoned !== undefined) queueMicrotask(() => onAbandoned({ items, redelivered }))
  }

  /** The lock is with a thread of which it cannot be told here whether it lives. */
  private busy(line: SharedLine, waits: boolean): typeof NOT_READY {
    if (!waits) throw this.stuck('this')
    if (!thread.blocking) lookSoon(line)
    return NOT_READY
  }

  private stuck(what: string): WouldBlockError {
    return new WouldBlockError(
      `${this.id}: ${what} would have to wait for another thread, which stopped in the middle of a change; ` +
        'if it died, the event loop of this thread is told soon',
    )
  }
}

export function bytesOf(items: readonly Packed[]): number {
  let sum = 0
  for (const item of items) sum += sizeOf(item)
  return sum
}
