/**
 * The state of an event in one word, in one thread and between threads.
 *
 *   word                  meaning                     goes to
 *   generation << 1       clear                       (generation + 1) << 1 | 1 by `raise`
 *   generation << 1 | 1   set                         generation << 1 by `lower`, or by the one `take` of an auto-reset event
 *
 * The generation counts the raises. A waiter of a manual event remembers the generation that it saw before it was
 * published, and is done when the event is set or the generation has moved on, so a raise that is lowered at once still
 * releases everybody who waited before it. A waiter of an auto-reset event is done by its own take only.
 *
 * Source: Python's `Event` and Windows' two kinds of event; the generation is that of a sequence lock.
 *
 * Invariants: a raise that changes the word adds exactly one generation. Of the takes of one generation at most one
 * succeeds. A living thread that waits for a set event is rung by whoever raised it, or by the leaver that was rung.
 *
 * Cancellation: a waiter of a manual event has taken nothing and leaves silently; one of an auto-reset event passes on.
 */
import { compareExchange, load } from '../wait/atomics.ts'
import type { Site } from '../wait/site.ts'

const SET = 1

/** What a waiter has to remember: the generation now. */
export function generation(words: Int32Array, at: number): number {
  return load(words, at) >>> 1
}

export function isRaised(words: Int32Array, at: number): boolean {
  return (load(words, at) & SET) !== 0
}

/** Whether a waiter that began in generation `seen` is done. */
export function isOver(words: Int32Array, at: number, seen: number): boolean {
  const word = load(words, at)
  return (word & SET) !== 0 || word >>> 1 !== seen
}

/** Sets it; `false` if it was set already. */
export function raise(words: Int32Array, at: number): boolean {
  for (let word = load(words, at); (word & SET) === 0;) {
    const before = compareExchange(words, at, word, (word + 2) | SET)
    if (before === word) return true
    word = before
  }
  return false
}

/** Sets a manual event and rings every waiting thread; `false` if it was set already. */
export function release(words: Int32Array, at: number, site: Site | null): boolean {
  if (!raise(words, at)) return false
  if (site !== null && !site.deserted()) site.ringEach()
  return true
}

/** Clears it; `false` if it was clear already. Of an auto-reset event this is the take. */
export function lower(words: Int32Array, at: number): boolean {
  for (let word = load(words, at); (word & SET) !== 0;) {
    const before = compareExchange(words, at, word, word & ~SET)
    if (before === word) return true
    word = before
  }
  return false
}

/** Takes the one pass of an auto-reset event. */
export const take: (words: Int32Array, at: number) => boolean = lower

/** Somebody must look at an auto-reset event that is set. */
export function pass(words: Int32Array, at: number, site: Site): void {
  if (isRaised(words, at)) site.ringNext()
}
