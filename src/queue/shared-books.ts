/**
 * The state of a shared queue: two headers, of which the lock's parity names the one that holds, and what they tell of.
 *
 *   FRONT, USED  where the oldest record in the arena begins, and how many words the records take from there on
 *   SIZE, BYTES  how many items lie there, and how many bytes they have
 *   UNFINISHED   items put, less those said to be done, dropped, or lost
 *   FLAGS        SHUT once it was shut down
 *   LOST         items that a thread had taken and not done when it died
 *   AGAIN        items that were given a second time for that reason
 *   TAKES        takes so far: the order of the hands
 *   REDO         how many of the following pairs hold: (word, value) that this change writes elsewhere
 *
 *   account      OWNER, OUT: the thread, and how many more items it took than it said are done
 *   hand         HOLDER (0: free), POSITION, LENGTH, ORDER: an item that was taken and is kept until it is done
 *
 * A change writes the other header, and records, where nothing points; then the lock is left with the other parity,
 * and all of it holds. What a change writes in place, at the accounts and the hands, stands in its header as pairs, and
 * whoever comes next writes them first: they mean the same however often they are written.
 *
 * Source: shadow paging with a redo log of one entry; see `shared-lock.ts`.
 *
 * Invariants
 *   1  The header that holds, and the records between FRONT and FRONT + USED, are written by nobody.
 *   2  Every change is one change of parity; a batch of takes in a queue that redelivers is several, in order.
 *   3  Records lie in the order of the puts. An item is in the ring, or in a hand, or with whoever took it.
 *   4  USED is the sum of the records of SIZE items; BYTES of their lengths, at most the limit.
 *
 * Cancellation: nothing of a wait is in these words. Death: an OUT above zero of a dead OWNER counts as lost and done;
 * where items are redelivered, a HOLDER that is dead leaves its item to the next taker instead.
 */
import { load, readHeld, writeHeld } from '../wait/atomics.ts'
import type { Site } from '../wait/site.ts'
import { alive, highWater, slotOf } from '../wait/table.ts'
import { Arena, type Packed, recordWords, sizeOf } from './shared-arena.ts'
import { ACCOUNT, HAND, HEADER, HEADERS, type Layout, LOCK, NUMBERS } from './shared-layout.ts'
import { ALONE, BUSY, enter, flip, leave } from './shared-lock.ts'

const FRONT = 0
const USED = 1
const SIZE = 2
const BYTES = 3
const UNFINISHED = 4
const FLAGS = 5
const LOST = 6
const AGAIN = 7
const TAKES = 8
const REDO = 9
const PAIRS = 10
/** Pairs that one change can have; as many as fit into a header. */
const MOST_PAIRS = (HEADER - PAIRS) / 2

const SHUT = 1

const OWNER = 0
const OUT = 1

const HOLDER = 0
const POSITION = 1
const LENGTH = 2
const ORDER = 3

export class Books {
  readonly words: Int32Array
  readonly at: number
  readonly layout: Layout
  readonly site: Site | null
  private readonly me: number
  private readonly account: number
  private readonly arena: Arena
  private readonly handArena: Arena
  /** The arena of a queue of numbers: records of two words each, without a length. */
  private readonly numbers: Float64Array | null
  /** Whether the account of this thread's slot is known to be its own. */
  opened = false

  // The header that holds, as of the last `open`.
  private front = 0
  private used = 0
  size = 0
  private bytes = 0
  unfinished = 0
  private flags = 0
  lost = 0
  again = 0
  private takes = 0
  private parity = 0
  /** Pairs of the change that is being made. */
  private readonly pairs: number[] = []

  constructor(words: Int32Array, at: number, layout: Layout, site: Site | null) {
    this.words = words
    this.at = at
    this.layout = layout
    this.site = site
    this.me = site === null ? ALONE : site.id
    this.account = at + layout.accounts + ACCOUNT * (site === null ? 0 : slotOf(site.id))
    this.arena = new Arena(words, at + layout.arena, layout.arenaWords)
    this.handArena = new Arena(words, at + layout.handArena, layout.handWords)
    this.numbers =
      layout.code === NUMBERS
        ? new Float64Array(words.buffer, words.byteOffset + 4 * (at + layout.arena), layout.arenaWords >>> 1)
        : null
  }

