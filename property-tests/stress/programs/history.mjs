// A few calls of each user on one primitive, recorded with what they answered.
import {
  BoundedSemaphore,
  BrokenBarrierError,
  DeadlockError,
  Lock,
  NotHeldError,
  NotOwnerError,
  OverReleaseError,
  run,
  TimeoutError,
} from 'heddle'
import { HistoryRecorder } from 'heddle/testing'
import { PRESENT } from './words.mjs'

const expected = [
  TimeoutError,
  OverReleaseError,
  BrokenBarrierError,
  DeadlockError,
  NotHeldError,
  NotOwnerError,
]
const answer = (held) => (held.abandoned ? 'abandoned' : true)
const nothing = () => undefined

export async function history(thread, primitive) {
  const { clock, logs, fault, byUser, threads } = thread.more
  const recorders = logs.map(
    (log, u) => new HistoryRecorder({ thread: byUser ? `${thread.me}.${u}` : thread.me, clock, log }),
  )
  begin(thread.words, threads)
  if (thread.more.program !== undefined) return follow(thread, primitive, recorders[0])
  const kind = Object.entries(kinds).find(([name]) => name === primitive.kind)[1]
  await thread.all(async (user) => {
    const calls = new Calls(user, recorders[user.u] ?? recorders[0], fault)
    for (let call = 0; call < thread.rounds; call++) {
      await kind(calls, primitive, user)
      user.progress()
      if (user.mode !== 'block' && user.random(3) === 0) await user.pause()
    }
  })
}

/** All begin at once, or the first would be done before the last has begun. */
function begin(words, threads) {
  if (Atomics.add(words, PRESENT, 1) + 1 === threads) Atomics.notify(words, PRESENT)
  for (let n = Atomics.load(words, PRESENT); n < threads; n = Atomics.load(words, PRESENT))
    Atomics.wait(words, PRESENT, n, 10)
}

/** Does what a program says, one command after the other, and gives back in the end what it still has. */
async function follow(thread, primitive, recorder) {
  const [user] = thread.users
  const calls = new Calls(user, recorder, false)
  const isLock = primitive instanceof Lock
  const helds = []
  const release = () => {
    const held = helds.pop()
    calls.now('release', isLock ? [] : [held.n], () => held.held.release())
  }
  for (const [verb, n] of thread.more.program) {
    const args = isLock ? [] : [n]
    const acquire = (options) => (isLock ? primitive.acquire(options) : primitive.acquire(n, options))
    if (verb === 'look') {
      if (isLock) calls.now('locked', [], () => primitive.locked)
      else calls.now('value', [], () => primitive.value)
    } else if (verb === 'release') {
      if (helds.length > 0) release()
      else if (isLock) calls.now('release', [], () => primitive.release())
      else calls.now('release', [n], () => primitive.release(n))
    } else if (verb === 'pause') await user.pause()
    else {
      // Whoever holds something waits for a moment only: everybody else may wait for what it has.
      const options = verb === 'wait' && helds.length === 0 ? {} : { timeout: n }
      const held =
        verb === 'try'
          ? calls.try('tryAcquire', args, () => (isLock ? primitive.tryAcquire() : primitive.tryAcquire(n)))
          : await calls.wait('acquire', args, (more) => acquire({ ...more, ...options }), answer)
      if (held !== undefined) helds.push({ held, n })
    }
    user.progress()
  }
  while (helds.length > 0) release()
}

class Calls {
  constructor(user, recorder, fault) {
    this.user = user
    this.recorder = recorder
    this.fault = fault
  }

  /** Records a call that answers at once. */
  now(op, args, fn, encode) {
    try {
      return this.recorder.record(op, args, fn, encode)
    } catch (error) {
      if (!expected.some((one) => error instanceof one)) throw error
    }
  }

  /** Records a wait, in a way that the seed decides. */
  async wait(op, args, make, encode) {
    const { user, recorder } = this
    const way = user.random(4)
    const options = way === 0 ? { timeout: user.random(5) } : {}
    user.doing(600)
    try {
      if (user.mode === 'block') return recorder.record(op, args, () => make(options).block(), encode)
      if (way === 1)
        return await recorder.recordAsync(
          op,
          args,
          () =>
            run(function* () {
              return yield* make(options)
            }),
          encode,
        )
      return await recorder.recordAsync(op, args, () => make(options), encode)
    } catch (error) {
      if (!expected.some((one) => error instanceof one)) throw error
    } finally {
      user.doing(0)
    }
  }

