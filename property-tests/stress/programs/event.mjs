// Everybody waits; once all are known to wait, one set(), cleared at once, must release every one of them.
import { turn } from './thread.mjs'
import { FREE, STAGE } from './words.mjs'

/** For each thread: the stage for which all its users wait, or go to sleep at once; the last stage they were released from. */
const PARKED = FREE
const RELEASED = FREE + 16

export async function event(thread, event) {
  const { words, rounds, me, users } = thread
  for (let stage = 1; stage <= rounds; stage++) {
    Atomics.wait(words, STAGE, stage - 1)
    for (const user of users) user.doing(400)
    if (thread.mode === 'block') {
      Atomics.store(words, PARKED + me, stage)
      event.wait().block()
    } else {
      const waits = users.map((user) => user.perform((options) => event.wait(options), { mayGiveUp: false }))
      await turn() // an await performs a microtask later
      Atomics.store(words, PARKED + me, stage)
      await Promise.all(waits)
    }
    for (const user of users) {
      user.doing(0)
      user.progress()
    }
    Atomics.store(words, RELEASED + me, stage)
  }
}
