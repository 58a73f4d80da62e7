/**
 * The states seen so far, in the order of discovery, which is the queue of a breadth-first search too.
 *
 * A state is a row of words. Rows may become wider while the search goes on: a column that an old row lacks has its
 * initial value there. The hash of a state is the exclusive or over its columns, and a column that has its initial
 * value adds nothing to it; so a new column leaves every hash as it is, and a step changes the hash by what it changes.
 */

const CHUNK_BITS = 11
const CHUNK = 1 << CHUNK_BITS

/** What a column with this value adds to the hash. */
export function mix(column: number, value: number): number {
  let h = Math.imul(value + Math.imul(column + 1, 0x9e3779b1), 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

export class Store {
  /** The row that is being built, and its hash. */
  row: Int32Array
  hash = 0
  /** The initial value of each column. */
  initial: Int32Array
  width: number
  size = 0
  /** Whether the last `add` found a new state. */
  fresh = false
  private readonly chunks: Int32Array[] = []
  private readonly widths: number[] = []
  private hashes = new Int32Array(1 << 12)
  private parents = new Int32Array(1 << 12)
  private codes = new Int32Array(1 << 12)
  private slots = new Int32Array(1 << 13)

  constructor(initial: Int32Array) {
    this.width = initial.length
    this.initial = initial.slice()
    this.row = initial.slice()
  }

  set(column: number, value: number): void {
    const old = this.row[column] as number
    if (old === value) return
    this.hash ^= mix(column, old) ^ mix(column, value)
    this.row[column] = value
  }

  /** A new column; every state so far has `value` there. */
  widen(value: number): number {
    const column = this.width++
    this.initial = extend(this.initial, this.width)
    this.row = extend(this.row, this.width)
    this.initial[column] = this.row[column] = value
    return column
  }

  /** Makes the row that of a known state. */
  open(id: number): void {
    const width = this.widths[id >> CHUNK_BITS] as number
    const chunk = this.chunks[id >> CHUNK_BITS] as Int32Array
    const { row } = this
    let at = (id & (CHUNK - 1)) * width
    for (let i = 0; i < width; i++) row[i] = chunk[at++] as number
    for (let i = width; i < this.width; i++) row[i] = this.initial[i] as number
    this.hash = this.hashes[id] as number
  }

  /** The id of the state in the row; `fresh` tells whether it was unknown. */
  add(parent: number, code: number): number {
    const mask = this.slots.length - 1
    let slot = (this.hash ^ (this.hash >>> 15)) & mask
    for (;;) {
      const id = (this.slots[slot] as number) - 1
      if (id < 0) break
      if (this.hashes[id] === this.hash && this.same(id)) {
        this.fresh = false
        return id
      }
      slot = (slot + 1) & mask
    }
    this.fresh = true
    const id = this.size++
    this.slots[slot] = id + 1
    this.append(id)
    if (id >= this.hashes.length) this.growLists()
    this.hashes[id] = this.hash
    this.parents[id] = parent
    this.codes[id] = code
    if (this.size * 2 > this.slots.length) this.growSlots()
    return id
  }

  /** The transitions that led to a state first. */
  path(id: number): number[] {
    const path: number[] = []
    for (let at = id; (this.parents[at] as number) >= 0; at = this.parents[at] as number)
      path.push(this.codes[at] as number)
    return path.reverse()
  }

  private same(id: number): boolean {
    const width = this.widths[id >> CHUNK_BITS] as number
    const chunk = this.chunks[id >> CHUNK_BITS] as Int32Array
    const { row } = this
    let at = (id & (CHUNK - 1)) * width
    for (let i = 0; i < width; i++) if (row[i] !== chunk[at++]) return false
    for (let i = width; i < this.width; i++) if (row[i] !== this.initial[i]) return false
    return true
  }

  private append(id: number): void {
    const index = id >> CHUNK_BITS
    let chunk = this.chunks[index]
    if (chunk === undefined) {
      chunk = this.chunks[index] = new Int32Array(CHUNK * this.width)
      this.widths[index] = this.width
    } else if (this.widths[index] !== this.width) chunk = this.rebuild(index, id & (CHUNK - 1))
    chunk.set(this.row, (id & (CHUNK - 1)) * this.width)
  }

  /** Gives the rows of the chunk that is being filled the columns that came since. */
  private rebuild(index: number, rows: number): Int32Array {
    const old = this.chunks[index] as Int32Array
    const width = this.widths[index] as number
    const chunk = new Int32Array(CHUNK * this.width)
    for (let i = 0; i < rows; i++) {
      chunk.set(this.initial, i * this.width)
      chunk.set(old.subarray(i * width, (i + 1) * width), i * this.width)
    }
    this.widths[index] = this.width
    return (this.chunks[index] = chunk)
  }

  private growLists(): void {
    const length = this.hashes.length * 2
    this.hashes = extend(this.hashes, length)
    this.parents = extend(this.parents, length)
    this.codes = extend(this.codes, length)
  }

  private growSlots(): void {
    const slots = new Int32Array(this.slots.length * 2)
    const mask = slots.length - 1
    for (let id = 0; id < this.size; id++) {
      const hash = this.hashes[id] as number
      let slot = (hash ^ (hash >>> 15)) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = id + 1
    }
    this.slots = slots
  }
}

function extend(list: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(length)
  longer.set(list)
  return longer
}
