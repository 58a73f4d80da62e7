// The sleeping barber: the barber sleeps while nobody is there; a customer who finds all chairs taken goes away; nobody
// leaves unshorn who found one.
import { each, Event, Queue, sleep, spawn } from 'heddle'
import { inVirtualTime } from 'heddle/testing'

export class Barbershop {
  #chairs

  constructor(chairs) {
    this.#chairs = new Queue(chairs)
  }

  /** Gives whether the customer was shorn; `false` if there was no chair. */
  *visit(customer) {
    const shorn = new Event()
    const seat = { customer, shorn, empty: false }
    if (!this.#chairs.tryPut(seat)) return false
    try {
      yield* shorn.wait()
      return true
    } finally {
      seat.empty = true // also of a customer who was cancelled
    }
  }

  /** The barber's day: ends with `close`, when all who are in have been served. */
  *work(cut) {
    yield* each(this.#chairs, function* (seat) {
      if (seat.empty) return
      yield* cut(seat.customer)
      seat.shorn.set()
    })
  }

  close() {
    this.#chairs.shutdown()
  }
}

function* main(clock) {
  const shop = new Barbershop(2)
  const say = (text) => console.log(`${clock.now()} min: ${text}`)
  const barber = spawn(() =>
    shop.work(function* (customer) {
      say(`the barber cuts ${customer}'s hair`)
      yield* sleep(20)
    }),
  )
  const customers = []
  for (const name of ['Ann', 'Bob', 'Cid', 'Dan', 'Eve']) {
    yield* sleep(4)
    customers.push(
      spawn(function* () {
        say((yield* shop.visit(name)) ? `${name} leaves, shorn` : `${name} finds no chair`)
      }),
    )
  }
  for (const customer of customers) yield* customer
  shop.close()
  yield* barber
  say('the shop is closed')
}

if (process.argv[1] === import.meta.filename) inVirtualTime(main)
