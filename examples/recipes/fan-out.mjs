// Publish and subscribe: each message of a topic goes to all who are subscribed to it. A subscriber chooses what happens when
// it is slow: the publisher waits for it, or it misses some.
import { Broadcast, each, sleep, spawn, yieldNow } from 'heddle'
import { inVirtualTime } from 'heddle/testing'

export class Topics {
  #topics = new Map()
  #closed = false;

  /** Waits for the subscribers that must be waited for. */
  *publish(topic, message) {
    yield* this.#topic(topic).send(message)
  }

  /**
   * Calls the generator function `handle` for each message that is published from the first step on. It ends with `close`.
   * However it ends, it delays nobody then. Options: `capacity`, and `slow`: 'wait', 'drop oldest' or 'drop newest'.
   */
  *follow(topic, handle, options) {
    const subscription = this.#topic(topic).subscribe(options)
    try {
      yield* each(subscription, handle)
    } finally {
      subscription.close()
    }
  }

  /** Who follows sees what was published, and ends. Whatever comes later throws `ChannelClosedError`. */
  close() {
    this.#closed = true
    for (const broadcast of this.#topics.values()) broadcast.close()
  }

  #topic(name) {
    if (!this.#topics.has(name)) this.#topics.set(name, new Broadcast())
    const broadcast = this.#topics.get(name)
    if (this.#closed) broadcast.close()
    return broadcast
  }
}

function* main(clock) {
  const topics = new Topics()
  const reader = (name, milliseconds, options) =>
    spawn(() =>
      topics.follow(
        'news',
        function* (message) {
          console.log(`${clock.now()} ms: ${name} reads ${message}`)
          yield* sleep(milliseconds)
        },
        options,
      ),
    )
  const readers = [
    reader('archive', 25, { capacity: 2, slow: 'wait' }),
    reader('ticker', 60, { capacity: 1, slow: 'drop oldest' }),
  ]
  yield* yieldNow() // both subscribe
  for (let i = 1; i <= 6; i++) {
    yield* topics.publish('news', `#${i}`)
    console.log(`${clock.now()} ms: #${i} is out`)
    yield* sleep(5)
  }
  topics.close()
  for (const each of readers) yield* each
}

if (process.argv[1] === import.meta.filename) inVirtualTime(main)
