/**
 * A ring of numbers from one thread to one other.
 *
 *   WRITTEN   numbers written so far, modulo 2^32; stored by the writer only
 *   READ      numbers read so far, modulo 2^32; stored by the reader only
 *
 * Source: Lamport's single-producer, single-consumer ring (1983), with counts that run on, so that full and empty are
 * told apart without a spare place; each side keeps the other's count until it is too old (FastForward, B-Queue).
 *
 * Invariants: 0 <= WRITTEN - READ <= capacity. The numbers from READ to WRITTEN are written by nobody; the others are
 * read by nobody. A write holds with its one store of WRITTEN, a read with that of READ: a thread that is killed
 * before has done nothing. Wait-free: neither side ever waits for, or repeats for, the other.
 *
 * Waiting is at the side: who waits for numbers at the primitive's own site, who waits for room at a second one.
 * Cancellation: nothing of a wait is in these words.
 */
import { CancelledError, HandleError, requireInteger, shown } from '../errors.ts'
import { NOT_READY, type Operation, type Poll } from '../operation/operation.ts'
import { limited, type WaitOptions } from '../operation/options.ts'
import { load, readHeld, store } from '../wait/atomics.ts'
import { attachTo, type Handle, handleOf, OWN } from '../wait/handle.ts'
import { type Inspection, printed } from '../wait/inspect.ts'
import { Claim } from '../wait/primitive.ts'
import type { Seat } from '../wait/seat.ts'
import { Site, SITE_WORDS } from '../wait/site.ts'
import { SharedLine, type SharedOwner } from './shared-line.ts'

const CAPACITY = 0
const TYPE = 1
const SITE = 16
/** Each count in a cache line of its own, so that the two sides do not disturb each other. */
const WRITTEN: number = SITE + 16 * Math.ceil(SITE_WORDS / 16)
const READ: number = WRITTEN + 16
const DATA: number = READ + 16

/** The arrays that a ring can be made of. */
export interface RingTypes {
  readonly Float64Array: Float64Array
  readonly Float32Array: Float32Array
  readonly Int32Array: Int32Array
  readonly Uint32Array: Uint32Array
  readonly Int16Array: Int16Array
  readonly Uint16Array: Uint16Array
  readonly Int8Array: Int8Array
  readonly Uint8Array: Uint8Array
}

/** The name of an array that a ring can be made of. */
export type RingType = keyof RingTypes

const TYPES: readonly RingType[] = [
  'Float64Array',
  'Float32Array',
  'Int32Array',
  'Uint32Array',
  'Int16Array',
  'Uint16Array',
  'Int8Array',
  'Uint8Array',
]

/** What the constructor of `SharedRing` takes. */
export interface SharedRingOptions<K extends RingType> {
  /** How many numbers it holds, an integer of at least 1. */
  capacity: number
  /** Default `'Float64Array'`. */
  type?: K | undefined
}

/** What `ring.statistics()` gives. */
export interface SharedRingStatistics {
  /** Numbers that lie in it. */
  readonly size: number
  readonly capacity: number
  /** Waits of this thread for numbers. */
  readonly readers: number
  /** Waits of this thread for room. */
  readonly writers: number
}

type Numbers = RingTypes[RingType]

class RingCore extends SharedLine implements SharedOwner {
  readonly capacity: number
  readonly type: number
  readonly givers: SharedLine
  /** The numbers themselves, as an array of its type. */
  data: Numbers
  ring: unknown = undefined
  private written = 0
  private read = 0
  /** Whether this thread wrote, or read, and has let nobody look yet. */
  private wrote = false
  private took = false

  constructor(capacity: number, type: number, words: Int32Array) {
    super('SharedRing')
    this.owner = this
    this.givers = new SharedLine('SharedRing', this, this)
    this.capacity = capacity
    this.type = type
    this.words = words
    this.at = 0
    this.data = this.view()
  }

  override adopt(seat: Seat, site: Site, words: Int32Array): void {
    super.adopt(seat, site, words)
    this.givers.adopt(seat, new Site(seat.table, words, OWN + SITE, site.id, site.bucket), words)
    this.data = this.view()
    this.written = load(words, this.at + WRITTEN)
    this.read = load(words, this.at + READ)
  }

  override move(seat: Seat, site: Site, words: Int32Array): void {
    super.move(seat, site, words)
    this.givers.move(seat, this.givers.site!, words)
  }

  protected override copyTo(words: Int32Array): void {
    words.set(this.words, OWN)
  }

  /** How many numbers lie in it. */
  get count(): number {
    return (load(this.words, this.at + WRITTEN) - load(this.words, this.at + READ)) >>> 0
  }

