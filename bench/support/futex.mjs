/** A lock of three states as Drepper's "Futexes are tricky" has it: 0 free, 1 held, 2 held and perhaps waited for. */
export class Futex {
  constructor(words, at) {
    this.words = words
    this.at = at
  }

  lock() {
    const { words, at } = this
    let seen = Atomics.compareExchange(words, at, 0, 1)
    if (seen === 0) return
    if (seen !== 2) seen = Atomics.exchange(words, at, 2)
    while (seen !== 0) {
      Atomics.wait(words, at, 2)
      seen = Atomics.exchange(words, at, 2)
    }
  }

  unlock() {
    const { words, at } = this
    if (Atomics.exchange(words, at, 0) === 2) Atomics.notify(words, at, 1)
  }
}
