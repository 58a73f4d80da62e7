// A site to check: a tree of pages, each linked with its parent, its children and a few others; some links are broken.
import { once } from 'node:events'
import { createServer } from 'node:http'

const PAGES = 400
const CHILDREN = 3

/** The pages that a page leads to. */
function neighbours(page) {
  const children = Array.from({ length: CHILDREN }, (_, i) => page * CHILDREN + 1 + i)
  const others = [Math.floor((page - 1) / CHILDREN), (page * 7 + 11) % PAGES, (page * 31 + 5) % PAGES]
  return [...children, ...others].filter((other) => other >= 0 && other < PAGES)
}

/** Broken links on a page: every 20th has one of its own, every 50th one more that others have too. */
function planted(page, unused) {
  const broken = []
  if (page % 20 === 7) broken.push(`/missing/${page}`)
  if (page % 50 === 3) broken.push('/error')
  if (page === 10) broken.push('/loop')
  if (page === 11) broken.push(`http://127.0.0.1:${unused}/`)
  if (page === 12) broken.push('http://[')
  return broken
}

function htmlOf(page, unused) {
  const to = [...neighbours(page).map((other) => `/page/${other}`), ...planted(page, unused)]
  const links = [...to, `/page/${page}#top`, 'mailto:nobody@localhost'].map(
    (link) => `<a href="${link}">there</a>`,
  )
  return `<!doctype html><title>Page ${page}</title>\n${links.join('\n')}\n`
}

/** Serves it on a free port of this machine. */
export async function serveSite() {
  const unused = await unusedPort()
  const server = createServer(({ url }, response) => {
    const page = /^\/page\/(\d+)$/.exec(url)?.[1]
    if (page !== undefined && page < PAGES)
      response.writeHead(200, { 'content-type': 'text/html' }).end(htmlOf(Number(page), unused))
    else if (url === '/loop') response.writeHead(302, { location: '/loop' }).end()
    else response.writeHead(url === '/error' ? 500 : 404).end()
  })
  const origin = await listening(server)
  return {
    url: `${origin}page/0`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function listening(server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${server.address().port}/`
}

/** A port where nobody listens any more. */
async function unusedPort() {
  const server = createServer()
  const { port } = new URL(await listening(server))
  server.close()
  await once(server, 'close')
  return port
}