  /** Writes as many numbers as have room; says how many. */
  put(numbers: ArrayLike<number>): number {
    const { words, at, capacity } = this
    const written = readHeld(words, at + WRITTEN)
    let room = capacity - ((written - this.read) >>> 0)
    if (room < numbers.length) {
      this.read = load(words, at + READ)
      room = capacity - ((written - this.read) >>> 0)
    }
    const count = Math.min(room, numbers.length)
    if (count === 0) return 0
    this.copyIn((written >>> 0) % capacity, numbers, count)
    store(words, at + WRITTEN, (written + count) | 0)
    this.wrote = true
    return count
  }

  /** Reads as many numbers as are there; says how many. */
  take(into: Numbers): number {
    const { words, at, capacity } = this
    const read = readHeld(words, at + READ)
    let there = (this.written - read) >>> 0
    if (there < into.length) {
      this.written = load(words, at + WRITTEN)
      there = (this.written - read) >>> 0
    }
    const count = Math.min(there, into.length)
    if (count === 0) return 0
    this.copyOut((read >>> 0) % capacity, into, count)
    store(words, at + READ, (read + count) | 0)
    this.took = true
    return count
  }

  settle(): void {
    while (this.serveOne() || this.givers.serveOne());
    this.ringOthers()
  }

  /** Numbers, or room, may be there: lets this thread's waiters look, and those of the other. */
  moved(): void {
    if (this.head === null && this.givers.head === null) this.ringOthers()
    else this.settle()
  }

  /** Nobody else waits at this side. */
  override passOn(): void {}

  private ringOthers(): void {
    const { site, wrote, took } = this
    this.wrote = this.took = false
    if (site === null) return
    if (wrote && !site.alone()) site.ringEach()
    if (took && !this.givers.site!.alone()) this.givers.site!.ringEach()
  }

  private copyIn(position: number, numbers: ArrayLike<number>, count: number): void {
    const first = Math.min(count, this.capacity - position)
    const { data } = this
    if (count === numbers.length && first === count) return data.set(numbers, position)
    const part = (from: number, to: number): ArrayLike<number> =>
      ArrayBuffer.isView(numbers)
        ? (numbers as Numbers).subarray(from, to)
        : Array.prototype.slice.call(numbers, from, to)
    data.set(part(0, first), position)
    if (first < count) data.set(part(first, count), 0)
  }

  private copyOut(position: number, into: Numbers, count: number): void {
    const first = Math.min(count, this.capacity - position)
    into.set(this.data.subarray(position, position + first))
    if (first < count) into.set(this.data.subarray(0, count - first), first)
  }

  private view(): Numbers {
    const { words, at, capacity, type } = this
    const made = globalThis[TYPES[type]!] as new (
      buffer: ArrayBufferLike,
      offset: number,
      length: number,
    ) => Numbers
    return new made(words.buffer, words.byteOffset + 4 * ((at + DATA + 1) & ~1), capacity)
  }
}

/**
 * A ring of numbers from one thread to one other, for sound, sensors and the like: bulk reads and writes, wait-free,
 * nothing is overwritten. One thread only writes and one only reads at a time; that is the program's to see to.
 */
export class SharedRing<K extends RingType = 'Float64Array'> {
  /** Keeps a structured clone from making a plain object of it. @internal */
  readonly uncloneable: () => void
  private readonly core: RingCore

  private static readonly printed: void = /* @__PURE__ */ printed(this)

  constructor(options: SharedRingOptions<K>) {
    if (options instanceof RingCore) this.core = options
    else {
      if (typeof options !== 'object' || options === null)
        throw new TypeError(`options must be an object { capacity, type? }, got ${shown(options)}`)
      const { capacity, type = 'Float64Array' } = options
      requireInteger('capacity', capacity, 1, 2 ** 27)
      const index = TYPES.indexOf(type)
      if (index < 0) throw new TypeError(`type must be one of ${TYPES.join(', ')}, got ${shown(type)}`)
      const words = new Int32Array(memory(4 * wordsOf(capacity, index)))
      words[CAPACITY] = capacity
      words[TYPE] = index
      this.core = new RingCore(capacity, index, words)
    }
    this.core.ring = this
    this.uncloneable = this.core.uncloneable
  }

  /** The ring of this thread that `ring.handle` of another thread stands for. */
  static attach<K extends RingType = 'Float64Array'>(handle: Handle<'SharedRing'>): SharedRing<K> {
    const core = attachTo(handle, 'SharedRing', (words) => {
      const [capacity, type] = [words[OWN + CAPACITY] ?? 0, words[OWN + TYPE] ?? -1]
      if (capacity < 1 || TYPES[type] === undefined || words.length - OWN !== wordsOf(capacity, type))
        throw new HandleError('handle.memory of the SharedRing is damaged')
      return new RingCore(capacity, type, words)
    })
    return (core.ring ?? new SharedRing(core as never)) as SharedRing<K>
  }

