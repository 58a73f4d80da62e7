import { existsSync } from 'node:fs'

/** Every entry point: its name in dist, and its source. */
const all: Record<string, string> = {
  index: 'src/index.ts',
  threads: 'src/thread/index.ts',
  deferred: 'src/deferred/index.ts',
  testing: 'src/testing/index.ts',
  'fast-check': 'src/testing/fast-check.ts',
  effect: 'src/effect/index.ts',
  worker: 'src/thread/worker.ts',
}

/**
 * What is built into a file of its own, so that whoever does not use it does not load it; no entry points. The codec uses the
 * errors: were they not apart, too, the bundler could put both into one file, which everybody loads.
 */
export const apart: Record<string, string> = { codec: 'src/codec/index.ts', errors: 'src/errors.ts' }

/** The entry points whose source exists, with paths relative to the root of the repository. */
export const entries: Record<string, string> = Object.fromEntries(
  Object.entries(all).filter(([, source]) => existsSync(new URL(`../${source}`, import.meta.url))),
)
