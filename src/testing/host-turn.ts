/** Lets everything run that the host has ready: microtasks, and what they bring about without timers and I/O. */

interface Host {
  setImmediate?: (f: () => void) => unknown
  MessageChannel?: new () => {
    readonly port1: { onmessage: (() => void) | null; close(): void }
    readonly port2: { postMessage(value: unknown): void }
  }
}

/** As they were when this was loaded. */
const { setImmediate, MessageChannel } = globalThis as Host

/** Resolves when the host had a turn; test tools that replace `setTimeout` do not hold it up. */
export function hostTurn(): Promise<void> {
  if (setImmediate !== undefined) return new Promise((resolve) => void setImmediate(resolve))
  return new Promise((resolve) => {
    if (MessageChannel === undefined) return void setTimeout(resolve, 0)
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}
