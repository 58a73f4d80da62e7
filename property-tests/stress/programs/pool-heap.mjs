/** What 10^4 calls leave behind, some of which kill their threads: bytes of heap and open descriptors, as JSON. */
import { readdirSync } from 'node:fs'
import { Pool } from 'heddle/threads'
import { exits, later, throws, twice } from './pool-calls.mjs'

const pool = new Pool({ workers: 2 })

async function round() {
  for (let part = 0; part < 10; part++) {
    const futures = []
    for (let i = 0; i < 990; i++) futures.push(pool.apply(twice, [i]))
    for (let i = 0; i < 8; i++) futures.push(pool.apply(i % 2 ? later : throws, [i]))
    futures.push(pool.apply(exits), pool.imap(twice, [1, 2, 3]).toArray().start())
    await Promise.allSettled(futures)
  }
  await pool.executor.whenIdle()
}

async function measured() {
  await round()
  for (let i = 0; i < 5; i++) {
    globalThis.gc()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const open = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0
  return { heap: process.memoryUsage().heapUsed, open }
}

await measured()
const before = await measured()
const after = await measured()
await pool[Symbol.asyncDispose]()
console.log(JSON.stringify({ heap: after.heap - before.heap, open: after.open - before.open }))
