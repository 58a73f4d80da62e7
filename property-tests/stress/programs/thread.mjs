// What every play needs: the seed's decisions, the words that all threads share, and the ways to wait.
import { choose, DeadlockError, run, TimeoutError } from 'heddle'
import { DOING, DOOMED, FAULTS, NAP, PROGRESS, USERS } from './words.mjs'

/** Numbers that a seed decides (mulberry32). */
export function randomFrom(seed) {
  let state = seed | 0
  return (n) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % n
  }
}

export function turn() {
  return new Promise((done) => void setImmediate(done))
}

/** One thread of a round: one user that only blocks, or several that await, run as tasks, or also block for a moment. */
export class Thread {
  constructor({ seed, me, mode, words, rounds, more }) {
    this.me = me
    this.mode = mode
    this.words = words
    this.rounds = rounds
    this.more = more
    this.seed = seed
    this.users = Array.from({ length: mode === 'block' ? 1 : 3 }, (_, u) => new User(this, u))
  }

  all(play) {
    return Promise.all(this.users.map((user) => play(user)))
  }

  fault(what) {
    Atomics.add(this.words, FAULTS, 1)
    throw new Error(`thread ${this.me}: ${what}`)
  }
}

export class User {
  constructor(thread, u) {
    this.thread = thread
    this.words = thread.words
    this.mode = thread.mode
    this.u = u
    /** Never 0. */
    this.id = thread.me * USERS + u + 1
    this.random = randomFrom(thread.seed * 31 + this.id * 7919)
  }

  /** For the dump of the watchdog. */
  doing(what) {
    Atomics.store(this.words, DOING + this.id, what)
  }

  progress() {
    Atomics.add(this.words, PROGRESS + this.thread.me, 1)
  }

  isDoomed(id) {
    return Atomics.load(this.words, DOOMED + Math.floor((id - 1) / USERS)) !== 0
  }

  fault(what) {
    this.thread.fault(`user ${this.u} ${what}`)
  }

  spin() {
    for (let n = this.random(200); n > 0; n--) Atomics.load(this.words, FAULTS)
  }

  /** Sometimes stops in the middle of something, so that other threads come upon it; the loop may turn meanwhile. */
  async pause() {
    this.spin()
    const what = this.random(6)
    if (what === 0) Atomics.wait(this.words, NAP, 0, 0.1)
    else if (what < 3 && this.mode !== 'block') await turn()
  }

  /**
   * Performs what `make(options)` gives in a way that the seed decides; `undefined` if it gave up, which it does only
   * with `mayGiveUp`. `attempt` is a try verb, if there is one; `alone` forbids to wait twice at once.
   */
  async perform(make, { mayGiveUp = true, attempt, alone = false } = {}) {
    const ways = this.mode === 'block' ? 3 : this.mode === 'mixed' ? 9 : 8
    const way = this.random(ways)
    try {
      if (this.mode === 'block') {
        if (way === 0 && attempt !== undefined) return attempt()
        if (way === 1 && mayGiveUp) return make({ timeout: this.random(4) }).block()
        return make({}).block()
      }
      switch (way) {
        case 0:
          if (attempt !== undefined) return attempt()
          return await make({})
        case 1:
          if (mayGiveUp) return await make({ timeout: this.random(4) })
          return await make({})
        case 2: {
          if (!mayGiveUp) return await make({})
          const controller = new AbortController()
          const got = make({ signal: controller.signal }).then(
            (value) => value,
            (error) => {
              if (error !== ABORT) throw error
            },
          )
          for (let n = this.random(3); n >= 0; n--) await turn()
          controller.abort(ABORT)
          return await got
        }
        case 3:
        case 4:
          return await run(function* () {
            return yield* make({})
          })
        case 5:
          if (alone) return await make({})
          return await choose([make({}), make({})])
        case 8:
          if (mayGiveUp) return make({ timeout: 1 + this.random(3) }).block()
          return await make({})
        default:
          return await make({})
      }
    } catch (error) {
      if (mayGiveUp && error instanceof TimeoutError) return undefined
      // A thread that holds it, or has it granted already, cannot sleep for it.
      if (mayGiveUp && this.mode === 'mixed' && way === 8 && error instanceof DeadlockError) return undefined
      throw error
    }
  }
}

const ABORT = new Error('aborted by the play')
