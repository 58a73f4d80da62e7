/**
 * A Web Lock held for life tells others that its thread is alive: the platform gives it back however the thread ends.
 * The lock is named by table, slot and generation. Nobody is asked before its lock is granted, or a thread that has
 * only just sat down would pass for dead. Asked by event loops only, since the answer comes as an event.
 *
 * Not on Deno, where a lock that is held keeps the process alive.
 */
import { died, members, nameOf, setLocked } from './table.ts'

interface Locks {
  request<T>(name: string, options: { ifAvailable?: boolean }, f: (lock: unknown) => T): Promise<T>
}

interface Host {
  navigator?: { locks?: Locks }
  process?: { getBuiltinModule?: (id: string) => { locks?: Locks } | undefined }
  Deno?: unknown
}

let found: Locks | null | undefined

function locks(): Locks | null {
  if (found !== undefined) return found
  const { navigator, process, Deno } = globalThis as unknown as Host
  found =
    (Deno ? null : (navigator?.locks ?? process?.getBuiltinModule?.('node:worker_threads')?.locks)) ?? null
  return found
}

function nameFor(table: Int32Array, id: number): string {
  return `heddle.${nameOf(table)}.${id}`
}

/** Holds the lock that stands for the life of the thread `id`, which is this one. */
export function lockForLife(table: Int32Array, id: number): void {
  void locks()
    ?.request(nameFor(table, id), {}, () => {
      setLocked(table, id)
      return new Promise(() => {})
    })
    .catch(() => {}) // an opaque origin has no locks: then nobody asks for this one
}

/** Declares dead whoever no longer holds its lock. */
export function askAround(table: Int32Array, me: number): void {
  const all = locks()
  if (all === null) return
  for (const { id, locked } of members(table))
    if (locked && id !== me)
      void all
        .request(nameFor(table, id), { ifAvailable: true }, (lock) => lock !== null && died(table, id))
        .catch(() => {})
}
