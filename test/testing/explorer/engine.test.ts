import { describe, expect, test } from 'vitest'
import {
  explore,
  modelAtomics,
  StateLimitError,
  verify,
  type ExploreOptions,
  type Program,
} from '../../../src/testing/explorer/index.ts'
import { counter, dekker, futex, peterson, testThenSet, ticket } from './programs.ts'

const { add, compareExchange, load, notify, now, store, wait } = modelAtomics

const results = (view: { threads: readonly { result: unknown }[] }): string =>
  view.threads.map(({ result }) => JSON.stringify(result) ?? '-').join(' ')

describe('steps', () => {
  test('outside an exploration the functions are plain Atomics', () => {
    const words = new Int32Array(new SharedArrayBuffer(8))
    expect([store(words, 0, 3), add(words, 0, 2), load(words, 0), compareExchange(words, 0, 5, 1)]).toEqual([
      3, 3, 5, 5,
    ])
    expect([wait(words, 0, 0), wait(words, 0, 1, 0), notify(words, 0)]).toEqual(['not-equal', 'timed-out', 0])
  })

  test('every operation does to the model what Atomics does to memory', () => {
    const { exchange, or, and } = modelAtomics
    const real = new Int32Array(new SharedArrayBuffer(4))
    const code = (words: Int32Array): number[] => [
      store(words, 0, 2 ** 31),
      add(words, 0, -1),
      load(words, 0),
      or(words, 0, 6),
      and(words, 0, 12),
      exchange(words, 0, -7),
      compareExchange(words, 0, 1, 2),
      compareExchange(words, 0, -7, 9),
      notify(words, 0),
    ]
    const expected = code(real)
    const { outcomes } = verify({
      memory: { words: 1 },
      threads: [(env) => code(env.memory['words']!)],
      outcome: (view) => JSON.stringify([view.threads[0]!.result, view.read('words')]),
    })
    expect(outcomes).toEqual({ [JSON.stringify([expected, 9])]: 1 })
  })

  test('choose explores every answer', () => {
    const report = verify({
      memory: {},
      threads: [(env) => [env.choose(2), env.choose(3)]],
      outcome: results,
    })
    expect(Object.keys(report.outcomes).sort()).toEqual([
      '[0,0]',
      '[0,1]',
      '[0,2]',
      '[1,0]',
      '[1,1]',
      '[1,2]',
    ])
  })

  test('a notify of one may wake any sleeper', () => {
    const sleeper: Program = (env) => wait(env.memory['bell']!, 0, 0)
    const report = verify({
      memory: { bell: 1 },
      threads: [sleeper, sleeper, (env) => notify(env.memory['bell']!, 0, 1)],
      outcome: (view) => view.threads.map(({ status }) => status).join(' '),
      allowDeadlock: () => true,
    })
    expect(Object.keys(report.outcomes).sort()).toEqual([
      'asleep asleep done',
      'asleep done done',
      'done asleep done',
    ])
  })

  test('until stands still until its test holds', () => {
    const report = verify({
      memory: { cell: 1 },
      threads: [
        (env) => env.until(env.memory['cell']!, 0, (value) => value >= 2),
        (env) => {
          for (let i = 1; i <= 3; i++) store(env.memory['cell']!, 0, i)
        },
      ],
      outcome: (view) => String(view.threads[0]!.result),
    })
    expect(Object.keys(report.outcomes).sort()).toEqual(['2', '3'])
  })

  test('views of known memory are known', () => {
    const report = verify({
      memory: { words: 4 },
      threads: [
        (env) => {
          store(new Int32Array(env.memory['words']!.buffer, 8, 1), 0, 5)
        },
      ],
      outcome: (view) => String(view.read('words', 2)),
    })
    expect(report.outcomes).toEqual({ '5': 1 })
  })

  test('phases hand plain state on, and marks last over them', () => {
    const report = verify({
      memory: { cell: 1 },
      threads: [
        [
          (env) => {
            env.mark('first', load(env.memory['cell']!, 0))
            return { sum: 1 }
          },
          (_, state: { sum: number }) => ({ sum: state.sum + 1 }),
          (env, state: { sum: number }) => state.sum + add(env.memory['cell']!, 0, 1),
        ],
      ],
      outcome: (view) => `${view.threads[0]!.result} ${JSON.stringify(view.threads[0]!.marks)}`,
    })
    expect(report.outcomes).toEqual({ '2 {"first":0}': 1 })
  })

  test('setup fills the memory, with the same functions', () => {
    const words = new Int32Array(new SharedArrayBuffer(4))
    const report = verify({
      memory: { words },
      setup: (memory) => void store(memory['words']!, 0, 7),
      threads: [(env) => add(env.memory['words']!, 0, 1)],
      outcome: (view) => `${view.threads[0]!.result} ${view.read('words')}`,
    })
    expect(report.outcomes).toEqual({ '7 8': 1 })
    expect(words[0]).toBe(7)
  })
})

