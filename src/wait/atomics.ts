/**
 * The one door to shared memory. Everything that threads share is read and written through these names, so that the
 * interleaving explorer can stand in for them and run the shipped code under every schedule.
 */
export const load: (words: Int32Array, at: number) => number = Atomics.load
export const store: (words: Int32Array, at: number, value: number) => number = Atomics.store
export const compareExchange: (words: Int32Array, at: number, expected: number, value: number) => number =
  Atomics.compareExchange
export const exchange: (words: Int32Array, at: number, value: number) => number = Atomics.exchange
export const add: (words: Int32Array, at: number, value: number) => number = Atomics.add
export const or: (words: Int32Array, at: number, value: number) => number = Atomics.or
export const and: (words: Int32Array, at: number, value: number) => number = Atomics.and
export const notify: (words: Int32Array, at: number) => number = Atomics.notify
export const wait: (words: Int32Array, at: number, value: number, milliseconds?: number) => string =
  Atomics.wait

/**
 * Of words that only one thread touches at a time: who holds a lock over them, or owns them. A tenth of the cost of an
 * atomic step; what orders them is the atomic step with which they change hands.
 */
export const readHeld = (words: Int32Array, at: number): number => words[at]!
export const writeHeld = (words: Int32Array, at: number, value: number): void => {
  words[at] = value
}

/** Milliseconds on a clock that never goes back. */
export const now: () => number = () => performance.now()
