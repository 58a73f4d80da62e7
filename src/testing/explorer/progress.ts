/** Whether every state has a way to an end. Only asked where states form cycles: a spin, a sleep in a loop. */
import { isOptional, type Machine } from './machine.ts'

/** The first state from which no end can be reached, or -1. */
export function canEnd(machine: Machine, reduce: boolean, ends: (id: number) => boolean): number {
  const { store, codes } = machine
  const { size } = store
  const heads = new Int32Array(size).fill(-1)
  let from = new Int32Array(1 << 12)
  let next = new Int32Array(1 << 12)
  let edges = 0
  const reached = new Uint8Array(size)
  const queue: number[] = []
  for (let id = 0; id < size; id++) {
    if (ends(id)) {
      reached[id] = 1
      queue.push(id)
      continue
    }
    store.open(id)
    machine.successors(reduce)
    for (const code of [...codes]) {
      store.open(id)
      if (isOptional(machine, code)) continue
      machine.apply(code)
      const to = store.add(id, code)
      if (edges === from.length) {
        from = doubled(from)
        next = doubled(next)
      }
      from[edges] = id
      next[edges] = heads[to] as number
      heads[to] = edges++
    }
  }
  for (let id = queue.pop(); id !== undefined; id = queue.pop())
    for (let edge = heads[id] as number; edge >= 0; edge = next[edge] as number) {
      const before = from[edge] as number
      if (reached[before] === 1) continue
      reached[before] = 1
      queue.push(before)
    }
  return reached.indexOf(0)
}

function doubled(list: Int32Array): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(list.length * 2)
  longer.set(list)
  return longer
}
