/** The two kinds of platform: a server runtime (Node, Bun, Deno), where a worker is a Node worker, and a page. */

/** `node:worker_threads`, or `undefined` in a page. */
export function workerThreads(): typeof import('node:worker_threads') | undefined {
  const host = (globalThis as { process?: NodeJS.Process }).process
  return typeof host?.getBuiltinModule === 'function'
    ? host.getBuiltinModule('node:worker_threads')
    : undefined
}
