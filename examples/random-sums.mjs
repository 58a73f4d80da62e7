#!/usr/bin/env node
// Eight threads add up random numbers, and one thread does the work of all eight.
// --numbers is how many each adds up, --threads how many threads there are.
import { parseArgs } from 'node:util'
import { Thread } from 'heddle/threads'

/** A generator with a seed (mulberry32), so that both ways must come to the same sums. */
const sum = (seeds, count) =>
  seeds.map((seed) => {
    let [state, total] = [seed, 0]
    for (let i = 0; i < count; i++) {
      state = (state + 0x6d2b79f5) | 0
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
      total += ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
    }
    return total
  })

const { values } = parseArgs({
  options: { numbers: { type: 'string', default: '20000000' }, threads: { type: 'string', default: '8' } },
})
const count = Number(values.numbers)
const seeds = Array.from({ length: Number(values.threads) }, (_, i) => i + 1)

async function timed(groups) {
  const start = performance.now()
  const threads = groups.map((group) => new Thread(sum, { args: [group, count] }).start())
  const sums = (await Promise.all(threads.map((thread) => thread.join()))).flat()
  return { sums, seconds: (performance.now() - start) / 1000 }
}

const many = await timed(seeds.map((seed) => [seed]))
const one = await timed([seeds])
for (const [i, total] of many.sums.entries())
  console.log(
    `Thread ${i + 1}: ${count} numbers, ${total.toFixed(3)} in all, ${(total / count).toFixed(4)} on average`,
  )
console.log(many.sums.every((total, i) => total === one.sums[i]) ? 'Both ways agree.' : 'The sums differ!')
console.log(`${seeds.length} threads: ${many.seconds.toFixed(2)} s, one thread: ${one.seconds.toFixed(2)} s`)
console.log(`${(one.seconds / many.seconds).toFixed(2)} times as fast`)
