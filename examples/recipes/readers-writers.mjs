// Readers and writers, made of a condition: many read at once, or one writes. Readers that come while a writer waits wait
// behind it, so that writers are not starved. (The library has this as RWLock, which works between threads, too.)
import { Condition, shield, sleep, spawn } from 'heddle'
import { inVirtualTime } from 'heddle/testing'

export class ReadersWriters {
  readers = 0
  writing = false
  writersWaiting = 0
  changed = new Condition();

  *read(body) {
    yield* this.#locked(function* (changed) {
      yield* changed.waitFor(() => !this.writing && this.writersWaiting === 0)
      this.readers++
    })
    try {
      return yield* body()
    } finally {
      yield* this.#leave(() => this.readers--)
    }
  }

  *write(body) {
    yield* this.#locked(function* (changed) {
      this.writersWaiting++
      try {
        yield* changed.waitFor(() => !this.writing && this.readers === 0)
        this.writing = true
      } finally {
        this.writersWaiting--
        // A writer that gave up lets those readers go on that had come after it.
        if (!this.writing) changed.notifyAll()
      }
    })
    try {
      return yield* body()
    } finally {
      yield* this.#leave(() => (this.writing = false))
    }
  }

  /** Waits for the lock once more, so a cancellation has to wait, too. */
  *#leave(change) {
    const { changed } = this
    yield* shield(() =>
      this.#locked(function* () {
        change()
        changed.notifyAll()
      }),
    )
  }

  *#locked(body) {
    const { changed } = this
    const held = yield* changed.lock.acquire()
    try {
      yield* body.call(this, changed)
    } finally {
      held.release()
    }
  }
}

function* main(clock) {
  const page = new ReadersWriters()
  const visit = (name, verb) =>
    spawn(function* () {
      yield* page[verb](function* () {
        console.log(`${clock.now()} ms: ${name} begins to ${verb}`)
        yield* sleep(10)
      })
    })
  const visits = [visit('Ann', 'read'), visit('Bob', 'read'), visit('Eve', 'write'), visit('Joe', 'read')]
  for (const each of visits) yield* each
}

if (process.argv[1] === import.meta.filename) inVirtualTime(main)
