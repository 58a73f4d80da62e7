// Graceful shutdown: no job is accepted any more; those that were are finished if the time allows; the rest is cancelled, and
// told. In a program that runs for long, `process.once('SIGTERM', () => stop.set())` does what happens at 25 ms here.
import { choose, each, Event, joinAll, Queue, sleep, spawn } from 'heddle'
import { inVirtualTime } from 'heddle/testing'

export class Service {
  #jobs = new Queue()
  #open = new Set()

  /** `handle` is a generator function of a job; when it throws, the service ends with that. */
  constructor(handle, { workers = 2 } = {}) {
    this.handle = handle
    this.workers = workers
  }

  /** Whether the job was taken in. */
  accept(job) {
    if (this.#jobs.isShutDown) return false
    this.#open.add(job)
    return this.#jobs.tryPut(job)
  }

  /** Works until the event `stop` is set, and at most `grace` milliseconds more. Gives the jobs that were not finished. */
  *run(stop, grace) {
    const work = () => each(this.#jobs, (job) => this.#work(job))
    const workers = Array.from({ length: this.workers }, () => spawn(work))
    try {
      yield* choose([stop.wait(), joinAll(workers, { raiseError: true })])
      this.#jobs.shutdown()
      yield* joinAll(workers, { timeout: grace, raiseError: true })
    } finally {
      this.#jobs.shutdown({ immediate: true })
      for (const worker of workers) worker.cancel()
      yield* joinAll(workers)
    }
    return [...this.#open]
  }

  *#work(job) {
    yield* this.handle(job)
    this.#open.delete(job)
  }
}

function* main(clock) {
  const say = (text) => console.log(`${clock.now()} ms: ${text}`)
  const service = new Service(function* (job) {
    try {
      yield* sleep(job.milliseconds)
      say(`${job.name} is done`)
    } finally {
      say(`${job.name} is cleaned up`)
    }
  })
  const stop = new Event()
  const running = spawn(() => service.run(stop, 30))
  for (const milliseconds of [10, 20, 30, 60, 40, 10])
    service.accept({ name: `job of ${milliseconds} ms`, milliseconds })
  yield* sleep(25)
  say('stop')
  stop.set()
  yield* sleep(1)
  say(`a late job is ${service.accept({ name: 'late', milliseconds: 1 }) ? 'accepted' : 'refused'}`)
  const left = yield* running
  say(`not finished: ${left.map(({ name }) => name).join(', ')}`)
}

if (process.argv[1] === import.meta.filename) inVirtualTime(main)
