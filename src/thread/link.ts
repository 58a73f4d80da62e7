/**
 * The worker's end of the link. The first thing it does is to bind the lifeline, so that its death is told from there on;
 * the last, to tell that its work is done, or what it dies of.
 */
import { Lifeline, WorkerDiedError } from '../index.ts'
import type { Boot, Note } from './messages.ts'
import { capture } from './output.ts'
import { packFailure } from './parcel.ts'
import { onMessage, receiveOn, refPort, ringsForMessages, runtimeIs, workerThreads } from './platform.ts'

/** How a program in a worker speaks with its starter. */
export interface Link {
  readonly name: string
  /** Throws `DataCloneError` if the message cannot be cloned; then nothing was sent. */
  post(message: unknown, transfer?: readonly unknown[]): void
  /** Takes the starter's messages from now on; the worker lives until `done`. */
  listen(listener: (message: unknown) => void): void
  /** The next message that no event has told yet; only on servers. */
  receive(): { readonly message: unknown } | undefined
  /** Whether waiting for messages holds the worker; it does from `listen` on. */
  ref(): void
  unref(): void
  /** The work is done: whoever waits for the lifeline is told. Nothing can be posted afterwards. */
  done(): void
}

export function link(boot: Boot): Link {
  const { port, name } = boot
  const lifeline = boot.lifeline && Lifeline.attach(boot.lifeline)
  lifeline?.bind()
  let over = false
  const bell = ringsForMessages() ? workerThreads()?.parentPort : undefined
  const post = (message: unknown, transfer: readonly unknown[] = []): void => {
    port.postMessage(message, transfer as Transferable[])
    bell?.postMessage(null)
  }
  const note = (what: Note): void => post(what)
  const die = (error: unknown): void => {
    if (over) return
    over = true
    note({ heddle: 'dying', error: packFailure(error).parcel })
    lifeline?.end()
  }
  const exits = (how: string): void =>
    die(new WorkerDiedError(`${name} ended before its work was done: ${how}`))
  watchDeath(die, exits)
  capture((to, data) => note({ heddle: 'output', to, data }))
  note({ heddle: 'ready' })
  return {
    name,
    post,
    listen: (listener) => onMessage(port, listener),
    receive: () => receiveOn(port),
    ref: () => refPort(port, true),
    unref: () => refPort(port, false),
    done() {
      if (over) return
      over = true
      note({ heddle: 'done' })
      lifeline?.end()
      // The port stays open for what is still printed, and holds nothing.
      refPort(port, false)
    },
  }
}

interface PageScope {
  close(): void
  addEventListener(
    type: string,
    listener: (event: {
      defaultPrevented: boolean
      error?: unknown
      message?: string
      reason?: unknown
    }) => void,
  ): void
}

/** A starter that sleeps in `block()` sees no event of the worker, so it is told from here. */
function watchDeath(die: (error: unknown) => void, exits: (how: string) => void): void {
  if (workerThreads() === undefined) {
    const scope = globalThis as unknown as PageScope
    const close = scope.close.bind(scope)
    scope.addEventListener('error', (event) => event.defaultPrevented || die(event.error ?? event.message))
    scope.addEventListener('unhandledrejection', (event) => event.defaultPrevented || die(event.reason))
    scope.close = () => {
      exits('it closed itself')
      close()
    }
    return
  }
  process.on('uncaughtExceptionMonitor', (error) => {
    if (process.listenerCount('uncaughtException') === 0) die(error)
  })
  if (runtimeIs('bun'))
    // There the monitor does not see what nobody awaits.
    process.on('unhandledRejection', (reason) => {
      if (process.listenerCount('unhandledRejection') > 1) return
      die(reason)
      process.exit(1)
    })
  // Before the listener that declares this thread dead, so that the starter finds the reason.
  process.prependListener('exit', (status) => {
    const why =
      status === 0 || status === 13 ? ', by process.exit() or because nothing was left to wait for' : ''
    exits(`it exited with status ${status}${why}`)
  })
}
