/** How a Deferred is waited for by `yield*`: in an `inlineCallbacks` function, or in a task. */
import { outcomeOf, read } from './bridge.ts'
import { type Cell, settled } from './cell.ts'
import type { Suspend } from '../index.ts'

let inline: object | undefined

/** The `inlineCallbacks` function whose generator is being stepped just now. */
export function stepping(): object | undefined {
  return inline
}

/** Says whose generator is being stepped from here on; gives the one before. */
export function enter(next: object | undefined): object | undefined {
  const before = inline
  inline = next
  return before
}

/** An iterator that is its own result object, to spare an allocation at each step. */
class Steps<T> {
  done = false
  value: unknown = undefined
  private readonly cell: Cell
  private inner: Iterator<Suspend, T, unknown> | undefined
  private waiting = false

  constructor(cell: Cell) {
    this.cell = cell
  }

  next(sent?: unknown): IteratorResult<unknown, T> {
    if (inline === undefined || this.inner !== undefined) {
      this.inner ??= outcomeOf<T>(this.cell, undefined)[Symbol.iterator]()
      return this.inner.next(sent)
    }
    if (this.waiting) {
      this.done = true
      this.value = sent
    } else if (settled(this.cell)) {
      this.done = true
      this.value = read(this.cell)
    } else {
      this.waiting = true
      this.value = this.cell
    }
    return this as unknown as IteratorResult<unknown, T>
  }

  throw(error: unknown): IteratorResult<unknown, T> {
    if (this.inner?.throw !== undefined) return this.inner.throw(error)
    throw error
  }

  return(value: T): IteratorResult<unknown, T> {
    if (this.inner?.return !== undefined) return this.inner.return(value)
    return { done: true, value }
  }

  [Symbol.iterator](): this {
    return this
  }
}

/** The iterator of a wait that is over before it begins; it is its own result too. */
class Ready {
  readonly done = true
  readonly value: unknown

  constructor(value: unknown) {
    this.value = value
  }

  next(): this {
    return this
  }

  [Symbol.iterator](): this {
    return this
  }
}

/** Waits for the outcome of a cell. */
export function steps<T>(cell: Cell): Generator<Suspend, T, unknown> {
  // One that has failed always has an Info.
  if (inline !== undefined && cell._info === undefined && settled(cell))
    return new Ready(cell._outcome) as unknown as Generator<Suspend, T, unknown>
  return new Steps<T>(cell) as unknown as Generator<Suspend, T, unknown>
}
