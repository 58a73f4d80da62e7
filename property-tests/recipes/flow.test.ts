/** What flows: a bounded buffer, a pipeline, messages to many. */
import fc from 'fast-check'
import { ChannelClosedError, joinAll, sleep, spawn, yieldNow } from 'heddle'
import { inVirtualTime, Ledger, scenario, step, verifySchedules } from 'heddle/testing'
import { expect } from 'vitest'
import { prove } from './recipe.ts'

const seeds = fc.integer()

/** Each P puts two items of its own, each C takes so many that all are taken. */
const buffered = (recipe: any, capacity: number, producers: number, consumers: number) => {
  const tasks: Record<string, (s: any) => Generator<any, void, any>> = {}
  for (let p = 0; p < producers; p++)
    tasks[`P${p}`] = function* ({ buffer, ledger }) {
      for (const i of [1, 2]) {
        const item = `${p}.${i}`
        yield* buffer.put(item)
        ledger.sent(item)
      }
    }
  for (let c = 0; c < consumers; c++)
    tasks[`C${c}`] = function* ({ buffer, taken }) {
      for (let i = 0; i < (2 * producers) / consumers; i++) taken.push(yield* buffer.take())
    }
  return scenario({
    setup: () => ({ buffer: new recipe.BoundedBuffer(capacity), ledger: new Ledger(), taken: [] }) as any,
    tasks,
    invariant({ buffer }) {
      if (buffer.items.length > capacity) throw new Error(`it holds ${buffer.items.length}`)
    },
    atEnd({ buffer, ledger, taken }) {
      for (const item of [...taken, ...buffer.items]) ledger.received(item)
      for (let p = 0; p < producers; p++) {
        const own = taken.filter((item: string) => item.startsWith(`${p}.`))
        if (consumers === 1) expect(own).toEqual(own.toSorted())
      }
    },
  })
}

prove(
  'bounded-buffer',
  {
    'holds no more than it may, loses nothing, keeps the order'(recipe) {
      verifySchedules(buffered(recipe, 1, 1, 1), { preemptions: 3 })
      verifySchedules(buffered(recipe, 2, 2, 1), { runs: 200, seed: 1 })
      verifySchedules(buffered(recipe, 1, 2, 2), { runs: 300, seed: 2 })
    },
  },
  {
    'nobody is told of an item': 'this.#hasItem.notify()',
    'nobody is told of room': 'this.#hasRoom.notify()',
    'one condition serves both': ['#hasRoom = new Condition(this.#lock)', '#hasRoom = this.#hasItem'],
    'there is one place too many': [
      'this.items.length < this.capacity',
      'this.items.length <= this.capacity',
    ],
    'the last item is taken first': ['this.items.shift()', 'this.items.pop()'],
  },
)

const delays = fc.array(fc.nat(5), { minLength: 1, maxLength: 4 })

prove(
  'pipeline',
  {
    'gives everything, in order, and never holds more than its places'({ pipeline }) {
      fc.assert(
        fc.property(
          delays,
          fc.nat(12),
          fc.integer({ min: 1, max: 3 }),
          seeds,
          (times, count, capacity, seed) => {
            let [entered, most] = [0, 0]
            const left: unknown[] = []
            function* source(): Generator<string> {
              for (let i = 0; i < count; i++) {
                entered++
                most = Math.max(most, entered - left.length)
                yield String(i)
              }
            }
            const stages = times.map((time, i) => {
              return function* (item: string): Generator<any, string, any> {
                yield* sleep(time)
                if (i === times.length - 1) left.push(item)
                return `${item}>`
              }
            })
            inVirtualTime(() => pipeline(source(), stages, { capacity }), { seed })
            const arrows = '>'.repeat(times.length - 1)
            expect(left).toEqual(Array.from({ length: count }, (_, i) => `${i}${arrows}`))
            // One in each stage, and what lies between two.
            expect(most).toBeLessThanOrEqual(times.length + (times.length - 1) * capacity)
          },
        ),
        { seed: 1, numRuns: 100 },
      )
    },
    'works under every schedule, and ends with the first failure'({ pipeline }) {
      const program = (failing: string | undefined) => (): Generator<any, unknown, any> => {
        function* stage(item: string): Generator<any, string, any> {
          yield* step('works')
          if (item === failing) throw new Error('stuck')
          return item
        }
        return (function* () {
          const out: string[] = []
          let error: unknown
          try {
            yield* pipeline(['a', 'b'], [stage, (item: string) => (out.push(item), stage(item))])
          } catch (caught) {
            error = caught
          }
          expect(String(error)).toContain(failing === undefined ? 'undefined' : 'stuck')
          expect(['a', 'b'].slice(0, out.length)).toEqual(out)
          if (failing === undefined) expect(out).toHaveLength(2)
        })()
      }
      for (const failing of [undefined, 'a', 'b']) verifySchedules(program(failing), { preemptions: 3 })
    },
  },
  {
    'a stage does not say that it is over': 'output.shutdown()',
    'nothing holds up a fast stage': ['new Queue(capacity)', 'new Queue()'],
    'a stage reads what it gives': ['each(from,', 'each(output,'],
    'a stage is left out': ['yield* output.put(yield* stage(item))', 'yield* output.put(item)'],
  },
)

