/** Starts this package's own worker file, in a server runtime or in a page. */
import type { Worker as ServerWorker } from 'node:worker_threads'
import type { Job, Outcome } from './messages.ts'
import { workerThreads } from './platform.ts'

/** What becomes of a worker. Each is called once at most, and `ended` last of all. */
export interface Listener {
  outcome(outcome: Outcome): void
  /** An error that nothing in the worker caught. */
  failed(error: unknown): void
  ended(how: string): void
}

/** A running worker, whatever the platform. */
export interface Spawned {
  /** The outcome if it has arrived, though no event could tell: the way out of a `block()`. */
  receive(): Outcome | undefined
  terminate(): void
}

export function spawn(job: Job, daemon: boolean, listener: Listener): Spawned {
  const threads = workerThreads()
  return threads === undefined ? spawnInPage(job, listener) : spawnOnServer(threads, job, daemon, listener)
}

function spawnOnServer(
  threads: typeof import('node:worker_threads'),
  job: Job,
  daemon: boolean,
  listener: Listener,
): Spawned {
  const { port1, port2 } = new threads.MessageChannel()
  // Not written into `new URL` at once: bundlers must see one literal worker only, that of the page.
  const here = import.meta.url
  let worker: ServerWorker
  try {
    worker = new threads.Worker(new URL('./worker.js', here), {
      name: job.name,
      workerData: { heddle: { ...job, port: port2 } },
      transferList: [port2],
      ...(readsProgramText() && { execArgv: [] }),
    })
  } catch (error) {
    port1.close()
    throw error
  }
  if (daemon) worker.unref()
  port1.on('message', (outcome: Outcome) => {
    listener.outcome(outcome)
    port1.close()
  })
  port1.unref()
  worker.on('error', (error) => listener.failed(error))
  worker.on('exit', (code) => {
    const late = receive()
    if (late !== undefined) listener.outcome(late)
    port1.close()
    listener.ended(`it exited with status ${code}`)
  })
  const receive = (): Outcome | undefined =>
    (threads.receiveMessageOnPort(port1) as { message: Outcome } | undefined)?.message
  return { receive, terminate: () => void worker.terminate() }
}

/** `node --input-type=module -e …`: the flag is about the program's text, and a worker with it refuses to load a file. */
function readsProgramText(): boolean {
  return process.execArgv.some((flag) => flag.startsWith('--input-type'))
}

function spawnInPage(job: Job, listener: Listener): Spawned {
  // Keep this literal, and the only one: bundlers look for exactly this text.
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
  const end = (how: string): void => {
    worker.terminate()
    listener.ended(how)
  }
  worker.addEventListener('message', ({ data }: MessageEvent<Outcome>) => {
    if (data?.heddle !== 'outcome') return
    listener.outcome(data)
    end('its work was done')
  })
  worker.addEventListener('messageerror', () => end('its outcome could not be read'))
  worker.addEventListener('error', (event) => {
    listener.failed(event.error ?? new Error(event.message || 'worker.js of heddle could not be loaded'))
    end('it failed')
  })
  worker.postMessage({ heddle: job })
  return { receive: () => undefined, terminate: () => end('it was terminated') }
}
