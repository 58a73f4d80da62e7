/** The waits of a shared queue. */
import { QueueShutDownError } from '../errors.ts'
import { NOT_READY, type Poll } from '../operation/operation.ts'
import type { Waiter } from '../operation/waiter.ts'
import { Claim } from '../wait/primitive.ts'
import type { Packed } from './shared-arena.ts'
import type { SharedCore } from './shared-core.ts'
import type { SharedLine } from './shared-line.ts'

abstract class Moving<T, R> extends Claim<R> {
  readonly core: SharedCore<T>

  constructor(core: SharedCore<T>, line: SharedLine) {
    super(line)
    this.core = core
  }

  /** Whatever comes of it, those must look for whom it changed something. */
  override poll(): Poll<R> {
    try {
      return super.poll()
    } finally {
      this.core.moved()
    }
  }
}

export class Put<T> extends Moving<T, void> {
  private readonly items: readonly Packed[]
  private readonly bytes: number
  private readonly many: boolean

  constructor(core: SharedCore<T>, items: readonly Packed[], bytes: number, many: boolean) {
    super(core, core.givers)
    this.items = items
    this.bytes = bytes
    this.many = many
  }

  claim(): Poll<void> {
    return this.core.give(this.items, this.bytes, true)
  }

  get verb(): string {
    return this.many ? `putMany(${this.items.length})` : 'put()'
  }
}

abstract class Taking<T, R> extends Moving<T, R> {
  constructor(core: SharedCore<T>) {
    super(core, core)
  }
}

export class Get<T> extends Taking<T, T> {
  claim(): Poll<T> {
    const taken: Packed[] = []
    return this.core.take(1, taken, true) === NOT_READY ? NOT_READY : this.core.freight.unpack(taken[0]!)
  }

  override giveBack(_waiter: Waiter<T>, value: T): void {
    this.core.putBack(this.core.freight.pack(value, 'item'))
  }

  get verb(): string {
    return 'get()'
  }
}

export class GetMany<T> extends Taking<T, T[]> {
  private readonly max: number

  constructor(core: SharedCore<T>, max: number) {
    super(core)
    this.max = max
  }

  claim(): Poll<T[]> {
    const taken: Packed[] = []
    if (this.core.take(this.max, taken, true) === NOT_READY) return NOT_READY
    const { freight } = this.core
    return freight.bare ? (taken as T[]) : taken.map((packed) => freight.unpack(packed))
  }

  override giveBack(_waiter: Waiter<T[]>, items: T[]): void {
    for (const item of items.reverse()) this.core.putBack(this.core.freight.pack(item, 'item'))
  }

  get verb(): string {
    return `getMany(${this.max})`
  }
}

export class GetInto<T> extends Taking<T, number> {
  private readonly buffer: Uint8Array

  constructor(core: SharedCore<T>, buffer: Uint8Array) {
    super(core)
    this.buffer = buffer
  }

  claim(): Poll<number> {
    const taken: Packed[] = []
    if (this.core.take(1, taken, true, this.buffer) === NOT_READY) return NOT_READY
    return taken[0] as number
  }

  override giveBack(_waiter: Waiter<number>, length: number): void {
    this.core.putBack(this.buffer.subarray(0, length))
  }

  get verb(): string {
    return 'getInto()'
  }
}

export class Peek<T> extends Taking<T, T> {
  claim(): Poll<T> {
    const seen: Packed[] = []
    return this.core.first(seen, true) === NOT_READY ? NOT_READY : this.core.freight.unpack(seen[0]!)
  }

  get verb(): string {
    return 'peek()'
  }
}

export class TakeNext<T> extends Taking<T, IteratorResult<T, undefined>> {
  claim(): Poll<IteratorResult<T, undefined>> {
    const taken: Packed[] = []
    try {
      if (this.core.take(1, taken, true) === NOT_READY) return NOT_READY
    } catch (error) {
      if (error instanceof QueueShutDownError) return { done: true, value: undefined }
      throw error
    }
    return { done: false, value: this.core.freight.unpack(taken[0]!) }
  }

  override giveBack(
    _waiter: Waiter<IteratorResult<T, undefined>>,
    result: IteratorResult<T, undefined>,
  ): void {
    if (result.done !== true) this.core.putBack(this.core.freight.pack(result.value, 'item'))
  }

  get verb(): string {
    return 'next()'
  }
}

export class Join<T> extends Moving<T, void> {
  constructor(core: SharedCore<T>) {
    super(core, core.joiners)
  }

  /** Who joins takes nothing, and need not stand behind others. */
  override poll(): Poll<void> {
    try {
      return this.claim()
    } finally {
      this.core.moved()
    }
  }

  claim(): Poll<void> {
    return this.core.isFinished(true) ? undefined : NOT_READY
  }

  get verb(): string {
    return 'join()'
  }
}
