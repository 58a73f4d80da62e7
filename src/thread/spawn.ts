/**
 * Starts a worker and keeps the link to it, whatever the platform and whoever made the worker.
 *
 * The link is a pair of message ports. What the worker has said can also be received by a thread that sleeps in `block()`
 * and sees no event. What the worker prints comes by the same way, before whatever it says or dies of afterwards; and
 * the link's end is told once: `ended` comes last of all, after every message.
 */
import type { Worker as ServerWorker } from 'node:worker_threads'
import { HeddleError, Lifeline, type LifelineEnd, SharingError, WorkerDiedError } from '../index.ts'
import { type Boot, isNote, type Note, type Program } from './messages.ts'
import { unpack } from './parcel.ts'
import { flushAtExit, print } from './output.ts'
import { newChannel, onMessage, receiveOn, refPort, ringsForMessages, workerThreads } from './platform.ts'
import { Startup, tasks } from './startup.ts'

/** The heap and stack of a worker, as in Node's `Worker`; in MB. Only Node keeps to them. */
export interface ResourceLimits {
  maxOldGenerationSizeMb?: number
  maxYoungGenerationSizeMb?: number
  codeRangeSizeMb?: number
  stackSizeMb?: number
}

/** Makes the worker in place of Heddle: `() => new Worker(new URL('./entry.js', import.meta.url), { type: 'module' })`. */
export type WorkerFactory = () => unknown

export interface WorkerStart {
  readonly name: string
  readonly program: Program
  /** What the program is given; it must be cloneable. */
  readonly input: unknown
  readonly transfer?: readonly unknown[]
  /** Whether it holds the process from the start; default `true`. */
  readonly ref?: boolean
  readonly env?: unknown
  readonly resourceLimits?: ResourceLimits | undefined
  readonly worker?: WorkerFactory | undefined
  /** In a page: it is told to run after this only, and ends with its error. */
  readonly after?: Promise<void> | undefined
}

/** What becomes of a worker. */
export interface WorkerListener {
  /** Its entry file runs there. */
  ready?(): void
  /** What its program says. */
  message(message: unknown): void
  /** It is over; called once, last of all. `death` is absent if its program said that its work was done. */
  ended(death: Death | undefined): void
}

/** Why a worker ended before its work was done: `WorkerDiedError`, or the very error that nothing in it caught. */
export interface Death {
  readonly error: unknown
}

interface Platform {
  ref(): void
  unref(): void
  terminate(): void
}

/**
 * A worker that was started. Throws what the platform throws where none can be made, and `DataCloneError` if `input`
 * cannot be cloned; then nothing was started.
 */
export class RunningWorker {
  readonly name: string
  /** Over as soon as the worker is; also told to a thread that sleeps, and the way out of its sleep. */
  readonly lifeline: Lifeline
  /** Ends when its entry file runs, or never will. */
  readonly readiness: Lifeline
  /** Why it died, as far as was told. */
  death: Death | undefined = undefined
  private readonly listener: WorkerListener
  private readonly port: MessagePort
  private readonly platform: Platform
  /** Whether the worker rings for each message, because the port has no listener. */
  private rings = false
  private done = false
  private over = false
  private readonly stopFlushing: () => void

  constructor(start: WorkerStart, listener: WorkerListener) {
    this.name = start.name
    this.listener = listener
    const lifeline = (this.lifeline = new WorkerLifeline(start.name))
    this.readiness = new WorkerLifeline(start.name)
    const threads = workerThreads()
    const handle = threads === undefined ? undefined : handleIfShared(this.lifeline)
    const { port1, port2 } = newChannel()
    this.port = port1
    const boot: Boot = {
      name: start.name,
      program: start.program,
      input: start.input,
      port: port2,
      preloaded: start.worker !== undefined,
      ...(handle && { lifeline: handle }),
    }
    const transfer = [port2, ...(start.transfer ?? [])] as Transferable[]
    const before = tasks()
    try {
      this.platform =
        start.worker !== undefined
          ? this.adopt(start.worker(), boot, transfer, start.after)
          : threads === undefined
            ? this.startInPage(start, boot, transfer)
            : this.startOnServer(threads, start, boot, transfer)
    } catch (error) {
      port1.close()
      throw error
    }
    lifeline.startup = new Startup(before)
    if (!this.rings) {
      onMessage(port1, (message) => this.receives(message))
      refPort(port1, false)
    }
    if (start.ref === false) this.platform.unref()
    this.stopFlushing = flushAtExit(this)
  }

