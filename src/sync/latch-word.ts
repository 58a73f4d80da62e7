/**
 * The state of a latch in one word, in one thread and between threads.
 *
 *   word    meaning             goes to
 *   n > 0   n are still to come  n - k by `down(k)`, never below 0
 *   0       open, for ever
 *
 * Source: Java's `CountDownLatch`.
 *
 * Invariants: the word never rises and is never negative. Whoever brings it to 0 rings every waiting thread afterwards;
 * one that dies in between is found dead, and a death rings everybody.
 *
 * Cancellation: a waiter has taken nothing and leaves silently.
 */
import { compareExchange, load } from '../wait/atomics.ts'
import type { Site } from '../wait/site.ts'

/** Takes `n` off. Answers what is left, or -1, unchanged, if fewer than `n` are to come. */
export function down(words: Int32Array, at: number, n: number, site: Site | null): number {
  for (let count = load(words, at); count >= n;) {
    const before = compareExchange(words, at, count, count - n)
    if (before === count) {
      if (count === n && site !== null && !site.deserted()) site.ringEach()
      return count - n
    }
    count = before
  }
  return -1
}

export function isOpen(words: Int32Array, at: number): boolean {
  return load(words, at) === 0
}
