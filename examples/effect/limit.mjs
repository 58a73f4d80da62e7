/** A server whose requests are answered in three threads, at most two of them at once: one semaphore for all threads. */
import { createServer } from 'node:http'
import { Context, Effect } from 'effect'
import { Semaphore } from 'heddle'
import { executorLayer, submit } from 'heddle/effect'
import { ThreadPoolExecutor } from 'heddle/threads'
import { answer } from './functions.mjs'

class Workers extends Context.Service()('Workers') {}

const limit = new Semaphore(2)
const seen = new Int32Array(new SharedArrayBuffer(8)) // at work now, and at most

const listening = Effect.gen(function* () {
  const workers = yield* Workers
  const respond = (path) => Effect.runPromise(submit(workers, answer, limit, seen, path))
  const server = createServer((request, response) => {
    void respond(request.url).then(
      (text) => response.end(text),
      (error) => response.writeHead(500).end(String(error)),
    )
  })
  const close = Effect.sync(() => {
    server.closeAllConnections()
    server.close()
  })
  yield* Effect.acquireRelease(
    Effect.promise(() => new Promise((resolve) => server.listen(0, resolve))),
    () => close,
  )
  return server.address().port
})

const program = Effect.scoped(
  Effect.gen(function* () {
    const port = yield* listening
    const get = (i) =>
      Effect.promise(() => fetch(`http://127.0.0.1:${port}/${i}`).then((response) => response.text()))
    const answers = yield* Effect.forEach(
      Array.from({ length: 12 }, (_, i) => i),
      get,
      { concurrency: 'unbounded' },
    )
    console.log(`${answers.length} answers, the last: ${answers.at(-1)}`)
    console.log(`at work at once: at most ${Atomics.load(seen, 1)}; now: ${Atomics.load(seen, 0)}`)
  }),
)

const workers = executorLayer(Workers, () => new ThreadPoolExecutor({ maxWorkers: 3 }))
await Effect.runPromise(Effect.provide(program, workers))
