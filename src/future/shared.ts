/** Futures with all that they need to travel between threads. */
import { structured } from '../codec/index.ts'
import { HandleError, InvalidStateError, shown, WorkerDiedError } from '../errors.ts'
import { asPart } from '../operation/debug.ts'
import type { Operation, Poll } from '../operation/operation.ts'
import { performers } from '../operation/performers.ts'
import { type Host, Waiter } from '../operation/waiter.ts'
import { Lifeline, type LifelineEnd } from '../sync/lifeline.ts'
import { isShared } from '../wait/table.ts'
import { thread } from '../wait/thread.ts'
import { Future as Base } from './future.ts'
import { bytesOf, NONE, PENDING, publish } from './outcome-word.ts'
import { capacity, exactRoom, fill, HEADER, openRoom, wordOf } from './room.ts'
import { type FutureHandle, sharing } from './sharing.ts'
import type { Watch } from './watch.ts'

/** How an outcome travels: what it is (2: a cancellation), in the first byte, and the value encoded. */
const RESULT = 0
const EXCEPTION = 1

/** The handles of this thread's futures that were taken, and the futures that they, or others, were attached to. */
const handles = /* @__PURE__ */ new WeakMap<Base<any>, FutureHandle<any>>()
const futures = /* @__PURE__ */ new WeakMap<Lifeline, Base<any>>()

function handleOf<T>(future: Base<T>): FutureHandle<T> {
  let handle = handles.get(future)
  if (handle === undefined) {
    const line = new Lifeline()
    const lineHandle = line.handle
    let room: SharedArrayBuffer
    if (future.done) {
      const bytes = outcomeOf(future, Infinity)
      room = exactRoom(bytes.length)
      send(room, line, bytes)
    } else {
      room = openRoom()
      line.bind()
      future.addDoneCallback(() => send(room, line, outcomeOf(future, capacity(room))))
    }
    handle = { ...lineHandle, heddle: 'Future', room }
    handles.set(future, handle)
    futures.set(line, future)
  }
  return handle
}

function send(room: SharedArrayBuffer, line: Lifeline, bytes: Uint8Array): void {
  fill(room, bytes)
  publish(wordOf(room), 0, bytes.length, line)
}

/** The bytes of what a future ended in; of an error, if that cannot travel. */
function outcomeOf(future: Base<unknown>, most: number): Uint8Array {
  const [kind, value] = future._outcome()
  try {
    const bytes = marked(kind, value)
    if (bytes.length <= most) return bytes
    throw new RangeError(
      `the outcome of the future takes ${bytes.length} bytes, and its handle, which was taken before it was there, has room ` +
        `for ${most}; take the handle afterwards, or send what is large by other ways (a SharedArrayBuffer)`,
    )
  } catch (error) {
    const bytes = marked(EXCEPTION, error)
    return bytes.length <= most
      ? bytes
      : marked(EXCEPTION, new RangeError(`an outcome of over ${most} bytes`))
  }
}

function marked(kind: number, value: unknown): Uint8Array {
  const bytes = structured.encode(value)
  const all = new Uint8Array(1 + bytes.length)
  all[0] = kind
  all.set(bytes, 1)
  return all
}

function attach<T>(handle: FutureHandle<T>): Base<T> {
  const { room, heddle } = (handle ?? {}) as Partial<FutureHandle<T>>
  if (heddle !== undefined && heddle !== 'Future')
    throw new HandleError(`handle is of a ${String(heddle)}, not of a Future`)
  if (heddle === 'Future' && !(isShared(room) && room.byteLength >= HEADER))
    throw new HandleError(`handle.room of the Future must be shared memory, got ${shown(room)}`)
  const line = Lifeline.attach({ ...handle, heddle: 'Lifeline' })
  let future = futures.get(line)
  if (future === undefined) {
    future = new Remote<T>(line, room!)
    futures.set(line, future)
    handles.set(future, handle)
  }
  return future
}