  get isShut(): boolean {
    return (this.flags & SHUT) !== 0
  }

  /** Whether taken items are kept until they are done. */
  get keeps(): boolean {
    return this.layout.hands > 0
  }

  /** Whether so many items of so many bytes have room. */
  fits(count: number, bytes: number): boolean {
    return this.size + count <= this.layout.capacity && this.bytes + bytes <= this.layout.bytes
  }

  /**
   * Says, without the lock, that a look would be in vain: the queue is empty, or full, and not shut down. What it reads
   * may be a change that was never made, because its thread died; but a death is told to everybody who waits.
   */
  isVain(size: number): boolean {
    const { words, at } = this
    const word = load(words, at + LOCK)
    const header = this.headerOf(word >>> 30)
    const vain = load(words, header + SIZE) === size && (load(words, header + FLAGS) & SHUT) === 0
    return vain && load(words, at + LOCK) === word
  }

  /** Takes the lock and reads; `false` if it is not to be had. */
  open(): boolean {
    const parity = enter(this.words, this.at + LOCK, this.site)
    if (parity === BUSY) return false
    this.parity = parity
    this.read()
    return true
  }

  /** Gives the lock back, nothing changed. */
  close(): void {
    leave(this.words, this.at + LOCK, this.parity)
  }

  /** Makes the change, and gives the lock back. */
  commit(): void {
    this.write()
    leave(this.words, this.at + LOCK, this.parity ^ 1)
  }

  /** Adds records behind all others. There is room for them. */
  push(items: readonly Packed[]): void {
    const { arena } = this
    if (this.numbers !== null) this.pushNumbers(this.numbers, items as readonly number[])
    else
      for (const item of items) {
        const size = sizeOf(item)
        const at = arena.after(this.front, this.used)
        arena.setWord(at, size)
        arena.write(arena.after(at, 1), item)
        this.used += recordWords(size)
        this.bytes += size
      }
    this.size += items.length
    this.unfinished += items.length
  }

  private pushNumbers(numbers: Float64Array, items: readonly number[]): void {
    let at = this.arena.after(this.front, this.used) >>> 1
    for (let i = 0; i < items.length; i++) {
      numbers[at] = items[i]!
      if (++at === numbers.length) at = 0
    }
    this.used += 2 * items.length
    this.bytes += 8 * items.length
  }

  /** Takes the first items of a queue of numbers. So many are there. */
  shiftNumbers(count: number, into: Packed[]): void {
    const numbers = this.numbers!
    let at = this.front >>> 1
    for (let i = 0; i < count; i++) {
      into.push(numbers[at]!)
      if (++at === numbers.length) at = 0
    }
    this.front = 2 * at
    this.used -= 2 * count
    this.bytes -= 8 * count
    this.size -= count
  }

  /** The length of the first item. There is one. */
  firstLength(): number {
    return this.numbers !== null ? 8 : this.arena.word(this.front)
  }

  firstNumber(): number {
    return this.numbers![this.front >>> 1]!
  }

  /** Copies the first item. */
  firstBytes(target: Uint8Array, to: number = 0): void {
    this.arena.read(this.arena.after(this.front, 1), this.firstLength(), target, to)
  }

  /** Takes the first item away. */
  shift(): void {
    const length = this.firstLength()
    const words = this.recordWords(length)
    this.front = this.arena.after(this.front, words)
    this.used -= words
    this.bytes -= length
    this.size--
  }

  /** Puts an item that was taken a moment ago back before all others; `false` if there is no room. */
  unshift(item: Packed): boolean {
    const size = sizeOf(item)
    const words = this.recordWords(size)
    if (this.used + words > this.arena.length) return false
    this.front = this.arena.after(this.front, this.arena.length - words)
    if (this.numbers !== null) this.numbers[this.front >>> 1] = item as number
    else {
      this.arena.setWord(this.front, size)
      this.arena.write(this.arena.after(this.front, 1), item)
    }
    this.used += words
    this.bytes += size
    this.size++
    return true
  }

