/**
 * Actors: state of its own, a mailbox, one message at a time, in a task of this thread or in a worker thread.
 *
 * Sources: Hewitt's actors; supervision as in Erlang/OTP and Akka. Differences: the mailbox is bounded, so that who sends waits
 * for room; an `ask` is told of the failure of its own message.
 *
 *   state       mailbox                        left by
 *   making      kept                           made: working; it throws: failed
 *   working     one message at a time          a failure: failed; closed and empty: ended; terminate: ended
 *   failed      kept                           resume: working; restart: making, after the pause; stop, escalate: ended
 *   ended       refused, what lay there fails  -
 *
 * Invariants: at most one message is out of the mailbox and not handled; the one that failed is not handled again. Every ask
 * ends: answered, failed with the error of its handling, or with `CancelledError` when the actor has ended before.
 * A failure is: the handler throws, the behaviour cannot be made, its thread dies, a child escalates.
 */
import {
  CancelledError,
  choose,
  Future,
  type Operation,
  type Outcome,
  Queue,
  sleep,
  spawn,
  type Suspend,
  type Task,
  TimeoutError,
  Timer,
  type WaitOptions,
} from '../index.ts'
import { type Behaviour, isBehaviourClass, type Made } from './actor-behaviour.ts'
import { type Cell, LocalCell, Refused, ThreadCell } from './actor-cell.ts'
import {
  type ActorOptions,
  actorSetup,
  type ActorSetup,
  requireAtLeast,
  requireDirective,
} from './actor-options.ts'
import { requireObject, shown } from './checks.ts'
import { pack } from './parcel.ts'
import { markOf } from './portable.ts'
import { checked, referTo } from './reference.ts'
import { enableParser } from './self-contained-load.ts'
import { numbered, refuseWhileLoading } from './state.ts'

type Steps<T> = Generator<Suspend, T, unknown>

interface Envelope {
  readonly packed: unknown
  /** Of an ask. */
  readonly future: Future<any> | undefined
}

/** The failure that ended it. */
interface End {
  readonly error: unknown
  readonly escalates: boolean
}

/** What `actor.statistics()` gives. */
export interface ActorStatistics {
  readonly state: 'making' | 'working' | 'failed' | 'ended'
  /** Messages in the mailbox. */
  readonly size: number
  readonly capacity: number
  readonly handled: number
  readonly failures: number
  readonly restarts: number
  /** Messages, asks among them, that nobody handled because it ended. */
  readonly dropped: number
}

/**
 * An actor: messages are sent to its mailbox, and its behaviour handles them one after another. The behaviour is a function, or
 * a class with a method `receive`; of the class an object is made at the beginning and at each restart. What `receive` gives
 * answers an `ask`; a promise is waited for, a generator runs as a task.
 *
 * It begins at once: in a task of this thread, or in a worker thread with `thread: true`; then the class is portable (`static {
 * portable(import.meta.url, 'Name', this) }`), the function portable or self-contained, and messages travel as arguments of a
 * `Thread` do. A message that was sent must not be changed. An actor that has nothing to do does not keep the process alive.
 *
 * A behaviour with `[Symbol.asyncDispose]` or `[Symbol.dispose]` is disposed of when it is replaced, and when the actor ends.
 * Throws `TypeError` or `RangeError` if an option is wrong, or the behaviour or its `args` cannot travel.
 */
export class Actor<M, R = unknown> {
  readonly name: string
  private readonly setup: ActorSetup
  private readonly mailbox: Queue<Envelope>
  private readonly cell: Cell
  private readonly task: Task<void>
  private readonly ending: Future<void> = new Future()
  /** Failures that come by themselves: a thread that dies, a child that escalates. */
  private readonly faults: Queue<unknown> = new Queue()
  private readonly children: Set<Actor<any, any>> = new Set()
  private readonly parent: Actor<any, any> | undefined
  private state: ActorStatistics['state'] = 'making'
  /** The ask that is being handled. */
  private asked: Future<any> | undefined = undefined
  private begun = false
  private stopping = false
  /** Restarts since a message was handled. */
  private streak = 0
  private handled = 0
  private failures = 0
  private restarts = 0
  private dropped = 0

  constructor(behaviour: new (...args: any[]) => Behaviour<M, R>, options?: ActorOptions<Actor<any, any>>)
  constructor(behaviour: (message: M) => R, options?: ActorOptions<Actor<any, any>>)
  constructor(behaviour: Made, options: ActorOptions<Actor<any, any>> = {}) {
    const isClass = isBehaviourClass(behaviour)
    this.setup = actorSetup(options)
    const { parent } = options
    if (parent !== undefined && !(parent instanceof Actor))
      throw new TypeError(`parent must be an Actor, got ${shown(parent)}`)
    if (parent !== undefined && !parent.isAlive)
      throw new TypeError(`parent must be an actor that has not ended, got ${parent.name}`)
    this.parent = parent
    const { args, capacity, thread } = this.setup
    const make =
      thread === undefined
        ? () => new LocalCell(behaviour, isClass, args)
        : this.threadCell(behaviour, isClass, options)
    this.name = options.name ?? numbered('Actor')
    this.cell = make()
    this.mailbox = new Queue(capacity)
    parent?.children.add(this)
    this.task = spawn.detached(() => this.life(), { name: this.name })
  }

