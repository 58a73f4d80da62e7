/**
 * Bytes in shared words. Small items go word by word, large ones at once: both lie between the same two steps of the
 * lock, so that nobody sees half of them.
 */
import { readHeld, writeHeld } from '../wait/atomics.ts'

/** An item as it lies in the arena: bytes, or a number. */
export type Packed = Uint8Array | number

const SMALL = 32

const float = /* @__PURE__ */ new Float64Array(1)
const halves = /* @__PURE__ */ new Int32Array(float.buffer)

export function sizeOf(item: Packed): number {
  return typeof item === 'number' ? 8 : item.length
}

/** How many words a record of so many bytes takes. */
export function recordWords(bytes: number): number {
  return 1 + ((bytes + 3) >>> 2)
}

/** A ring of words, or a straight piece of them. */
export class Arena {
  private readonly words: Int32Array
  private readonly from: number
  readonly length: number
  private readonly bytes: Uint8Array

  constructor(words: Int32Array, from: number, length: number) {
    this.words = words
    this.from = from
    this.length = length
    this.bytes = new Uint8Array(words.buffer, words.byteOffset + 4 * from, 4 * length)
  }

  /** A position so many words on. */
  after(position: number, words: number): number {
    const sum = position + words
    return sum >= this.length ? sum - this.length : sum
  }

  word(position: number): number {
    return readHeld(this.words, this.from + position)
  }

  setWord(position: number, value: number): void {
    writeHeld(this.words, this.from + position, value)
  }

  write(position: number, item: Packed): void {
    if (typeof item === 'number') {
      float[0] = item
      this.setWord(position, halves[0]!)
      this.setWord(this.after(position, 1), halves[1]!)
    } else if (item.length <= SMALL) this.writeSmall(position, item)
    else {
      const begin = 4 * position
      const room = this.bytes.length - begin
      if (item.length <= room) this.bytes.set(item, begin)
      else {
        this.bytes.set(item.subarray(0, room), begin)
        this.bytes.set(item.subarray(room), 0)
      }
    }
  }

  readNumber(position: number): number {
    halves[0] = this.word(position)
    halves[1] = this.word(this.after(position, 1))
    return float[0]!
  }

  /** Copies `length` bytes into `target`. */
  read(position: number, length: number, target: Uint8Array, to: number = 0): void {
    if (length <= SMALL) return this.readSmall(position, length, target, to)
    const begin = 4 * position
    const room = this.bytes.length - begin
    if (length <= room) target.set(this.bytes.subarray(begin, begin + length), to)
    else {
      target.set(this.bytes.subarray(begin), to)
      target.set(this.bytes.subarray(0, length - room), to + room)
    }
  }

  private writeSmall(position: number, item: Uint8Array): void {
    for (let i = 0; i < item.length; i += 4) {
      const word = item[i]! | (item[i + 1]! << 8) | (item[i + 2]! << 16) | (item[i + 3]! << 24)
      this.setWord(position, word)
      position = this.after(position, 1)
    }
  }

  private readSmall(position: number, length: number, target: Uint8Array, to: number): void {
    for (let i = 0; i < length; i += 4) {
      const word = this.word(position)
      for (let j = i; j < i + 4 && j < length; j++) target[to + j] = word >>> (8 * (j - i))
      position = this.after(position, 1)
    }
  }
}
