import { describe, expect, test } from 'vitest'
import { Event, group, Lock, run, sleep, spawn, until } from '../../../src/index.ts'
import {
  describeViolation,
  exploreSchedules,
  type ExploreSchedulesOptions,
  Ledger,
  replaySchedule,
  sampleSchedules,
  scenario,
  ScheduleError,
  type ScheduleProgram,
  step,
  UnrepeatableError,
  verifySchedules,
  waitAllTasksBlocked,
} from '../../../src/testing/index.ts'

const counting = (broken: boolean) =>
  scenario({
    setup: () => ({ n: 0 }),
    tasks: {
      *A(s) {
        const seen = s.n
        if (broken) yield* step('read')
        s.n = seen + 1
      },
      *B(s) {
        const seen = s.n
        if (broken) yield* step('read')
        s.n = seen + 1
      },
    },
    atEnd: ({ n }) => {
      if (n !== 2) throw new Error(`n is ${n}`)
    },
  })

describe('what is reported', () => {
  test('the shortest failing schedule, step by step, and how to see it again', () => {
    const { violation } = exploreSchedules(counting(true))
    expect(describeViolation(violation!).split('\n')).toEqual([
      'end: n is 1',
      "  1. A begins; next: step 'read'",
      "  2. B begins; next: step 'read'",
      "  3. B does step 'read'; ends; [n: 0 -> 1]",
      "  4. A does step 'read'; ends",
      "again: replaySchedule(program, 'A B B A')",
    ])
    expect(violation).toMatchObject({ kind: 'end', switches: 2, error: new Error('n is 1') })
  })

  test('a right program: how much was explored', () => {
    expect(exploreSchedules(counting(false))).toEqual({ schedules: 2, runs: 2, longest: 2 })
  })

  test('verifySchedules throws the trace', () => {
    expect(verifySchedules(counting(false)).schedules).toBe(2)
    expect(() => verifySchedules(counting(true))).toThrow(ScheduleError)
    expect(() => verifySchedules(counting(true))).toThrow("replaySchedule(program, 'A B B A')")
    expect(() => verifySchedules(counting(true), { seed: 5 })).toThrow(
      /sampleSchedules\(program, \{ seed: \d+, runs: 1 \}\)/,
    )
    expect(verifySchedules(counting(false), { runs: 10 }).schedules).toBe(10)
  })

  test('a schedule can be replayed, also cut or edited', () => {
    expect(replaySchedule(counting(true), 'A B B A').violation?.kind).toBe('end')
    expect(replaySchedule(counting(true), 'A A B B').violation).toBeUndefined()
    expect(replaySchedule(counting(true), 'nobody A B').violation?.schedule).toEqual(['A', 'B', 'B', 'A'])
    expect(replaySchedule(counting(true), []).trace).toHaveLength(4)
  })

  test('names primitives as the state does, and tells values and results', () => {
    const { trace } = replaySchedule(
      {
        setup: () => ({ lock: new Lock(), list: [new Event()], log: ['a'] }),
        tasks: {
          *A(s) {
            const held = yield* s.lock.acquire()
            s.log.push('b')
            yield* s.list[0]!.wait()
            held.release()
            return { deep: [1, { two: 2 }] }
          },
          *B(s) {
            s.list[0]!.set()
            throw new RangeError('no')
          },
        },
      },
      'A A A B A',
    )
    expect(trace).toEqual([
      '  1. A begins; next: lock.acquire()',
      "  2. A does lock.acquire(); next: list[0].wait(); [lock.locked: false -> true, log: ['a'] -> ['a', 'b']]",
      '  3. A does list[0].wait(); waits in list[0].wait(); [list: [{ set: false, autoReset: false, waiters: 1 }]]',
      '  4. B begins; throws RangeError: no; [list: [{ set: true, autoReset: false, waiters: 0 }]]',
    ])
  })
})