describe('time', () => {
  const sleeper: Program = (env) => wait(env.memory['bell']!, 0, 0, 50)

  test('a timeout alone does not wake a sleeper: that needs the option', () => {
    expect(explore({ memory: { bell: 1 }, threads: [sleeper] }).violation?.kind).toBe('deadlock')
    const report = verify({ memory: { bell: 1 }, threads: [sleeper], timeouts: {}, outcome: results })
    expect(report.outcomes).toEqual({ '"timed-out"': 1 })
  })

  test('which waits time out can be chosen', () => {
    const fires = ({ milliseconds }: { milliseconds: number }): boolean => milliseconds !== 50
    expect(explore({ memory: { bell: 1 }, threads: [sleeper], timeouts: { fires } }).violation?.kind).toBe(
      'deadlock',
    )
  })

  test('each thread times out as often as allowed', () => {
    const twice: Program = (env) => [wait(env.memory['bell']!, 0, 0, 5), wait(env.memory['bell']!, 0, 0, 5)]
    const options: ExploreOptions = { memory: { bell: 1 }, threads: [twice], outcome: results }
    expect(explore({ ...options, timeouts: { most: 1 } }).violation?.kind).toBe('deadlock')
    expect(verify({ ...options, timeouts: { most: 2 } }).outcomes).toEqual({ '["timed-out","timed-out"]': 1 })
  })

  test('the clock never goes back, for nobody', () => {
    const reader: Program = (env) => {
      const first = now()
      store(env.memory['seen']!, env.thread, first)
      return [first, load(env.memory['seen']!, 1 - env.thread)]
    }
    verify({
      memory: { seen: 2 },
      threads: [
        (env) => {
          const early = now()
          store(env.memory['seen']!, 0, 1 + early)
        },
        (env) => {
          const seen = load(env.memory['seen']!, 0)
          const late = now()
          return seen === 0 || late >= seen - 1
        },
      ],
      clock: [0, 10, 1000],
      atEnd: (view) => view.threads[1]!.result === true,
    })
    const report = verify({ memory: { seen: 2 }, threads: [reader], clock: [0, 10], outcome: results })
    expect(Object.keys(report.outcomes).sort()).toEqual(['[0,0]', '[10,0]'])
  })

  test('a sleep that times out has lasted as long as it says', () => {
    const report = verify({
      memory: { bell: 1 },
      threads: [
        (env) => {
          const began = now()
          const answer = wait(env.memory['bell']!, 0, 0, 50)
          return [answer, now() - began >= 50]
        },
        (env) => {
          store(env.memory['bell']!, 0, 1)
          notify(env.memory['bell']!, 0)
        },
      ],
      clock: [0, 50],
      timeouts: {},
      outcome: (view) => JSON.stringify(view.threads[0]!.result),
    })
    expect(Object.keys(report.outcomes).sort()).toEqual([
      '["not-equal",false]',
      '["not-equal",true]',
      '["ok",false]',
      '["ok",true]',
      '["timed-out",true]',
    ])
  })

  test('a wait of no length does not sleep', () => {
    const looker: Program = (env) => [wait(env.memory['bell']!, 0, 0, 0), wait(env.memory['bell']!, 0, 1, 0)]
    expect(verify({ memory: { bell: 1 }, threads: [looker], outcome: results }).outcomes).toEqual({
      '["timed-out","not-equal"]': 1,
    })
  })

  test('without a clock it is always 0', () => {
    expect(verify({ memory: {}, threads: [() => now()], outcome: results }).outcomes).toEqual({ '0': 1 })
  })
})

