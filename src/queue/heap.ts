/**
 * The smallest first, by a comparison; among equals, the first that was put.
 *
 * A binary heap in two arrays side by side: the items, and the number of each put, which decides between equals. All
 * comparisons of a put or a take are made before anything is moved, so a comparison that throws changes nothing.
 */
import { shown } from '../errors.ts'
import type { Store } from './store.ts'

/** Negative if `a` comes before `b`, positive if after, 0 if they are equal. */
export type Compare<T> = (a: T, b: T) => number

export class Heap<T> implements Store<T> {
  private items: T[] = []
  private turns: number[] = []
  private turn = 0
  private earliest = 0
  private readonly compare: Compare<T>

  constructor(compare: Compare<T>) {
    this.compare = compare
  }

  get size(): number {
    return this.items.length
  }

  first(): T {
    return this.items[0] as T
  }

  push(item: T): void {
    this.add(item, this.turn++)
  }

  /** Its turn comes before that of all its equals. */
  putBack(item: T): void {
    this.add(item, --this.earliest)
  }

  private add(item: T, turn: number): void {
    const { items, turns } = this
    let depth = 0
    let at = items.length
    for (; at > 0; depth++) {
      const parent = (at - 1) >> 1
      const order = this.order(item, items[parent] as T)
      if (order > 0 || (order === 0 && turn > (turns[parent] as number))) break
      at = parent
    }
    for (let to = items.length; depth > 0; depth--) {
      const parent = (to - 1) >> 1
      this.set(to, items[parent] as T, turns[parent] as number)
      to = parent
    }
    this.set(at, item, turn)
  }

  pushAll(items: readonly T[]): void {
    const before = { items: [...this.items], turns: [...this.turns] }
    try {
      for (const item of items) this.push(item)
    } catch (error) {
      Object.assign(this, before)
      throw error
    }
  }

  take(): T {
    const { items, turns } = this
    const last = items.length - 1
    const path = this.pathOf(last)
    const taken = items[0] as T
    const item = items.pop() as T
    const turn = turns.pop() as number
    if (last === 0) return taken
    let at = 0
    for (const child of path) {
      this.set(at, items[child] as T, turns[child] as number)
      at = child
    }
    this.set(at, item, turn)
    return taken
  }

  clear(): void {
    this.items.length = this.turns.length = 0
  }

  /** The places, from below the root, that the item at `last` lets go up when it takes the root's place. */
  private pathOf(last: number): number[] {
    const path: number[] = []
    for (let at = 0; ;) {
      let child = 2 * at + 1
      if (child >= last) return path
      if (child + 1 < last && this.before(child + 1, child)) child++
      if (!this.before(child, last)) return path
      path.push(child)
      at = child
    }
  }

  private before(a: number, b: number): boolean {
    const { items, turns } = this
    const order = this.order(items[a] as T, items[b] as T)
    return order < 0 || (order === 0 && turns[a]! < turns[b]!)
  }

  private set(at: number, item: T, turn: number): void {
    this.items[at] = item
    this.turns[at] = turn
  }

  private order(a: T, b: T): number {
    const order = this.compare(a, b)
    if (typeof order !== 'number' || Number.isNaN(order))
      throw new TypeError(
        `compare must return a number (negative, 0 or positive), got ${shown(order)} for ${shown(a)} and ${shown(b)}`,
      )
    return order
  }
}
