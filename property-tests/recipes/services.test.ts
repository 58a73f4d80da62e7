/** What stands before a service: limits, shared loads, pooled connections, a breaker; and how a service ends. */
import fc from 'fast-check'
import { currentTask, Event, joinAll, shield, sleep, spawn, type Task, withTimeout } from 'heddle'
import { inVirtualTime, scenario, step, verifySchedules } from 'heddle/testing'
import { expect } from 'vitest'
import { prove } from './recipe.ts'

const seeds = fc.integer()

prove(
  'rate-limiter',
  {
    'no stretch of time has too many, and nobody waits without need'({ RateLimiter }) {
      const pauses = fc.array(fc.nat(40), { maxLength: 15 })
      fc.assert(
        fc.property(
          pauses,
          fc.integer({ min: 1, max: 4 }),
          fc.integer({ min: 1, max: 50 }),
          (list, limit, per) => {
            const [came, began]: number[][] = [[], []]
            inVirtualTime(function* (clock) {
              const limiter = new RateLimiter({ limit, per })
              const calls = []
              for (const pause of list) {
                yield* sleep(pause)
                came!.push(clock.now())
                calls.push(
                  spawn(function* () {
                    yield* limiter.take()
                    began!.push(clock.now())
                  }),
                )
              }
              yield* joinAll(calls, { raiseError: true })
            })
            const expected: number[] = []
            for (const [i, time] of came!.entries())
              expected.push(Math.max(time, (expected[i - limit] ?? -per) + per))
            expect(began).toEqual(expected)
          },
        ),
        { seed: 3, numRuns: 100 },
      )
    },
    'who is called away takes no turn from others'({ RateLimiter }) {
      const program = scenario({
        setup: () => new RateLimiter({ limit: 1, per: 10 }) as any,
        tasks: Object.fromEntries(['A', 'B'].map((name) => [name, (limiter: any) => limiter.take()])),
        atEnd: ({ permits }: any) => expect(permits.value).toBe(1),
      })
      verifySchedules(program, { time: 'any', cancels: { most: 2, tasks: ['A', 'B'] }, preemptions: 2 })
    },
  },
  {
    'turns come back too early': ['sleep(per)', 'sleep(per / 2)'],
    'turns come back too late': ['sleep(per)', 'sleep(per + 1)'],
    'turns do not come back': 'permits.release()',
    'it ends with who took it': ['spawn.detached(', 'spawn('],
  },
)

/** Everybody asks for the same, some of them twice. */
const asking = (recipe: any, rounds: Readonly<Record<string, number>>) =>
  scenario({
    setup: () => ({ flights: new recipe.SingleFlight(), loads: [] }) as any,
    tasks: Object.fromEntries(
      Object.entries(rounds).map(([name, count]) => [
        name,
        function* (s: any) {
          function* load(): Generator<any, number, any> {
            const number = s.loads.push(currentTask())
            yield* step('loads')
            return number
          }
          for (let i = 0; i < count; i++) {
            const before = s.loads.length
            const got = yield* s.flights.get('key', load)
            // At least the load that was under way.
            if (got < before) throw new Error(`${name} was given load ${got} after ${before} had begun`)
          }
        },
      ]),
    ),
    invariant({ loads }) {
      const going = loads.filter((task: Task) => !task.done && !task.cancelling)
      if (going.length > 1) throw new Error('two loads at once')
    },
    atEnd: ({ loads }) => expect(loads.every((task: Task) => task.done)).toBe(true),
  })