describe('cancellation', () => {
  test('may come or not, as often as allowed', () => {
    const program: Program = (env) => [env.cancelled(), env.cancelled()]
    const report = verify({ memory: {}, threads: [program], cancels: { most: 1 }, outcome: results })
    expect(Object.keys(report.outcomes).sort()).toEqual(['[false,false]', '[false,true]', '[true,false]'])
    const other = { most: 1, threads: [1] }
    expect(verify({ memory: {}, threads: [program], cancels: other, outcome: results }).outcomes).toEqual({
      '[false,false]': 1,
    })
  })

  test('ends a sleep that can be cancelled, but nothing may rest on it', () => {
    const sleeper: Program = (env) => env.wait(env.memory['bell']!, 0, 0, { cancellable: true })
    const options: ExploreOptions = {
      memory: { bell: 1 },
      threads: [sleeper],
      cancels: { most: 1 },
      outcome: (view) => String(view.threads[0]!.result ?? view.threads[0]!.status),
    }
    expect(explore(options).violation?.kind).toBe('deadlock')
    const { outcomes } = verify({ ...options, allowDeadlock: () => true })
    expect(outcomes).toEqual({ asleep: 1, cancelled: 1 })
  })

  test('a spin that only a cancellation ends is a livelock', () => {
    const spin: Program = (env) => {
      do env.checkpoint('spin')
      while (!env.cancelled())
    }
    expect(explore({ memory: {}, threads: [spin], cancels: { most: 1 } }).violation?.kind).toBe('livelock')
  })
})

test('a sleeper that is woken for ever, and only a cancellation would end, is a livelock', () => {
  const { violation } = explore({
    memory: { bell: 1 },
    threads: [
      (env) => {
        do env.checkpoint('again')
        while (env.wait(env.memory['bell']!, 0, 0, { cancellable: true }) !== 'cancelled')
      },
      (env) => {
        for (;;) {
          env.checkpoint('again')
          notify(env.memory['bell']!, 0)
        }
      },
    ],
    daemons: [1],
    cancels: { most: 1 },
    unobserved: () => true,
  })
  expect(violation?.kind).toBe('livelock')
})

describe('death', () => {
  const holder: Program = (env) => {
    if (compareExchange(env.memory['lock']!, 0, 0, 1 + env.thread) !== 0)
      env.until(env.memory['lock']!, 0, (value) => value === 0)
    else store(env.memory['lock']!, 0, 0)
  }

  test('may come between any two steps, as often as allowed', () => {
    const report = verify({
      memory: { steps: 1 },
      threads: [
        (env) => {
          add(env.memory['steps']!, 0, 1)
          add(env.memory['steps']!, 0, 1)
        },
      ],
      kills: { most: 1 },
      outcome: (view) => `${view.threads[0]!.status} ${view.read('steps')} ${view.read('killed')}`,
    })
    expect(Object.keys(report.outcomes).sort()).toEqual(['done 2 0', 'killed 0 1', 'killed 1 1'])
  })

  test('of the holder of a plain lock leaves the other waiting', () => {
    const { violation } = explore({ memory: { lock: 1 }, threads: [holder, holder], kills: { most: 1 } })
    expect(violation).toMatchObject({ kind: 'deadlock', message: 'A killed, B before until lock' })
    expect(violation?.trace).toEqual([
      '  1  A  compareExchange lock 0 -> 1 succeeds',
      '  2  A  is killed',
      '  3  B  compareExchange lock 0 -> 2 fails, it is 1',
    ])
  })

  test('a program that starts at the death can mend it', () => {
    const report = verify({
      memory: { lock: 1 },
      threads: [holder, holder],
      kills: {
        most: 1,
        starts: () => [
          (env) => {
            expect(load(env.killed, env.victim)).toBe(1)
            compareExchange(env.memory['lock']!, 0, 1 + env.victim, 0)
            return env.victim
          },
        ],
      },
      outcome: (view) =>
        `${view.threads.map(({ status }) => status).join(' ')} ${view.threads[2]!.result ?? '-'}`,
      expected: ['done done dormant -', 'killed done done 0', 'done killed done 1'],
      onlyExpected: true,
    })
    expect(report.states).toBeGreaterThan(10)
  })

  test('each starts threads of its own', () => {
    const once: Program = (env) => void add(env.memory['lock']!, 0, 1)
    const { outcomes } = verify({
      memory: { lock: 1 },
      threads: [once, once],
      kills: { most: 2, starts: (victim) => [() => `after ${victim}`] },
      outcome: results,
    })
    expect(Object.keys(outcomes).sort()).toEqual([
      '- - "after 0" "after 1"',
      '- - "after 1" "after 0"',
      '- null "after 0" -',
      'null - "after 1" -',
      'null null - -',
    ])
  })

  test('a live thread can learn of it', () => {
    verify({
      memory: { lock: 1 },
      threads: [holder, holder, (env) => env.until(env.killed, 0, (value) => value === 1)],
      daemons: [2],
      kills: { most: 1, threads: [1] },
      allowDeadlock: (view) => view.threads[1]!.status === 'killed',
    })
  })
})