  /** Counts items that this thread took; below zero, items that it said are done. */
  count(items: number): void {
    const { words, account } = this
    let out = readHeld(words, account + OUT)
    if (!this.opened && readHeld(words, account + OWNER) !== this.me) {
      // Of a former owner of the slot, who is dead.
      this.writeOff(out)
      out = 0
      this.set(account + OWNER, this.me)
    }
    this.set(account + OUT, (out + items) | 0)
  }

  /** Drops everything that lies there; says how much that was. */
  drop(): number {
    const count = this.size
    this.front = this.used = this.size = this.bytes = 0
    this.finish(Math.min(count, this.unfinished))
    return count
  }

  finish(items: number): void {
    this.unfinished -= items
  }

  shut(): void {
    this.flags |= SHUT
  }

  /** Counts as lost what dead threads had taken; one account a change. Says how many items that were. */
  bury(): number {
    const { site, words, at, layout } = this
    if (site === null) return 0
    let lost = 0
    for (let slot = 0, end = highWater(site.table); slot < end; slot++) {
      const account = at + layout.accounts + ACCOUNT * slot
      const owner = readHeld(words, account + OWNER)
      const out = readHeld(words, account + OUT)
      if (out === 0 || owner === this.me || alive(site.table, owner)) continue
      lost += this.writeOff(out)
      this.set(account + OUT, 0)
      this.step()
    }
    return lost
  }

  /** Makes the change so far, and keeps the lock. */
  step(): void {
    this.write()
    flip(this.words, this.at + LOCK)
    this.parity ^= 1
    this.apply(this.headerOf(this.parity))
    this.pairs.length = 0
  }

  // Hands.

  /** The hand whose holder died, the oldest of them; or -1. */
  abandoned(): number {
    return this.oldest(
      (holder) => holder !== this.me && this.site !== null && !alive(this.site.table, holder),
    )
  }

  /** This thread's oldest hand, or else that of another living thread; or -1. */
  toFinish(): number {
    const own = this.oldest((holder) => holder === this.me)
    return own >= 0 ? own : this.oldest((holder) => this.site !== null && alive(this.site.table, holder))
  }

  /** The hand that this thread took last; or -1. */
  lastOwn(): number {
    let last = -1
    this.oldest((holder, hand) => {
      if (holder === this.me && (last < 0 || this.isOlder(last, hand))) last = hand
      return false
    })
    return last
  }

  /** A free hand with the first item in it, to be held by this thread once the change is made; -1 if there is none. */
  grasp(): number {
    const length = this.firstLength()
    const hand = this.freeHand()
    const position = hand < 0 ? -1 : this.freePiece(recordWords(length) - 1)
    if (position < 0) return -1
    const { words, handArena } = this
    writeHeld(words, hand + POSITION, position)
    writeHeld(words, hand + LENGTH, length)
    writeHeld(words, hand + ORDER, this.takes)
    if (this.numbers !== null) handArena.write(position, this.firstNumber())
    else {
      const copy = new Uint8Array(length)
      this.firstBytes(copy)
      handArena.write(position, copy)
    }
    this.hold(hand)
    this.shift()
    return hand
  }

  /** Takes over the hand of a dead thread. */
  inherit(hand: number): void {
    this.again++
    this.hold(hand)
  }

  /** This thread holds it once the change is made. */
  private hold(hand: number): void {
    this.takes = (this.takes + 1) | 0
    this.set(hand + HOLDER, this.me)
  }

  /** Nobody holds it once the change is made. */
  release(hand: number): void {
    this.set(hand + HOLDER, 0)
  }

  lengthIn(hand: number): number {
    return readHeld(this.words, hand + LENGTH)
  }

  numberIn(hand: number): number {
    return this.handArena.readNumber(readHeld(this.words, hand + POSITION))
  }

  bytesIn(hand: number, target: Uint8Array, to: number = 0): void {
    this.handArena.read(readHeld(this.words, hand + POSITION), this.lengthIn(hand), target, to)
  }

  /** How many items are taken and not done. */
  held(): number {
    let held = 0
    this.oldest(() => {
      held++
      return false
    })
    return held
  }

  private isOlder(hand: number, other: number): boolean {
    const { words } = this
    return ((readHeld(words, hand + ORDER) - readHeld(words, other + ORDER)) | 0) < 0
  }