prove(
  'single-flight',
  {
    'one load at a time, and everybody gets it'(recipe) {
      verifySchedules(asking(recipe, { A: 1, B: 1 }), { preemptions: 3 })
      verifySchedules(asking(recipe, { A: 1, B: 2, C: 2 }), { runs: 500, seed: 4 })
    },
    'who gives up takes it from nobody'(recipe) {
      verifySchedules(asking(recipe, { A: 1, B: 1 }), {
        cancels: { most: 2, tasks: ['A', 'B'] },
        preemptions: 1,
      })
      verifySchedules(asking(recipe, { A: 1, B: 2, C: 2 }), {
        cancels: { most: 2, tasks: ['A', 'B', 'C'] },
        runs: 500,
        seed: 5,
      })
    },
    'when all give up, it is cancelled'({ SingleFlight }) {
      inVirtualTime(function* (clock) {
        const flights = new SingleFlight()
        let ended = -1
        function* load(): Generator<any, void, any> {
          try {
            yield* sleep(100)
          } finally {
            ended = clock.now()
          }
        }
        const ask = (patience: number) => withTimeout(patience, () => flights.get('key', load))
        yield* joinAll([spawn(() => ask(20)), spawn(() => ask(10))])
        yield* sleep(1)
        expect(ended).toBe(20)
      })
    },
    'a failure reaches all, and the next one tries again; keys are apart'({ SingleFlight }) {
      inVirtualTime(function* () {
        const flights = new SingleFlight()
        let loads = 0
        function* load(key: string): Generator<any, string, any> {
          yield* sleep(10)
          if (++loads === 1) throw new Error('no answer')
          return key
        }
        const tasks = yield* joinAll([1, 2].map(() => spawn(() => flights.get('A', load))))
        expect(tasks.map(({ state }) => state)).toEqual(['failed', 'failed'])
        const [a, b] = yield* joinAll(['A', 'B'].map((key) => spawn(() => flights.get(key, load))))
        expect([yield* a!, yield* b!, loads]).toEqual(['A', 'B', 3])
      })
    },
  },
  {
    'each one loads': ['flight === undefined', 'true'],
    'what is over is kept': '(flight.task.done || flight.waiting === 0) && ',
    'another flight is taken away': [' && this.#flights.get(key) === flight', ''],
    'nobody cancels it': 'if (flight.waiting === 0) flight.task.cancel()',
    'it ends with who began it': ['spawn.detached(', 'spawn('],
    'the first who gives up cancels it': ['if (flight.waiting === 0) flight', 'flight'],
  },
)

/** Users of a pool; each fails or not, and somebody closes it at some time. */
const pooled = (recipe: any, size: number, users: string, closing: boolean) => {
  const setup = (): any => {
    const s: any = { open: 0, inUse: 0, made: 0 }
    function* connect(): Generator<any, unknown, any> {
      yield* step('connects')
      const connection = { id: ++s.made, users: 0, spoilt: false, open: true, close: () => end(connection) }
      s.open++
      return connection
    }
    const end = (connection: any): void => {
      if (!connection.open || connection.users > 0)
        throw new Error(`${connection.id} was closed while in use, or twice`)
      connection.open = false
      s.open--
    }
    s.pool = new recipe.ConnectionPool({ size, connect })
    return s
  }
  return scenario({
    setup,
    tasks: {
      ...Object.fromEntries(
        users.split(' ').map((name) => [
          name,
          function* ({ pool }: any) {
            try {
              yield* pool.use(function* (connection: any) {
                if (!connection.open || connection.spoilt || connection.users++ > 0)
                  throw new Error(`${connection.id} cannot be used`)
                let well = false
                try {
                  yield* step('queries')
                  if (name.startsWith('bad')) throw new Error('refused')
                  well = true
                } finally {
                  connection.users--
                  connection.spoilt = !well
                }
              })
            } catch (error) {
              if (!/refused|the pool is closed/.test(String(error))) throw error
            }
          },
        ]),
      ),
      *closer({ pool }: any) {
        if (closing) yield* pool.close()
      },
    },
    invariant({ open }) {
      if (open > size) throw new Error(`${open} connections are open`)
    },
    atEnd({ pool, open, made }) {
      expect(pool.permits.value).toBe(size)
      if (closing) expect(open).toBe(0)
      else expect(open).toBeLessThanOrEqual(made)
    },
  })
}

prove(
  'connection-pool',
  {
    'each connection has one user, none is left over'(recipe) {
      verifySchedules(pooled(recipe, 1, 'one two', true), { preemptions: 2 })
      verifySchedules(pooled(recipe, 2, 'one two bad three', true), { runs: 300, seed: 6 })
      verifySchedules(pooled(recipe, 2, 'one bad two three', false), { runs: 100, seed: 7 })
    },
    'nor when users are called away'(recipe) {
      const tasks = ['one', 'two', 'bad']
      verifySchedules(pooled(recipe, 1, 'one two', true), {
        cancels: { most: 1, tasks: ['one', 'two'] },
        preemptions: 1,
      })
      verifySchedules(pooled(recipe, 2, 'one two bad', true), {
        cancels: { most: 2, tasks },
        runs: 300,
        seed: 8,
      })
    },
    'connections are used again'({ ConnectionPool }) {
      inVirtualTime(function* () {
        let made = 0
        const pool = new ConnectionPool({
          size: 3,
          connect: () => sleep(1).map(() => ({ id: ++made, close() {} })),
        })
        for (let i = 0; i < 5; i++) yield* pool.use(() => sleep(1))
        expect(made).toBe(1)
      })
    },
  },
  {
    'a spoilt connection is used again': ['if (healthy) this.#idle', 'if (connection) this.#idle'],
    'a spoilt connection stays open': ['else connection.close()', ''],
    'nothing is used again': ['this.#idle.pop() ??', ''],
    'a permit is lost': 'permit.release()',
    'closing does not wait': [
      'const all = yield* this.permits.acquire(this.size)',
      'const all = { release() {} }',
    ],
    'who waited gets in after the end': "if (this.#closed) throw new Error('the pool is closed')",
    'closing lets those wait who came later': 'all.release()',
  },
)

