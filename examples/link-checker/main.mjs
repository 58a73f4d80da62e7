#!/usr/bin/env node
// Checks the links of a site: ten tasks take pages from a bounded queue and put what they find into it.
import { run } from 'heddle'
import { readArguments } from './cli.mjs'
import { crawl } from './crawl.mjs'
import { serveSite } from './site.mjs'

const { url, workers, depth } = readArguments()
const site = url === undefined ? await serveSite() : undefined
try {
  const { pages, links, broken } = await run(() => crawl(url ?? site.url, { workers, depth }))
  for (const { source, target, problem } of broken) console.log(`${source} -> ${target}: ${problem}`)
  console.log(`${pages} pages, ${links} links, ${broken.length} broken`)
} finally {
  await site?.close()
}