  private oldest(wanted: (holder: number, hand: number) => boolean): number {
    const { words, at, layout } = this
    let found = -1
    for (let i = 0; i < layout.hands; i++) {
      const hand = at + layout.handTable + HAND * i
      const holder = readHeld(words, hand + HOLDER)
      if (holder === 0 || !wanted(holder, hand)) continue
      if (found < 0 || this.isOlder(hand, found)) found = hand
    }
    return found
  }

  private freeHand(): number {
    const { words, at, layout } = this
    for (let i = 0; i < layout.hands; i++) {
      const hand = at + layout.handTable + HAND * i
      if (readHeld(words, hand + HOLDER) === 0) return hand
    }
    return -1
  }

  /** Where so many words are free in one piece: at the beginning, or behind a hand. */
  private freePiece(length: number): number {
    const { words, at, layout } = this
    const pieces: { from: number; to: number }[] = []
    for (let i = 0; i < layout.hands; i++) {
      const hand = at + layout.handTable + HAND * i
      if (readHeld(words, hand + HOLDER) === 0) continue
      const from = readHeld(words, hand + POSITION)
      pieces.push({ from, to: from + recordWords(readHeld(words, hand + LENGTH)) - 1 })
    }
    pieces.sort((a, b) => a.from - b.from)
    let position = 0
    for (const { from, to } of pieces) {
      if (from - position >= length) break
      position = Math.max(position, to)
    }
    return position + length <= layout.handWords ? position : -1
  }

  private writeOff(out: number): number {
    if (out <= 0 || this.keeps) return 0
    this.lost += out
    this.unfinished = Math.max(0, this.unfinished - out)
    return out
  }

  private set(word: number, value: number): void {
    if (this.pairs.length === 2 * MOST_PAIRS) throw new RangeError('too many words in one change')
    this.pairs.push(word, value)
  }

  private recordWords(length: number): number {
    return this.numbers === null ? recordWords(length) : 2
  }

  private headerOf(parity: number): number {
    return this.at + HEADERS + HEADER * (parity & 1)
  }

  private read(): void {
    const { words } = this
    const header = this.headerOf(this.parity)
    this.apply(header)
    this.front = readHeld(words, header + FRONT)
    this.used = readHeld(words, header + USED)
    this.size = readHeld(words, header + SIZE)
    this.bytes = readHeld(words, header + BYTES)
    this.unfinished = readHeld(words, header + UNFINISHED)
    this.flags = readHeld(words, header + FLAGS)
    this.lost = readHeld(words, header + LOST)
    this.again = readHeld(words, header + AGAIN)
    this.takes = readHeld(words, header + TAKES)
    this.pairs.length = 0
  }

  /** Writes what the last change has to write in place. */
  private apply(header: number): void {
    const { words, at } = this
    const pairs = readHeld(words, header + REDO)
    for (let i = 0; i < pairs; i++) {
      const word = at + readHeld(words, header + PAIRS + 2 * i)
      const value = readHeld(words, header + PAIRS + 2 * i + 1)
      if (readHeld(words, word) !== value) writeHeld(words, word, value)
    }
  }

  /** Writes the other header. */
  private write(): void {
    const { pairs } = this
    const header = this.headerOf(this.parity ^ 1)
    this.put(header + FRONT, this.front)
    this.put(header + USED, this.used)
    this.put(header + SIZE, this.size)
    this.put(header + BYTES, this.bytes)
    this.put(header + UNFINISHED, this.unfinished)
    this.put(header + FLAGS, this.flags)
    this.put(header + LOST, this.lost)
    this.put(header + AGAIN, this.again)
    this.put(header + TAKES, this.takes)
    this.put(header + REDO, pairs.length >>> 1)
    for (let i = 0; i < pairs.length; i += 2) {
      this.put(header + PAIRS + i, pairs[i]! - this.at)
      this.put(header + PAIRS + i + 1, pairs[i + 1]!)
    }
  }

  /** What is the same is not written, so that the other threads' copies stay good. */
  private put(word: number, value: number): void {
    if (readHeld(this.words, word) !== value) writeHeld(this.words, word, value)
  }
}
