/** The classics of who may have what: philosophers, smokers, a barber, readers and writers. */
import { joinAll, sleep, spawn, TimeoutError, withTimeout } from 'heddle'
import { exploreSchedules, inVirtualTime, scenario, step, verifySchedules } from 'heddle/testing'
import { expect } from 'vitest'
import { prove } from './recipe.ts'

prove(
  'dining-philosophers',
  {
    'who takes the left fork first may starve, and the trace is as short as it can be'({
      dinner,
      leftFirst,
    }) {
      const { violation } = exploreSchedules(dinner(leftFirst, { seats: 2 }))
      expect(violation?.kind).toBe('deadlock')
      // Each begins, takes its left fork, and waits for the other.
      expect(violation?.schedule).toHaveLength(6)
      expect(exploreSchedules(dinner(leftFirst), { reduce: true }).violation?.schedule).toHaveLength(9)
    },
    'the other ways never do'({ dinner, inOrder, together, withWaiter }) {
      verifySchedules(dinner(together), { preemptions: 1 })
      for (const dine of [inOrder, withWaiter]) verifySchedules(dinner(dine), { reduce: true })
      for (const dine of [inOrder, together, withWaiter])
        verifySchedules(dinner(dine, { seats: 5, meals: 2 }), { runs: 60, seed: 5 })
    },
    'who is called away leaves the forks on the table'({ dinner, inOrder, together, withWaiter }) {
      for (const dine of [inOrder, together, withWaiter]) {
        const free = ({ forks, waiter, eating }: any): void => {
          expect(forks.map(({ locked }: any) => locked)).toEqual([false, false, false])
          expect([waiter.value, eating.size]).toEqual([2, 0])
        }
        verifySchedules({ ...dinner(dine), atEnd: free }, { cancels: 2, runs: 200, seed: 6 })
      }
    },
  },
  {
    'the waiter lets all to the table': ['new Semaphore(seats - 1)', 'new Semaphore(seats)'],
    'the forks are not in order': '.sort((a, b) => a - b)',
    'a fork is kept by who is called away': [
      'yield* body()\n  } finally {\n    held.release()\n  }',
      'yield* body()\n    held.release()\n  } finally {\n  }',
    ],
    'who is called away is taken for one who eats': [
      '} finally {\n    table.eating.delete(seat)\n  }',
      'table.eating.delete(seat)\n  } finally {\n  }',
    ],
  },
)

const daemons = ['tobacco', 'paper', 'match']

prove(
  'cigarette-smokers',
  {
    'taking one thing after the other deadlocks'({ evening, OneByOne }) {
      const { violation } = exploreSchedules(evening(OneByOne, ['match']), { daemons, preemptions: 2 })
      expect(violation?.kind).toBe('deadlock')
    },
    'the one who is called always smokes'({ evening, Called }) {
      verifySchedules(evening(Called, ['match']), { daemons, preemptions: 1 })
      verifySchedules(evening(Called, [...daemons, 'paper', 'paper']), { daemons, runs: 200, seed: 7 })
    },
  },
  {
    'what was smoked lies there still': 'this.lying.clear()',
    'the wrong one is called': ['.every((needed)', '.some((needed)'],
    'the agent does not wait': 'yield* this.smoked.acquire()',
  },
)

/** A day of a barbershop: it closes when all customers are gone. */
const day = (recipe: any, chairs: number, customers: readonly string[]) =>
  scenario({
    setup: () => ({ shop: new recipe.Barbershop(chairs), inside: new Set(), cut: [], log: [] }) as any,
    tasks: {
      *barber({ shop, cut, inside }) {
        yield* shop.work(function* (customer: string) {
          if (!inside.has(customer)) throw new Error(`${customer} is not there`)
          cut.push(customer)
          yield* step('cuts')
        })
      },
      *street({ shop, inside, log }) {
        const visit = (name: string) =>
          spawn(
            function* () {
              inside.add(name)
              try {
                log.push([name, yield* shop.visit(name)])
              } finally {
                inside.delete(name)
              }
            },
            { name },
          )
        yield* joinAll(customers.map(visit))
        shop.close()
      },
    },
    invariant({ inside, cut }) {
      const waiting = [...inside].filter((name) => !cut.includes(name))
      // One on each chair, and one whose turn it is.
      if (waiting.length > chairs + 1) throw new Error(`${waiting.join()} wait`)
    },
    atEnd({ cut, log }) {
      for (const [name, shorn] of log) expect([name, shorn]).toEqual([name, cut.includes(name)])
      expect(new Set(cut).size).toBe(cut.length)
      if (chairs >= customers.length) expect(cut.length).toBe(customers.length)
    },
  })

