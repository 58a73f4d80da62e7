// Single flight: whoever asks for a key while it is being loaded waits for that load. It is nobody's child, so it goes on
// when who began it gives up; when all have given up, it is cancelled, and may still clean up while the next one begins. A
// failure reaches all who wait, and is not kept.
import { sleep, spawn } from 'heddle'
import { inVirtualTime } from 'heddle/testing'

export class SingleFlight {
  #flights = new Map();

  /** `load` is a generator function of the key. */
  *get(key, load) {
    let flight = this.#flights.get(key)
    if (flight === undefined) {
      flight = { waiting: 0, task: spawn.detached(() => load(key), { name: `load ${key}` }) }
      this.#flights.set(key, flight)
    }
    flight.waiting++
    try {
      return yield* flight.task
    } finally {
      flight.waiting--
      // Another flight may have begun since: only this one is taken away.
      if ((flight.task.done || flight.waiting === 0) && this.#flights.get(key) === flight)
        this.#flights.delete(key)
      if (flight.waiting === 0) flight.task.cancel()
    }
  }
}

function* main(clock) {
  const flights = new SingleFlight()
  function* load(key) {
    console.log(`${clock.now()} ms: loading ${key}`)
    yield* sleep(100)
    return key.toUpperCase()
  }
  const askers = ['A', 'B', 'C', 'D'].map((name, i) =>
    spawn(function* () {
      yield* sleep(i * 40)
      console.log(`${clock.now()} ms: ${name} asks`)
      const value = yield* flights.get('loom', load)
      console.log(`${clock.now()} ms: ${name} has ${value}`)
    }),
  )
  for (const asker of askers) yield* asker
}

if (process.argv[1] === import.meta.filename) inVirtualTime(main)
