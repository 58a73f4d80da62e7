// Asks for one page, and finds its links.
import { TimeoutError, until } from 'heddle'

const PATIENCE = 10_000

/** What came of a target: a problem, or the links of its page. */
export function* ask(target) {
  if (!URL.canParse(target)) return { problem: 'not an address', links: new Set() }
  try {
    const call = (signal) => load(target, signal)
    return yield* until(call, { timeout: PATIENCE }) // a call that takes too long is aborted
  } catch (error) {
    return { problem: reason(error), links: new Set() }
  }
}

async function load(target, signal) {
  const response = await fetch(target, { signal })
  const isPage = response.ok && (response.headers.get('content-type') ?? '').startsWith('text/html')
  if (!isPage) await response.body?.cancel()
  return {
    problem: response.ok ? undefined : `${response.status} ${response.statusText}`,
    links: isPage ? linksOf(await response.text(), response.url) : new Set(),
  }
}

function reason(error) {
  if (error instanceof TimeoutError) return `no answer within ${PATIENCE / 1000} s`
  return error.cause?.code ?? error.cause?.message ?? error.message
}

/** Where the page leads to, each once, without the place on the page. What no browser asks for is left out. */
function linksOf(html, base) {
  const links = new Set()
  for (const [, double, single] of html.matchAll(/<a\s[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)')/gi)) {
    const href = (double ?? single).replaceAll('&amp;', '&').trim()
    if (!URL.canParse(href, base)) {
      links.add(href)
      continue
    }
    const url = new URL(href, base)
    url.hash = ''
    if (url.protocol === 'http:' || url.protocol === 'https:') links.add(url.href)
  }
  return links
}
