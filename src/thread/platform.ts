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
  try {
    return workerThreads()?.receiveMessageOnPort(port as never)
  } catch {
    return undefined // Deno throws once the other end is gone
  }
}

/**
 * Deno takes a message from a port with a listener some time before it tells of it, and then nobody can receive it. So its
 * ports have none: a message of the worker itself rings for each.
 */
export function ringsForMessages(): boolean {
  return runtimeIs('deno')
}

export function runtimeIs(name: 'bun' | 'deno'): boolean {
  const host = (globalThis as { process?: { versions?: Record<string, unknown> } }).process
  return host?.versions?.[name] !== undefined
}

/** Whether a port with a listener holds this thread. Without effect where nothing does. */
export function refPort(port: MessagePort, ref: boolean): void {
  const { ref: hold, unref: drop } = port as { ref?: () => void; unref?: () => void }
  ;(ref ? hold : drop)?.call(port)
}
