// Publish and subscribe: each message of a topic goes to all who are subscribed to it. A subscriber chooses what happens when
// it is slow: the publisher waits for it, or it misses some.
import { Broadcast, each, sleep, spawn } from 'heddle'
import { inVirtualTime } from 'heddle/testing'

export class Topics {
  #topics = new Map();

  /** Waits for the subscribers that must be waited for. */
  *publish(topic, message) {
    yield* this.#topic(topic).send(message)
  }

  /** Sees what is published from now on. Options: `capacity`, and `slow`: 'wait', 'drop oldest' or 'drop newest'. */
  subscribe(topic, options) {
    return this.#topic(topic).subscribe(options)
  }

  /** Subscribers see what was published, and end. */
  close() {
    for (const broadcast of this.#topics.values()) broadcast.close()
  }

  #topic(name) {
    if (!this.#topics.has(name)) this.#topics.set(name, new Broadcast())
    return this.#topics.get(name)
  }
}

/** Calls the generator function `handle` for each message. A subscriber that ends, however it does, delays nobody. */
export function* follow(subscription, handle) {
  try {
    yield* each(subscription, handle)
  } finally {
    subscription.close()
  }
}

function* main(clock) {
  const topics = new Topics()
  const reader = (name, milliseconds, options) => {
    const subscription = topics.subscribe('news', options)
    return spawn(() =>
      follow(subscription, function* (message) {
        console.log(`${clock.now()} ms: ${name} reads ${message}`)
        yield* sleep(milliseconds)
      }),
    )
  }
  const readers = [
    reader('archive', 25, { capacity: 2, slow: 'wait' }),
    reader('ticker', 60, { capacity: 1, slow: 'drop oldest' }),
  ]
  for (let i = 1; i <= 6; i++) {
    yield* topics.publish('news', `#${i}`)
    console.log(`${clock.now()} ms: #${i} is out`)
    yield* sleep(5)
  }
  topics.close()
  for (const each of readers) yield* each
}

if (process.argv[1] === import.meta.filename) inVirtualTime(main)
