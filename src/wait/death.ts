/**
 * How a thread learns that another one is dead: from definite events only, never from a missed heartbeat.
 *
 *   'exit' of the process object in the thread itself   process.exit, an uncaught error, its normal end
 *   'worker' of the process object, then 'exit'         any worker started by this thread, however it ended
 *   /proc (Linux)                                       any thread, also while every thread sleeps
 *   a Web Lock held for life (where there are locks)    any thread; see web-locks.ts
 */
import { alive, died, members } from './table.ts'
import { thread } from './thread.ts'

interface Builtins {
  existsSync?: (path: string) => boolean
  readlinkSync?: (path: string) => string
}

interface NodeProcess {
  on(event: string, listener: (argument: never) => void): unknown
  getBuiltinModule?: (id: string) => unknown
}

const host: NodeProcess | undefined = (globalThis as unknown as { process?: NodeProcess }).process
const server: NodeProcess | undefined = typeof host?.getBuiltinModule === 'function' ? host : undefined

let files: Builtins | undefined
let taskFolder: string | undefined

/** This thread's number in the operating system, or 0 where there is no /proc. */
export function taskId(): number {
  try {
    files ??= server?.getBuiltinModule?.('node:fs') as Builtins | undefined
    const [, folder, task] =
      /^(\d+\/task)\/(\d+)$/.exec(files?.readlinkSync?.('/proc/thread-self') ?? '') ?? []
    taskFolder = folder
    return Number(task ?? 0)
  } catch {
    return 0
  }
}

/** This thread's number in the runtime; 0 for a main thread or where there is none. */
export function threadId(): number {
  const threads = server?.getBuiltinModule?.('node:worker_threads') as { threadId?: number } | undefined
  return threads?.threadId ?? 0
}

/** Declares dead whoever the operating system no longer knows. Returns whether it can be asked at all. */
export function bury(table: Int32Array): boolean {
  if (taskFolder === undefined || files?.existsSync === undefined) return false
  for (const { id, taskId } of members(table))
    if (taskId !== 0 && !files.existsSync(`/proc/${taskFolder}/${taskId}`) && alive(table, id))
      died(table, id)
  return true
}

/** Declares dead the thread that the runtime knew by `threadId`; the runtime gives no number twice. */
function buryThread(threadId: number): void {
  for (const { table } of thread.seats)
    for (const member of members(table)) if (member.threadId === threadId) died(table, member.id)
}

/** Listens, once a thread, for its own end and for the ends of the workers it starts. */
export function watch(): void {
  if (server === undefined || thread.watching) return
  thread.watching = true
  server.on('exit', () => {
    for (const { table, id } of thread.seats) died(table, id)
  })
  server.on('worker', (worker: { threadId: number; on(event: string, listener: () => void): unknown }) => {
    const { threadId } = worker
    worker.on('exit', () => buryThread(threadId))
  })
}
