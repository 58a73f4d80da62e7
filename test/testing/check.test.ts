import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assertLinearizable, checkLinearizable } from '../../src/testing/linearizability/check.ts'
import { number, type History, type RecordedCall } from '../../src/testing/linearizability/merge.ts'
import { anyOf, keyed, type SequentialSpec } from '../../src/testing/linearizability/spec.ts'
import { timeline } from '../../src/testing/linearizability/timeline.ts'
import { counter } from '../../src/testing/models/counter.ts'
import { event } from '../../src/testing/models/event.ts'
import { lock } from '../../src/testing/models/lock.ts'
import { model } from '../../src/testing/models/model.ts'
import { queue } from '../../src/testing/models/queue.ts'
import { register } from '../../src/testing/models/register.ts'
import { semaphore } from '../../src/testing/models/semaphore.ts'
import { bruteForce, draw, expectExplained } from './helpers.ts'

type Random = (below: number) => number

/** A small generator of its own, so that a whole history shrinks through one seed and one length. */
function randomFrom(seed: number): Random {
  let state = seed | 0
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

interface Subject {
  readonly spec: SequentialSpec<unknown>
  /** An operation, the results it may have been seen with, the wrong ones among them. */
  pick(random: Random, state: unknown): { op: string; args: unknown[]; results: unknown[] }
}

function subject<State>(
  spec: SequentialSpec<State>,
  ...ops: readonly (readonly [
    op: string,
    args: readonly unknown[][],
    results: readonly unknown[] | ((state: number) => unknown[]),
  ])[]
): Subject {
  return {
    spec: spec as SequentialSpec<unknown>,
    pick(random, state) {
      const [op, args, results] = ops[random(ops.length)] as (typeof ops)[number]
      return {
        op,
        args: args[random(args.length)] as unknown[],
        results: typeof results === 'function' ? results(Number(state)) : [...results],
      }
    },
  }
}

const NONE = [undefined]
const around = (value: number): number[] => [value, value + 1, value + 2]
/** May hold 1 or 2 after a `put`: the object is free to choose. */
const choosy = model<number>({
  name: 'choosy register',
  init: () => 0,
  ops: {
    put: () => anyOf([1, 2]),
    get: (state, _args, result) => (typeof result !== 'number' || result === state ? state : undefined),
  },
})
const subjects: Record<string, Subject> = {
  register: subject(
    register(0),
    ['read', [[]], [0, 1, 2]],
    ['write', [[1], [2]], NONE],
    [
      'compareAndSet',
      [
        [0, 1],
        [1, 2],
        [2, 0],
      ],
      [true, false],
    ],
  ),
  counter: subject(counter(), ['add', [[], [2]], around], ['get', [[]], around]),
  lock: subject(
    lock(),
    ['acquire', [[]], NONE],
    ['tryAcquire', [[]], [true, false]],
    ['release', [[]], [undefined, { threw: 'NotOwnerError' }]],
  ),
  semaphore: subject(
    semaphore({ permits: 2 }),
    ['acquire', [[], [2]], NONE],
    ['tryAcquire', [[], [2]], [true, false]],
    ['release', [[], [2]], NONE],
    ['value', [[]], [0, 1, 2]],
  ),
  event: subject(
    event({ autoReset: true }),
    ['set', [[]], NONE],
    ['wait', [[]], NONE],
    ['isSet', [[]], [true, false]],
  ),
  queue: subject(
    queue({ capacity: 2 }),
    ['put', [[1], [2]], NONE],
    ['get', [[]], [1, 2]],
    ['tryGet', [[]], [1, 2, undefined]],
    ['size', [[]], [0, 1, 2]],
  ),
  choosy: subject(choosy, ['put', [[]], NONE], ['get', [[]], [0, 1, 2]]),
}

/**
 * A run of `length` operations that the spec allows one after another, each call then stretched to both sides up to
 * `stretch` places, within its thread; `pendingOf` in 10 lose their return.
 */
function stretchedRun(of: Subject, seed: number, length: number, stretch: number, pendingOf = 0): History {
  const random = randomFrom(seed)
  let state = of.spec.init()
  const calls: { thread: string; op: string; args: unknown[]; result: unknown; point: number }[] = []
  for (let tries = 0; calls.length < length && tries < length * 20; tries++) {
    const { op, args, results } = of.pick(random, state)
    const thread = 'ABC'[random(3)] as string
    const draft = { id: 0, thread, op, args, call: 0, return: 1 }
    const allowed = results.flatMap((result) => {
      const next = of.spec.step(state, op, args, result, draft)
      if (next === undefined) return []
      const states = (next as { states?: unknown[] }).states ?? [next]
      return [{ result, next: states[random(states.length)] }]
    })
    const chosen = allowed[random(Math.max(1, allowed.length))]
    if (!chosen) continue
    state = chosen.next
    calls.push({ thread, op, args, result: chosen.result, point: calls.length })
  }
  const stretched = calls.map((call) => {
    const mine = calls.filter(({ thread }) => thread === call.thread)
    const at = mine.indexOf(call)
    // Threads are sequential: an interval ends half way to its thread's next point at most.
    const floor = ((mine[at - 1]?.point ?? -stretch) + call.point) / 2
    const ceiling = ((mine[at + 1]?.point ?? call.point + stretch) + call.point) / 2
    const begin = Math.max(floor + 0.01, call.point - (random(100) / 100) * stretch)
    const end = Math.min(ceiling - 0.01, call.point + (random(100) / 100) * stretch)
    const lost = random(10) < pendingOf
    return { ...call, begin: Math.min(begin, call.point), end: lost ? null : Math.max(end, call.point) }
  })
  return ranked(stretched)
}

interface Interval {
  thread: string
  op: string
  args: unknown[]
  result: unknown
  begin: number
  end: number | null
}

/** Real-valued intervals as the ranks of their ends; where ends coincide, calls come first. */
function ranked(intervals: readonly Interval[]): History {
  const calls = intervals.map(({ thread, op, args, result, end }) => {
    const call = { thread, op, args, call: 0, return: end as number | null }
    return end === null || result === undefined ? call : { ...call, result }
  })
  intervals
    .flatMap(({ begin, end }, at) => [
      { time: begin, at, isCall: true },
      ...(end === null ? [] : [{ time: end, at, isCall: false }]),
    ])
    .sort((a, b) => a.time - b.time || Number(b.isCall) - Number(a.isCall))
    .forEach(({ at, isCall }, rank) => {
      const call = calls[at] as (typeof calls)[number]
      if (isCall) call.call = rank
      else call.return = rank
    })
  return number(calls)
}

const SEED = fc.integer()
const STRETCH = fc.integer({ min: 0, max: 6 })
const names = Object.keys(subjects)

describe('generated histories', () => {
  test.each(names)('a stretched sequential run of a %s is linearizable', (name) => {
    const of = subjects[name] as Subject
    fc.assert(
      fc.property(SEED, fc.integer({ min: 1, max: 40 }), STRETCH, (seed, length, stretch) => {
        const history = stretchedRun(of, seed, length, stretch)
        const result = checkLinearizable(history, of.spec)
        expect(result.verdict).toBe('linearizable')
        if (result.ok) expectExplained(history, of.spec, result.linearization)
      }),
      { numRuns: 150 },
    )
  })

  test.each(names)(
    'on small histories of a %s, mutated and cut off, the answer is that of brute force',
    (name) => {
      const of = subjects[name] as Subject
      const seen = { true: 0, false: 0 }
      fc.assert(
        fc.property(
          SEED,
          fc.integer({ min: 2, max: 6 }),
          STRETCH,
          fc.nat(),
          (seed, length, stretch, mutation) => {
            const random = randomFrom(mutation)
            const run = stretchedRun(of, seed, length, stretch, random(3))
            const history = run.map((call): RecordedCall => {
              if (call.return === null || random(3) > 0) return call
              const { result: _result, ...rest } = call
              const others = resultsOf(of, call.op)
              const result = others[random(others.length)]
              return result === undefined ? rest : { ...rest, result }
            })
            const expected = bruteForce(history, of.spec)
            seen[`${expected}`]++
            const result = checkLinearizable(history, of.spec)
            expect(result.verdict).toBe(expected ? 'linearizable' : 'not linearizable')
            if (result.ok) expectExplained(history, of.spec, result.linearization)
            if (result.verdict === 'not linearizable')
              expect(result.longest.length).toBeLessThan(history.length)
          },
        ),
        { numRuns: 1000 },
      )
      expect(seen.true).toBeGreaterThan(50)
      expect(seen.false).toBeGreaterThan(50)
    },
  )
})

function resultsOf(of: Subject, op: string): unknown[] {
  for (let seed = 0; ; seed++) {
    const picked = of.pick(randomFrom(seed), seed % 4)
    if (picked.op === op) return picked.results
  }
}

describe('work grows with the length of a history, not faster', () => {
  const steps = (name: string, length: number): number => {
    const of = subjects[name] as Subject
    const history = stretchedRun(of, 7, length, 2)
    expect(history.length).toBe(length)
    const result = checkLinearizable(history, of.spec)
    expect(result.verdict).toBe('linearizable')
    return result.steps
  }

  test('one thread after another: one step a call', () => {
    const of = subjects['register'] as Subject
    expect(checkLinearizable(stretchedRun(of, 1, 500, 0), of.spec).steps).toBe(500)
  })

  test.each(['register', 'counter', 'lock', 'queue'])('%s, 200 and 2,000 calls of three threads', (name) => {
    const few = steps(name, 200)
    expect(few).toBeLessThan(200 * 10)
    expect(steps(name, 2000)).toBeLessThan(few * 15)
  })

  test('independent keys are checked apart: the search is their sum, not their product', () => {
    // Four keys, on each three overlapping writes and a read that none explains.
    const rows = [0, 1, 2, 3].flatMap((key) => [
      ...[1, 2, 3].map((value) => ({
        thread: `w${key}${value}`,
        op: 'write',
        args: [key, value],
        result: undefined,
        begin: 0,
        end: 10,
      })),
      { thread: `r${key}`, op: 'read', args: [key], result: key === 3 ? 9 : 1, begin: 20, end: 30 },
    ])
    const result = checkLinearizable(ranked(rows), keyed(register(0)))
    expect(result).toMatchObject({ verdict: 'not linearizable', part: '3', blocking: { thread: 'r3' } })
    expect(result.steps).toBeLessThan(150)
  })

  test('many overlapping writes: memory keeps the search from trying every order', () => {
    const rows: Interval[] = Array.from({ length: 10 }, (_, at) => ({
      thread: `t${at}`,
      op: 'add',
      args: [1],
      result: undefined,
      begin: at,
      end: 20 + at,
    }))
    const wrong = [...rows, { thread: 'r', op: 'get', args: [], result: 11, begin: 40, end: 41 }]
    const result = checkLinearizable(ranked(wrong), counter())
    expect(result.verdict).toBe('not linearizable')
    expect(result.steps).toBeLessThan(2 ** 10 * 10 + 100) // 10! orders without it
  })
})

describe('maxSteps', () => {
  const history = draw('A |--| write(1)\nB |--| write(2)\nC      |-| read() = 3')

  test('too few steps are undecided, never ok', () => {
    const full = checkLinearizable(history, register(0))
    expect(full.verdict).toBe('not linearizable')
    for (let maxSteps = 1; maxSteps < full.steps; maxSteps++) {
      const result = checkLinearizable(history, register(0), { maxSteps })
      expect(result).toMatchObject({ ok: false, verdict: 'undecided', steps: maxSteps })
    }
    expect(checkLinearizable(history, register(0), { maxSteps: full.steps }).verdict).toBe('not linearizable')
    expect(() => assertLinearizable(history, register(0), { maxSteps: 1 })).toThrow(
      'undecided after 1 steps of register',
    )
  })

  test('exactly enough steps for a good history suffice', () => {
    const good = draw('A |-| write(1)\nA     |-| read() = 1')
    expect(checkLinearizable(good, register(0), { maxSteps: 2 }).verdict).toBe('linearizable')
    expect(checkLinearizable(good, register(0), { maxSteps: 1 }).verdict).toBe('undecided')
  })

  test.each([0, -1, 1.5, NaN])('%s is refused', (maxSteps) => {
    expect(() => checkLinearizable([], register(), { maxSteps })).toThrow(
      'maxSteps: expected an integer of at least 1',
    )
  })
})

describe('the report', () => {
  const history = draw(`
    A |-|           write(1)
    B     |---|     read() = 0
    C       |-----> write(2)`)

  test('names the blocking call, the state and the longest partial linearization', () => {
    const result = checkLinearizable(history, register(0))
    if (result.verdict !== 'not linearizable') throw new Error(result.verdict)
    expect(result.blocking).toBe(history[1])
    expect(result.longest.map(({ call }) => call.id)).toEqual([0, 2])
    expect(result.timeline).toBe(
      [
        'register: not linearizable',
        'blocked at #1 B read() -> 0 in state 2',
        'longest partial linearization, 2 of 3 calls:',
        '  1. A write(1)  => 1',
        '  2. C write(2) ...  => 2',
        'timeline:',
        '#0 A write(1)      |-|          1.',
        '#1 B read() -> 0       |---|    <- cannot be placed',
        '#2 C write(2) ...        |---->  2.',
      ].join('\n'),
    )
    expect(() => assertLinearizable(history, register(0))).toThrow(result.timeline)
  })

  test('a long history is drawn around the place where it fails', () => {
    const of = subjects['counter'] as Subject
    const run = stretchedRun(of, 3, 60, 1)
    const last = Math.max(...run.map((call) => call.return ?? 0))
    const bad = {
      id: run.length,
      thread: 'A',
      op: 'get',
      args: [],
      call: last + 1,
      return: last + 2,
      result: -1,
    }
    const result = checkLinearizable([...run, bad], of.spec)
    if (result.verdict !== 'not linearizable') throw new Error(result.verdict)
    expect(result.blocking.id).toBe(bad.id)
    expect(result.timeline).toContain(`timeline (24 of ${run.length + 1} calls):`)
    expect(result.timeline.split('\n').at(-1)).toContain('<- cannot be placed')
  })

  test('a timeline of nothing is empty', () => {
    expect(timeline([])).toBe('')
  })
})

describe('input', () => {
  test('an empty history is linearizable', () => {
    expect(checkLinearizable([], register())).toEqual({
      ok: true,
      verdict: 'linearizable',
      linearization: [],
      steps: 0,
    })
  })

  test('a spec without its functions is refused', () => {
    const whole = register()
    for (const name of ['init', 'step', 'key'] as const) {
      expect(() => checkLinearizable([], { ...whole, [name]: undefined as never })).toThrow(
        `spec.${name}: expected a function`,
      )
    }
    expect(() => checkLinearizable([], { ...whole, partition: 1 as never })).toThrow('spec.partition')
  })

  test('the order of a keyed history respects time across the keys', () => {
    const history = draw(
      'A |-----| write("a", 1)\nB  |-| write("b", 1)\nC        |-| read("a") = 1\nB            |-| read("b") = 1',
    )
    const result = checkLinearizable(history, keyed(register(0)))
    if (!result.ok) throw new Error(result.verdict)
    expectExplained(history, keyed(register(0)), result.linearization)
  })
})
