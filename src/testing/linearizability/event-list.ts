/** The two data structures of the search: what is left of the history, and what was taken out of it. */
import type { RecordedCall } from './merge.ts'

/** Calls and returns in time order, as a doubly linked list from which a call is lifted together with its return. */
export class EventList {
  /** Node n > 0 is an event; 0 is the head and the end. */
  readonly #next: Int32Array
  readonly #previous: Int32Array
  readonly #call: Int32Array
  readonly #isCall: Uint8Array
  readonly #returnOf: Int32Array

  constructor(calls: readonly RecordedCall[]) {
    const events = calls
      .flatMap((call, index) => [
        { time: call.call, index, isCall: true },
        { time: call.return as number, index, isCall: false },
      ])
      .sort((a, b) => a.time - b.time)
    const size = events.length + 1
    this.#next = Int32Array.from({ length: size }, (_, node) => (node + 1) % size)
    this.#previous = Int32Array.from({ length: size }, (_, node) => (node + size - 1) % size)
    this.#call = new Int32Array(size)
    this.#isCall = new Uint8Array(size)
    this.#returnOf = new Int32Array(calls.length)
    events.forEach(({ index, isCall }, position) => {
      const node = position + 1
      this.#call[node] = index
      if (isCall) this.#isCall[node] = 1
      else this.#returnOf[index] = node
    })
  }

  first(): number {
    return this.after(0)
  }

  after(node: number): number {
    return this.#next[node] as number
  }

  isCall(node: number): boolean {
    return this.#isCall[node] === 1
  }

  /** Index of the call that this event belongs to. */
  callIndex(node: number): number {
    return this.#call[node] as number
  }

  firstReturn(): number {
    let node = this.first()
    while (this.isCall(node)) node = this.after(node)
    return node
  }

  /** Takes out a call and its return. */
  lift(node: number): void {
    this.#unlink(node)
    this.#unlink(this.#returnOf[this.callIndex(node)] as number)
  }

  /** Undoes the last `lift`, whose neighbours are still the same. */
  putBack(node: number): void {
    this.#relink(this.#returnOf[this.callIndex(node)] as number)
    this.#relink(node)
  }

  #unlink(node: number): void {
    const next = this.#next[node] as number
    const previous = this.#previous[node] as number
    this.#next[previous] = next
    this.#previous[next] = previous
  }

  #relink(node: number): void {
    this.#next[this.#previous[node] as number] = node
    this.#previous[this.#next[node] as number] = node
  }
}

/** A set of call indices with a short text form: calls are taken nearly in order. */
export class TakenSet {
  readonly #taken: Uint8Array
  /** Everything below is taken. */
  #gap = 0
  size = 0

  constructor(capacity: number) {
    this.#taken = new Uint8Array(capacity)
  }

  has(index: number): boolean {
    return this.#taken[index] === 1
  }

  add(index: number): void {
    this.#taken[index] = 1
    this.size++
    while (this.#taken[this.#gap] === 1) this.#gap++
  }

  remove(index: number): void {
    this.#taken[index] = 0
    this.size--
    if (index < this.#gap) this.#gap = index
  }

  /** The first gap, and a bit for each index behind it up to the last one taken. */
  key(): string {
    let text = `${this.#gap}:`
    let behind = this.size - this.#gap
    for (let base = this.#gap + 1; behind > 0; base += 32) {
      let bits = 0
      for (let bit = 0; bit < 32; bit++) {
        if (this.#taken[base + bit] !== 1) continue
        bits |= 1 << bit
        behind--
      }
      text += `${(bits >>> 0).toString(36)},`
    }
    return text
  }
}
