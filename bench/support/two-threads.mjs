/**
 * Two threads, this one and a worker, that run the same named routine of a module in blocks. The words `control` start
 * each block together: 0 the number of the block, 1 how many threads are ready, 2 stop.
 */
import { Worker } from 'node:worker_threads'

export const STOP = 2

/** `module` exports routines(data): { name: async (side, control, amount) => number }. */
export async function twoThreads(module, data) {
  const control = new Int32Array(new SharedArrayBuffer(64))
  const { routines } = await import(module)
  const worker = new Worker(new URL('second.mjs', import.meta.url), { workerData: { module, data, control } })
  const own = await routines(data)
  await once(worker)
  return {
    /** Runs a block on both sides; what both return. */
    async run(name, amount) {
      Atomics.store(control, 1, 0)
      Atomics.store(control, STOP, 0)
      const other = once(worker)
      worker.postMessage({ name, amount })
      meet(control)
      const mine = await own[name](0, control, amount)
      return [mine, await other]
    },
    close: () => worker.terminate(),
  }
}

/** Both sides go on at the same moment. */
export function meet(control) {
  Atomics.add(control, 1, 1)
  while (Atomics.load(control, 1) < 2);
}

function once(worker) {
  return new Promise((resolve, reject) => {
    const done = (f) => (value) => {
      worker.off('message', told).off('error', failed)
      f(value)
    }
    const told = done(resolve)
    const failed = done(reject)
    worker.on('message', told).on('error', failed)
  })
}
