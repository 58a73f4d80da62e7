#!/usr/bin/env node
// A thread that counts while the main thread does something else, reads the counter, and stops it.
import { Event, sleep } from 'heddle'
import { SharedValue, Thread } from 'heddle/threads'

/** Refers to nothing outside of itself, so it needs no module of its own. */
const count = (counter, stop) => {
  while (!stop.isSet) counter.add(1)
  return counter.value
}

const counter = new SharedValue('int32')
const stop = new Event()
const thread = new Thread(count, { args: [counter, stop], name: 'counter' }).start()

let [before, rising] = [0, 0]
while (rising < 3) {
  await sleep(10)
  const now = counter.value
  if (now > before) console.log(`${thread.name} goes on counting (${++rising})`)
  before = now
}
stop.set()
const total = await thread.join()
console.log(total >= before && total === counter.value ? 'counted to the end' : 'lost count')
console.log(thread.isAlive ? 'still alive' : 'and stopped')
