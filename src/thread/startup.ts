/**
 * The death of a worker before its entry file runs, which only an event tells: its memory limits were too low, or its
 * preloaded modules failed. A starter that sleeps sees no event; on Linux it can see that the operating system's thread is
 * gone.
 */
import { workerThreads } from './platform.ts'

/** Milliseconds between two looks. */
const PERIOD = 100

type Files = typeof import('node:fs')

/** The threads of this process; `undefined` where they cannot be listed. */
export function tasks(): ReadonlySet<string> | undefined {
  if (workerThreads() === undefined || process.platform !== 'linux') return undefined
  try {
    return new Set(files().readdirSync('/proc/self/task'))
  } catch {
    return undefined
  }
}

/** Watches the threads that have come since `before`; the worker's own is among them. */
export class Startup {
  private readonly born: readonly string[]
  private looked = performance.now()

  constructor(before: ReadonlySet<string> | undefined) {
    this.born = before === undefined ? [] : [...(tasks() ?? [])].filter((task) => !before.has(task))
  }

  /** Whether all of them are gone, as far as is known; asks now and then only. */
  get isOver(): boolean {
    const now = performance.now()
    if (this.born.length === 0 || now - this.looked < PERIOD) return false
    this.looked = now
    return this.born.every((task) => !files().existsSync(`/proc/self/task/${task}`))
  }
}

function files(): Files {
  return process.getBuiltinModule('node:fs')
}
