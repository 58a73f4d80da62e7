// What the user sees.
import { size } from './crew.mjs'

const TOP = 20
/** Where the output is no terminal a line of progress comes this often, in milliseconds. */
const SELDOM = 2000

export const say = (line) => console.log(line)

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`
const counted = (n, what) => `${whole.format(n)} ${what}${n === 1 ? '' : 's'}`
const inThreads = (count) => (count === 1 ? 'one thread' : `${count} threads`)

/** A function that shows how far `count` threads are: one line, refreshed, on a terminal; else a line now and then. */
export function showProgress(count, files) {
  const title = `Counting in ${inThreads(count)}`
  const total = `${counted(files.length, 'file')}, ${megabytes(size(files))}`
  const terminal = process.stdout.isTTY
  let last = performance.now()
  if (!terminal) say(`${title}: ${total}`)
  return (now) => {
    if (terminal) {
      process.stdout.write(`\r\x1b[K${now ? `${title}: ${whole.format(now.files)} of ${total}` : ''}`)
      if (now) process.stdout.write(`, ${megabytes(now.bytes)} done`)
    } else if (now && performance.now() - last >= SELDOM) {
      last = performance.now()
      say(`${title}: ${whole.format(now.files)} of ${total}, ${megabytes(now.bytes)} done`)
    }
  }
}

/** Prints the result and returns whether both counts agree. */
export function showResult({ files, all, one }) {
  const { table } = all
  const words = total(table)
  say(`\n${counted(files.length, 'file')}, ${megabytes(size(files))}`)
  say(`${counted(words, 'word')}, ${whole.format(table.size)} different\n`)
  for (const [rank, [word, count]] of top(table).entries())
    say(`${String(rank + 1).padStart(3)}. ${word.padEnd(16)} ${whole.format(count).padStart(9)}`)
  say(`\nIn one thread: ${seconds(one)}`)
  say(`In ${all.count === 1 ? 'one thread again' : inThreads(all.count)}: ${seconds(all)}${ratio(all, one)}`)
  const agree = same(table, one.table)
  say(
    agree
      ? 'Both counts agree.'
      : `The counts differ: ${whole.format(total(one.table))} words in one thread!`,
  )
  return agree
}

/** One line a problem; the process will fail. */
export function tellProblems(problems) {
  for (const { path, problem } of problems) console.error(`word-count: ${path} ${problem}`)
  if (problems.length > 0) process.exitCode = 1
}

function seconds({ milliseconds }) {
  return `${(milliseconds / 1000).toFixed(2)} s`
}

function ratio(all, one) {
  return all.count === 1 ? '' : `, ${(one.milliseconds / all.milliseconds).toFixed(2)} times as fast`
}

/** The most frequent words; among equals in the order of the alphabet, so that every run prints the same. */
function top(table) {
  const entries = [...table].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  return entries.slice(0, TOP)
}

function total(table) {
  let sum = 0
  for (const count of table.values()) sum += count
  return sum
}

function same(a, b) {
  if (a.size !== b.size) return false
  for (const [word, count] of a) if (b.get(word) !== count) return false
  return true
}
