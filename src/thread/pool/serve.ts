/**
 * The program of a pool's worker: takes calls, makes them one at a time, tells their outcomes.
 *
 * A call that waits (it gave a promise, an operation or a generator) holds the worker until it has ended, so that the next
 * one begins after it. But each call that has submitted another one, and is not told its outcome yet, lets one more begin
 * beside it: otherwise workers that all wait for submissions of their own would wait for ever.
 */
import type { Link } from '../link.ts'
import { pack, type Parcel, packFailure, unpack } from '../parcel.ts'
import { type FunctionReference, functionOf, load } from '../reference.ts'
import { begin, urgent } from './cells.ts'
import { Current, enter } from './current.ts'
import { callAll, type Call } from './chunk.ts'
import { group, type GroupInput } from './group.ts'
import { Outbox } from './outbox.ts'
import { CALL, type Calls, GROUP, type Mode, type Order, type Report, type ServeInput } from './protocol.ts'
import { Submissions } from './submissions.ts'
import { settle } from './settle.ts'

export async function serve(link: Link, input: unknown): Promise<void> {
  const { initializer, initargs } = input as ServeInput
  const server = new Server(link, (input as ServeInput).cells)
  // Before the listeners of the link, which tell what the worker dies of: what has ended by then has ended.
  const host = (globalThis as { process?: NodeJS.Process }).process
  host?.prependListener?.('uncaughtExceptionMonitor', () => server.flush())
  host?.prependListener?.('exit', () => server.flush())
  enter(server)
  if (initializer !== undefined) {
    try {
      const f = (await functionOf(initializer)) as Call
      await load(initargs.modules)
      await settle(f(...(unpack(initargs) as unknown[])))
    } catch (error) {
      link.post({ k: 'broken', error: packFailure(error).parcel } satisfies Report)
      return link.done()
    }
  }
  link.post({ k: 'initialized' } satisfies Report)
  link.listen((order) => server.receives(order as Order))
}

export class Server extends Current {
  private readonly link: Link
  private readonly cells: Int32Array | undefined
  private readonly outbox: Outbox
  private readonly functions: (Call | Promise<Call>)[] = []
  private readonly batches: Calls[] = []
  /** Where the first batch stands. */
  private at = 0
  private heard = 0
  private working = false
  private closing = false
  readonly submissions: Submissions

  constructor(link: Link, cells: Int32Array | undefined) {
    super()
    this.link = link
    this.cells = cells
    this.outbox = new Outbox(link)
    this.submissions = new Submissions(
      (report, transfer) => link.post(report, transfer),
      () => this.work(),
    )
  }

  receives(order: Order): void {
    if (isCalls(order)) {
      const [, , , , , , known] = order
      if (known !== undefined) for (const [id, reference] of known) this.define(id, reference)
      this.batches.push(order)
      return this.work()
    }
    switch (order.k) {
      case 'abort':
        this.abort(order.seq, order.reason)
        break
      case 'outcome':
        this.submissions.ended(order.id, order.failed, order.value)
        break
      case 'close':
        this.closing = true
    }
    this.work()
  }

  /** A function whose module is still to be loaded stands here as a promise until then; its failure is told to each call. */
  private define(id: number, reference: FunctionReference): void {
    const f = functionOf(reference) as Call | Promise<Call>
    this.functions[id] = f
    if (typeof f === 'function') return
    f.then(
      (loaded) => void (this.functions[id] = loaded),
      () => undefined,
    )
  }

  flush(): void {
    this.outbox.flush(performance.now())
  }

  /** Inside a call that does not return to the event loop: hears what it should hear. */
  override listen(): void {
    const count = urgent(this.cells)
    if (count === this.heard) return
    this.heard = count
    for (let got = this.link.receive(); got !== undefined; got = this.link.receive())
      this.receives(got.message as Order)
  }

  override progress(seq: number, value: unknown): void {
    const { parcel, transfer } = pack(value, 'the progress')
    this.link.post({ k: 'progress', seq, value: parcel } satisfies Report, transfer)
  }