describe('verdicts', () => {
  test('deadlock by order', () => {
    const taker =
      (first: string, second: string): Program =>
      (env) => {
        for (const name of [first, second]) {
          while (compareExchange(env.memory[name]!, 0, 0, 1) !== 0) wait(env.memory[name]!, 0, 1)
        }
        for (const name of [first, second]) {
          store(env.memory[name]!, 0, 0)
          notify(env.memory[name]!, 0)
        }
      }
    const { violation } = explore({ memory: { a: 1, b: 1 }, threads: [taker('a', 'b'), taker('b', 'a')] })
    expect(violation?.kind).toBe('deadlock')
    expect(violation?.message).toBe('A asleep at b, B asleep at a')
    expect(violation?.trace).toHaveLength(6)
  })

  test('a case that never occurs', () => {
    const { violation } = explore({ ...counter(2, true), expected: ['1', '2'] })
    expect(violation).toEqual({ kind: 'uncovered case', message: 'never seen: 1', trace: [] })
  })

  test('an end that does not hold', () => {
    const { violation } = explore({ ...counter(2, false), atEnd: (view) => view.read('count') === 2 })
    expect(violation).toMatchObject({ kind: 'end', message: 'it does not hold' })
    expect(violation?.trace).toHaveLength(4)
  })

  test('an error of a program', () => {
    const program: Program = (env) => {
      if (add(env.memory['cell']!, 0, 1) === 1) throw new Error('second')
    }
    const { violation } = explore({ memory: { cell: 1 }, threads: [program, program] })
    expect(violation).toMatchObject({ kind: 'threw', message: 'B throws Error: second' })
    expect(violation?.trace[1]).toBe('  2  B  add cell 1 = 1   · throws Error: second')
  })

  test('verify throws the trace', () => {
    expect(() => verify(testThenSet)).toThrow(
      /^invariant: two threads are inside\n {2}1 {2}A {2}load lock = 0/,
    )
  })

  test('too many states are an error, never a pass', () => {
    expect(() => explore({ ...futex(3, 'none'), maxStates: 100 })).toThrow(StateLimitError)
  })

  test('an endless loop without a checkpoint is an error', () => {
    const program: Program = (env) => {
      while (load(env.memory['cell']!, 0) === 0);
    }
    expect(() => explore({ memory: { cell: 1 }, threads: [program], maxSteps: 50 })).toThrow(/maxSteps = 50/)
  })

  test('traces use the names and the values of the cells', () => {
    const { violation } = explore({
      memory: {
        lock: {
          cells: 2,
          names: ['owner', 'count'],
          show: (value, i) => (i === 0 ? `<${value}>` : String(value)),
        },
      },
      names: ['left'],
      threads: [
        (env) => {
          store(env.memory['lock']!, 0, 4)
          add(env.memory['lock']!, 1, 2)
          env.pause('here')
        },
      ],
      atEnd: () => 'no',
    })
    expect(violation?.trace).toEqual([
      '  1  left  store owner := <4>',
      '  2  left  add count 2 = 0',
      '  3  left  pause (here)   · done',
    ])
  })
})

