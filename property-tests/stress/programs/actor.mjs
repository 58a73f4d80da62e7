// One worker thread of the stress tests: does the rounds it is told, one after the other, until it is killed.
import './no-net.mjs'
import { parentPort } from 'node:worker_threads'
import { attach } from 'heddle'
import { Thread } from './thread.mjs'
import { barrier } from './barrier.mjs'
import { condition } from './condition.mjs'
import { event } from './event.mjs'
import { latch } from './latch.mjs'
import { locks } from './locks.mjs'
import { history } from './history.mjs'

const plays = { barrier, condition, event, latch, locks, history }
let attached = []

parentPort.on('message', async ({ play, handles, dump, ...rest }) => {
  if (dump) {
    const all = attached.flatMap((one) => (one.lock === undefined ? [one] : [one, one.lock]))
    parentPort.postMessage({ dump: all.map((one) => one.inspect()) })
    return
  }
  try {
    attached = handles.map((handle) => attach(handle))
    await plays[play](new Thread(rest), ...attached)
    parentPort.postMessage({ done: true })
  } catch (error) {
    parentPort.postMessage({ error: error?.stack ?? String(error) })
  }
})
parentPort.postMessage({ ready: true })