/** A future whose outcome another thread brings about. It knows of it as soon as somebody looks. */
class Remote<T> extends Base<T> {
  private readonly line: Lifeline
  private readonly room: SharedArrayBuffer
  /** Whether it has taken over the outcome, or is about to. */
  private known = false
  private readonly watching: Map<Watch, Told> = new Map()

  constructor(line: Lifeline, room: SharedArrayBuffer) {
    super()
    this.line = line
    this.room = room
  }

  override get state(): Base<T>['state'] {
    this.look()
    return super.state
  }

  override get done(): boolean {
    this.look()
    return super.done
  }

  override get cancelled(): boolean {
    this.look()
    return super.cancelled
  }

  override get _settled(): boolean {
    this.look()
    return super._settled
  }

  override poll(): Poll<T> {
    this.look()
    return super.poll()
  }

  /** Waits for the other thread; then it is as with any other future. */
  override _after<U>(operation: Operation<U>): Operation<U> {
    if (this.done) return operation
    const wait = this.line.wait().map(() => operation.poll() as U)
    return asPart(Object.assign(wait, { describe: () => operation.describe() }))
  }

  override reach(): number {
    return this.line.reach()
  }

  override addDoneCallback(callback: (future: this) => void): void {
    if (this.done || typeof callback !== 'function') return super.addDoneCallback(callback)
    const call = (): void => super.addDoneCallback(callback)
    performers.park(asPart(this.line.wait()), call, call)
  }

  override _watch(watch: Watch): void {
    const told = new Told(asPart(this.line.wait()), () => {
      this.watching.delete(watch)
      watch.watcher._completed(watch)
    })
    this.watching.set(watch, told)
    told.operation.park(told)
  }

  override _unwatch(watch: Watch): void {
    const told = this.watching.get(watch)
    if (this.watching.delete(watch)) told!.operation.unpark(told!)
  }

  /** Only the thread that it came from can cancel it. */
  override cancel(): boolean {
    return this.cancelled
  }

  override setRunningOrNotifyCancel(): boolean {
    throw this.foreign('setRunningOrNotifyCancel')
  }

  override setResult(): void {
    throw this.foreign('setResult')
  }

  override setException(): void {
    throw this.foreign('setException')
  }

  private foreign(verb: string): InvalidStateError {
    return new InvalidStateError(`${verb}(): the future is brought about by another thread`)
  }

  /** Nobody waits in the lists of this future itself, so settling it calls nobody. */
  private look(): void {
    if (this.known) return
    const count = bytesOf(wordOf(this.room), 0, this.line)
    if (count === PENDING) return
    this.known = true
    if (count === NONE) {
      super.setException(
        new WorkerDiedError('the thread that was to bring the future about ended before it had done so'),
      )
      return
    }
    try {
      const bytes = new Uint8Array(this.room, HEADER, count)
      const value = structured.decode(bytes.slice(1))
      if (bytes[0] === RESULT) super.setResult(value as T)
      else if (bytes[0] === EXCEPTION) super.setException(value)
      else {
        this._cancel(value as { readonly reason: unknown } | undefined)
        super.setRunningOrNotifyCancel()
      }
    } catch (error) {
      super.setException(error)
    }
  }
}

const host: Host = {
  blocking: false,
  name: 'async code',
  get clock() {
    return thread.clock
  },
}

/** Is told of the end at once, also while the thread sleeps: so a sleeping thread can wait for several futures. */
class Told extends Waiter<LifelineEnd> {
  readonly since: number = Math.floor(thread.clock.now())
  private readonly tell: () => void

  constructor(operation: Operation<LifelineEnd>, tell: () => void) {
    super(operation)
    this.tell = tell
  }

  get host(): Host {
    return host
  }

  grant(): void {
    this.tell()
  }

  fail(): void {
    this.tell()
  }
}

function wired(future: typeof Base): typeof Base {
  sharing.handleOf = handleOf
  sharing.attach = attach
  return future
}

/** The one class of futures. Whoever uses this name has all of it. */
export const Future: typeof Base = /* @__PURE__ */ wired(Base)
export type Future<T> = Base<T>