describe('what explored code must not do', () => {
  test('catching the stop changes nothing', () => {
    const stubborn: Program = (env) => {
      const cell = env.memory['cell']!
      const seen: number[] = []
      for (let i = 0; i < 3; i++) {
        try {
          seen.push(add(cell, 0, 1))
        } catch {
          env.mark('caught', true)
        } finally {
          try {
            add(cell, 0, 100)
          } catch {
            seen.push(-1)
          }
        }
      }
      return seen
    }
    const report = verify({ memory: { cell: 1 }, threads: [stubborn], outcome: results })
    expect(report.outcomes).toEqual({ '[0,101,202]': 1 })
  })

  test('a program that keeps something from run to run is found out', () => {
    let runs = 0
    const program: Program = (env) => {
      load(env.memory['cell']!, runs++ % 2)
      load(env.memory['cell']!, 0)
    }
    expect(() => explore({ memory: { cell: 2 }, threads: [program] })).toThrow(/not deterministic/)
  })

  test('a checkpoint that stands for two states is found out', () => {
    const program: Program = (env) => {
      const choice = env.choose(2)
      env.checkpoint('same')
      load(env.memory['cell']!, choice)
    }
    expect(() => explore({ memory: { cell: 2 }, threads: [program] })).toThrow(/stands for two states/)
  })

  test('memory that is not named is refused, unless it is private', () => {
    const program: Program = (env) => {
      const own = new Int32Array(1)
      add(own, 0, 4)
      return load(own, 0) + load(env.memory['cell']!, 0)
    }
    const options: ExploreOptions = { memory: { cell: 1 }, threads: [program], outcome: results }
    expect(() => explore(options)).toThrow(/not part of `memory`/)
    expect(verify({ ...options, privateMemory: true }).outcomes).toEqual({ '4': 1 })
  })

  test('a write beside the functions is found out', () => {
    const program: Program = (env) => {
      add(env.memory['cell']!, 0, 1)
      env.memory['cell']![1] = 1
    }
    expect(() => explore({ memory: { cell: 2 }, threads: [program] })).toThrow(
      /cell\[1\] was written without/,
    )
  })

  test('an answer that is declared unobserved tells no states apart', () => {
    const program: Program = (env) => {
      add(env.memory['cell']!, 0, 1)
      env.pause()
      env.mark('paused', true)
    }
    const options: ExploreOptions = { memory: { cell: 1 }, threads: [program, program], reduce: false }
    const all = verify(options)
    const blind = verify({ ...options, unobserved: (op, cell) => op === 'add' && cell === 'cell' })
    expect(blind.states).toBeLessThan(all.states)
  })
})

