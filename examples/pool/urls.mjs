/**
 * A parallel map over URLs: fetched in worker threads, GET and FIN printed as they happen, results in the order of the URLs.
 * URLs from the command line; by default from a server that this program starts on loopback.
 */
import { createServer } from 'node:http'
import { Pool } from 'heddle/threads'
import { fetchUrl } from './functions.mjs'

const given = process.argv.slice(2)
const server = given.length > 0 ? undefined : await serve()
const urls =
  server === undefined ? given : [3, 1, 2].map((n) => `http://127.0.0.1:${server.address().port}/${n}`)

const pool = new Pool({ workers: 3 })
for await (const { url, status, length } of pool.imap(fetchUrl, urls))
  console.log(`${new URL(url).pathname}: status ${status}, ${length} characters`)
await pool[Symbol.asyncDispose]()
server?.close()

function serve() {
  const server = createServer(({ url }, response) => response.end('page '.repeat(Number(url.slice(1)))))
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}
