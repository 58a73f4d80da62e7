/**
 * What a thread prints arrives whole, in order, and before what it says afterwards: it travels by the same port. The
 * runtime's own way is lost when the thread exits or is terminated, and waits while its starter sleeps.
 */

import { runtimeIs, workerThreads } from './platform.ts'

interface Stream {
  _write(chunk: string | Uint8Array, encoding: string, done: () => void): void
  _writev?: unknown
}

/** In a worker: gives what is printed to `post`, at once, until that throws. */
export function capture(post: (to: 1 | 2, data: string | Uint8Array) => void): void {
  // Bun and Deno print from where they are; a page's console takes everything.
  if (workerThreads() === undefined || runtimeIs('bun') || runtimeIs('deno')) return
  const redirect = (stream: unknown, to: 1 | 2): void => {
    const target = stream as Stream
    const own = target._write.bind(target)
    target._writev = undefined
    target._write = (chunk, encoding, done) => {
      try {
        post(to, chunk)
      } catch {
        return own(chunk, encoding, done)
      }
      done()
    }
  }
  redirect(process.stdout, 1)
  redirect(process.stderr, 2)
}

/** In the starter: prints it. */
export function print(to: 1 | 2, data: string | Uint8Array): void {
  ;(to === 1 ? process.stdout : process.stderr).write(data)
}

const open = /* @__PURE__ */ new Set<{ drain(): void }>()
let listening = false

/** What has been printed by then is printed when this thread ends, too. Gives what calls that off. */
export function flushAtExit(link: { drain(): void }): () => void {
  open.add(link)
  const host = (globalThis as { process?: { on?: (event: string, listener: () => void) => unknown } }).process
  if (!listening && typeof host?.on === 'function') {
    listening = true
    host.on('exit', () => {
      for (const each of open) each.drain()
    })
  }
  return () => void open.delete(link)
}
