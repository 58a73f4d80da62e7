// A connection pool: at most `size` connections, made when they are needed and used again. One whose use failed, or was cut
// short, is closed: nobody knows what is still under way on it.
import { Semaphore, sleep, spawn } from 'heddle'
import { inVirtualTime } from 'heddle/testing'

export class ConnectionPool {
  #idle = []
  #closed = false

  /** `connect` is a generator function; what it returns has `close()`. */
  constructor({ size, connect }) {
    this.size = size
    this.connect = connect
    this.permits = new Semaphore(size)
  }

  /** Runs `body(connection)`, and gives what it gives. */
  *use(body) {
    const permit = yield* this.permits.acquire()
    try {
      if (this.#closed) throw new Error('the pool is closed')
      const connection = this.#idle.pop() ?? (yield* this.connect())
      let healthy = false
      try {
        const result = yield* body(connection)
        healthy = true
        return result
      } finally {
        if (healthy) this.#idle.push(connection)
        else connection.close()
      }
    } finally {
      permit.release()
    }
  }

  /** Nobody gets a connection any more, those that wait for one included; waits for those that have one. */
  *close() {
    this.#closed = true
    const all = yield* this.permits.acquire(this.size)
    for (const connection of this.#idle.splice(0)) connection.close()
    all.release()
  }
}

function* main(clock) {
  let made = 0
  const say = (text) => console.log(`${clock.now()} ms: ${text}`)
  const pool = new ConnectionPool({
    size: 2,
    *connect() {
      yield* sleep(30)
      const id = ++made
      say(`connection ${id} is open`)
      return { id, close: () => say(`connection ${id} is closed`) }
    },
  })
  const query = (text, fails = false) =>
    spawn(function* () {
      try {
        yield* pool.use(function* ({ id }) {
          say(`${text} on connection ${id}`)
          yield* sleep(10)
          if (fails) throw new Error('the server hung up')
        })
      } catch (error) {
        say(`${text} failed: ${error.message}`)
      }
    })
  const queries = [query('SELECT 1'), query('SELECT 2', true), query('SELECT 3'), query('SELECT 4')]
  for (const each of queries) yield* each
  yield* pool.close()
  yield* query('SELECT 5')
}

if (process.argv[1] === import.meta.filename) inVirtualTime(main)