  get kind(): 'SharedRing' {
    return 'SharedRing'
  }

  /** A plain value that `SharedRing.attach` makes this ring of in another thread. */
  get handle(): Handle<'SharedRing'> {
    return handleOf(this.core as RingCore & { kind: 'SharedRing' }, this.core.words.length)
  }

  /** How it is called in messages. */
  get id(): string {
    return this.core.id
  }

  /** How many numbers lie in it now. */
  get size(): number {
    return this.core.count
  }

  get capacity(): number {
    return this.core.capacity
  }

  /** The name of its array. */
  get type(): K {
    return TYPES[this.core.type] as K
  }

  /** Writes as many of `numbers` as have room, in order; gives how many. */
  tryWrite(numbers: ArrayLike<number>): number {
    const { core } = this
    if (core.givers.head !== null) return 0
    const count = core.put(requireNumbers(numbers))
    if (count > 0) core.moved()
    return count
  }

  /** Reads as many numbers as are there into the beginning of `into`; gives how many. */
  tryRead(into: RingTypes[K]): number {
    const { core } = this
    if (core.head !== null) return 0
    const count = core.take(this.requireArray(into))
    if (count > 0) core.moved()
    return count
  }

  /** Waits until there is room for one at least, and writes as `tryWrite`; gives how many. Cancel safe. */
  write(numbers: ArrayLike<number>, options?: WaitOptions): Operation<number> {
    return limited(new Write(this.core, requireNumbers(numbers)), options)
  }

  /** Waits until one number at least is there, and reads as `tryRead`; gives how many. Cancel safe. */
  read(into: RingTypes[K], options?: WaitOptions): Operation<number> {
    return limited(new Read(this.core, this.requireArray(into)), options)
  }

  /** Ends every wait of this thread with `reason`. */
  cancelWaiters(reason: unknown = new CancelledError(`waiting for ${this.id} was cancelled`)): void {
    this.core.cancel(reason)
    this.core.givers.cancel(reason)
  }

  statistics(): SharedRingStatistics {
    const { core } = this
    return { size: this.size, capacity: core.capacity, readers: core.size, writers: core.givers.size }
  }

  inspect(): Inspection {
    const [first, second] = [this.core.inspect(), this.core.givers.inspect()]
    return { ...first, waiters: [...first.waiters, ...second.waiters] }
  }

  private requireArray(into: RingTypes[K]): RingTypes[K] {
    const { data } = this.core
    const fits =
      into?.constructor === data.constructor ||
      Object.prototype.toString.call(into) === `[object ${this.type}]`
    if (fits && into.length > 0) return into
    throw new TypeError(`into must be a ${this.type} that holds at least one number, got ${shown(into)}`)
  }
}

abstract class Moving extends Claim<number> {
  readonly core: RingCore

  constructor(core: RingCore, line: SharedLine) {
    super(line)
    this.core = core
  }

  override poll(): Poll<number> {
    const count = super.poll()
    if (count !== NOT_READY) this.core.moved()
    return count
  }
}

class Write extends Moving {
  private readonly numbers: ArrayLike<number>

  constructor(core: RingCore, numbers: ArrayLike<number>) {
    super(core, core.givers)
    this.numbers = numbers
  }

  claim(): Poll<number> {
    return this.core.put(this.numbers) || (this.numbers.length === 0 ? 0 : NOT_READY)
  }

  get verb(): string {
    return `write(${this.numbers.length})`
  }
}

class Read extends Moving {
  private readonly into: Numbers

  constructor(core: RingCore, into: Numbers) {
    super(core, core)
    this.into = into
  }

  claim(): Poll<number> {
    return this.core.take(this.into) || NOT_READY
  }

  get verb(): string {
    return `read(${this.into.length})`
  }
}

function requireNumbers(numbers: ArrayLike<number>): ArrayLike<number> {
  if (typeof (numbers as ArrayLike<number> | null)?.length === 'number' && typeof numbers === 'object')
    return numbers
  throw new TypeError(`numbers must be an array of numbers, got ${shown(numbers)}`)
}

function wordsOf(capacity: number, type: number): number {
  const bytes = (globalThis[TYPES[type]!] as { BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT
  return DATA + 2 + 2 * Math.ceil((capacity * bytes) / 8)
}

function memory(bytes: number): ArrayBufferLike {
  return typeof SharedArrayBuffer === 'undefined' ? new ArrayBuffer(bytes) : new SharedArrayBuffer(bytes)
}