  /** Whether it has not ended. */
  get isAlive(): boolean {
    return this.state !== 'ended'
  }

  /**
   * Waits for room in the mailbox, and puts `message` there. Throws `QueueShutDownError` when the actor was closed or has ended,
   * and `TypeError`, at once, if the message cannot travel. Cancel safe: then it was not sent.
   */
  send(message: M, options?: WaitOptions): Operation<void> {
    return this.mailbox.put({ packed: this.cell.pack(message), future: undefined }, options)
  }

  /** Sends `message` if there is room and nobody waits for it before; says whether. Otherwise as `send`. */
  trySend(message: M): boolean {
    return this.mailbox.tryPut({ packed: this.cell.pack(message), future: undefined })
  }

  /**
   * Sends `message` and gives the answer. The future fails with what the handler threw, with `WorkerDiedError` if its thread
   * died, with `CancelledError` if the actor ended before it handled the message; with `TimeoutError` after `timeout`
   * milliseconds, with `signal.reason` when it aborts: then, as after `cancel()`, a message that was not begun is not handled.
   * Throws as `send` does.
   */
  ask(message: M, options: WaitOptions = {}): Future<Outcome<R>> {
    const { timeout = Infinity, signal, ref = true } = requireWaitOptions(options)
    const future = new Future<Outcome<R>>()
    const envelope: Envelope = { packed: this.cell.pack(message), future }
    if (!this.mailbox.tryPut(envelope)) this.putLater(envelope, future)
    if (timeout !== Infinity) {
      const late = (): void =>
        fail(future, new TimeoutError(`${this.name} did not answer within ${timeout} ms`))
      const timer = new Timer(timeout, late, { ref })
      timer.start()
      future.addDoneCallback(() => timer.cancel())
    }
    if (signal !== undefined) {
      const abort = (): void => fail(future, signal.reason)
      if (signal.aborted) abort()
      signal.addEventListener('abort', abort)
      future.addDoneCallback(() => signal.removeEventListener('abort', abort))
    }
    return future
  }

  /** From now on nothing can be sent; those who wait for room are refused. What lies in the mailbox is handled, then it ends. */
  close(): void {
    this.mailbox.shutdown()
  }

  /**
   * Waits until it has ended. Throws the error with which it escalated; not that with which its supervision stopped it. Cancel
   * safe.
   */
  join(options?: WaitOptions): Operation<void> {
    return this.ending.result(options)
  }

  /**
   * Ends it where it stands: a task at its wait, a thread anywhere. The message that it was handling, and those in the mailbox,
   * are lost, their asks fail with `CancelledError`, of which `reason` is the `cause`. Does nothing if it has ended.
   */
  terminate(reason?: unknown): void {
    if (this.state === 'ended' || this.stopping) return
    this.stopping = true
    const { begun } = this
    this.cell.kill(reason)
    this.task.cancel(reason)
    this.drop(reason)
    if (!begun) this.finish(undefined)
  }

  /** Closes it and waits until it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.ending
  }

  statistics(): ActorStatistics {
    const { state, mailbox, handled, failures, restarts, dropped } = this
    const { size, capacity } = mailbox
    return { state, size, capacity, handled, failures, restarts, dropped }
  }

  private threadCell(behaviour: Made, isClass: boolean, options: ActorOptions): () => Cell {
    refuseWhileLoading('an actor in a thread')
    if (isClass && markOf(behaviour) === undefined)
      throw new TypeError(
        `the thread must find the class ${behaviour.name} again; write in it: ` +
          `static { portable(import.meta.url, ${JSON.stringify(behaviour.name)}, this) }`,
      )
    enableParser()
    const f = referTo(behaviour, 'behaviour')
    const { thread, args } = this.setup
    const { parcel } = pack(args, 'args')
    return () =>
      new ThreadCell(
        { ...thread, name: options.name ?? this.name, after: checked(f) },
        { f, args: parcel, isClass },
        (error) => void this.faults.tryPut(error),
      )
  }

  private putLater(envelope: Envelope, future: Future<unknown>): void {
    const putting = this.mailbox.put(envelope).start()
    future.addDoneCallback(() => putting.cancel())
    putting.addDoneCallback(() => {
      if (putting.cancelled) return
      try {
        void putting.poll()
      } catch (error) {
        fail(future, this.ended(error))
      }
    })
  }

  private *life(): Steps<void> {
    this.begun = true
    let failure: End | undefined
    try {
      failure = yield* this.supervised()
    } catch (error) {
      if (!this.stopping) failure = { error, escalates: true }
    } finally {
      this.drop(failure?.error)
      for (const child of this.children) child.terminate(failure?.error)
      yield* this.dispose()
      this.cell.end()
      this.finish(failure)
    }
  }

  /** Works until its end; gives what ended it, if it was a failure. */
  private *supervised(): Steps<End | undefined> {
    for (;;) {
      const failure = yield* this.work()
      if (failure === undefined) return undefined
      this.state = 'failed'
      this.failures++
      let { error } = failure
      let directive
      try {
        directive = requireDirective('what supervise gives', this.setup.supervise(error))
      } catch (thrown) {
        error = new AggregateError([error, thrown], `${this.name} failed, and so did its supervision`)
        directive = 'escalate' as const
      }
      if (directive === 'resume' && !failure.whole) directive = 'restart' as const
      if (directive === 'restart' && this.streak >= this.setup.maxRestarts) directive = 'escalate' as const
      const goesOn = directive === 'restart' || directive === 'resume'
      const delay = directive === 'restart' ? this.pause() : 0
      this.tell(error, { actor: this.name, directive, delay, dropped: goesOn ? 0 : this.mailbox.size })
      if (!goesOn) return { error, escalates: directive === 'escalate' }
      if (directive === 'resume') continue
      for (const child of this.children) child.terminate(error)
      yield* this.dispose()
      this.streak++
      yield* sleep(delay)
      this.restarts++
    }
  }