/** What a breaker is to do, told in other words: one call after the other, each with a time and an outcome. */
function expectedOf(
  calls: readonly (readonly [number, boolean])[],
  failures: number,
  rest: number,
): string[] {
  let [row, opened] = [0, -Infinity]
  return calls.map(([time, fine]) => {
    const tries = row >= failures
    if (tries && time < opened + rest) return 'refused'
    row = fine ? 0 : row + 1
    if (row >= failures) opened = time
    return fine ? 'fine' : 'failed'
  })
}

prove(
  'circuit-breaker',
  {
    'opens and closes as the table says'({ CircuitBreaker }) {
      const pauses = fc.array(fc.tuple(fc.nat(30), fc.boolean()), { maxLength: 30 })
      fc.assert(
        fc.property(
          pauses,
          fc.integer({ min: 1, max: 3 }),
          fc.integer({ min: 1, max: 60 }),
          (list, failures, rest) => {
            let time = 0
            const calls = list.map(([pause, fine]) => [(time += pause), fine] as const)
            const outcomes: string[] = []
            inVirtualTime(function* () {
              const breaker = new CircuitBreaker({ failures, rest })
              for (const [pause, fine] of list) {
                yield* sleep(pause)
                outcomes.push(yield* outcomeOf(breaker, fine))
              }
            })
            expect(outcomes).toEqual(expectedOf(calls, failures, rest))
          },
        ),
        { seed: 9, numRuns: 200 },
      )
    },
    'one trial at a time'(recipe) {
      const program = scenario({
        setup: () => ({ breaker: new recipe.CircuitBreaker({ failures: 1, rest: 10 }), trials: 0 }) as any,
        tasks: Object.fromEntries(
          ['A', 'B', 'C'].map((name) => [
            name,
            function* (s: any) {
              if (name === 'A') yield* outcomeOf(s.breaker, false)
              yield* sleep(10)
              const trial = (): Generator<any, void, any> => {
                const counts = s.breaker.state === 'half open'
                if (counts) s.trials++
                return (function* () {
                  yield* step('tries')
                  if (counts) s.trials--
                })()
              }
              yield* outcomeOf(s.breaker, trial)
            },
          ]),
        ),
        invariant: ({ trials }) => expect(trials).toBeLessThanOrEqual(1),
      })
      verifySchedules(program, { runs: 300, seed: 10 })
    },
    'a trial that is called away lets the next one try'({ CircuitBreaker }) {
      inVirtualTime(function* () {
        const breaker = new CircuitBreaker({ failures: 1, rest: 10 })
        yield* outcomeOf(breaker, false)
        yield* sleep(10)
        const trial = spawn(() => breaker.call(() => sleep(100)))
        yield* sleep(5)
        expect([breaker.state, yield* outcomeOf(breaker, true)]).toEqual(['half open', 'refused'])
        trial.cancel()
        yield* joinAll([trial])
        expect([breaker.state, yield* outcomeOf(breaker, true), breaker.state]).toEqual([
          'open',
          'fine',
          'closed',
        ])
      })
    },
    'what was called before it opened closes nothing, and what was called before it closed opens nothing'({
      CircuitBreaker,
    }) {
      inVirtualTime(function* () {
        const breaker = new CircuitBreaker({ failures: 1, rest: 10 })
        const succeeds = spawn(() => breaker.call(() => sleep(20)))
        const fails = spawn(() =>
          breaker.call(function* () {
            yield* sleep(50)
            throw new Error('too late')
          }),
        )
        yield* sleep(1)
        yield* outcomeOf(breaker, false)
        yield* sleep(10)
        const trial = spawn(() => breaker.call(() => sleep(20)))
        yield* joinAll([succeeds])
        expect(breaker.state).toBe('half open')
        yield* joinAll([trial])
        expect(breaker.state).toBe('closed')
        yield* joinAll([fails])
        expect([fails.state, breaker.state]).toEqual(['failed', 'closed'])
      })
    },
  },
  {
    'it opens too late': ['++this.#failed === this.failures', '++this.#failed > this.failures'],
    'failures need not be in a row': ['#succeed() {\n    this.#failed = 0', '#succeed() {'],
    'it never rests': ['if (left > 0) throw', 'if (left < 0) throw'],
    'two try at once': "if (this.state === 'half open') throw new CircuitOpenError('a trial is under way')",
    'an old success closes it': ['if (period === this.#period) this.#succeed()', 'this.#succeed()'],
    'an old failure opens it': ['if (period === this.#period) this.#fail(error)', 'this.#fail(error)'],
    'a trial that is called away counts as failed': [
      'error instanceof CancelledError',
      'error === undefined',
    ],
    'a trial that is called away is waited for': ["if (this.state === 'half open') this.#become('open')", ''],
  },
)

