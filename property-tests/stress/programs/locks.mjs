// Whatever is acquired and given back: exclusive ones guard a counter that nothing else protects, permits are counted.
import { BoundedSemaphore, Event, Lock, RLock, RWLock, Semaphore } from 'heddle'
import {
  COUNTER,
  ENTRIES,
  FLOOD,
  INSIDE,
  INSTANCES,
  KINDS,
  LIMIT,
  THREADS,
  TOLD,
  USED,
  USERS,
} from './words.mjs'

export async function locks(thread, ...instances) {
  await thread.all(async (user) => {
    for (let round = 0; round < thread.rounds; round++) {
      const which = user.random(instances.length)
      user.doing(100 + which)
      await use(user, instances[which], which)
      user.doing(0)
      user.progress()
      if (user.mode !== 'block' && user.random(8) === 0) await user.pause()
    }
  })
}

async function use(user, on, which) {
  const at = INSTANCES + which * 8
  if (on instanceof Lock) {
    const held = await user.perform((options) => on.acquire(options), { attempt: () => on.tryAcquire() })
    if (held === undefined) return
    await exclusive(user, at, which, held.abandoned)
    held.release()
  } else if (on instanceof RLock) await again(user, on, at, which)
  else if (on instanceof RWLock) await readOrWrite(user, on, at, which)
  else if (on instanceof Event) {
    // The pass of an auto-reset event goes round: one at a time has it.
    if ((await user.perform((options) => on.wait(options).map(() => true))) === undefined) return
    if (Atomics.load(user.words, FLOOD) === 0) await exclusive(user, at, which, false)
    on.set()
  } else if (on instanceof Semaphore || on instanceof BoundedSemaphore) await permits(user, on, at)
}

/** The critical section. Nothing here is atomic: only the lock makes it right. */
async function exclusive(user, at, which, abandoned, isWriter = false) {
  const { words } = user
  if (abandoned) repair(user, at, which)
  else if (words[at + INSIDE] !== 0) {
    // A reader that was told of a dead writer may have died with it.
    const dead = isWriter && user.isDoomed(words[at + INSIDE]) && Atomics.load(words, at + TOLD) > 0
    if (!dead) user.fault(`is inside instance ${which} together with user ${words[at + INSIDE]}`)
    repair(user, at, which)
  }
  words[at + INSIDE] = user.id
  const count = words[at + COUNTER]
  if (user.random(2) === 0) await user.pause()
  words[at + COUNTER] = count + 1
  words[ENTRIES + entry(user, which)]++
  if (words[at + INSIDE] !== user.id)
    user.fault(`was not alone in instance ${which}: ${words[at + INSIDE]} came in`)
  words[at + INSIDE] = 0
}

/** A holder died in the middle. Only those that are dead may have left a mark. */
function repair(user, at, which) {
  const { words } = user
  Atomics.add(words, at + TOLD, 1)
  const { [at + INSIDE]: mark } = words
  if (mark !== 0 && !user.isDoomed(mark)) user.fault(`was told of a death, but ${mark} lives`)
  words[at + INSIDE] = 0
  let sum = 0
  for (let one = 0; one < THREADS; one++) sum += words[ENTRIES + one * KINDS + which]
  words[at + COUNTER] = sum
}

/** One counter for each thread and instance: the users of a thread never write it at the same time. */
function entry(user, which) {
  return user.thread.me * KINDS + which
}

async function again(user, on, at, which) {
  const owner = user.mode === 'block' ? undefined : user
  const acquire = (options) => on.acquire(owner === undefined ? options : { ...options, owner })
  const attempt = owner === undefined ? undefined : () => on.tryAcquire({ owner })
  const outer = await user.perform(acquire, { attempt })
  if (outer === undefined) return
  const inner = user.random(2) === 0 ? await user.perform(acquire, { attempt, mayGiveUp: false }) : undefined
  if (inner?.abandoned === true) user.fault('was told of a death by a lock that it held')
  await exclusive(user, at, which, outer.abandoned)
  inner?.release()
  outer.release()
}

async function readOrWrite(user, on, at, which) {
  const { words } = user
  const own = USED + user.id
  if (user.random(3) === 0) {
    const held = await user.perform((options) => on.write(options), { attempt: () => on.tryWrite() })
    if (held === undefined) return
    for (let id = 1; id < THREADS * USERS; id++)
      if (Atomics.load(words, USED + id) !== 0 && !user.isDoomed(id))
        if (Atomics.load(words, USED + id) === which + 1) user.fault(`writes while ${id} reads`)
    await exclusive(user, at, which, held.abandoned, true)
    held.release()
    return
  }
  const held = await user.perform((options) => on.read(options), { attempt: () => on.tryRead() })
  if (held === undefined) return
  if (held.abandoned) Atomics.add(words, at + TOLD, 1)
  Atomics.store(words, own, which + 1)
  const look = () => {
    const writer = Atomics.load(words, at + INSIDE)
    if (writer !== 0 && !user.isDoomed(writer)) user.fault(`reads while ${writer} writes`)
  }
  look()
  await user.pause()
  look()
  Atomics.store(words, own, 0)
  held.release()
}

async function permits(user, on, at) {
  const { words } = user
  const limit = words[at + LIMIT]
  const n = 1 + user.random(limit)
  const held = await user.perform((options) => on.acquire(n, options), { attempt: () => on.tryAcquire(n) })
  if (held === undefined) return
  const own = USED + user.id
  const which = (at - INSTANCES) / 8
  Atomics.store(words, own, which * 64 + n)
  let used = 0
  for (let id = 1; id < THREADS * USERS; id++) {
    const word = Atomics.load(words, USED + id)
    if (word > 0 && word >>> 6 === which && !user.isDoomed(id)) used += word & 63
  }
  if (used > limit) user.fault(`sees ${used} of ${limit} permits in use`)
  await user.pause()
  Atomics.store(words, own, 0)
  if (user.random(4) === 0) on.release(n)
  else held.release()
}