describe('what fails', () => {
  const kind = <S>(program: ScheduleProgram<S>, options?: ExploreSchedulesOptions) =>
    exploreSchedules(program, options).violation?.kind

  test('a task that throws, also a spawned one that nobody waits for', () => {
    const no = function* () {
      throw new Error('no')
    }
    expect(kind(no)).toBe('threw')
    const { violation } = exploreSchedules(function* () {
      spawn.detached(no)
    })
    expect(violation).toMatchObject({ kind: 'threw', message: 'main/1 failed: no' })
    expect(
      kind(function* () {
        try {
          yield* group(function* (g) {
            g.spawn(no)
          })
        } catch {
          // as expected
        }
      }),
    ).toBeUndefined()
  })

  test('a deadlock: who waits for what', () => {
    const { violation } = exploreSchedules({
      setup: () => ({ event: new Event() }),
      tasks: { A: (s) => s.event.wait()[Symbol.iterator](), *B() {} },
    })
    expect(violation).toMatchObject({
      kind: 'deadlock',
      message: 'nothing can go on: A waits in event.wait()',
    })
  })

  test('but a daemon may wait for ever', () => {
    const program = scenario({
      setup: () => ({ event: new Event() }),
      tasks: { A: (s) => s.event.wait()[Symbol.iterator]() },
    })
    expect(kind(program)).toBe('deadlock')
    expect(kind(program, { daemons: ['A'] })).toBeUndefined()
  })

  test('a run without end', () => {
    const { violation } = exploreSchedules(
      function* () {
        for (;;) yield* step()
      },
      { maxSteps: 20 },
    )
    expect(violation).toMatchObject({ kind: 'endless' })
    expect(violation?.schedule).toHaveLength(20)
  })

  test('an invariant after any step, and a value that does not arrive', () => {
    expect(
      kind({
        setup: () => ({ n: 0 }),
        tasks: {
          *A(s) {
            s.n = 1
            yield* step()
            s.n = 0
          },
        },
        invariant: ({ n }) => {
          if (n !== 0) throw new Error('seen')
        },
      }),
    ).toBe('invariant')
    const ledger = (values: number[]) =>
      exploreSchedules({
        setup: () => ({ ledger: new Ledger<number>() }),
        tasks: {
          *A(s) {
            s.ledger.sent(1)
            s.ledger.sent(2)
            for (const value of values) s.ledger.received(value)
          },
        },
      }).violation
    expect(ledger([2, 1])).toBeUndefined()
    expect(ledger([2])).toMatchObject({ kind: 'lost result', message: 'never received: 1' })
    expect(ledger([1, 1])).toMatchObject({ kind: 'threw' })
  })
})

describe('what can happen', () => {
  test('a ready wait is a point where others run', () => {
    const { schedules } = exploreSchedules({
      setup: () => ({ a: new Lock(), b: new Lock() }),
      tasks: {
        *A(s) {
          yield* s.a.acquire()
        },
        *B(s) {
          yield* s.b.acquire()
        },
      },
    })
    expect(schedules).toBe(6) // two steps each, in every order
  })

  test('time passes when nothing else can happen, or at any moment', () => {
    const program = scenario({
      setup: () => ({ log: [] as string[] }),
      tasks: {
        *A(s) {
          yield* sleep(1_000)
          s.log.push('slept')
        },
        *B(s) {
          yield* step()
          yield* step()
          s.log.push('stepped')
        },
      },
      atEnd: ({ log }) => {
        if (log[0] === 'slept') throw new Error('time passed too early')
      },
    })
    expect(exploreSchedules(program).violation).toBeUndefined()
    expect(exploreSchedules(program, { time: 'any' }).violation?.kind).toBe('end')
  })

  test('alarms that are due at one time ring in their order, and tasks may run in between', () => {
    const seen = new Set<string>()
    const sleeper = (name: string) =>
      function* (s: { log: string[] }) {
        yield* sleep(10)
        s.log.push(name)
      }
    exploreSchedules({
      setup: () => ({ log: [] as string[] }),
      tasks: { A: sleeper('a'), B: sleeper('b') },
      atEnd: ({ log }) => void seen.add(log.join('')),
    })
    expect([...seen].toSorted()).toEqual(['ab', 'ba'])
  })

  test('tasks are cancelled where that is asked for, before they begin too', () => {
    const seen = new Set<string>()
    const program = scenario({
      setup: () => ({ log: [] as string[] }),
      tasks: {
        *A(s) {
          s.log.push('begun')
          try {
            yield* step()
            s.log.push('done')
          } finally {
            s.log.push('left')
          }
        },
        *B() {},
      },
      atEnd: ({ log }) => void seen.add(log.join(' ')),
    })
    exploreSchedules(program, { cancels: { most: 1, tasks: ['A'] } })
    expect([...seen].toSorted()).toEqual(['', 'begun done left', 'begun left'])
    seen.clear()
    exploreSchedules(program, { cancels: { most: 1, tasks: ['B'] } })
    expect([...seen]).toEqual(['begun done left'])
  })

  test('tasks that are spawned take part, by names that say who began them', () => {
    const { trace, longest } = replaySchedule(function* () {
      const a = spawn(function* () {
        yield* step('a')
      })
      const b = spawn(
        function* () {
          yield* step('b')
        },
        { name: 'second' },
      )
      yield* a
      yield* b
    }, 'main main/second main/1')
    expect(longest).toBeGreaterThan(5)
    expect(trace.slice(1, 3)).toEqual([
      "  2. main/second begins; next: step 'b'",
      "  3. main/1 begins; next: step 'a'",
    ])
  })

  test('waitAllTasksBlocked goes on before time does', () => {
    const { violation } = exploreSchedules({
      setup: () => ({ log: [] as string[] }),
      tasks: {
        *A(s) {
          yield* waitAllTasksBlocked()
          s.log.push('blocked')
        },
        *B(s) {
          yield* step()
          s.log.push('stepped')
          yield* sleep(10)
          s.log.push('slept')
        },
      },
      atEnd: ({ log }) => expect(log).toEqual(['stepped', 'blocked', 'slept']),
    })
    expect(violation).toBeUndefined()
  })

  test('preemptions can be bounded: then less is explored', () => {
    const three = scenario({
      tasks: Object.fromEntries(
        ['A', 'B', 'C'].map((name) => [
          name,
          function* () {
            yield* step()
            yield* step()
          },
        ]),
      ),
    })
    expect([0, 1, 2].map((preemptions) => exploreSchedules(three, { preemptions }).schedules)).toEqual([
      6, 42, 192,
    ])
    expect(exploreSchedules(three).schedules).toBe(1_680)
  })
})

