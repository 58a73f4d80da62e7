// Counting in many threads.
import { mapReduce, Pool, portable } from 'heddle/threads'
import { countFile } from './count.mjs'
import { inWords } from './problems.mjs'

/** So begins the key of a file that could not be counted, and of no word. */
const PROBLEM = '\0'

/** In a worker: how often each word is in the file, or what is wrong with it. */
const countWords = portable(import.meta.url, 'countWords', ({ path }) => {
  const table = new Map()
  try {
    countFile(path, table)
  } catch (error) {
    return [[PROBLEM + path, inWords(error)]]
  }
  return counts(table)
})

function* counts(table) {
  for (const [word, { count }] of table) yield [word, count]
}

/** One count of many; a problem is alone. In a worker for a part of the files, here for all. */
const add = portable(import.meta.url, 'add', (_, values) => {
  let sum = values[0]
  for (let i = 1; i < values.length; i++) sum += values[i]
  return sum
})

export function size(files) {
  return files.reduce((sum, file) => sum + file.size, 0)
}

/**
 * Counts `files` in `count` threads. Calls `show` with what has been counted every now and then. Gives the table, the
 * problems, and the milliseconds from before the first thread was started until the table was complete.
 */
export async function countIn(count, files, show) {
  const start = performance.now()
  const pool = new Pool({ workers: count })
  try {
    const table = await mapReduce(files, countWords, add, {
      combine: add,
      pool,
      weigh: (file) => file.size,
      onProgress: ({ done, weight }) => show({ files: done, bytes: weight }),
    })
    const milliseconds = performance.now() - start
    return { count, table, problems: takeProblems(table), milliseconds }
  } finally {
    show(undefined)
    await pool.terminate()
  }
}

/** Takes the problems out of the table, in the order of the alphabet. */
function takeProblems(table) {
  const problems = []
  for (const [key, problem] of table) {
    if (!key.startsWith(PROBLEM)) continue
    table.delete(key)
    problems.push({ path: key.slice(PROBLEM.length), problem })
  }
  return problems.sort((a, b) => (a.path < b.path ? -1 : 1))
}