prove(
  'sleeping-barber',
  {
    'who finds a chair is shorn, all others are turned away'(recipe) {
      verifySchedules(day(recipe, 1, ['Ann', 'Bob']), { preemptions: 1 })
      verifySchedules(day(recipe, 1, ['Ann', 'Bob', 'Cid']), { runs: 200, seed: 12 })
      verifySchedules(day(recipe, 2, ['Ann', 'Bob', 'Cid', 'Dan', 'Eve']), { runs: 200, seed: 8 })
    },
    'who finds all chairs free stays'(recipe) {
      inVirtualTime(function* () {
        const shop = new recipe.Barbershop(2)
        const visits = ['Ann', 'Bob'].map((name) => spawn(() => shop.visit(name)))
        spawn(() => shop.work(() => sleep(1)))
        const shorn: unknown[] = []
        for (const visit of visits) shorn.push(yield* visit)
        expect(shorn).toEqual([true, true])
        shop.close()
      })
    },
    'a customer who is called away is not cut, and keeps nobody'(recipe) {
      const program = day(recipe, 3, ['Ann', 'Bob'])
      const tasks = ['street/Ann', 'street/Bob']
      const atEnd = (): void => {}
      verifySchedules({ ...program, atEnd }, { cancels: { most: 2, tasks }, runs: 300, seed: 13 })
    },
  },
  {
    'there is a chair too many': ['new Queue(chairs)', 'new Queue(chairs + 1)'],
    'the barber does not tell': 'seat.shorn.set()',
    'the barber cuts nobody': 'if (seat.empty) return',
    'who is turned away takes it for a cut': ['return false', 'return true'],
  },
)

/** Readers and writers; what they do is watched. */
const page = (recipe: any, names: string) =>
  scenario({
    setup: () => ({ rw: new recipe.ReadersWriters(), reading: 0, writing: 0 }) as any,
    tasks: Object.fromEntries(
      names.split(' ').map((name) => [
        name,
        function* (s: any) {
          const [verb, count] = name.startsWith('R') ? ['read', 'reading'] : ['write', 'writing']
          yield* s.rw[verb](function* () {
            s[count]++
            try {
              yield* step(verb)
            } finally {
              s[count]--
            }
          })
        },
      ]),
    ),
    invariant({ reading, writing }) {
      if (writing > 1 || (writing === 1 && reading > 0)) throw new Error(`${reading} read, ${writing} write`)
    },
    atEnd({ rw }) {
      expect([rw.readers, rw.writing, rw.writersWaiting, rw.changed.lock.locked]).toEqual([
        0,
        false,
        0,
        false,
      ])
    },
  })

prove(
  'readers-writers',
  {
    'nobody reads or writes beside a writer, and all come to their turn'(recipe) {
      verifySchedules(page(recipe, 'R1 W1'))
      verifySchedules(page(recipe, 'R1 R2 W1 W2'), { runs: 200, seed: 9 })
    },
    'who is called away keeps nobody from anything'(recipe) {
      verifySchedules(page(recipe, 'R1 R2'), { cancels: 1, preemptions: 2 })
      verifySchedules(page(recipe, 'W1'), { cancels: 1 })
      verifySchedules(page(recipe, 'R1 W1'), { cancels: 1, preemptions: 2 })
      verifySchedules(page(recipe, 'R1 R2 W1 W2'), { cancels: 3, runs: 300, seed: 10 })
    },
    'readers read together; those who come after a writer wait behind it'(recipe) {
      const times = visits(recipe, [
        ['R1', 0, 50],
        ['R2', 10, 20],
        ['W1', 20, 10],
        ['R3', 30, 10],
      ])
      expect(times).toEqual(['R1 at 0', 'R2 at 10', 'W1 at 50', 'R3 at 60'])
    },
    'a writer that gives up lets them go on'(recipe) {
      const times = visits(recipe, [
        ['R1', 0, 100],
        ['W1', 10, 10, 20],
        ['R2', 20, 10],
      ])
      expect(times).toEqual(['R1 at 0', 'W1 gives up at 30', 'R2 at 30'])
    },
  },
  {
    'readers do not look for a writer': ['!this.writing && this.writersWaiting', 'this.writersWaiting'],
    'writers do not look for readers': ' && this.readers === 0',
    'readers pass a writer that waits': ' && this.writersWaiting === 0',
    'a writer that gives up tells nobody': 'if (!this.writing) changed.notifyAll()',
    'one that leaves tells nobody': 'change()\n        changed.notifyAll()',
    'leaving can be cut short': ['yield* shield(() =>', 'yield* ((body) => body())(() =>'],
  },
)

/** When each visit began, or was given up: [name, when it comes, how long it lasts, how long it waits]. */
function visits(recipe: any, list: readonly (readonly [string, number, number, number?])[]): string[] {
  const log: string[] = []
  inVirtualTime(function* (clock) {
    const rw = new recipe.ReadersWriters()
    const tasks = list.map(([name, comes, lasts, patience = Infinity]) =>
      spawn(function* () {
        yield* sleep(comes)
        try {
          yield* withTimeout(patience, () =>
            rw[name.startsWith('R') ? 'read' : 'write'](function* () {
              log.push(`${name} at ${clock.now()}`)
              yield* sleep(lasts)
            }),
          )
        } catch (error) {
          expect(error).toBeInstanceOf(TimeoutError)
          log.push(`${name} gives up at ${clock.now()}`)
        }
      }),
    )
    yield* joinAll(tasks, { raiseError: true })
  })
  return log
}
