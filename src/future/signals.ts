/** Who is told when a signal aborts. All of one signal share one listener: hosts search their listeners, and warn of many. */

export interface Abortable {
  aborted(reason: unknown): void
}

class Listener {
  readonly members: Set<Abortable> = new Set()
  private readonly signal: AbortSignal

  constructor(signal: AbortSignal) {
    this.signal = signal
  }

  handleEvent(): void {
    for (const member of [...this.members]) {
      if (this.members.has(member)) member.aborted(this.signal.reason)
    }
  }
}

const listeners = /* @__PURE__ */ new WeakMap<AbortSignal, Listener>()

export function watchSignal(signal: AbortSignal, member: Abortable): void {
  let listener = listeners.get(signal)
  if (listener === undefined) listeners.set(signal, (listener = new Listener(signal)))
  if (listener.members.size === 0) signal.addEventListener('abort', listener)
  listener.members.add(member)
}

export function unwatchSignal(signal: AbortSignal, member: Abortable): void {
  const listener = listeners.get(signal)
  if (listener?.members.delete(member) && listener.members.size === 0)
    signal.removeEventListener('abort', listener)
}
