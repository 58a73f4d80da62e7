/** Where an actor's behaviour lives: in this thread, or in a worker of its own. One message at a time. */
import { Future, type Suspend, until, WorkerDiedError } from '../index.ts'
import { Behaving, type Made } from './actor-behaviour.ts'
import type { ActorAnswer, ActorInput, ActorOrder } from './actor-serve.ts'
import { blame, pack, type Packed, type Parcel, unpack } from './parcel.ts'
import { load } from './reference.ts'
import { RunningWorker, type WorkerStart } from './spawn.ts'

type Steps<T> = Generator<Suspend, T, unknown>

/** A message that cannot travel after all; the behaviour has not seen it. */
export class Refused {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

export interface Cell {
  /** What is put into the mailbox for a message. Throws `TypeError` if it cannot travel. */
  pack(message: unknown): unknown
  /** Whether there is a behaviour. */
  readonly isMade: boolean
  /** Makes a new behaviour. */
  make(): Steps<void>
  /** The answer of the behaviour. */
  handle(packed: unknown): Steps<unknown>
  /** The behaviour lets go of what it holds. */
  dispose(): Steps<void>
  /** The actor is over. */
  end(): void
  /** Stops it where it stands. */
  kill(reason: unknown): void
}

/** In this thread. */
export class LocalCell implements Cell {
  private readonly made: Made
  private readonly isClass: boolean
  private readonly args: readonly unknown[]
  private behaving: Behaving | undefined = undefined

  constructor(made: Made, isClass: boolean, args: readonly unknown[]) {
    this.made = made
    this.isClass = isClass
    this.args = args
  }

  get isMade(): boolean {
    return this.behaving !== undefined
  }

  pack(message: unknown): unknown {
    return message
  }

  // oxlint-disable-next-line require-yield
  *make(): Steps<void> {
    this.behaving = new Behaving(this.made, this.isClass, this.args)
  }

  handle(message: unknown): Steps<unknown> {
    return outcomeOf(this.behaving!.receive(message))
  }

  *dispose(): Steps<void> {
    const { behaving } = this
    this.behaving = undefined
    yield* outcomeOf(behaving?.dispose())
  }

  end(): void {}

  kill(): void {}
}

function* outcomeOf(value: unknown): Steps<unknown> {
  if (typeof value !== 'object' || value === null) return value
  if ((value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === 'Generator')
    return yield* value as Steps<unknown>
  if (typeof (value as PromiseLike<unknown>).then === 'function')
    return yield* until(value as PromiseLike<unknown>)
  return value
}

/** In a worker, started by `make`, and again when it died. While it has nothing to do it does not hold the process. */
export class ThreadCell implements Cell {
  private readonly start: Omit<WorkerStart, 'program' | 'input' | 'ref'>
  private readonly input: ActorInput
  private readonly died: (error: unknown) => void
  private worker: RunningWorker | undefined = undefined
  private answer: Future<unknown> | undefined = undefined
  private made = false

  /** `died` is told of the death of a worker that had nothing to do. */
  constructor(
    start: Omit<WorkerStart, 'program' | 'input' | 'ref'>,
    input: ActorInput,
    died: (error: unknown) => void,
  ) {
    this.start = start
    this.input = input
    this.died = died
  }

  get isMade(): boolean {
    return this.made && this.worker !== undefined
  }

  pack(message: unknown): Packed {
    return pack(message, 'message')
  }

  *make(): Steps<void> {
    this.made = false
    this.worker ??= this.begin()
    yield* this.order({ k: 'make' })
    this.made = true
  }

  *handle(packed: unknown): Steps<unknown> {
    const { parcel, transfer } = packed as Packed
    return yield* this.order({ k: 'message', value: parcel }, transfer)
  }

  *dispose(): Steps<void> {
    const { isMade } = this
    this.made = false
    if (isMade) yield* this.order({ k: 'dispose' })
  }

  end(): void {
    this.worker?.post({ k: 'end' } satisfies ActorOrder)
    this.worker = undefined
  }

  kill(reason: unknown): void {
    const { worker } = this
    this.worker = undefined
    this.answer = undefined
    worker?.terminate(reason)
  }

  private *order(order: ActorOrder, transfer: readonly object[] = []): Steps<unknown> {
    const { worker } = this
    if (worker === undefined) throw new WorkerDiedError(`${this.start.name} has ended`)
    const answer = new Future<unknown>()
    answer.setRunningOrNotifyCancel()
    try {
      worker.post(order, transfer)
    } catch (error) {
      throw order.k === 'message' ? new Refused(blame(error, order.value.value, 'message')) : error
    }
    this.answer = answer
    worker.ref()
    try {
      return yield* answer
    } finally {
      worker.unref()
    }
  }

  private begin(): RunningWorker {
    const worker: RunningWorker = new RunningWorker(
      { ...this.start, program: 'actor', input: this.input, ref: false },
      {
        message: (message) => {
          if (this.worker === worker) void this.answered(message as ActorAnswer)
        },
        ended: (death) => {
          if (this.worker !== worker) return
          this.worker = undefined
          const error = death?.error ?? new WorkerDiedError(`${this.start.name} ended`)
          const { answer } = this
          this.answer = undefined
          if (answer === undefined) this.died(error)
          else answer.setException(error)
        },
      },
    )
    return worker
  }

  private async answered({ failed, value }: ActorAnswer): Promise<void> {
    const { answer } = this
    this.answer = undefined
    if (answer === undefined) return
    try {
      if (value.modules.length > 0) await load(value.modules)
      const arrived = unpack(value as Parcel)
      if (failed) answer.setException(arrived)
      else answer.setResult(arrived)
    } catch (error) {
      answer.setException(error)
    }
  }
}