  /** Throws `DataCloneError` if the message cannot be cloned; then nothing was sent. */
  post(message: unknown, transfer: readonly unknown[] = []): void {
    for (const each of transfer) refuseDetached(each)
    this.port.postMessage(message, transfer as Transferable[])
  }

  /** Hands over what has arrived though no event has told yet: for a thread that slept. Only on servers. */
  drain(): void {
    for (let next = receiveOn(this.port); next !== undefined; next = receiveOn(this.port))
      this.receives(next.message)
  }

  /** Whether it holds the process. */
  ref(): void {
    if (!this.over) this.platform.ref()
  }

  unref(): void {
    if (!this.over) this.platform.unref()
  }

  /** Stops it where it stands, because of `reason`; `ended` comes when it has stopped. */
  terminate(reason?: unknown): void {
    if (this.over) return
    this.drain()
    if (!this.done) this.death ??= { error: reason ?? new WorkerDiedError(`${this.name} was terminated`) }
    this.lifeline.end()
    this.platform.terminate()
  }

  private receives(message: unknown): void {
    if (isNote(message)) this.noted(message)
    else this.listener.message(message)
  }

  private noted(note: Note): void {
    if (note.heddle === 'output') return print(note.to, note.data)
    if (note.heddle === 'ready') {
      this.runs()
      return this.listener.ready?.()
    }
    if (note.heddle === 'done') this.done = true
    else this.death ??= { error: unpack(note.error) }
    // A page's worker goes on as long as nobody stops it.
    if (workerThreads() === undefined) this.end()
  }

  /** The worker told of an error that nothing in it caught; usually it has told so itself. */
  private failed(error: unknown): void {
    this.drain()
    this.death ??= { error: isOutOfMemory(error) ? this.died('it ran out of memory', error) : error }
  }

  private exited(how: string): void {
    if (this.over) return
    this.drain()
    if (!this.done) this.death ??= { error: this.died(how) }
    this.end()
  }

  private end(): void {
    if (this.over) return
    this.over = true
    this.runs()
    this.stopFlushing()
    this.port.close()
    this.listener.ended(this.death)
    this.lifeline.end()
    this.platform.terminate()
  }

  private runs(): void {
    starting.delete(this)
    this.readiness.end()
  }

  private died(how: string, cause?: unknown): WorkerDiedError {
    return new WorkerDiedError(
      `${this.name} ended before its work was done: ${how}`,
      ...(cause === undefined ? [] : [{ cause }]),
    )
  }

  private startOnServer(
    threads: typeof import('node:worker_threads'),
    start: WorkerStart,
    boot: Boot,
    transfer: Transferable[],
  ): Platform {
    // Not written into `new URL` at once: bundlers must see one literal worker only, that of the page.
    const here = import.meta.url
    return this.watchServer(
      new threads.Worker(new URL('./worker.js', here), {
        name: start.name,
        workerData: { heddle: boot },
        transferList: transfer as never,
        ...(start.env !== undefined && { env: start.env as never }),
        ...(start.resourceLimits !== undefined && { resourceLimits: start.resourceLimits }),
        ...(readsProgramText() && { execArgv: [] }),
      }),
    )
  }

  private startInPage(start: WorkerStart, boot: Boot, transfer: Transferable[]): Platform {
    if (start.env !== undefined || start.resourceLimits !== undefined)
      throw new HeddleError('env and resourceLimits are not there for the workers of a page')
    // Keep this literal, and the only one: bundlers look for exactly this text.
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
    return this.watchPage(worker, boot, transfer, start.after)
  }

