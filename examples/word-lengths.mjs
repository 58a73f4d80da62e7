#!/usr/bin/env node
// Lines to words to lengths, and three sums over them, in one pass over a file that is larger than the memory at hand.
// Usage: node --max-old-space-size=16 examples/word-lengths.mjs [megabytes]
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Broadcast, run, spawn } from 'heddle'

/** The lines of a file, read as they are asked for. */
function* linesOf(path) {
  const file = openSync(path)
  const buffer = Buffer.allocUnsafe(1 << 16)
  let rest = ''
  try {
    for (let size; (size = readSync(file, buffer)) > 0;) {
      const lines = (rest + buffer.latin1Slice(0, size)).split('\n')
      rest = lines.pop()
      yield* lines
    }
    if (rest !== '') yield rest
  } finally {
    closeSync(file)
  }
}

// The platform's own helpers, where it has them.
const { flatMap, map } = globalThis.Iterator?.prototype ?? {
  *flatMap(f) {
    for (const item of this) yield* f(item)
  },
  *map(f) {
    for (const item of this) yield f(item)
  },
}

/** The items for each of several readers; who is ahead waits until the slowest has no more than `capacity` left to read. */
function tee(items, readers, capacity) {
  const all = new Broadcast({ capacity })
  const copies = Array.from({ length: readers }, () => all.subscribe())
  spawn(function* () {
    for (const item of items) yield* all.send(item)
    all.close()
  })
  return copies
}

function* count(items) {
  let n = 0
  while (!(yield* items.next()).done) n++
  return n
}

function* sum(items) {
  let total = 0
  for (let step; !(step = yield* items.next()).done;) total += step.value
  return total
}

function* average(items) {
  let [mean, n] = [0, 0]
  for (let step; !(step = yield* items.next()).done;) mean += (step.value - mean) / ++n
  return mean
}

/** A file of that many bytes at least: 63 words a line, of the lengths 1 to 63. */
function generate(path, bytes) {
  const line = Array.from({ length: 63 }, (_, i) => 'x'.repeat(1 + ((i * 5) % 63))).join(' ')
  const block = `${line}\n`.repeat(32)
  const file = openSync(path, 'w')
  for (let size = 0; size < bytes; size += block.length) writeSync(file, block)
  closeSync(file)
}

const folder = mkdtempSync(join(tmpdir(), 'word-lengths-'))
try {
  const path = join(folder, 'words.txt')
  const bytes = Number(process.argv[2] ?? 24) * 2 ** 20
  generate(path, bytes)
  let [most, seen] = [0, 0]
  const lines = linesOf(path)
  const words = flatMap.call(lines, (line) => {
    if (++seen % 256 === 0) most = Math.max(most, process.memoryUsage().heapUsed)
    return line.split(' ')
  })
  const lengths = map.call(words, (word) => word.length)
  await run(function* () {
    const [a, b, c] = tee(lengths, 3, 256)
    const tasks = [spawn(() => count(a)), spawn(() => sum(b)), spawn(() => average(c))]
    const [n, total, mean] = [yield* tasks[0].join(), yield* tasks[1].join(), yield* tasks[2].join()]
    console.log(`${n} words, ${total} letters, ${mean.toFixed(3)} a word`)
  })
  console.log(`read ${bytes / 2 ** 20} MB with a heap of ${Math.ceil(most / 2 ** 20)} MB at most`)
} finally {
  rmSync(folder, { recursive: true })
}
