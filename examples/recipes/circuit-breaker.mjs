// A circuit breaker: after so many failures in a row nobody calls a service that is down, for a while; then one call tries.
//
//   closed      calls pass         `failures` failures in a row: open
//   open        calls are refused  after `rest` milliseconds the next one tries: half open
//   half open   calls are refused  the trial succeeds: closed; it fails: open; it is cancelled: the next one tries
//
// What was called before the last change of state says nothing about the service any more, and is not counted.
import { CancelledError, currentTask, sleep } from 'heddle'
import { inVirtualTime } from 'heddle/testing'

export class CircuitOpenError extends Error {
  name = 'CircuitOpenError'
}

export class CircuitBreaker {
  state = 'closed'
  #period = 0
  #failed = 0
  #restUntil = 0

  constructor({ failures, rest }) {
    this.failures = failures
    this.rest = rest
  }

  /** Calls the generator function `body` in a task, and gives what it gives; or throws `CircuitOpenError`. */
  *call(body) {
    const period = this.#admit()
    try {
      const result = yield* body()
      if (period === this.#period) this.#succeed()
      return result
    } catch (error) {
      if (period === this.#period) this.#fail(error)
      throw error
    }
  }

  #admit() {
    if (this.state === 'half open') throw new CircuitOpenError('a trial is under way')
    if (this.state === 'open') {
      const left = this.#restUntil - now()
      if (left > 0) throw new CircuitOpenError(`the circuit is open for ${left} ms more`)
      this.#become('half open')
    }
    return this.#period
  }

  #succeed() {
    this.#failed = 0
    if (this.state === 'half open') this.#become('closed')
  }

  #fail(error) {
    if (error instanceof CancelledError) {
      if (this.state === 'half open') this.#become('open')
    } else if (this.state === 'half open' || ++this.#failed === this.failures) {
      this.#restUntil = now() + this.rest
      this.#become('open')
    }
  }

  #become(state) {
    this.state = state
    this.#period++
    this.#failed = 0
  }
}

const now = () => currentTask().clock.now()

function* main(clock) {
  const breaker = new CircuitBreaker({ failures: 2, rest: 1_000 })
  for (let i = 0; i < 10; i++) {
    const down = clock.now() < 1_500
    let outcome
    try {
      outcome = yield* breaker.call(function* () {
        yield* sleep(50)
        if (down) throw new Error('no answer')
        return 'fine'
      })
    } catch (error) {
      outcome = `${error.name}: ${error.message}`
    }
    console.log(`${clock.now()} ms: ${outcome}; ${breaker.state}`)
    yield* sleep(250)
  }
}

if (process.argv[1] === import.meta.filename) inVirtualTime(main)
