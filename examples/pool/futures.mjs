/** `concurrent.futures` on threads: submit, result, `asCompleted`, `wait`, cancel; then the executor's statistics. */
import { asCompleted, CancelledError, wait } from 'heddle'
import { ThreadPoolExecutor } from 'heddle/threads'
import { divide, square } from './functions.mjs'

const executor = new ThreadPoolExecutor({ maxWorkers: 2 })
const show = ({ executed, failures, cancelled, runtime }) =>
  console.log({ executed, failures, cancelled, took: runtime > 0 ? 'some time' : 'no time' })
show(executor.statistics)

const future = executor.submit(square, 7)
console.log(await future.result({ timeout: 10_000 }))

const futures = [1, 2, 3].map((x) => executor.submit(square, x))
const results = []
for await (const done of asCompleted(futures)) results.push(await done)
console.log(results.sort((a, b) => a - b))

const failing = executor.submit(divide, 1, 0)
console.log(String(await failing.exception()))

executor.pause()
const late = executor.submit(divide, 6, 3)
const unwanted = executor.submit(square, 9)
console.log(unwanted.cancel())
executor.resume()
const { done, notDone } = await wait([late, unwanted])
console.log(done.size, notDone.size, await late)
try {
  await unwanted
} catch (error) {
  console.log(error instanceof CancelledError)
}

await executor.shutdown()
show(executor.statistics)
