#!/usr/bin/env node
// Ten threads of a class of one's own, with names. Each sleeps, says so, and is done after five seconds;
// --seconds changes that.
import { parseArgs } from 'node:util'
import { isMainThread } from 'node:worker_threads'
import { sleep } from 'heddle'
import { portable, Thread } from 'heddle/threads'

class MyThread extends Thread {
  static {
    portable(import.meta.url, 'MyThread', this)
  }

  constructor(seconds) {
    super()
    this.seconds = seconds // own fields go with the thread
  }

  /** What the thread does; this code runs there. */
  async run() {
    console.log(`${this.name} is running`)
    await sleep(this.seconds * 1000)
    console.log(`${this.name} is done`)
    return this.name
  }
}

if (isMainThread) {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: '5' } } })
  const threads = Array.from({ length: 10 }, () => new MyThread(Number(values.seconds)))
  for (const thread of threads) thread.start()
  const names = []
  for (const thread of threads) names.push(await thread.join())
  console.log(`joined ${names.join(', ')}`)
}
