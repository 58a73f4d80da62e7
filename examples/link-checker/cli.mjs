// The command line.
import { parseArgs } from 'node:util'

const HELP = `Reports the broken links of a site: the page each is on, and where it leads to.

  node main.mjs [options] [url]

Pages of the same origin are read; what lies elsewhere is only asked for. Without a URL, a site of some hundred pages
is served here and checked.

  --workers n   how many pages are asked for at once, 1 to 100; default 10
  --depth n     how many clicks from the first page pages are read, from 0; default 10
  --help        this text

Exit status: 0, also if links are broken, or 2 for a wrong option.`

/** What the command line asks for. Ends the process for --help and for what is wrong. */
export function readArguments() {
  let parsed
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: {
        workers: { type: 'string', default: '10' },
        depth: { type: 'string', default: '10' },
        help: { type: 'boolean' },
      },
    })
  } catch (error) {
    refuse(error.message.split('\n')[0])
  }
  const { values, positionals } = parsed
  if (values.help) {
    console.log(HELP)
    process.exit(0)
  }
  if (positionals.length > 1) refuse(`one URL at most, got ${positionals.length}`)
  return {
    url: positionals[0] === undefined ? undefined : address(positionals[0]),
    workers: whole('--workers', values.workers, 1, 100),
    depth: whole('--depth', values.depth, 0, 1000),
  }
}

function address(text) {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    refuse(`the URL must be one of http or https, got "${text}"`)
  url.hash = ''
  return url.href
}

function whole(name, text, least, most) {
  const number = Number(text)
  if (!/^\d+$/.test(text) || number < least || number > most)
    refuse(`${name} must be a whole number from ${least} to ${most}, got "${text}"`)
  return number
}

function refuse(problem) {
  console.error(`link-checker: ${problem}; see --help`)
  process.exit(2)
}
