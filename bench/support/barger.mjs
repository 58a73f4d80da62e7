/** A thread that takes and releases a lock in a tight loop until it is told to stop. */
import { parentPort, workerData } from 'node:worker_threads'
import { Lock } from './heddle.mjs'

const { handle, stop } = workerData
const lock = Lock.attach(handle)
let count = 0
parentPort.postMessage('ready')
while (Atomics.load(stop, 0) === 0) {
  const held = lock.acquire().block()
  count++
  held.release()
}
parentPort.postMessage(count)
