// A rate limiter: in any stretch of `per` milliseconds at most `limit` calls begin. Each permit comes back `per` milliseconds
// after it was taken. (A counter that is set to 0 each second lets twice as many through around that moment.)
import { Semaphore, sleep, spawn } from 'heddle'
import { inVirtualTime } from 'heddle/testing'

export class RateLimiter {
  constructor({ limit, per }) {
    this.permits = new Semaphore(limit)
    this.per = per
  }

  /** Waits for its turn, first come first served. */
  *take() {
    const { permits, per } = this
    yield* permits.acquire()
    spawn.detached(function* () {
      yield* sleep(per)
      permits.release()
    })
  }
}

function* main(clock) {
  const limiter = new RateLimiter({ limit: 3, per: 1_000 })
  for (let call = 1; call <= 8; call++) {
    yield* limiter.take()
    console.log(`${clock.now()} ms: call ${call}`)
    yield* sleep(100)
  }
}

if (process.argv[1] === import.meta.filename) inVirtualTime(main)