/** Calls what is fine, or fails, or does as it says; tells what came of it. */
function* outcomeOf(
  breaker: any,
  how: boolean | (() => Generator<any, void, any>),
): Generator<any, string, any> {
  try {
    yield* breaker.call(
      typeof how === 'function'
        ? how
        : function* () {
            if (!how) throw new Error('no answer')
          },
    )
    return 'fine'
  } catch (error) {
    return (error as Error).name === 'CircuitOpenError' ? 'refused' : 'failed'
  }
}

prove(
  'graceful-shutdown',
  {
    'each job is finished or told, once, and in time'({ Service }) {
      const times = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 8 })
      const limits = [fc.integer({ min: 1, max: 3 }), fc.nat(60), fc.nat(40)] as const
      fc.assert(
        fc.property(times, ...limits, seeds, (list, workers, stopAt, grace, seed) => {
          inVirtualTime(
            function* (clock) {
              const [begun, finished]: number[][] = [[], []]
              let [active, most, lastEnd] = [0, 0, 0]
              const service = new Service(
                function* (job: number) {
                  begun!.push(job)
                  most = Math.max(most, ++active)
                  try {
                    yield* sleep(list[job]!)
                  } finally {
                    yield* shield(() => sleep(1)) // cleaning up
                    active--
                  }
                  finished!.push(job)
                  lastEnd = clock.now()
                },
                { workers },
              )
              const stop = new Event()
              const jobs = list.map((_, job) => job)
              for (const job of jobs) expect(service.accept(job)).toBe(true)
              const running = spawn(() => service.run(stop, grace))
              yield* sleep(stopAt)
              stop.set()
              const left = (yield* running) as number[]
              expect([active, service.accept(99)]).toEqual([0, false])
              expect([...left, ...finished!].toSorted((a, b) => a - b)).toEqual(jobs)
              expect(begun).toEqual(jobs.slice(0, begun!.length))
              expect(clock.now()).toBeLessThanOrEqual(stopAt + grace + 1)
              if (stopAt > 0) expect(most).toBe(Math.min(workers, list.length))
              if (left.length === 0) expect(clock.now()).toBe(Math.max(stopAt, lastEnd))
              else expect(clock.now()).toBeGreaterThanOrEqual(stopAt + grace)
            },
            { seed },
          )
        }),
        { seed: 11, numRuns: 100 },
      )
    },
    'a handler that fails ends it'({ Service }) {
      inVirtualTime(function* () {
        const service = new Service(function* () {
          throw new Error('no disk')
        })
        service.accept('job')
        const [task] = yield* joinAll([spawn(() => service.run(new Event(), 10))])
        expect([task?.state, service.accept('job')]).toEqual(['failed', false])
      })
    },
  },
  {
    'jobs come in after the stop': 'this.#jobs.shutdown()\n',
    'it waits without end': ['timeout: grace, ', ''],
    'what is done is told as left': 'this.#open.delete(job)',
    'it does not wait for those it cancelled': 'yield* joinAll(workers)\n',
    'it cancels nothing': 'for (const worker of workers) worker.cancel()',
    'one worker does all': ['length: this.workers', 'length: 1'],
    'a failure is not seen': ['choose([stop.wait(), joinAll(workers, { raiseError: true })])', 'stop.wait()'],
  },
)