  try(op, args, fn) {
    // The planted fault: an answer that no lock was asked for.
    if (this.fault && this.user.random(3) === 0) {
      this.now(op, args, nothing, () => true)
      return undefined
    }
    return this.now(op, args, fn, (held) => (held === undefined ? false : answer(held)))
  }
}

const kinds = {
  async Lock(calls, lock, user) {
    if (user.random(5) === 0) calls.now('locked', [], () => lock.locked)
    const held =
      user.random(3) === 0
        ? calls.try('tryAcquire', [], () => lock.tryAcquire())
        : await calls.wait('acquire', [], (options) => lock.acquire(options), answer)
    if (held === undefined) return
    await user.pause()
    calls.now('release', [], () => held.release())
  },

  async RLock(calls, lock, user) {
    const owner = user.mode === 'block' ? {} : { owner: user }
    const take = () =>
      user.random(3) === 0 && user.mode !== 'block'
        ? calls.try('tryAcquire', [], () => lock.tryAcquire(owner))
        : calls.wait('acquire', [], (options) => lock.acquire({ ...options, ...owner }), answer)
    const outer = await take()
    if (outer === undefined) return
    const inner = user.random(2) === 0 ? await take() : undefined
    await user.pause()
    if (inner !== undefined) calls.now('release', [], () => inner.release())
    if (user.random(5) === 0) calls.now('locked', [], () => lock.locked)
    calls.now('release', [], () => outer.release())
  },

  SharedQueue: shared,
  Semaphore: permits,
  BoundedSemaphore: permits,

  async RWLock(calls, lock, user) {
    const [wait, attempt, release, verb] =
      user.random(2) === 0
        ? ['read', 'tryRead', 'releaseRead', (options) => lock.read(options)]
        : ['write', 'tryWrite', 'releaseWrite', (options) => lock.write(options)]
    const held =
      user.random(3) === 0
        ? calls.try(attempt, [], () => lock[attempt]())
        : await calls.wait(wait, [], verb, answer)
    if (held === undefined) return
    await user.pause()
    calls.now(release, [], () => held.release())
  },

  async Event(calls, event, user) {
    const what = user.random(6)
    if (what === 0) calls.now('isSet', [], () => event.isSet)
    else if (what < 3) calls.now('set', [], () => event.set())
    else if (what === 3) calls.now('clear', [], () => event.clear())
    else await calls.wait('wait', [], (options) => event.wait(options))
  },

  async Latch(calls, latch, user) {
    const what = user.random(6)
    const n = 1 + user.random(2)
    if (what === 0) calls.now('count', [], () => latch.count)
    else if (what < 3) calls.now('countDown', [n], () => latch.countDown(n))
    else await calls.wait('wait', [], (options) => latch.wait(options))
  },

  async Barrier(calls, barrier, user) {
    const what = user.random(12)
    if (what === 0) calls.now('abort', [], () => barrier.abort())
    else if (what < 3) calls.now('reset', [], () => barrier.reset())
    else await calls.wait('wait', [], (options) => barrier.wait(options))
  },

  async Condition(calls, condition, user) {
    const held = await calls.wait('acquire', [], (options) => condition.lock.acquire(options), nothing)
    if (held === undefined) return
    const what = user.random(4)
    const n = 1 + user.random(2)
    if (what < 2) calls.now('notify', [n], () => condition.notify(n))
    else if (what === 2) await calls.wait('wait', [], (options) => condition.wait(options), nothing)
    calls.now('release', [], () => held.release())
  },
}

/** A number that no other put has. */
const item = (user) => 1 + user.random(2 ** 30)

async function shared(calls, queue, user) {
  const what = user.random(9)
  if (what === 0) calls.now('size', [], () => queue.size)
  else if (what < 5) {
    const n = item(user)
    await calls.wait('put', [n], (options) => queue.put(n, options), nothing)
  } else if (what === 5) await calls.wait('peek', [], (options) => queue.peek(options))
  else await calls.wait('get', [], (options) => queue.get(options))
}

async function permits(calls, semaphore, user) {
  const n = 1 + user.random(2)
  const what = user.random(6)
  if (what === 0) return void calls.now('value', [], () => semaphore.value)
  if (what === 1 && semaphore instanceof BoundedSemaphore)
    return void calls.now('release', [n], () => semaphore.release(n))
  const held =
    what < 4
      ? calls.try('tryAcquire', [n], () => semaphore.tryAcquire(n))
      : await calls.wait('acquire', [n], (options) => semaphore.acquire(n, options), answer)
  if (held === undefined) return
  await user.pause()
  calls.now('release', [n], () => held.release())
}
