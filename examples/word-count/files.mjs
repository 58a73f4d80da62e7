// Which files there are to count.
import { readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { inWords } from './problems.mjs'

const TEXT = /\.(md|markdown|d\.ts|d\.mts|d\.cts)$/i

/**
 * The text files at `paths`, the biggest first, so that no thread is left with a big one at the end; and what is wrong
 * with the rest. A file that is reached twice counts once; symbolic links inside folders are not followed.
 */
export function findText(paths) {
  const found = new Map()
  const problems = []

  const attempt = (path, f) => {
    try {
      f()
    } catch (error) {
      problems.push({ path, problem: inWords(error) })
    }
  }
  const add = (path, size) => found.set(resolve(path), { path, size })

  /** Returns how many text files the folder has. */
  const walk = (folder) => {
    let count = 0
    attempt(folder, () => {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name)
        if (entry.isDirectory()) {
          count += walk(path)
        } else if (entry.isFile() && TEXT.test(entry.name)) {
          count++
          attempt(path, () => add(path, statSync(path).size))
        }
      }
    })
    return count
  }

  for (const path of new Set(paths)) {
    attempt(path, () => {
      const stat = statSync(path)
      const before = problems.length
      if (stat.isFile()) add(path, stat.size)
      else if (!stat.isDirectory()) problems.push({ path, problem: 'is neither a file nor a folder' })
      else if (walk(path) === 0 && problems.length === before)
        problems.push({ path, problem: 'has no Markdown or TypeScript declaration files' })
    })
  }
  const files = [...found.values()].sort((a, b) => b.size - a.size || (a.path < b.path ? -1 : 1))
  return { files, problems }
}
