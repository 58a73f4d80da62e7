/** What the worker threads of these examples run: each loads this module. */
import { Effect, Schema, Stream } from 'effect'
import { SharedQueue } from 'heddle'
import { checkedFunction, into, schemaCodec, withPermits } from 'heddle/effect'
import { portable } from 'heddle/threads'

/** Answers a request while it holds one permit of the limit that all threads share; notes how many do so at once. */
export const answer = portable(import.meta.url, 'answer', (limit, seen, path) => {
  const work = Effect.gen(function* () {
    const now = Atomics.add(seen, 0, 1) + 1
    if (now > Atomics.load(seen, 1)) Atomics.store(seen, 1, now)
    yield* Effect.sleep('5 millis')
    Atomics.sub(seen, 0, 1)
    return `you asked for ${path}`
  })
  return Effect.runPromise(withPermits(limit, 1, work))
})

/** A reading of a sensor; its time travels as text. */
export const Reading = Schema.Struct({
  sensor: Schema.String,
  value: Schema.Number,
  at: Schema.DateFromString,
})
export const readings = schemaCodec(Reading)

/** Puts readings into the queue, waiting for room. */
export const measure = portable(import.meta.url, 'measure', async (handle, count) => {
  const queue = SharedQueue.attach(handle, { codec: readings })
  const all = Stream.range(1, count).pipe(
    Stream.map((i) => ({ sensor: i % 2 === 0 ? 'even' : 'odd', value: i, at: new Date(i * 1000) })),
  )
  await Effect.runPromise(into(queue, all))
  queue.shutdown()
})

/** How many primes there are below a number. */
export const countPrimes = portable(
  import.meta.url,
  'countPrimes',
  checkedFunction({ args: [Schema.Int], result: Schema.Int }, (below) => {
    let count = 0
    for (let n = 2; n < below; n++) {
      let prime = true
      for (let d = 2; d * d <= n && prime; d++) prime = n % d !== 0
      if (prime) count++
    }
    return count
  }),
)
