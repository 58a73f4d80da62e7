// A bounded buffer, made of one lock and two conditions: who puts waits for room, who takes waits for an item, and each
// wakes one of the other kind. (With one condition for both, a wake-up can reach the wrong kind, and is lost. The library
// has this as Queue.)
import { Condition, Lock, spawn } from 'heddle'
import { inVirtualTime } from 'heddle/testing'

export class BoundedBuffer {
  items = []
  #lock = new Lock()
  #hasItem = new Condition(this.#lock)
  #hasRoom = new Condition(this.#lock)

  constructor(capacity) {
    this.capacity = capacity
  }

  *put(item) {
    const held = yield* this.#lock.acquire()
    try {
      yield* this.#hasRoom.waitFor(() => this.items.length < this.capacity)
      this.items.push(item)
      this.#hasItem.notify()
    } finally {
      held.release()
    }
  }

  *take() {
    const held = yield* this.#lock.acquire()
    try {
      yield* this.#hasItem.waitFor(() => this.items.length > 0)
      this.#hasRoom.notify()
      return this.items.shift()
    } finally {
      held.release()
    }
  }
}

function* main() {
  const buffer = new BoundedBuffer(2)
  const producer = spawn(function* () {
    for (const word of ['warp', 'weft', 'reed', 'shed', 'shuttle']) {
      yield* buffer.put(word)
      console.log(`put ${word}; in the buffer: ${buffer.items.join(' ')}`)
    }
  })
  const consumer = spawn(function* () {
    for (let i = 0; i < 5; i++) console.log(`took ${yield* buffer.take()}`)
  })
  yield* producer
  yield* consumer
}

if (process.argv[1] === import.meta.filename) inVirtualTime(main)
