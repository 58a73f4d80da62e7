/**
 * Which table this thread sits at. The first table a thread meets is its own: the one its starter left in the
 * environment data, else the one of the first handle, else a new one. Further tables are joined as handles bring them.
 */
import { SharingError } from '../errors.ts'
import { listen } from './bell.ts'
import { taskId, threadId, watch } from './death.ts'
import { Seat } from './seat.ts'
import { createTable, join, openTable, sameTable } from './table.ts'
import { thread } from './thread.ts'
import { lockForLife } from './web-locks.ts'

const KEY = 'heddle.table.1'

interface EnvironmentData {
  getEnvironmentData?: (key: string) => unknown
  setEnvironmentData?: (key: string, value: unknown) => void
}

function environment(): EnvironmentData | undefined {
  const host = (globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }).process
  return host?.getBuiltinModule?.('node:worker_threads') as EnvironmentData | undefined
}

/** This thread's seat at the table that new handles carry. */
export function ownSeat(): Seat {
  const first = thread.seats[0]
  if (first !== undefined) return first
  if (!canShare())
    throw new SharingError(
      'memory cannot be shared here, so this primitive cannot leave its thread; a page must be served with the headers ' +
        '"Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp"',
    )
  const inherited = environment()?.getEnvironmentData?.(KEY)
  return sit(inherited === undefined ? createTable() : openTable(inherited))
}

/** This thread's seat at the table that a handle brought. */
export function seatAt(table: Int32Array): Seat {
  return thread.seats.find((seat) => sameTable(seat.table, table)) ?? sit(table)
}

function sit(table: Int32Array): Seat {
  const seat = new Seat(table, join(table, threadId(), taskId()), listen)
  if (thread.seats.length === 0) environment()?.setEnvironmentData?.(KEY, table.buffer)
  thread.seats.push(seat)
  watch()
  lockForLife(table, seat.id)
  return seat
}

/** Decided by trying: some platforms have the constructor, or the flag, and still refuse. */
function canShare(): boolean {
  try {
    structuredClone(new SharedArrayBuffer(4))
    return true
  } catch {
    return false
  }
}
