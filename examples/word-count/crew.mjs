// The threads that count, and what they share.
import { Lock } from 'heddle'
import { portable, Thread } from 'heddle/threads'
import { countFile } from './count.mjs'
import { inWords } from './problems.mjs'
import { collect, leave, makeSlot } from './tables.mjs'

/** A thread draws at least so many bytes of text at once, so that drawing costs nothing beside counting. */
const DRAW = 128 * 1024

/** Shared words, changed under the lock only: the next file to draw, and what has been counted. */
const NEXT = 0
const FILES = 1
const BYTES = 2

/** What each thread does: draw files and count them until none is left, then leave its table with the others'. */
const work = portable(import.meta.url, 'work', ({ files, lock, progress, slot }) => {
  const table = new Map()
  const problems = []
  for (let drawn = draw(files, lock, progress, []); drawn.length > 0;) {
    for (const { path } of drawn) {
      try {
        countFile(path, table)
      } catch (error) {
        problems.push({ path, problem: inWords(error) })
      }
    }
    drawn = draw(files, lock, progress, drawn)
  }
  leave(slot, table)
  return problems
})

/** Reports what was counted and draws the next files. */
function draw(files, lock, progress, counted) {
  const held = lock.acquire().block()
  try {
    progress[FILES] += counted.length
    progress[BYTES] += size(counted)
    const start = progress[NEXT]
    let end = start
    for (let bytes = 0; end < files.length && bytes < DRAW; end++) bytes += files[end].size
    progress[NEXT] = end
    return files.slice(start, end)
  } finally {
    held.release()
  }
}

export function size(files) {
  return files.reduce((sum, file) => sum + file.size, 0)
}

/**
 * Counts `files` in `count` threads. Calls `show` with what has been counted every now and then. Gives the table, the
 * problems, and the milliseconds from before the first thread was started until the table was complete.
 */
export async function countIn(count, files, show) {
  const start = performance.now()
  const lock = new Lock()
  const progress = new Float64Array(new SharedArrayBuffer(3 * 8))
  const slot = makeSlot(new Lock(), size(files))
  const args = [{ files, lock, progress, slot }]
  const threads = Array.from({ length: count }, () => new Thread(work, { args }).start())
  const look = () => void lock.run(() => show({ files: progress[FILES], bytes: progress[BYTES] }))
  const looking = setInterval(look, 100)
  try {
    const problems = (await Promise.all(threads.map((thread) => thread.join()))).flat()
    const table = await collect(slot)
    problems.sort((a, b) => (a.path < b.path ? -1 : 1))
    return { count, table, problems, milliseconds: performance.now() - start }
  } finally {
    clearInterval(looking)
    for (const thread of threads) thread.terminate()
    show(undefined)
  }
}
