/** The second thread of two-threads.mjs. */
import { parentPort, workerData } from 'node:worker_threads'
import { meet } from './two-threads.mjs'

const { module, data, control } = workerData
const { routines } = await import(module)
const own = await routines(data)

parentPort.on('message', async ({ name, amount }) => {
  meet(control)
  parentPort.postMessage(await own[name](1, control, amount))
})
parentPort.postMessage('ready')
