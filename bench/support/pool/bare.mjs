/** A worker without anything: adds one to a number, or to half an array that it is given. */
import { parentPort } from 'node:worker_threads'

parentPort.on('message', (message) => {
  if (typeof message === 'number') return parentPort.postMessage(message + 1)
  for (let i = 0; i < message.length; i++) message[i] = plusOne(message[i])
  parentPort.postMessage(message, [message.buffer])
})

function plusOne(x) {
  return x + 1
}