  /** Begins what can begin. */
  private work(): void {
    if (this.working) return
    this.working = true
    while (this.batches.length > 0 && this.waiting.size <= this.submissions.size) {
      const batch = this.batches[0]!
      const at = this.at++
      if (this.at === batch[2].length) {
        this.batches.shift()
        this.at = 0
      }
      if (begin(this.cells, batch[0] + at)) this.call(batch, at)
    }
    this.working = false
    const now = performance.now()
    this.outbox.stop(now)
    this.outbox.flush(now)
    if (this.closing && this.batches.length === 0 && this.waiting.size === 0) this.link.done()
  }

  private call(batch: Calls, at: number): void {
    const [first, functions, values, mode, announce = false, places] = batch
    const seq = first + at
    const id = typeof functions === 'number' ? functions : functions[at]!
    const f = this.functions[id]!
    const given = values[at]
    const packed = places !== undefined && places.includes(at)
    const now = performance.now()
    const weight = mode === CALL ? 1 : lengthOf(given, packed)
    this.outbox.begins(id, weight, now)
    this.running = seq
    let value: unknown
    try {
      const modules = packed ? (given as Parcel).modules : undefined
      if (typeof f !== 'function' || (modules !== undefined && modules.length > 0)) {
        value = this.callLater(f, given as Parcel, packed, mode, seq, announce)
      } else {
        if (announce) this.link.post({ k: 'begins', seq } satisfies Report)
        const args = (packed ? unpack(given as Parcel) : given) as unknown[]
        value =
          mode === CALL
            ? f(...args)
            : this.callMany(f, args, mode, announce ? () => this.stopped(seq) : undefined)
      }
      if (typeof value === 'object' && value !== null) value = settle(value, () => this.signalOf(seq))
    } catch (error) {
      this.outbox.failure(seq, error, performance.now())
      this.ends(seq)
      return
    }
    if (value instanceof Promise) {
      this.outbox.waits(weight, performance.now())
      this.wait(
        seq,
        value,
        typeof f === 'function' ? () => this.outbox.took(id, weight, performance.now() - now) : undefined,
      )
    } else {
      this.outbox.result(seq, value, performance.now())
      this.ends(seq)
    }
  }

  private callMany(f: Call, values: unknown[], mode: Mode, stopped: (() => void) | undefined): unknown {
    return mode === GROUP
      ? group(f, values as unknown as GroupInput, stopped)
      : callAll(f, values, mode, stopped)
  }

  private async callLater(
    f: Call | Promise<Call>,
    given: unknown,
    packed: boolean,
    mode: Mode,
    seq: number,
    announce: boolean,
  ): Promise<unknown> {
    const loaded = await f
    if (packed) await load((given as Parcel).modules)
    const values = (packed ? unpack(given as Parcel) : given) as unknown[]
    if (announce) this.link.post({ k: 'begins', seq } satisfies Report)
    const before = this.running
    this.running = seq
    try {
      const value = mode === CALL ? loaded(...values) : this.callMany(loaded, values, mode, undefined)
      return await settle(value, () => this.signalOf(seq))
    } finally {
      this.running = before
    }
  }

  private wait(seq: number, value: Promise<unknown>, took: (() => void) | undefined): void {
    this.running = -1
    this.waiting.add(seq)
    const end = (): void => {
      took?.()
      this.waiting.delete(seq)
      this.ends(seq)
      this.work()
    }
    value.then(
      (result) => {
        this.outbox.result(seq, result, performance.now())
        end()
      },
      (error: unknown) => {
        this.outbox.failure(seq, error, performance.now())
        end()
      },
    )
  }

  private ends(seq: number): void {
    if (this.running === seq) this.running = -1
    this.leave(seq)
  }

  /** Throws the reason if the call has been aborted. */
  private stopped(seq: number): void {
    this.listen()
    this.throwIfAborted(seq)
  }
}

function lengthOf(given: unknown, packed: boolean): number {
  return ((packed ? (given as Parcel).value : given) as { length: number }).length
}

function isCalls(order: Order): order is Calls {
  return Array.isArray(order)
}
