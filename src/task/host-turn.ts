/** A turn of the host's event loop, in which its timers and I/O are let in. */

interface Host {
  setImmediate?: (f: () => void) => unknown
  MessageChannel?: typeof MessageChannel
}

let post: ((f: () => void) => void) | undefined

/** Calls `f` after the host had its turn. */
export function nextTurn(f: () => void): void {
  ;(post ??= find())(f)
}

/** Pages have no `setImmediate`, and make a `setTimeout` of 0 last 4 ms. */
function find(): (f: () => void) => void {
  const { setImmediate, MessageChannel, document } = globalThis as unknown as Host & { document?: unknown }
  if (typeof setImmediate === 'function') return (f) => void setImmediate(f)
  // Elsewhere than in a page or its workers an open port would hold the process.
  if (typeof MessageChannel === 'function' && (document !== undefined || 'WorkerGlobalScope' in globalThis))
    return channel(new MessageChannel())
  return (f) => void setTimeout(f, 0)
}

function channel({ port1, port2 }: MessageChannel): (f: () => void) => void {
  let due: (() => void)[] = []
  port1.onmessage = () => {
    const now = due
    due = []
    for (const f of now) f()
  }
  return (f) => {
    if (due.push(f) === 1) port2.postMessage(0)
  }
}