describe('drawn schedules', () => {
  test('are the same for the same seed', () => {
    const { violation } = sampleSchedules(counting(true), { seed: 11 })
    expect(violation?.schedule).toEqual(['A', 'B', 'B', 'A'])
    expect(sampleSchedules(counting(true), { seed: violation!.seed!, runs: 1 }).violation).toEqual(violation)
    expect(sampleSchedules(counting(true), { seed: 11 }).violation).toEqual(violation)
  })

  test('reach distant switches and even ones', () => {
    const seen = new Set<string>()
    const body = (name: string) =>
      function* (s: { log: string }) {
        for (let i = 0; i < 3; i++) {
          s.log += name
          yield* step()
        }
      }
    sampleSchedules(
      {
        setup: () => ({ log: '' }),
        tasks: { A: body('a'), B: body('b') },
        atEnd: ({ log }) => void seen.add(log),
      },
      { seed: 1, runs: 500 },
    )
    expect(seen.size).toBe(20) // all there are
  })
})

describe('misuse', () => {
  test('names what is wrong, before anything runs', () => {
    const program = counting(false)
    expect(() => exploreSchedules({} as never)).toThrow(
      'program must be a generator function or { setup?, tasks',
    )
    expect(() => exploreSchedules({ tasks: {} })).toThrow('tasks: a program needs at least one task')
    expect(() => exploreSchedules({ tasks: { A: 1 as never } })).toThrow(
      'tasks.A must be a generator function',
    )
    expect(() => exploreSchedules({ tasks: { time: function* () {} } })).toThrow(
      '"time" is no name for a task',
    )
    expect(() => exploreSchedules(program, { preemptions: -1 })).toThrow('preemptions must be an integer')
    expect(() => exploreSchedules(program, { maxRuns: 0 })).toThrow(
      'maxRuns must be an integer of at least 1',
    )
    expect(() => exploreSchedules(program, { maxSteps: 1.5 })).toThrow('maxSteps must be an integer')
    expect(() => exploreSchedules(program, { reduce: true, preemptions: 1 })).toThrow('cannot be reduced')
    expect(() => exploreSchedules(program, { cancels: -1 })).toThrow(
      'cancels must be an integer of at least 0',
    )
    expect(() => exploreSchedules(program, { cancels: { most: 1, tasks: ['Z'] } })).toThrow(
      'no task named "Z"',
    )
    expect(() => exploreSchedules(program, { daemons: ['Z'] })).toThrow('no task named "Z"')
    expect(() => sampleSchedules(program, { seed: 0.5 })).toThrow('seed must be an integer, got 0.5')
    expect(() => sampleSchedules(program, { runs: 0 })).toThrow('runs must be an integer of at least 1')
    expect(() => step(1 as never)).toThrow('label must be a string, got 1')
  })

  test('a program that does not repeat itself', () => {
    let n = 0
    expect(() =>
      exploreSchedules(function* () {
        if (n++ % 2 === 0) spawn.detached(function* () {})
        yield* step()
        spawn.detached(function* () {})
      }),
    ).toThrow(UnrepeatableError)
  })

  test('too many schedules', () => {
    const body = function* () {
      for (let i = 0; i < 9; i++) yield* step()
    }
    expect(() => exploreSchedules({ tasks: { A: body, B: body } }, { maxRuns: 50 })).toThrow(
      'maxRuns: 50 runs found no failure',
    )
  })

  test('a promise never comes while schedules are explored', () => {
    const { violation } = exploreSchedules(() => until(Promise.resolve())[Symbol.iterator]())
    expect(violation).toMatchObject({ kind: 'deadlock', message: expect.stringContaining('until(promise)') })
  })
})

test('outside of explorations step goes straight on', async () => {
  await run(function* () {
    yield* step('here')
  })
  await step()
})
