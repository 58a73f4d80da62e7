// Serves this folder and the built package on loopback, with the two headers that let threads share memory.
// npm run demo [-- --port n] [-- --alone]   (--alone leaves the headers out, to see what the page says then)
import { createReadStream, existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const here = fileURLToPath(new URL('.', import.meta.url))
const built = fileURLToPath(new URL('../../dist/', import.meta.url))
const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.map': 'application/json',
}
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

function fileOf(url) {
  const path = normalize(decodeURIComponent(new URL(url, 'http://localhost').pathname))
  if (path.includes('..')) return undefined
  if (path.startsWith('/heddle/')) return join(built, path.slice('/heddle/'.length))
  return join(here, path === '/' ? 'index.html' : path)
}

async function answer(request, response, headers) {
  const file = fileOf(request.url)
  const type = types[extname(file ?? '')]
  if (type === undefined || !(await stat(file).catch(() => undefined))?.isFile()) {
    response.writeHead(404).end('not found')
    return
  }
  response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store', ...headers })
  createReadStream(file).pipe(response)
}

/** Starts the server; gives its address and what closes it. */
export async function serve({ port = 0, alone = false } = {}) {
  if (!existsSync(join(built, 'index.js'))) throw new Error('dist is missing: run `npm run build` first')
  const server = createServer((request, response) => void answer(request, response, alone ? {} : isolation))
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '8080' }, alone: { type: 'boolean' } },
  })
  const { url } = await serve({ port: Number(values.port), alone: values.alone })
  console.log(`The philosophers dine at ${url} (Ctrl+C ends it)`)
}
