/**
 * The entry point of every worker that Heddle starts. It binds itself to the lifeline, so that its death is told from
 * there on; loads the module of the function; calls it; posts the outcome; and ends the lifeline, in this order.
 */
import { Lifeline, WorkerDiedError } from '../index.ts'
import type { Job, Outcome } from './messages.ts'
import { pack, type Parcel, unpack } from './parcel.ts'
import { portableAt } from './portable.ts'
import { workerThreads } from './platform.ts'
import { state } from './state.ts'

interface PageScope {
  addEventListener(type: 'message', listener: (event: { data: { heddle?: Job } }) => void): void
  postMessage(message: unknown): void
}

const threads = workerThreads()
if (threads === undefined) {
  const scope = globalThis as unknown as PageScope
  scope.addEventListener('message', ({ data }) => {
    if (data?.heddle !== undefined) void work(data.heddle, (outcome) => scope.postMessage(outcome))
  })
} else {
  const job = (threads.workerData as { heddle?: Job } | undefined)?.heddle
  if (job?.port === undefined) throw new Error('worker.js is started by heddle itself, as a worker')
  workOnServer(job, job.port)
}

function workOnServer(job: Job, port: MessagePort): void {
  const lifeline = job.lifeline && Lifeline.attach(job.lifeline)
  lifeline?.bind()
  let over = false
  const post = (outcome: Outcome): void => {
    if (over) return
    port.postMessage(outcome)
    over = true
    lifeline?.end()
    port.close()
  }
  // What nothing caught ends the thread; a starter that sleeps in block() sees no event, so it is told from here.
  process.on('uncaughtExceptionMonitor', (error) => {
    if (process.listenerCount('uncaughtException') === 0) post(failure(error))
  })
  // Before the listener that declares this thread dead, so that the starter finds the reason.
  process.prependListener('exit', (status) => {
    const reason = `it exited with status ${status}${status === 0 || status === 13 ? ', by process.exit() or because nothing was left to wait for' : ''}`
    post(failure(new WorkerDiedError(`${job.name} ended before its work was done: ${reason}`)))
  })
  void work(job, post)
}

async function work(job: Job, post: (outcome: Outcome) => void): Promise<void> {
  let outcome: Outcome
  try {
    outcome = { heddle: 'outcome', failed: false, value: pack(await call(job), 'the result') }
  } catch (error) {
    outcome = failure(error)
  }
  try {
    post(outcome)
  } catch (error) {
    post(failure(error)) // the structured clone refused it
  }
}

async function call({ f, args }: Job): Promise<unknown> {
  state.loading = f.module
  try {
    await import(/* @vite-ignore */ /* webpackIgnore: true */ f.module)
  } finally {
    state.loading = undefined
  }
  return portableAt(f)(...(unpack(args) as unknown[]))
}

function failure(error: unknown): Outcome {
  return { heddle: 'outcome', failed: true, value: packed(error) }
}

/** Something always arrives. */
function packed(error: unknown): Parcel {
  try {
    const parcel = pack(error, 'the error')
    structuredClone(parcel.value)
    return parcel
  } catch {
    return { value: `(a thrown value that cannot travel: ${String(error)})`, packed: false }
  }
}