/** A publisher of four messages, and those who follow. */
const news = (recipe: any, options: object, readers: readonly string[], count = 3) =>
  scenario({
    setup: () => ({ topics: new recipe.Topics(), out: 0, seen: readers.map((): unknown => []) }) as any,
    tasks: {
      *publisher(s) {
        for (let i = 1; i <= count; i++) {
          yield* s.topics.publish('news', i)
          s.out = i
        }
        s.topics.close()
      },
      ...Object.fromEntries(
        readers.map((name, i) => [
          name,
          function* (s: any): Generator<any, void, any> {
            function* read(message: number): Generator<any, void, any> {
              s.seen[i].push(message)
              yield* step('reads')
            }
            try {
              yield* s.topics.follow('news', read, options)
            } catch (error) {
              if (!(error instanceof ChannelClosedError)) throw error // it came too late
            }
          },
        ]),
      ),
    },
  })

/** Whether it is a part of 1, 2, 3 … without gaps. */
const inARow = (seen: readonly number[]): boolean => seen.every((n, i) => i === 0 || n === seen[i - 1]! + 1)

prove(
  'fan-out',
  {
    'who follows from the beginning sees all, in order'({ Topics }) {
      fc.assert(
        fc.property(fc.array(fc.nat(9), { maxLength: 4 }), fc.nat(9), seeds, (slow, count, seed) => {
          const seen = slow.map((): number[] => [])
          const elsewhere: unknown[] = []
          inVirtualTime(
            function* () {
              const topics = new Topics()
              const follow = (time: number, i: number) =>
                topics.follow(
                  'news',
                  function* (n: number) {
                    yield* sleep(time)
                    seen[i]!.push(n)
                  },
                  { capacity: 2 },
                )
              const readers = slow.map((time, i) => spawn(() => follow(time, i)))
              const other = spawn(() =>
                topics.follow('weather', function* (n: unknown) {
                  elsewhere.push(n)
                }),
              )
              yield* sleep(1)
              for (let n = 1; n <= count; n++) yield* topics.publish('news', n)
              topics.close()
              yield* joinAll([...readers, other], { raiseError: true })
            },
            { seed },
          )
          const all = Array.from({ length: count }, (_, i) => i + 1)
          expect(seen).toEqual(slow.map(() => all))
          expect(elsewhere).toEqual([])
        }),
        { seed: 2, numRuns: 60 },
      )
    },
    'the publisher waits for who wants every message, and for nobody else'({ Topics }) {
      for (const [slow, until] of [
        ['wait', 30],
        ['drop oldest', 0],
        ['drop newest', 0],
      ])
        inVirtualTime(function* (clock) {
          const topics = new Topics()
          const seen: number[] = []
          const reader = spawn(() =>
            topics.follow(
              'news',
              function* (n: number) {
                seen.push(n)
                yield* sleep(10)
              },
              { capacity: 1, slow },
            ),
          )
          yield* yieldNow()
          for (const n of [1, 2, 3, 4, 5]) {
            yield* topics.publish('news', n)
            yield* yieldNow()
          }
          expect(clock.now()).toBe(until)
          topics.close()
          yield* reader
          expect(seen).toEqual(slow === 'wait' ? [1, 2, 3, 4, 5] : slow === 'drop oldest' ? [1, 5] : [1, 2])
        })
    },
    'who is called away delays nobody, and the others miss nothing'(recipe) {
      const readers = ['A', 'B']
      const program = {
        ...news(recipe, { capacity: 1 }, readers, 2),
        invariant: ({ seen }: any) => expect(seen.every(inARow)).toBe(true),
      }
      verifySchedules(program, { cancels: { most: 1, tasks: readers }, preemptions: 0, daemons: readers })
      verifySchedules(program, { cancels: { most: 2, tasks: readers }, runs: 200, seed: 3, daemons: readers })
    },
  },
  {
    'who is called away is waited for still': 'subscription.close()',
    'all topics are one': ['yield* this.#topic(topic).send', "yield* this.#topic('weather').send"],
    'the end is not told': ['broadcast.close()\n  }', '{}\n  }'],
    'everybody is waited for': ['.subscribe(options)', '.subscribe({ ...options, slow: "wait" })'],
  },
)
