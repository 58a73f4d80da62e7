// Dining philosophers: who eats needs the fork on each side of the plate. If all take the left one first, there comes a
// moment when each holds one and waits for the other. Three ways to eat that have no such moment follow it.
import { Lock, lockAll, Semaphore, sleep } from 'heddle'
import { describeViolation, exploreSchedules, scenario } from 'heddle/testing'

export function table(seats) {
  const forks = Array.from({ length: seats }, () => new Lock())
  return { forks, waiter: new Semaphore(seats - 1), eating: new Set(), meals: 0 }
}

const leftOf = ({ forks }, seat) => forks[seat]
const rightOf = ({ forks }, seat) => forks[(seat + 1) % forks.length]

function* eat(table, seat) {
  table.eating.add(seat)
  try {
    yield* sleep(1)
    table.meals++
  } finally {
    table.eating.delete(seat)
  }
}

/** Deadlocks. */
export function* leftFirst(table, seat) {
  yield* holding(leftOf(table, seat), () => holding(rightOf(table, seat), () => eat(table, seat)))
}

/** All take the fork with the lower number first: of those who wait, somebody waits for one who does not. */
export function* inOrder(table, seat) {
  const [first, second] = [seat, (seat + 1) % table.forks.length].sort((a, b) => a - b)
  yield* holding(table.forks[first], () => holding(table.forks[second], () => eat(table, seat)))
}

/** The same order, kept by the library. */
export function* together(table, seat) {
  const held = yield* lockAll([leftOf(table, seat), rightOf(table, seat)])
  try {
    yield* eat(table, seat)
  } finally {
    held.release()
  }
}

/** A waiter lets all but one to the table: somebody there has nobody on one side. */
export function* withWaiter(table, seat) {
  yield* holding(table.waiter, () => leftFirst(table, seat))
}

function* holding(what, body) {
  const held = yield* what.acquire()
  try {
    yield* body()
  } finally {
    held.release()
  }
}

/** A dinner as a program to explore: each eats so many meals. */
export function dinner(dine, { seats = 3, meals = 1 } = {}) {
  const philosopher = (seat) =>
    function* (table) {
      for (let i = 0; i < meals; i++) yield* dine(table, seat)
    }
  return scenario({
    setup: () => table(seats),
    tasks: Object.fromEntries(Array.from({ length: seats }, (_, seat) => [`P${seat}`, philosopher(seat)])),
    invariant({ eating }) {
      for (const seat of eating)
        if (eating.has((seat + 1) % seats))
          throw new Error(`P${seat} and the next one eat with the same fork`)
    },
    atEnd(table) {
      if (table.meals !== seats * meals) throw new Error(`${table.meals} meals were eaten`)
    },
  })
}

function main() {
  for (const dine of [leftFirst, inOrder, together, withWaiter]) {
    const { violation } = exploreSchedules(dinner(dine), { reduce: true })
    console.log(
      `${dine.name}: ${violation === undefined ? 'no schedule fails' : describeViolation(violation)}`,
    )
  }
}

if (process.argv[1] === import.meta.filename) main()