  private adopt(worker: unknown, boot: Boot, transfer: Transferable[], after?: Promise<void>): Platform {
    const found = worker as Partial<ServerWorker & Worker> | undefined
    if (typeof found?.postMessage !== 'function' || typeof found.terminate !== 'function')
      throw new TypeError(
        "worker must give a worker: () => new Worker(new URL('./entry.js', import.meta.url), { type: 'module' })",
      )
    if (typeof found.on !== 'function') return this.watchPage(found as Worker, boot, transfer, after)
    ;(found as ServerWorker).postMessage({ heddle: boot }, transfer as never)
    return this.watchServer(found as ServerWorker)
  }

  private bootAfter(after: Promise<void>, boot: () => void): void {
    const refused = (error: unknown): void => {
      this.failed(error)
      this.exited('it was refused')
    }
    after.then(boot).catch(refused)
  }

  private watchServer(worker: ServerWorker): Platform {
    worker.on('error', (error) => this.failed(error))
    if (ringsForMessages()) {
      this.rings = true
      worker.on('message', () => this.drain())
      // Deno does not tell of new workers, and who watches for deaths has to know.
      ;(process as NodeJS.EventEmitter).emit('worker', worker)
    }
    worker.on('exit', (status) => this.exited(`it exited with status ${status}`))
    return {
      ref: () => worker.ref(),
      unref: () => worker.unref(),
      terminate: () => void worker.terminate(),
    }
  }

  private watchPage(worker: Worker, boot: Boot, transfer: Transferable[], after?: Promise<void>): Platform {
    if (after === undefined) worker.postMessage({ heddle: boot }, transfer)
    else this.bootAfter(after, () => worker.postMessage({ heddle: boot }, transfer))
    starting.add(this)
    worker.addEventListener('messageerror', () => this.exited('what it was given could not be read'))
    worker.addEventListener('error', (event) => {
      event.preventDefault()
      this.failed(event.error ?? new Error(event.message || 'the file of the worker could not be loaded'))
      this.exited('it failed')
    })
    return { ref() {}, unref() {}, terminate: () => worker.terminate() }
  }
}

/** Is called by the worker's name in messages. */
class WorkerLifeline extends Lifeline {
  private readonly name: string
  /** Until its thread has bound itself, whoever sleeps looks for it here. */
  startup: Startup | undefined = undefined

  constructor(name: string) {
    super()
    this.name = name
  }

  override get outcome(): LifelineEnd | undefined {
    const found = super.outcome
    if (found !== undefined || this.startup === undefined) return found
    // A word that is not zero is bound, or over.
    if (Atomics.load(this.words, this.at) !== 0) this.startup = undefined
    return this.startup?.isOver ? 'died' : undefined
  }

  override get id(): string {
    return this.name
  }
}

/** The workers of a page's thread that do not run yet. Some browsers start none while it sleeps, so `block()` looks here. */
const starting = ((globalThis as Record<symbol, unknown>)[Symbol.for('heddle.starting.1')] ??=
  new Set()) as Set<RunningWorker>

/** `node --input-type=module -e …`: the flag is about the program's text, and a worker with it refuses to load a file. */
function readsProgramText(): boolean {
  return process.execArgv.some((flag) => flag.startsWith('--input-type'))
}

/** Node posts a buffer that was moved away before, and then the message never arrives. */
function refuseDetached(moved: unknown): void {
  if (!(moved instanceof ArrayBuffer) || moved.byteLength > 0) return
  try {
    void new Uint8Array(moved)
  } catch {
    throw new DOMException(
      'a buffer in it was moved to another thread before: it is detached',
      'DataCloneError',
    )
  }
}

function isOutOfMemory(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY'
}

function handleIfShared(lifeline: Lifeline): Lifeline['handle'] | undefined {
  try {
    return lifeline.handle
  } catch (error) {
    if (error instanceof SharingError) return undefined
    throw error
  }
}
