#!/usr/bin/env node
// gevent's first example: tasks fetch, two seconds are waited for all of them, and each is asked for what it got. The server
// stands on loopback and never answers one of the requests. --timeout is how many milliseconds are waited.
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import { joinAll, run, spawn, until } from 'heddle'

const { values } = parseArgs({ options: { timeout: { type: 'string', default: '2000' } } })

const server = createServer((request, response) => {
  if (request.url !== '/late') response.end(`Hello from ${request.url}`)
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address()

const fetching = (path) =>
  spawn(
    function* () {
      return yield* until((signal) =>
        fetch(`http://127.0.0.1:${port}${path}`, { signal }).then((response) => response.text()),
      )
    },
    { name: path },
  )

await run(function* () {
  const jobs = ['/warp', '/late', '/weft'].map(fetching)
  const over = yield* joinAll(jobs, { timeout: Number(values.timeout) })
  console.log(`${over.length} of ${jobs.length} are over`)
  for (const job of jobs) {
    try {
      console.log(`${job.name}: ${yield* job.join({ timeout: 0 })}`)
    } catch (error) {
      console.log(`${job.name}: ${error.name}, it is still ${job.state}`)
    }
  }
  // The late one is a child of this task: it is cancelled, and its request with it, before run() ends.
})
server.close()
