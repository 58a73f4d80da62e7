/** The two kinds of platform: a server runtime (Node, Bun, Deno), where a worker is a Node worker, and a page. */

/** `node:worker_threads`, or `undefined` in a page. */
export function workerThreads(): typeof import('node:worker_threads') | undefined {
  const host = (globalThis as { process?: NodeJS.Process }).process
  return typeof host?.getBuiltinModule === 'function'
    ? host.getBuiltinModule('node:worker_threads')
    : undefined
}

/** The ports of the platform: those of `node:worker_threads` can be read without an event. */
export function newChannel(): MessageChannel {
  const threads = workerThreads()
  return (threads === undefined ? new MessageChannel() : new threads.MessageChannel()) as MessageChannel
}

/** Gives what arrives to `listener`, one at most; the port holds this thread from now on. */
export function onMessage(port: MessagePort, listener: (message: unknown) => void): void {
  const emitter = port as Partial<import('node:worker_threads').MessagePort>
  if (typeof emitter.on === 'function') emitter.on('message', listener)
  else port.onmessage = ({ data }: MessageEvent) => listener(data)
}

/** The next message that no event has told yet. Only on servers. */
export function receiveOn(port: MessagePort): { readonly message: unknown } | undefined {
  return workerThreads()?.receiveMessageOnPort(port as never)
}

/** Whether a port with a listener holds this thread. Without effect where nothing does. */
export function refPort(port: MessagePort, ref: boolean): void {
  const { ref: hold, unref: drop } = port as { ref?: () => void; unref?: () => void }
  ;(ref ? hold : drop)?.call(port)
}
