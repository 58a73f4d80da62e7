// A buffer of two places, guarded by one lock with two conditions. Each user puts, then gets, so that nobody can be left over.
import { RLock } from 'heddle'
import { FREE, PHASE, THREADS, USERS } from './words.mjs'

const COUNT = FREE
const INSIDE = FREE + 1
const CAPACITY = 2
const PUTTING = 0
const GETTING = 1

export async function condition(thread, notFull, notEmpty) {
  const { words, rounds } = thread
  const { lock } = notFull
  if (lock !== notEmpty.lock) thread.fault('has two locks for one')
  const enter = (user, held) => {
    if (held.abandoned) repair(user, notFull, notEmpty, ownerOf(user))
    if (words[INSIDE] !== 0 && words[INSIDE] !== user.id) user.fault(`is inside with ${words[INSIDE]}`)
    words[INSIDE] = user.id
  }
  const ownerOf = (user) => (lock instanceof RLock ? { owner: user } : {})
  const step = async (user, from, waits, tells) => {
    const held = await user.perform((options) => lock.acquire({ ...options, ...ownerOf(user) }), {
      mayGiveUp: false,
    })
    try {
      enter(user, held)
      const blocked = () => (from === PUTTING ? words[COUNT] >= CAPACITY : words[COUNT] === 0)
      while (blocked()) {
        words[INSIDE] = 0
        try {
          await waitFor(user, waits, ownerOf(user))
        } finally {
          enter(user, held)
        }
      }
      if (user.random(4) === 0) await user.pause()
      words[COUNT] += from === PUTTING ? 1 : -1
      words[PHASE + user.id] = 1 - from
      tells.notify(1, ownerOf(user))
      words[INSIDE] = 0
    } finally {
      held.release()
    }
  }
  await thread.all(async (user) => {
    for (let round = 0; round < rounds; round++) {
      user.doing(300)
      await step(user, PUTTING, notFull, notEmpty)
      user.doing(301)
      await step(user, GETTING, notEmpty, notFull)
      user.doing(0)
      user.progress()
    }
  })
}

/** A wait that may end early, and then is begun anew; a notification that came with it must not be lost. */
async function waitFor(user, condition, owner) {
  await user.perform((options) => condition.wait({ ...options, ...owner }), { alone: true })
}

/** What is in the buffer belongs to the living who have put and not got. */
function repair(user, notFull, notEmpty, owner) {
  const { words } = user
  words[INSIDE] = 0
  let count = 0
  for (let id = 1; id < THREADS * USERS; id++)
    if (words[PHASE + id] === GETTING && !user.isDoomed(id)) count++
  words[COUNT] = count
  notFull.notifyAll(owner)
  notEmpty.notifyAll(owner)
}
