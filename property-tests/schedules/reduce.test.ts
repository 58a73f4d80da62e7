/**
 * Leaving out equivalent schedules loses nothing: random programs of tasks that share variables, collections and
 * primitives reach the same final states with and without reduction.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Event, Lock, Semaphore, sleep, spawn, type Suspend, type Task } from '../../src/index.ts'
import { exploreSchedules, scenario, step } from '../../src/testing/index.ts'

class Account {
  balance = 0
  private readonly entries: number[] = []

  add(n: number): void {
    this.balance += n
    this.entries.push(n)
  }

  get count(): number {
    return this.entries.length
  }
}

interface Local {
  n: number
}

const setup = () => ({
  x: 1,
  y: 2,
  box: { v: 3 } as Record<string, number>,
  list: [1, 2],
  cells: [{ v: 1 }, { v: 2 }],
  map: new Map([['a', 1]]),
  set: new Set([1]),
  account: new Account(),
  lock: new Lock(),
  permits: new Semaphore(1),
  event: new Event(),
  task: undefined as Task<void> | undefined,
})

type State = ReturnType<typeof setup>
type Action = (s: State, local: Local) => Generator<Suspend, void, unknown> | void

/** What a task does between two points where others run. */
const actions: Record<string, Action> = {
  'read x': (s, l) => void (l.n += s.x),
  'write x': (s, l) => void (s.x = l.n + 1),
  'write y': (s, l) => void (s.y = 2 * l.n),
  'x to y': (s) => void (s.y = s.x),
  'read box': (s, l) => void (l.n += s.box['v']!),
  'write box': (s, l) => void (s.box['v'] = l.n + 5),
  'new field': (s, l) => void (s.box['w'] = (s.box['w'] ?? 0) + l.n + 1),
  'read new field': (s, l) => void (l.n += s.box['w'] ?? 100),
  'delete field': (s) => void delete s.box['w'],
  push: (s, l) => void s.list.push(l.n),
  shift: (s, l) => void (l.n += s.list.shift() ?? 7),
  sum: (s, l) => void (l.n += s.list.reduce((a, b) => a + b, 0)),
  'write element': (s, l) => void (s.list[0] = l.n + 3),
  'read element': (s, l) => void (l.n += s.list[0] ?? 9),
  length: (s, l) => void (l.n += s.list.length),
  'write cell': (s, l) => void (s.cells[0]!.v = l.n),
  'read cells': (s, l) => void (l.n += s.cells.map(({ v }) => v).join('').length + s.cells[0]!.v),
  'swap cells': (s) => void s.cells.reverse(),
  'find cell': (s, l) => void (l.n += s.cells.indexOf(s.cells.find(({ v }) => v === 2)!)),
  'map set': (s, l) => void s.map.set('a', l.n),
  'map get': (s, l) => void (l.n += s.map.get('a') ?? 0),
  'set add': (s, l) => void s.set.add(l.n),
  'set sum': (s, l) => {
    for (const n of s.set) l.n += n
  },
  'account add': (s, l) => s.account.add(l.n),
  'account read': (s, l) => void (l.n += s.account.balance + s.account.count),
  'event set': (s) => s.event.set(),
  'event clear': (s) => s.event.clear(),
  'event look': (s, l) => void (l.n += s.event.isSet ? 10 : 0),
  'try permit': (s, l) => void (l.n += s.permits.tryAcquire() === undefined ? 20 : 0),
  'permits left': (s, l) => void (l.n += s.permits.value),
  'lock look': (s, l) => void (l.n += s.lock.locked ? 30 : 0),
  *'under lock'(s, l) {
    const held = yield* s.lock.acquire()
    l.n += s.x
    held.release()
  },
  *'long under lock'(s, l) {
    const held = yield* s.lock.acquire()
    const seen = s.y
    yield* step()
    s.y = seen + l.n
    held.release()
  },
  *sleep(s, l) {
    yield* sleep(5)
    l.n += s.x
  },
  *child(s, l) {
    const task = spawn(function* () {
      s.x += 2
      yield* step()
      return s.y
    })
    l.n += (yield* task) as number
  },
  *'child with a child'(s, l) {
    const task = spawn(function* () {
      spawn(function* () {
        try {
          yield* step()
        } finally {
          yield* step()
          s.y += 1
        }
      })
    })
    yield* step()
    l.n += task.done ? 40 : 0
  },
  *'shared child'(s) {
    s.task = spawn(function* () {
      yield* step()
    })
    yield* step()
  },
  'look at the child': (s, l) => void (l.n += s.task?.done === true ? 50 : 0),
  *'child cancelled'(s) {
    const task = spawn(function* () {
      yield* step()
      s.x += 3
    })
    yield* step()
    task.cancel()
  },
}

const names = Object.keys(actions)
const bodies = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(...[3, 3].map((n) => fc.array(fc.constantFrom(...names), { maxLength: n }))),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(...[2, 1, 1].map((n) => fc.array(fc.constantFrom(...names), { maxLength: n }))),
  },
)

/** Roughly how many schedules a program has: the orders of its steps, those of children included. */
function schedulesOf(program: readonly (readonly string[])[]): number {
  const steps = program.map((body) => 1 + body.length)
  for (const name of program.flat()) {
    if (name.includes('child')) steps.push(4)
    if (name === 'child with a child') steps.push(2)
    if (name.includes('lock') || name === 'sleep') steps[0]! += 2
  }
  let [count, placed] = [1, 0]
  for (const n of steps) for (let i = 1; i <= n; i++) count = (count * ++placed) / i
  return count
}

/** The final states that are reached, and how many runs that took. */
function outcomes(program: readonly (readonly string[])[], reduce: boolean): [string[], number] {
  const seen = new Set<string>()
  const report = exploreSchedules(
    scenario({
      setup,
      tasks: Object.fromEntries(
        program.map((body, i) => [
          `T${i}`,
          function* (s: State) {
            const local: Local = { n: i }
            for (const name of body) {
              const steps = actions[name]!(s, local)
              if (steps !== undefined) yield* steps
              yield* step()
            }
            return local.n
          },
        ]),
      ),
      atEnd: ({ x, y, box, list, cells, map, set, account, permits, event }, results) => {
        const state = [x, y, Object.entries(box), [...list], cells, [...map], [...set], account.balance]
        seen.add(JSON.stringify([state, account.count, permits.value, event.isSet, results]))
      },
    }),
    { reduce, maxRuns: 100_000 },
  )
  expect(report.violation).toBeUndefined()
  return [[...seen].toSorted(), report.runs]
}

test('the same final states, in fewer runs', () => {
  let [whole, reduced] = [0, 0]
  const used = new Set<string>()
  fc.assert(
    fc.property(
      bodies.filter((program) => schedulesOf(program) < 3_000),
      (program) => {
        for (const name of program.flat()) used.add(name)
        const [expected, runs] = outcomes(program, false)
        const [found, fewer] = outcomes(program, true)
        expect(found).toEqual(expected)
        expect(fewer).toBeLessThanOrEqual(runs)
        whole += runs
        reduced += fewer
      },
    ),
    {
      numRuns: 800,
      seed: 3,
      examples: [
        [[['shared child'], ['look at the child']]],
        [[['child with a child'], []]],
        [[['child'], ['write x']]],
        [[['child cancelled'], ['read x']]],
      ],
    },
  )
  expect([...used].toSorted()).toEqual(names.toSorted())
  expect(reduced).toBeLessThan(whole / 2)
})
