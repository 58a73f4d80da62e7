/** Where items lie, in the order in which they are taken. A place is cleared when its item is taken. */

export interface Store<T> {
  readonly size: number
  push(item: T): void
  /** All of them, or none if it throws. */
  pushAll(items: readonly T[]): void
  /** Puts an item back that was taken, so that it is the next again. */
  putBack(item: T): void
  /** Takes the next item; only called when there is one. */
  take(): T
  /** The next item; only called when there is one. */
  first(): T
  clear(): void
}

const SMALLEST = 16

/** First in, first out: a ring of places, a power of two of them, that doubles when full and halves when three quarters empty. */
export class Ring<T> implements Store<T> {
  size = 0
  private places: (T | undefined)[] = empty(SMALLEST)
  private start = 0

  push(item: T): void {
    if (this.size === this.places.length) this.resize(this.size * 2)
    this.places[(this.start + this.size) & (this.places.length - 1)] = item
    this.size++
  }

  pushAll(items: readonly T[]): void {
    for (const item of items) this.push(item)
  }

  putBack(item: T): void {
    if (this.size === this.places.length) this.resize(this.size * 2)
    this.start = (this.start - 1) & (this.places.length - 1)
    this.places[this.start] = item
    this.size++
  }

  take(): T {
    const { places, start } = this
    const item = places[start] as T
    places[start] = undefined
    this.start = (start + 1) & (places.length - 1)
    if (--this.size < places.length >> 2 && places.length > SMALLEST) this.resize(places.length >> 1)
    return item
  }

  first(): T {
    return this.places[this.start] as T
  }

  clear(): void {
    this.places = empty(SMALLEST)
    this.start = this.size = 0
  }

  private resize(length: number): void {
    const { places, start, size } = this
    const moved = empty<T>(length)
    for (let i = 0; i < size; i++) moved[i] = places[(start + i) & (places.length - 1)]
    this.places = moved
    this.start = 0
  }
}

function empty<T>(length: number): (T | undefined)[] {
  return Array.from<undefined>({ length })
}

/** Last in, first out. */
export class Stack<T> implements Store<T> {
  private readonly items: T[] = []

  get size(): number {
    return this.items.length
  }

  push(item: T): void {
    this.items.push(item)
  }

  pushAll(items: readonly T[]): void {
    for (const item of items) this.items.push(item)
  }

  putBack(item: T): void {
    this.items.push(item)
  }

  take(): T {
    return this.items.pop() as T
  }

  first(): T {
    return this.items[this.items.length - 1] as T
  }

  clear(): void {
    this.items.length = 0
  }
}
