#!/usr/bin/env node
// An actor prints what is sent to it: first in a task of this thread, then the same one in a worker thread.
import { Actor, portable } from 'heddle/threads'
import { isMainThread } from 'node:worker_threads'

class Printer {
  static {
    portable(import.meta.url, 'Printer', this)
  }

  count = 0

  receive(message) {
    console.log(`Got in ${isMainThread ? 'the main thread' : 'a thread of its own'}: ${message}`)
    return ++this.count
  }
}

// The worker loads this module too.
if (isMainThread) {
  for (const thread of [false, true]) {
    const printer = new Actor(Printer, { thread })
    await printer.send('Hello')
    const count = await printer.ask('World')
    printer.close()
    await printer.join()
    console.log(`It has got ${count} messages, and ended.`)
  }
}
