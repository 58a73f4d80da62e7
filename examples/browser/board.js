/** What the threads tell the page: one word each in shared memory, read at every frame, so that nobody posts anything. */
export const THINKS = 0
export const WAITS = 1
export const EATS = 2
export const NONE = -1

/** Words of one philosopher. */
const STATE = 0
const WAITS_FOR = 1
const MEALS = 2
const WORDS = 3

export class Board {
  /** `memory` comes from another thread's board of the same size. */
  constructor(seats, memory = new SharedArrayBuffer(4 * (1 + WORDS * seats + seats))) {
    this.seats = seats
    this.memory = memory
    this.words = new Int32Array(memory)
    this.holders = 1 + WORDS * seats
  }

  clear(pace) {
    this.words.fill(0)
    this.pace = pace
    for (let seat = 0; seat < this.seats; seat++) {
      this.waits(seat, NONE)
      this.heldBy(seat, NONE)
    }
  }

  /** Milliseconds of thought, on average. */
  get pace() {
    return Atomics.load(this.words, 0)
  }

  set pace(milliseconds) {
    Atomics.store(this.words, 0, milliseconds)
  }

  state(seat) {
    return Atomics.load(this.words, 1 + WORDS * seat + STATE)
  }

  enters(seat, state) {
    Atomics.store(this.words, 1 + WORDS * seat + STATE, state)
    if (state === EATS) Atomics.add(this.words, 1 + WORDS * seat + MEALS, 1)
  }

  meals(seat) {
    return Atomics.load(this.words, 1 + WORDS * seat + MEALS)
  }

  /** The fork that a philosopher waits for. */
  waitsFor(seat) {
    return Atomics.load(this.words, 1 + WORDS * seat + WAITS_FOR)
  }

  waits(seat, fork) {
    Atomics.store(this.words, 1 + WORDS * seat + WAITS_FOR, fork)
  }

  /** Who holds a fork. */
  holder(fork) {
    return Atomics.load(this.words, this.holders + fork)
  }

  heldBy(fork, seat) {
    Atomics.store(this.words, this.holders + fork, seat)
  }

  /** The philosophers who wait for one another in a circle; empty if there is none. */
  cycle() {
    for (let first = 0; first < this.seats; first++) {
      const path = []
      let seat = first
      while (seat !== NONE && !path.includes(seat)) {
        path.push(seat)
        const fork = this.waitsFor(seat)
        seat = fork === NONE ? NONE : this.holder(fork)
      }
      if (seat === first && path.length > 1) return path
    }
    return []
  }
}