  /** Handles messages until it fails, or ends. `whole`: there is a behaviour that can go on. */
  private *work(): Steps<{ readonly error: unknown; readonly whole: boolean } | undefined> {
    if (this.state !== 'failed' || !this.cell.isMade) {
      this.state = 'making'
      try {
        yield* this.cell.make()
      } catch (error) {
        if (this.stopping) throw error
        return { error, whole: false }
      }
    }
    this.state = 'working'
    for (;;) {
      const next = yield* choose.biased([this.faults.get().map((error) => ({ error })), this.mailbox.next()])
      if ('error' in next) return { error: next.error, whole: this.cell.isMade }
      if (next.done) return undefined
      const failure = yield* this.handle(next.value)
      if (failure !== undefined) return failure
    }
  }

  private *handle({
    packed,
    future,
  }: Envelope): Steps<{ readonly error: unknown; readonly whole: boolean } | undefined> {
    if (future !== undefined && (future.state === 'FINISHED' || !future.setRunningOrNotifyCancel()))
      return undefined
    this.asked = future
    try {
      const answer = yield* this.cell.handle(packed)
      this.handled++
      this.streak = 0
      if (future !== undefined && !future.done) future.setResult(answer)
      return undefined
    } catch (thrown) {
      if (this.stopping) throw thrown
      const isRefused = thrown instanceof Refused
      const error = isRefused ? thrown.error : thrown
      if (future !== undefined) fail(future, error)
      if (!isRefused) return { error, whole: this.cell.isMade }
      // The message is at fault, and the behaviour has not seen it.
      if (future === undefined)
        this.tell(error, { actor: this.name, directive: 'resume', delay: 0, dropped: 1 })
      return undefined
    } finally {
      this.asked = undefined
    }
  }

  private *dispose(): Steps<void> {
    try {
      yield* this.cell.dispose()
    } catch (error) {
      this.tell(error, { actor: this.name, directive: 'resume', delay: 0, dropped: 0 })
    }
  }

  private pause(): number {
    const { initial, factor, most } = this.setup.backoff
    return Math.min(most, initial * factor ** this.streak)
  }

  private tell(error: unknown, failure: Parameters<ActorSetup['onFailure']>[1]): void {
    try {
      this.setup.onFailure(error, failure)
    } catch (thrown) {
      console.error(`onFailure of ${this.name} threw:`, thrown, 'when it was told of:', error)
    }
  }

  /** Nothing more will be handled. */
  private drop(reason: unknown): void {
    const { mailbox } = this
    const left: Envelope[] = []
    // First of all, so that nobody who waits for room gets it now.
    mailbox.shutdown()
    while (mailbox.size > 0) left.push(mailbox.tryGet()!)
    this.dropped += left.length
    if (this.asked !== undefined) fail(this.asked, this.ended(reason))
    for (const { future } of left) if (future !== undefined) fail(future, this.ended(reason))
  }

  private ended(cause: unknown): CancelledError {
    return new CancelledError(
      `${this.name} ended before it had handled the message`,
      ...(cause === undefined ? [] : [{ cause }]),
    )
  }

  private finish(failure: End | undefined): void {
    this.state = 'ended'
    const { parent, ending } = this
    parent?.children.delete(this)
    if (failure?.escalates !== true) return ending.setResult()
    ending.setException(failure.error)
    if (parent?.isAlive !== true) return
    ending._disregard()
    parent.faults.tryPut(failure.error)
  }
}

function fail(future: Future<any>, error: unknown): void {
  if (!future.done) future.setException(error)
}

function requireWaitOptions(options: WaitOptions): WaitOptions {
  requireObject('options', options, '{ timeout?, signal?, ref? }')
  const { timeout, signal, ref } = options
  if (timeout !== undefined) requireAtLeast('timeout', timeout, 0)
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    throw new TypeError(`signal must be an AbortSignal, got ${shown(signal)}`)
  if (ref !== undefined && typeof ref !== 'boolean')
    throw new TypeError(`ref must be a boolean, got ${shown(ref)}`)
  return options
}
