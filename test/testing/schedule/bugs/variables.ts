/** Bugs of code that reads, waits, and writes what it read. */
import { Lock } from '../../../../src/index.ts'
import { scenario, step } from '../../../../src/testing/index.ts'
import { planted, type Planted } from './planted.ts'

export const lostUpdate: Planted = planted({
  name: 'lost update',
  kind: 'end',
  steps: 4,
  program: (broken) => {
    interface State {
      readonly lock: Lock
      n: number
    }
    function* increment(s: State) {
      const held = broken ? undefined : yield* s.lock.acquire()
      const seen = s.n
      yield* step('read, not yet written')
      s.n = seen + 1
      held?.release()
    }
    return scenario({
      setup: (): State => ({ lock: new Lock(), n: 0 }),
      tasks: { A: increment, B: increment },
      atEnd: ({ n }) => {
        if (n !== 2) throw new Error(`counted to ${n}, not to 2`)
      },
    })
  },
})

export const checkThenAct: Planted = planted({
  name: 'check, then act: one article is sold twice',
  kind: 'invariant',
  steps: 4,
  program: (broken) => {
    function* buy(s: { stock: number }) {
      if (s.stock === 0) return 'sold out'
      if (!broken) s.stock--
      yield* step('payment')
      if (broken) s.stock--
      return 'bought'
    }
    return scenario({
      setup: () => ({ stock: 1 }),
      tasks: { A: buy, B: buy },
      invariant: ({ stock }) => {
        if (stock < 0) throw new Error(`stock is ${stock}`)
      },
    })
  },
})

interface Cell {
  readonly name: string
  next: Cell | undefined
}

export const aba: Planted = planted({
  name: 'ABA: a stack whose compare-and-swap sees the same top twice',
  kind: 'end',
  steps: 5,
  program: (broken) => {
    interface State {
      top: Cell | undefined
      version: number
      readonly popped: string[]
    }
    /** Pops by compare-and-swap; the step is where the others run between the reads and the swap. */
    function* pop(s: State) {
      for (;;) {
        const { top, version } = s
        if (top === undefined) return undefined
        const { next } = top
        yield* step('before the swap')
        if (s.top !== top || (!broken && s.version !== version)) continue
        s.top = next
        s.version++
        s.popped.push(top.name)
        return top
      }
    }
    function push(s: State, cell: Cell) {
      cell.next = s.top
      s.top = cell
      s.version++
      s.popped.splice(s.popped.indexOf(cell.name), 1)
    }
    return scenario({
      setup: (): State => {
        const y: Cell = { name: 'y', next: undefined }
        return { top: { name: 'x', next: y }, version: 0, popped: [] }
      },
      tasks: {
        A: pop,
        *B(s) {
          const x = yield* pop(s)
          yield* pop(s)
          if (x !== undefined) push(s, x)
        },
      },
      atEnd: ({ top, popped }) => {
        const names = [...popped]
        for (let cell = top; cell !== undefined; cell = cell.next) names.push(cell.name)
        if (!(names.length === 2 && names.includes('x') && names.includes('y')))
          throw new Error(`the stack and those who popped have [${names.join()}]`)
      },
    })
  },
})

export const doubleChecked: Planted = planted({
  name: 'double-checked initialisation that publishes before it is done',
  kind: 'threw',
  steps: 3,
  program: (broken) => {
    interface State {
      readonly lock: Lock
      ready: boolean
      value: number | undefined
    }
    function* use(s: State) {
      if (!s.ready) {
        const held = yield* s.lock.acquire()
        try {
          if (!s.ready) {
            if (broken) s.ready = true
            yield* step('load')
            s.value = 42
            s.ready = true
          }
        } finally {
          held.release()
        }
      }
      if (s.value !== 42) throw new Error(`used before it was loaded: ${String(s.value)}`)
    }
    return scenario({
      setup: (): State => ({ lock: new Lock(), ready: false, value: undefined }),
      tasks: { A: use, B: use },
    })
  },
})

export const variables: readonly Planted[] = [lostUpdate, checkThenAct, aba, doubleChecked]
