/**
 * Numbers that look random and are the same again for the same seed.
 *
 * Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (2014), in the variant of 32 bits.
 */

/** A source of numbers; its whole state is one word. */
export class Random {
  private state: number

  constructor(seed: number) {
    this.state = seed | 0
  }

  /** A whole number from 0 to 2^32 - 1. */
  next(): number {
    this.state = (this.state + 0x9e37_79b9) | 0
    let z = this.state
    z = Math.imul(z ^ (z >>> 16), 0x21f0_aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a_2d97)
    return (z ^ (z >>> 15)) >>> 0
  }

  /** A whole number from 0 to `n` - 1, all equally likely (to one part in 2^32 / n). */
  below(n: number): number {
    return Math.floor((this.next() / 2 ** 32) * n)
  }
}

/** A seed for a run that was given none. */
export function freshSeed(): number {
  return Math.floor(Math.random() * 2 ** 31)
}
