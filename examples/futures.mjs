#!/usr/bin/env node
// What Python's concurrent.futures shows: submit, result, asCompleted, wait, cancel.
import { asCompleted, CancelledError, Latch, sleep, TaskExecutor, wait } from 'heddle'

const executor = new TaskExecutor({ concurrency: 3 })

// Submit, and the result.
const power = executor.submit((base, exponent) => base ** exponent, 323, 2)
console.log(`323² = ${await power.result()}`)

// Whichever ends first comes first.
const turns = [new Latch(1), new Latch(1), new Latch(1)]
const pages = new Map(
  ['one', 'two', 'three'].map((name, i) => {
    const future = executor.submit(async () => {
      await turns[i].wait()
      if (name === 'two') throw new RangeError(`${name} is no page`)
      return name.length
    })
    return [future, name]
  }),
)
turns[2].countDown()
for await (const future of asCompleted([...pages.keys()])) {
  const name = pages.get(future)
  const error = await future.exception()
  console.log(error === undefined ? `${name}: ${await future} letters` : `${name}: ${error.message}`)
  if (name !== 'one') turns[name === 'three' ? 1 : 0].countDown()
}

// Wait for the first of several, then for all of them.
const open = new Latch(1)
const [fast, slow] = [
  executor.submit(() => 'fast'),
  executor.submit(async () => {
    await open.wait()
    return 'slow'
  }),
]
const first = await wait([fast, slow], { returnWhen: 'FIRST_COMPLETED' })
console.log(`done ${first.done.size}, not done ${first.notDone.size}`)
open.countDown()
const { done, notDone } = await wait([fast, slow])
console.log(`done ${done.size}, not done ${notDone.size}`)

// What has not begun can be cancelled; what runs cannot.
const running = [1, 2, 3].map(() => executor.submit(() => sleep(5)))
const waiting = executor.submit(() => console.log('never printed'))
console.log(`running: ${running[0].cancel()}, waiting: ${waiting.cancel()}, ${executor.pendingCount} left`)
try {
  await waiting
} catch (error) {
  console.log(error instanceof CancelledError ? error.message : error)
}
await executor.shutdown()
