// Cigarette smokers: each of three has plenty of one thing and needs the other two. An agent lays two things on the table,
// and waits until somebody has smoked. When each takes one thing after the other, nobody may ever have two.
import { Semaphore } from 'heddle'
import { describeViolation, exploreSchedules, scenario } from 'heddle/testing'

export const THINGS = ['tobacco', 'paper', 'match']
const othersThan = (own) => THINGS.filter((thing) => thing !== own)

class Table {
  smoked = new Semaphore(0)

  constructor() {
    for (const name of THINGS) this[name] = new Semaphore(0)
  }

  *lay(things) {
    for (const thing of things) this.put(thing)
    yield* this.smoked.acquire()
  }

  smoke() {
    this.smoked.release()
  }
}

/** A semaphore for each thing, and a smoker takes from two: deadlocks. */
export class OneByOne extends Table {
  put(thing) {
    this[thing].release()
  }

  *take(own) {
    for (const thing of othersThan(own)) yield* this[thing].acquire()
  }
}

/** A semaphore for each smoker: whoever lays down the second thing calls the one who needs both. */
export class Called extends Table {
  lying = new Set()

  put(thing) {
    this.lying.add(thing)
    const smoker = THINGS.find((own) => othersThan(own).every((needed) => this.lying.has(needed)))
    if (smoker === undefined) return
    this.lying.clear()
    this[smoker].release()
  }

  *take(own) {
    yield* this[own].acquire()
  }
}

/** An evening as a program to explore: the agent lays each pair that is named by the thing left out. */
export function evening(Kind, leftOut = THINGS) {
  const smoker = (own) =>
    function* ({ table, log }) {
      for (;;) {
        yield* table.take(own)
        log.push(own)
        table.smoke()
      }
    }
  return scenario({
    setup: () => ({ table: new Kind(), log: [] }),
    tasks: {
      *agent({ table }) {
        for (const own of leftOut) yield* table.lay(othersThan(own))
      },
      ...Object.fromEntries(THINGS.map((own) => [own, smoker(own)])),
    },
    atEnd({ log }) {
      if (log.join() !== leftOut.join()) throw new Error(`smoked: ${log.join()}`)
    },
  })
}

function main() {
  for (const Kind of [OneByOne, Called]) {
    const { violation } = exploreSchedules(evening(Kind, ['match']), {
      daemons: THINGS,
      reduce: true,
    })
    console.log(
      `${Kind.name}: ${violation === undefined ? 'no schedule fails' : describeViolation(violation)}`,
    )
  }
}

if (process.argv[1] === import.meta.filename) main()
