/** A thread that failed, and that nobody joined by the time the process ends, is told on the console: never silence. */

const unseen = /* @__PURE__ */ new Map<object, { readonly name: string; readonly error: unknown }>()
let listening = false

export function failedUnseen(thread: object, name: string, error: unknown): void {
  unseen.set(thread, { name, error })
  if (listening) return
  listening = true
  const host = (globalThis as { process?: { on?: (event: string, listener: () => void) => unknown } }).process
  host?.on?.('exit', () => {
    for (const each of unseen.values())
      console.error(`${each.name} failed, and nobody joined it:`, each.error)
  })
}

/** Somebody was told. */
export function seen(thread: object): void {
  unseen.delete(thread)
}
