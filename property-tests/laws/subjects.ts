/** Every operation there is. */
import { Lock, type Held, type Operation, until } from '../../src/index.ts'
import type { NamedSubject } from './subject.ts'

/** A lock is held at first; supplying is releasing whoever holds it. */
function lock(shared: boolean) {
  return () => {
    const lock = new Lock()
    if (shared) void lock.handle
    let held: Held | undefined = lock.tryAcquire()
    return {
      operation: (options?: object) => lock.acquire(options),
      canSupply: () => held !== undefined,
      supply: () => {
        const last = held!
        held = undefined
        last.release()
      },
      available: () => (lock.locked ? 0 : 1),
      delivered: (value: unknown) => {
        held = value as Held
      },
    }
  }
}

/** A promise settles once, for everybody who waits then or later. */
function promise() {
  let resolve!: (value: string) => void
  const source = new Promise<string>((yes) => (resolve = yes))
  let supplied = false
  const settled = until(source)
  void settled.poll() // nobody can tell that a promise has settled who has not subscribed to it before
  return {
    operation: (options?: object): Operation<unknown> => (options ? until(source, options) : settled),
    canSupply: () => !supplied,
    supply: () => {
      supplied = true
      resolve('value')
    },
    available: () => (supplied ? Infinity : 0),
    delivered: () => {},
  }
}

export const subjects: readonly NamedSubject[] = [
  { name: 'Lock.acquire', make: lock(false) },
  { name: 'Lock.acquire, shared', make: lock(true) },
  { name: 'until(promise)', make: promise },
]
