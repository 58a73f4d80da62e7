// The command line.
import { availableParallelism } from 'node:os'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const MOST_THREADS = 64

const HELP = `Counts the words of text files in worker threads.

  npm start -- [options] [file or folder …]

A file is counted whatever its name; of a folder, every Markdown and TypeScript declaration file in it.
Without any, that is everything the installation brought: the folder node_modules of this project.

  --threads n   how many threads count, 1 to ${MOST_THREADS}; default: one for each core, at least 2
  --help        this text

A word is a letter or digit of any script with the letters, digits and accents that follow it, in lower case.
Exit status: 0, or 1 if something could not be counted or the counts differ, or 2 for a wrong option.`

/** What the command line asks for. Ends the process for --help and for a wrong option. */
export function readArguments() {
  let parsed
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: { threads: { type: 'string' }, help: { type: 'boolean' } },
    })
  } catch (error) {
    refuse(error.message.split('\n')[0])
  }
  const { values, positionals } = parsed
  if (values.help) {
    console.log(HELP)
    process.exit(0)
  }
  return {
    paths: positionals.length > 0 ? positionals : [installed()],
    threads: values.threads === undefined ? Math.max(2, availableParallelism()) : threadCount(values.threads),
  }
}

function threadCount(text) {
  const count = Number(text)
  if (!/^\d+$/.test(text) || count < 1 || count > MOST_THREADS)
    refuse(`--threads must be a whole number from 1 to ${MOST_THREADS}, got "${text}"`)
  return count
}

function installed() {
  return relative(process.cwd(), fileURLToPath(new URL('../../node_modules', import.meta.url))) || '.'
}

function refuse(problem) {
  console.error(`word-count: ${problem}; see --help`)
  process.exit(2)
}