describe('reduction', () => {
  const scratch: Program = (env) => {
    const own = env.memory['own']!
    const me = env.thread
    let sum = env.choose(2)
    for (let i = 0; i < 4; i++) sum += add(own, me, 1) + load(env.memory['constant']!, 0)
    const seen = add(env.memory['count']!, 0, sum)
    return [seen, load(own, me)]
  }
  const late: Program = (env) => {
    store(env.memory['own']!, env.thread, 1)
    store(env.memory['own']!, env.thread, 2)
    return add(env.memory['count']!, 0, 1) === 0 ? 0 : load(env.memory['own']!, 1 - env.thread)
  }
  const models: [string, ExploreOptions][] = [
    ['counter', counter(3, false)],
    [
      'private cells',
      { memory: { own: 2, constant: 1, count: 1 }, threads: [scratch, scratch], outcome: results },
    ],
    [
      'cells that turn out to be shared',
      { memory: { own: 2, count: 1 }, threads: [late, late], outcome: results },
    ],
    [
      'private cells and a death',
      {
        memory: { own: 2, constant: 1, count: 1 },
        threads: [scratch, scratch],
        kills: { most: 1 },
        outcome: (view) =>
          `${results(view)} ${view.read('own', 0)} ${view.read('own', 1)} ${view.read('count')}`,
      },
    ],
    [
      'ticket',
      {
        ...ticket(3, false),
        outcome: (view) => JSON.stringify(view.threads.map(({ marks }) => marks['ticket'])),
      },
    ],
    [
      'a look at who died',
      {
        memory: { count: 1 },
        threads: [
          (env) => {
            const dead = load(env.killed, 1)
            return [dead, add(env.memory['count']!, 0, 1)]
          },
          (env) => add(env.memory['count']!, 0, 1),
        ],
        kills: { most: 1, threads: [1] },
        outcome: results,
      },
    ],
    ['peterson', { ...peterson(false), outcome: (view) => String(view.read('turn')) }],
    ['dekker', { ...dekker(true), outcome: (view) => String(view.read('turn')) }],
    ['futex', { ...futex(2, 'none'), outcome: (view) => String(view.read('lock')) }],
  ]

  test.each(models)('sees the same outcomes as the full search: %s', (_, options) => {
    const full = verify({ ...options, reduce: false })
    const reduced = verify(options)
    expect(Object.keys(full.outcomes).length).toBeGreaterThan(0)
    expect(Object.keys(reduced.outcomes).sort()).toEqual(Object.keys(full.outcomes).sort())
    expect(reduced.states).toBeLessThanOrEqual(full.states)
  })

  test('does not put a thread off for one that runs in circles', () => {
    const circles: Program = (env) => {
      for (;;) {
        env.checkpoint('again')
        env.pause()
      }
    }
    const report = verify({
      memory: { count: 1 },
      threads: [circles, (env) => add(env.memory['count']!, 0, 1)],
      daemons: [0],
      outcome: (view) => String(view.read('count')),
    })
    expect(report.outcomes).toEqual({ '1': 1 })
  })

  test('shows an invariant the cells of one thread beside those of another', () => {
    const flicker: Program = (env) => {
      store(env.memory['own']!, env.thread, 1)
      store(env.memory['own']!, env.thread, 0)
      store(env.memory['own']!, env.thread, 2)
    }
    const { violation } = explore({
      memory: { own: 2 },
      threads: [flicker, flicker],
      invariant: (view) => view.read('own', 0) !== 1 || view.read('own', 1) !== 1,
    })
    expect(violation?.trace).toHaveLength(2)
  })

  test('does not make a trace longer', () => {
    const options: ExploreOptions = {
      memory: { constant: 1, count: 1 },
      threads: [
        (env) => {
          for (let i = 0; i < 5; i++) load(env.memory['constant']!, 0)
        },
        (env) => add(env.memory['count']!, 0, 1),
        (env) => add(env.memory['count']!, 0, 1),
      ],
      invariant: (view) => view.read('count') < 2,
    }
    expect(explore(options).violation?.trace).toHaveLength(2)
    expect(explore({ ...options, shortest: false }).violation?.trace.length).toBeGreaterThan(2)
  })

  test('saves states', () => {
    const options = models[1]![1]
    expect(verify(options).states * 3).toBeLessThan(verify({ ...options, reduce: false }).states)
  })

  test('finds the same violations', () => {
    for (const options of [
      peterson(true),
      dekker(false),
      testThenSet,
      futex(2, 'lost wake'),
      ticket(2, true),
    ]) {
      const full = explore({ ...options, reduce: false }).violation
      expect(explore(options).violation).toMatchObject({
        kind: full?.kind,
        trace: { length: full?.trace.length },
      })
    }
  })

  test('state counts are stable', () => {
    const count = (options: ExploreOptions): number[] => [
      verify(options).states,
      verify({ ...options, reduce: false }).states,
    ]
    const once = models.map(([, options]) => count(options))
    expect(models.map(([, options]) => count(options))).toEqual(once)
    expect(once).toMatchInlineSnapshot(`
      [
        [
          59,
          59,
        ],
        [
          103,
          545,
        ],
        [
          19,
          19,
        ],
        [
          761,
          881,
        ],
        [
          115,
          115,
        ],
        [
          12,
          12,
        ],
        [
          56,
          56,
        ],
        [
          53,
          53,
        ],
        [
          82,
          82,
        ],
      ]
    `)
  })
})
