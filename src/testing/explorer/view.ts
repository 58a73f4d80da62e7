/** The state in the row, as the checks of a model see it. */
import type { Machine } from './machine.ts'
import type { Json, ThreadView, View } from './types.ts'

class ThreadInView implements ThreadView {
  private readonly machine: Machine
  private readonly thread: number

  constructor(machine: Machine, thread: number) {
    this.machine = machine
    this.thread = thread
  }

  get status(): ThreadView['status'] {
    return this.machine.status(this.thread)
  }

  get marks(): { readonly [name: string]: Json } {
    return this.machine.node(this.thread).marks
  }

  get result(): any {
    return this.machine.node(this.thread).result
  }
}

export function createView(machine: Machine): View {
  const cells = new Map<string, number>()
  return {
    threads: Array.from({ length: machine.threads }, (_, t) => new ThreadInView(machine, t)),
    read(name: string, index = 0): number {
      let base = cells.get(name)
      if (base === undefined) cells.set(name, (base = machine.memory.cellNamed(name, 0)))
      if (index !== 0) machine.memory.cellNamed(name, index)
      return machine.read(base + index)
    },
  }
}
