/** How long an async waiter waits while another thread takes the lock again and again. */
import { once } from 'node:events'
import { createHistogram } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { Lock } from '../support/heddle.mjs'

export const subject = 'Starvation'

const SPAN = 10_000

async function barged() {
  const lock = new Lock()
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(new URL('../support/barger.mjs', import.meta.url), {
    workerData: { handle: lock.handle, stop },
  })
  await once(worker, 'message')
  const waits = createHistogram()
  const end = performance.now() + SPAN
  while (performance.now() < end) {
    // Without a turn of the event loop the waiter itself would be the one that barges.
    await setImmediate()
    const start = performance.now()
    const held = await lock.acquire()
    waits.record(Math.max(1, Math.round((performance.now() - start) * 1e6)))
    held.release()
  }
  Atomics.store(stop, 0, 1)
  const [barges] = await once(worker, 'message')
  return {
    value: waits.percentile(99.9) / 1e6,
    note: `maximum ${(waits.max / 1e6).toFixed(2)} ms, ${waits.count} waits, ${barges} barges`,
  }
}

export const rows = [
  {
    operation: 'p99.9 of the wait of an async waiter, 10 s of barging',
    unit: 'ms',
    rounds: 1,
    goals: [{ atMost: 20 }],
    setup: () => ({ contestants: [{ name: 'Heddle', role: 'heddle', sample: barged }] }),
  },
]
