// Generators are threads that somebody has to schedule: first round robin by hand, then the scheduler does it.
import { joinAll, run, spawn, yieldNow } from 'heddle'

function* countdown(name, from, turn) {
  for (let n = from; n > 0; n--) {
    console.log(`${name} ${n}`)
    yield* turn()
  }
  console.log(`${name} is done`)
}

console.log('By hand:')
const threads = [countdown('A', 3, bare), countdown('B', 1, bare), countdown('C', 2, bare)]
while (threads.length > 0) {
  const thread = threads.shift()
  if (!thread.next().done) threads.push(thread)
}

function* bare() {
  yield
}

console.log('By the scheduler:')
await run(function* () {
  const tasks = [
    spawn(() => countdown('A', 3, yieldNow)),
    spawn(() => countdown('B', 1, yieldNow)),
    spawn(() => countdown('C', 2, yieldNow)),
  ]
  yield* joinAll(tasks)
})
